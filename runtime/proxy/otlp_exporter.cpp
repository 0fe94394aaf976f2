#include "runtime/proxy/otlp_exporter.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/proxy/process_usage.h"
#include "runtime/telemetry/escape.h"

namespace meshctl::proxy {
namespace {

/// What a collector said, fit for one line of a terminal.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMostBytes = 200;
  std::string line;
  telemetry::append_json_escaped(line, text.substr(0, kMostBytes));
  return line;
}

}  // namespace

OtlpExporter::OtlpExporter(net::Loop& loop, OtlpConfig config,
                           std::function<telemetry::Snapshot()> snapshot)
    : loop_(loop),
      config_(std::move(config)),
      place_(config_.target.url.to_string()),
      snapshot_(std::move(snapshot)),
      timer_(loop, this,
             [](void* self) noexcept { static_cast<OtlpExporter*>(self)->on_interval(); }),
      last_wait_(loop, this,
                 [](void* self) noexcept { static_cast<OtlpExporter*>(self)->loop_.stop(); }),
      rendering_(loop, this,
                 [](void* self, std::string text) noexcept {
                   static_cast<OtlpExporter*>(self)->on_text(std::move(text));
                 }),
      pusher_(loop, config_.target, this, [](void* self, const web::PushResult& result) noexcept {
        static_cast<OtlpExporter*>(self)->on_result(result);
      }) {
  timer_.start_repeating(config_.interval);
}

void OtlpExporter::on_interval() {
  // The numbers are cumulative: what is not sent now is in those of the next interval.
  if (pusher_.is_sending() || rendering_.is_busy()) return;
  auto render = [snapshot = std::make_shared<const telemetry::Snapshot>(snapshot_()),
                 usage = process_usage(), resource = config_.resource] {
    return telemetry::otlp_json(*snapshot, usage, resource);
  };
  // Fails only out of memory; the next interval tries again.
  static_cast<void>(rendering_.start(std::move(render)));
}

void OtlpExporter::on_text(std::string text) {
  // An earlier text's time to be tried again came meanwhile.
  if (!pusher_.is_sending()) pusher_.push(std::move(text));
}

void OtlpExporter::finish() {
  is_finishing_ = true;
  timer_.stop();
  rendering_.forget();
  pusher_.push_now(telemetry::otlp_json(snapshot_(), process_usage(), config_.resource));
  last_wait_.start_once(kLastWait);
  loop_.run();
  last_wait_.stop();
  if (state_ == State::Failing) say(fmt::format("the last usage did not reach {}", place_));
}

void OtlpExporter::on_result(const web::PushResult& result) noexcept {
  switch (result.verdict) {
    case web::Verdict::Delivered:
      if (const auto partial = telemetry::read_partial_success(result.body)) {
        enter(State::Partly,
              fmt::format("{} takes the usage in part: {} data points refused: {}", place_,
                          partial->rejected_data_points, quoted(partial->message)));
      } else {
        enter(State::Delivering, fmt::format("usage goes to {}", place_));
      }
      break;
    case web::Verdict::Retry:
      enter(State::Failing,
            fmt::format("cannot send usage to {}: {}; trying again", place_, result.problem));
      return;
    case web::Verdict::Drop:
      enter(State::Refused, fmt::format("{} refuses the usage: {}: {}", place_, result.problem,
                                        quoted(result.body)));
      break;
  }
  if (is_finishing_) loop_.stop();
}

void OtlpExporter::enter(State state, const std::string& words) {
  if (std::exchange(state_, state) != state) say(words);
}

}  // namespace meshctl::proxy
