#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// `text`, which is ASCII, in at most `width` columns.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

/// For a terminal: what is not printable ASCII becomes `?`.
[[nodiscard]] std::string printable(std::string_view text);

/// The lines below the table, without line ends, what matters most first: connections, errors by
/// type, streams, protocols. Only what there was has a line.
[[nodiscard]] std::vector<std::string> table_notes(const Snapshot& now);

/// `status  none 1  200 7`, and the same of gRPC's codes; those that there were.
[[nodiscard]] std::vector<std::string> status_notes(const Snapshot& snapshot);

}  // namespace meshctl::telemetry
