#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "runtime/net/file_appender.h"
#include "runtime/net/timer.h"
#include "runtime/proxy/config.h"
#include "runtime/proxy/table_view.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::proxy {

/// Prints the usage on standard output: a table repainted in place, lines, or JSON, an interval
/// each, and a summary at the end. A reader that is slow or gone never holds up the loop.
class Reporter {
 public:
  Reporter(net::Loop& loop, const Config& config, std::function<telemetry::Snapshot()> snapshot);
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// Reads no more keys: the terminal is as it was before.
  void give_keyboard_back() noexcept;
  /// Prints the summary, blocking for `longest` at most, and nothing after it. False: standard
  /// output did not take all.
  [[nodiscard]] bool finish(Duration longest);

 private:
  void on_interval();
  void append_json(const telemetry::Snapshot& snapshot);

  const Config& config_;
  std::function<telemetry::Snapshot()> snapshot_;
  /// Absent for Output::None.
  std::unique_ptr<net::FileAppender> out_;
  std::unique_ptr<TableView> table_;
  net::Timer timer_;
  std::optional<telemetry::Snapshot> previous_;
  bool told_failure_ = false;
};

}  // namespace meshctl::proxy
