#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/dashboard/board.h"
#include "runtime/dashboard/history.h"
#include "runtime/web/http_exchange.h"

namespace meshctl::dashboard {

/// Answers the requests to the dashboard (docs/dashboard.md). Borrows what it is made of.
class Api {
 public:
  struct Parts {
    Board& board;
    std::shared_ptr<History> history;  ///< null with Prometheus
    /// PrometheusSource::read(); null without.
    std::function<void(const Subject& subject, Millis from, Millis to,
                       std::function<void(Result<History::Excerpt, std::string>)> done)>
        ask_prometheus;
    std::function<Millis()> now;
    /// A proxy pushed for the last time: what it said must not be lost with us.
    std::function<void()> on_last_push;
    Millis retention;
    /// Why nothing is stored at present; empty while it is.
    std::function<std::string()> trouble;
    std::string token;  ///< that pushes must carry; empty: none
    bool takes_pushes = true;
  };
  explicit Api(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] web::Response answer(const web::Request& request);
  /// The event that all streams get each second.
  [[nodiscard]] std::string event();

  /// A push of a program, not of a page: those may call us by any name, as Kubernetes' Services do.
  [[nodiscard]] static bool is_push(const web::Request& request) noexcept;

 private:
  [[nodiscard]] web::Response push(const web::Request& request);
  [[nodiscard]] web::Response series(const web::Request& request);
  [[nodiscard]] const std::string& services();

  Parts parts_;
  std::string services_;  ///< the document, of services_at_
  Millis services_at_ = 0;
  std::uint64_t id_ = 0;
};

}  // namespace meshctl::dashboard
