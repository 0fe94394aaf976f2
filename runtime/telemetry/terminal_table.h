#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/telemetry/snapshot.h"
#include "runtime/telemetry/sparkline.h"

namespace meshctl::telemetry {

/// What the routes are sorted by; all but the name from the highest down.
enum class SortKey : std::uint8_t { Calls, Rate, Errors, P95, In, Out, Route };

struct TableStyle {
  /// No line is wider. Below 80, columns of less weight are left out; counts as 24 at least.
  std::size_t columns = 80;
  /// No more lines, counted from 8; routes that find no place are summed in one row. 0: as many as
  /// it takes, with at most 16 rows of routes.
  std::size_t rows = 0;
  bool colour = false;
  SortKey sort = SortKey::Calls;
  bool keys = false;          ///< says below the table what the keys do
  std::size_t max_paths = 0;  ///< rows of raw paths below the table, where there is room
};

/// The live table: totals, routes and connections since the start; RPS of the time since
/// `previous`, or since the start where that is null; `history`, unless null, as a sparkline.
/// Whole lines; no cursor control.
[[nodiscard]] std::string terminal_table(const Snapshot& now, const Snapshot* previous,
                                         const TableStyle& style,
                                         const RateHistory* history = nullptr);

/// One line of `key=value` for the interval since `previous` (since the start where null), with its
/// line end: `--output lines`.
[[nodiscard]] std::string interval_line(const Snapshot& now, const Snapshot* previous);

/// The table over the whole run, for the end, with calls by status and without raw paths.
[[nodiscard]] std::string final_summary(const Snapshot& snapshot, const TableStyle& style);

}  // namespace meshctl::telemetry
