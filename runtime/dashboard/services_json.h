#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/dashboard/board.h"

namespace meshctl::dashboard {

/// What the document says beside the figures.
struct ServicesFrame {
  std::uint64_t id = 0;      ///< rises by each document
  Millis retention = 0;      ///< how far back a history can be asked for
  std::string_view trouble;  ///< what the reader of the figures must know, or empty
};

/// All services with their pods and routes, as of `now`: the document of the format
/// `meshctl-services-1` (docs/dashboard.md).
[[nodiscard]] std::string services_json(const Board& board, Millis now, const ServicesFrame& frame);

}  // namespace meshctl::dashboard
