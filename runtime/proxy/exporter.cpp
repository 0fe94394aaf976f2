#include "runtime/proxy/exporter.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/log.h"
#include "runtime/telemetry/escape.h"

namespace meshctl::proxy {
namespace {

/// What the other side said, fit for one line of a terminal.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMostBytes = 200;
  std::string line;
  const auto whole = text.substr(0, text.find_last_not_of('\n') + 1);
  telemetry::append_json_escaped(line, whole.substr(0, kMostBytes));
  return line;
}

}  // namespace

Exporter::Exporter(net::Loop& loop, Export config, std::function<telemetry::Snapshot()> snapshot)
    : config_(std::move(config)),
      snapshot_(std::move(snapshot)),
      timer_(loop, this, [](void* self) noexcept { static_cast<Exporter*>(self)->on_interval(); }),
      rendering_(loop, this,
                 [](void* self, std::string text) noexcept {
                   static_cast<Exporter*>(self)->on_text(std::move(text));
                 }),
      pusher_(loop, config_.target, this, [](void* self, const web::PushResult& result) noexcept {
        static_cast<Exporter*>(self)->on_result(result);
      }) {
  timer_.start_repeating(config_.interval);
}

void Exporter::on_interval() {
  // The numbers are cumulative: what is not sent now is in those of the next interval.
  if (pusher_.is_sending() || rendering_.is_busy()) return;
  // Fails only out of memory; the next interval tries again.
  static_cast<void>(
      rendering_.start(config_.prepare(std::make_shared<const telemetry::Snapshot>(snapshot_()))));
}

void Exporter::on_text(std::string text) {
  // An earlier text's time to be tried again came meanwhile.
  if (!pusher_.is_sending()) pusher_.push(std::move(text));
}

void Exporter::finish(OnSettled on_settled, void* owner) {
  on_settled_ = on_settled;
  owner_ = owner;
  timer_.stop();
  rendering_.forget();
  auto last = std::make_shared<telemetry::Snapshot>(snapshot_());
  last->is_final = true;
  pusher_.push_now(config_.prepare(std::move(last))());
}

void Exporter::give_up() const {
  if (!is_settled_) say(fmt::format("the last usage did not reach {}", config_.place));
}

void Exporter::on_result(const web::PushResult& result) noexcept {
  const auto& place = config_.place;
  switch (result.verdict) {
    case web::Verdict::Delivered:
      if (const auto words = config_.complaint(result.body); !words.empty()) {
        enter(State::Partly, fmt::format("{} takes the usage in part: {}", place, quoted(words)));
      } else {
        enter(State::Delivering, fmt::format("usage goes to {}", place));
      }
      break;
    case web::Verdict::Retry:
      enter(State::Failing,
            fmt::format("cannot send usage to {}: {}; trying again", place, result.problem));
      return;
    case web::Verdict::Drop:
      enter(State::Refused, fmt::format("{} refuses the usage: {}: {}", place, result.problem,
                                        quoted(result.body)));
      break;
  }
  if (on_settled_ == nullptr || std::exchange(is_settled_, true)) return;
  on_settled_(owner_);
}

void Exporter::enter(State state, const std::string& words) {
  if (std::exchange(state_, state) != state) say(words);
}

}  // namespace meshctl::proxy
