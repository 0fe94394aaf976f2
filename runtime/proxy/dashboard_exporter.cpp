#include "runtime/proxy/dashboard_exporter.h"

#include <fmt/format.h>

#include <memory>
#include <random>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/proxy/process_usage.h"
#include "runtime/telemetry/escape.h"

namespace meshctl::proxy {
namespace {

/// What the dashboard said, fit for one line of a terminal.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMostBytes = 200;
  std::string line;
  telemetry::append_json_escaped(line, text.substr(0, text.find('\n')).substr(0, kMostBytes));
  return line;
}

/// A push that comes twice changes no number.
web::PostTarget kept(web::PostTarget target) {
  target.keeps_connection = true;
  return target;
}

std::string random_instance() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}", chance(), chance());
}

}  // namespace

DashboardExporter::DashboardExporter(net::Loop& loop, DashboardTarget target,
                                     std::function<telemetry::Snapshot()> snapshot)
    : loop_(loop),
      target_(std::move(target)),
      place_(target_.target.url.to_string()),
      snapshot_(std::move(snapshot)),
      origin_{target_.name_space, random_instance(), 0},
      timer_(loop, this,
             [](void* self) noexcept { static_cast<DashboardExporter*>(self)->on_interval(); }),
      last_wait_(loop, this,
                 [](void* self) noexcept { static_cast<DashboardExporter*>(self)->loop_.stop(); }),
      rendering_(loop, this,
                 [](void* self, std::string text) noexcept {
                   static_cast<DashboardExporter*>(self)->on_text(std::move(text));
                 }),
      pusher_(loop, kept(target_.target), this,
              [](void* self, const web::PushResult& result) noexcept {
                static_cast<DashboardExporter*>(self)->on_result(result);
              }) {
  timer_.start_repeating(kInterval);
}

telemetry::PushOrigin DashboardExporter::next_origin() {
  ++origin_.sequence;
  return origin_;
}

void DashboardExporter::on_interval() {
  if (pusher_.is_sending() || rendering_.is_busy()) return;
  auto render = [snapshot = std::make_shared<const telemetry::Snapshot>(snapshot_()),
                 usage = process_usage(), node = node_usage(), origin = next_origin()] {
    return telemetry::push_json(*snapshot, origin, usage, node);
  };
  // Fails only out of memory; the next interval tries again.
  static_cast<void>(rendering_.start(std::move(render)));
}

void DashboardExporter::on_text(std::string text) {
  // An earlier text's time to be tried again came meanwhile.
  if (!pusher_.is_sending()) pusher_.push(std::move(text));
}

void DashboardExporter::finish() {
  is_finishing_ = true;
  timer_.stop();
  rendering_.forget();
  auto snapshot = snapshot_();
  snapshot.is_final = true;
  pusher_.push_now(telemetry::push_json(snapshot, next_origin(), process_usage(), node_usage()));
  last_wait_.start_once(kLastWait);
  loop_.run();
  last_wait_.stop();
  if (state_ == State::Failing) say(fmt::format("the last usage did not reach {}", place_));
}

void DashboardExporter::on_result(const web::PushResult& result) noexcept {
  switch (result.verdict) {
    case web::Verdict::Delivered:
      enter(State::Delivering, fmt::format("usage goes to the dashboard at {}", place_));
      break;
    case web::Verdict::Retry:
      enter(State::Failing,
            fmt::format("cannot send usage to the dashboard at {}: {}; trying again", place_,
                        result.problem));
      return;
    case web::Verdict::Drop:
      enter(State::Refused, fmt::format("the dashboard at {} refuses the usage: {}: {}", place_,
                                        result.problem, quoted(result.body)));
      break;
  }
  if (is_finishing_) loop_.stop();
}

void DashboardExporter::enter(State state, const std::string& words) {
  if (std::exchange(state_, state) != state) say(words);
}

}  // namespace meshctl::proxy
