#pragma once

#include <cstddef>
#include <string>

#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

struct TableStyle {
  std::size_t columns = 80;     ///< no line is wider; below 80 counts as 80
  std::size_t max_routes = 15;  ///< the rest is summed in one row
  bool colour = false;
  std::size_t max_paths = 0;  ///< rows of raw paths below the table
};

/// The live table: totals, routes and connections since the start; RPS of the time since
/// `previous`, or since the start where that is null. Whole lines; no cursor control.
[[nodiscard]] std::string terminal_table(const Snapshot& now, const Snapshot* previous,
                                         const TableStyle& style);

/// One line of `key=value` for the interval since `previous` (since the start where null), with its
/// line end: `--output lines`.
[[nodiscard]] std::string interval_line(const Snapshot& now, const Snapshot* previous);

/// The table over the whole run, for the end, with errors by type and calls by status.
[[nodiscard]] std::string final_summary(const Snapshot& snapshot, const TableStyle& style);

}  // namespace meshctl::telemetry
