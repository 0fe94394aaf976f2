#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/net/background.h"
#include "runtime/net/timer.h"
#include "runtime/telemetry/snapshot.h"
#include "runtime/web/pusher.h"

namespace meshctl::proxy {

/// A place that the usage is pushed to, and how it wants it.
struct Export {
  std::string place;  ///< for messages: `the dashboard at http://...`
  web::PostTarget target;
  Duration interval;
  using MakeText = std::function<std::string()>;
  /// Called on the loop's thread with numbers that are cumulative, what it returns on any.
  std::function<MakeText(std::shared_ptr<const telemetry::Snapshot> snapshot)> prepare;
  /// What the body of a good answer says against the push, in words; empty: it was taken whole.
  std::function<std::string(std::string_view body)> complaint;
};

/// Pushes the usage somewhere each interval, and once at the end. Shares the loop with the data
/// path: a snapshot is taken there, its text is made by libuv's pool. At most one request is under
/// way, and at most one text kept: what is not delivered is in the next.
class Exporter {
 public:
  Exporter(net::Loop& loop, Export config, std::function<telemetry::Snapshot()> snapshot);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  using OnSettled = void (*)(void* owner) noexcept;
  /// Sends the last numbers; `on_settled` comes once they are taken or refused, if that happens
  /// while the loop runs.
  void finish(OnSettled on_settled, void* owner);
  /// Says so if the last numbers were neither. The last call.
  void give_up() const;

 private:
  /// What the operator was told last: each is told once, when it begins.
  enum class State : std::uint8_t { Unknown, Delivering, Partly, Failing, Refused };

  void on_interval();
  void on_text(std::string text);
  void on_result(const web::PushResult& result) noexcept;
  void enter(State state, const std::string& words);

  Export config_;
  std::function<telemetry::Snapshot()> snapshot_;
  net::Timer timer_;
  net::Background rendering_;
  web::Pusher pusher_;
  State state_ = State::Unknown;
  OnSettled on_settled_ = nullptr;  ///< set: finishing
  void* owner_ = nullptr;
  bool is_settled_ = false;  ///< the last push was taken or refused
};

}  // namespace meshctl::proxy
