#include "runtime/proxy/reporter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/telemetry/json_stats.h"

namespace meshctl::proxy {

Reporter::Reporter(net::Loop& loop, const Config& config,
                   std::function<telemetry::Snapshot()> snapshot)
    : config_(config),
      snapshot_(std::move(snapshot)),
      timer_(loop, this, [](void* self) noexcept { static_cast<Reporter*>(self)->on_interval(); }) {
  if (config.output == Output::None) return;
  out_ = net::FileAppender::over(loop, STDOUT_FILENO);
  table_ = std::make_unique<TableView>(loop, config, *out_);
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
  switch (config_.output) {
    case Output::Table: return table_->show(std::move(snapshot));
    case Output::Lines:
      out_->append(telemetry::interval_line(snapshot, previous_ ? &*previous_ : nullptr));
      previous_ = std::move(snapshot);
      return;
    case Output::Json: return append_json(snapshot);
    case Output::Summary:
    case Output::None: return;
  }
}

void Reporter::append_json(const telemetry::Snapshot& snapshot) {
  using telemetry::RawPaths;
  // What is no terminal is kept or passed on: a pod's log, an artifact of a pipeline.
  const auto raw_paths = config_.is_terminal ? RawPaths::Told : RawPaths::Withheld;
  out_->append(telemetry::json_stats(snapshot, raw_paths) + "\n");
}

void Reporter::give_keyboard_back() noexcept {
  if (table_) table_->give_keyboard_back();
}

bool Reporter::finish(Duration longest) {
  const auto until = now() + longest;
  timer_.stop();
  if (!out_) return true;
  auto snapshot = snapshot_();
  snapshot.is_final = true;
  out_->flush(longest);  // the summary must find room in the queue
  if (config_.output == Output::Json) {
    append_json(snapshot);
  } else {
    table_->replace_by(telemetry::final_summary(snapshot, table_->style()));
  }
  out_->flush(std::max(until - now(), Duration::zero()));
  if (out_->has_failed() && !told_failure_)
    say(fmt::format("{}: the summary was not printed", out_->gave_up()
                                                           ? "nobody reads standard output"
                                                           : "standard output is closed"));
  return !out_->has_failed();
}

}  // namespace meshctl::proxy
