#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/file_appender.h"
#include "runtime/net/keyboard.h"
#include "runtime/net/signal.h"
#include "runtime/proxy/config.h"
#include "runtime/telemetry/terminal_table.h"

namespace meshctl::proxy {

/// The table as it stands on standard output. On a terminal it is painted over the last one, fits
/// the terminal as it is now, and is sorted by the key that was struck last; what was said on the
/// same terminal meanwhile goes above it. Elsewhere one table follows the other.
class TableView {
 public:
  /// The references must outlive it.
  TableView(net::Loop& loop, const Config& config, net::FileAppender& out);
  TableView(const TableView&) = delete;
  TableView& operator=(const TableView&) = delete;

  void show(telemetry::Snapshot snapshot);
  /// Puts `text`, whole lines, where the table stands.
  void replace_by(std::string_view text);
  /// Reads no more keys: the terminal is as it was before.
  void give_keyboard_back() noexcept { keyboard_.reset(); }

  /// For a table that ends where it began: sized to the terminal, in colour where that is right.
  [[nodiscard]] telemetry::TableStyle style() const;

 private:
  void paint();
  [[nodiscard]] std::string over_the_last(std::string_view text);
  void on_key(char key) noexcept;
  void on_signal(int number) noexcept;

  const Config& config_;
  net::FileAppender& out_;
  /// Absent where there is no terminal to read from.
  std::unique_ptr<net::Keyboard> keyboard_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  bool shares_terminal_ = false;  ///< standard error is the same terminal
  telemetry::SortKey sort_;
  telemetry::RateHistory history_;
  std::optional<telemetry::Snapshot> shown_;
  std::optional<telemetry::Snapshot> before_;  ///< the one before shown_
  /// Columns of each line that stands on the terminal.
  std::vector<std::size_t> painted_;
};

}  // namespace meshctl::proxy
