#pragma once

#include <functional>
#include <string>

#include "runtime/net/background.h"
#include "runtime/net/timer.h"
#include "runtime/telemetry/otlp_json.h"
#include "runtime/web/pusher.h"

namespace meshctl::proxy {

/// Where the usage is pushed to, and as whose.
struct OtlpConfig {
  web::PostTarget target;
  Duration interval = std::chrono::seconds(10);
  telemetry::ResourceAttributes resource;
};

/// Pushes the usage to an OpenTelemetry collector each interval, and once at the end. Shares the
/// loop with the data path: a snapshot is taken there, its text is made by libuv's pool. At most
/// one request is under way, and at most one text kept.
class OtlpExporter {
 public:
  OtlpExporter(net::Loop& loop, OtlpConfig config, std::function<telemetry::Snapshot()> snapshot);
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  /// Sends the last numbers, and runs the loop until they are taken or refused, for at most
  /// kLastWait.
  void finish();

  /// Chosen: a collector that is there answers in less, and Kubernetes kills after 30 s.
  static constexpr Duration kLastWait = std::chrono::seconds(3);

 private:
  /// What the operator was told last: each is told once, when it begins.
  enum class State : std::uint8_t { Unknown, Delivering, Partly, Failing, Refused };

  void on_interval();
  void on_text(std::string text);
  void on_result(const web::PushResult& result) noexcept;
  void enter(State state, const std::string& words);

  net::Loop& loop_;
  OtlpConfig config_;
  std::string place_;  ///< the URL for messages
  std::function<telemetry::Snapshot()> snapshot_;
  net::Timer timer_;
  net::Timer last_wait_;
  net::Background rendering_;
  web::Pusher pusher_;
  State state_ = State::Unknown;
  bool is_finishing_ = false;
};

}  // namespace meshctl::proxy
