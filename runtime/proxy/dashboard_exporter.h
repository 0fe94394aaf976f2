#pragma once

#include <functional>
#include <string>

#include "runtime/net/background.h"
#include "runtime/net/timer.h"
#include "runtime/telemetry/push_json.h"
#include "runtime/web/pusher.h"

namespace meshctl::proxy {

/// Where the usage is pushed to, and as whose.
struct DashboardTarget {
  web::PostTarget target;
  std::string name_space;
};

/// Pushes the usage to the dashboard every two seconds, and once at the end. Shares the loop with
/// the data path: a snapshot is taken there, its text is made by libuv's pool. At most one request
/// is under way, and at most one text kept: what is not delivered is in the next.
class DashboardExporter {
 public:
  DashboardExporter(net::Loop& loop, DashboardTarget target,
                    std::function<telemetry::Snapshot()> snapshot);
  DashboardExporter(const DashboardExporter&) = delete;
  DashboardExporter& operator=(const DashboardExporter&) = delete;

  /// Sends the last numbers, and runs the loop until they are taken or refused, for at most
  /// kLastWait.
  void finish();

  static constexpr Duration kInterval = std::chrono::seconds(2);
  /// Chosen: a dashboard that is there answers in less, and Kubernetes kills after 30 s.
  static constexpr Duration kLastWait = std::chrono::seconds(3);

 private:
  /// What the operator was told last: each is told once, when it begins.
  enum class State : std::uint8_t { Unknown, Delivering, Failing, Refused };

  void on_interval();
  void on_text(std::string text);
  void on_result(const web::PushResult& result) noexcept;
  void enter(State state, const std::string& words);
  [[nodiscard]] telemetry::PushOrigin next_origin();

  net::Loop& loop_;
  DashboardTarget target_;
  std::string place_;  ///< the URL for messages
  std::function<telemetry::Snapshot()> snapshot_;
  telemetry::PushOrigin origin_;
  net::Timer timer_;
  net::Timer last_wait_;
  net::Background rendering_;
  web::Pusher pusher_;
  State state_ = State::Unknown;
  bool is_finishing_ = false;
};

}  // namespace meshctl::proxy
