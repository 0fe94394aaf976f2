#include "runtime/proxy/reporter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "runtime/base/log.h"
#include "runtime/telemetry/json_stats.h"
#include "runtime/telemetry/terminal_table.h"

namespace meshctl::proxy {
namespace {

/// Lines of the table that are not routes: head, totals, connections, margins.
constexpr std::size_t kFixedLines = 8;
/// Rows of raw paths below the live table, where the terminal has room for routes, too.
constexpr std::size_t kTopPaths = 5;
constexpr std::size_t kLeastRowsForPaths = 24;

bool wants_colour(const Config& config) {
  return config.is_terminal && std::getenv("NO_COLOR") == nullptr;
}

/// Fitted to the terminal as it is now; 80 columns and 15 routes where there is none.
telemetry::TableStyle style_of(const Config& config) {
  telemetry::TableStyle style;
  style.colour = wants_colour(config);
  winsize size{};
  if (!config.is_terminal || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return style;
  if (size.ws_col > 0) style.columns = size.ws_col;
  if (size.ws_row > kFixedLines)
    style.max_routes = std::max<std::size_t>(1, size.ws_row - kFixedLines);
  return style;
}

/// The live table has the raw paths below; a summary, which may be kept, has not.
telemetry::TableStyle live_style_of(const Config& config) {
  auto style = style_of(config);
  if (!config.is_terminal || style.max_routes + kFixedLines < kLeastRowsForPaths) return style;
  style.max_paths = kTopPaths;
  style.max_routes -= kTopPaths + 1;
  return style;
}

}  // namespace

Reporter::Reporter(net::Loop& loop, const Config& config,
                   std::function<telemetry::Snapshot()> snapshot)
    : config_(config),
      snapshot_(std::move(snapshot)),
      timer_(loop, this, [](void* self) noexcept { static_cast<Reporter*>(self)->on_interval(); }) {
  if (config.output == Output::None) return;
  out_ = net::FileAppender::over(loop, STDOUT_FILENO);
  if (config.output != Output::Summary) timer_.start_repeating(config.interval);
}

Reporter::~Reporter() = default;

void Reporter::on_interval() {
  if (out_->has_failed()) {
    if (!std::exchange(told_failure_, true)) {
      say("standard output is closed: nothing more is printed, traffic is still forwarded");
    }
    timer_.stop();
    return;
  }
  auto snapshot = snapshot_();
  const auto* previous = previous_ ? &*previous_ : nullptr;
  switch (config_.output) {
    case Output::Table: paint_table(snapshot); break;
    case Output::Lines: out_->append(telemetry::interval_line(snapshot, previous)); break;
    case Output::Json: out_->append(telemetry::json_stats(snapshot) + "\n"); break;
    case Output::Summary:
    case Output::None: break;
  }
  previous_ = std::move(snapshot);
}

void Reporter::paint_table(const telemetry::Snapshot& snapshot) {
  const auto* previous = previous_ ? &*previous_ : nullptr;
  const auto table = telemetry::terminal_table(snapshot, previous, live_style_of(config_));
  // Up to where the last table began, and all below it erased: the scrollback stays as it was. The
  // return is for a `^C` that the terminal has echoed.
  std::string painted;
  if (config_.is_terminal && painted_lines_ > 0)
    painted = fmt::format("\r\x1b[{}A\x1b[J", painted_lines_);
  painted_lines_ = static_cast<std::size_t>(std::ranges::count(table, '\n'));
  out_->append(painted + table);
}

bool Reporter::finish() {
  timer_.stop();
  if (!out_) return true;
  const auto snapshot = snapshot_();
  out_->flush();  // the summary must find room in the queue
  if (config_.output == Output::Json) {
    out_->append(telemetry::json_stats(snapshot) + "\n");
  } else {
    const auto summary = telemetry::final_summary(snapshot, style_of(config_));
    const bool repaints = config_.is_terminal && painted_lines_ > 0;
    out_->append(repaints ? fmt::format("\r\x1b[{}A\x1b[J{}", painted_lines_, summary) : summary);
  }
  out_->flush();
  if (out_->has_failed() && !told_failure_)
    say("standard output is closed: the summary was not printed");
  return !out_->has_failed();
}

}  // namespace meshctl::proxy
