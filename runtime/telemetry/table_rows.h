#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/telemetry/snapshot.h"
#include "runtime/telemetry/terminal_table.h"

namespace meshctl::telemetry {

/// A route in a table for people. Borrows from the snapshot that it was made of.
struct Row {
  std::string_view route;
  const CallTotals* totals = nullptr;
  double per_second = 0;
};

/// A column of such a table, after the route.
struct Column {
  std::string_view title;
  std::size_t width = 0;
  /// Narrow terminals lose the columns of the lowest weight first.
  int weight = 0;
  SortKey sort = SortKey::Route;  ///< Route: not by this column
  std::string (*text)(const Row&) = nullptr;
};

/// All columns, in their order.
[[nodiscard]] std::span<const Column> table_columns() noexcept;

/// `12.5`, `1.2k`: calls a second.
[[nodiscard]] std::string rate_text(double per_second);

/// The routes of `now`, sorted; rates are those of `interval`.
[[nodiscard]] std::vector<Row> rows_of(const Snapshot& now, const Snapshot& interval, SortKey sort);

/// `meshctl 1.0  web  web-1  up 5 s`, in printable ASCII.
[[nodiscard]] std::string title_of(const Snapshot& now);

}  // namespace meshctl::telemetry
