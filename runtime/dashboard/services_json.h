#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/dashboard/board.h"

namespace meshctl::dashboard {

/// All services with their pods and routes, as of `now`: the document of the format
/// `meshctl-services-1` (docs/dashboard.md). `id` rises by each one; `trouble` is what the reader
/// of the figures must know, or empty.
[[nodiscard]] std::string services_json(const Board& board, Millis now, std::uint64_t id,
                                        std::string_view trouble);

}  // namespace meshctl::dashboard
