#pragma once

#include <functional>

#include "runtime/telemetry/snapshot.h"
#include "runtime/web/http_exchange.h"

namespace meshctl::proxy {

/// What the admin port answers: /metrics, /stats.json, /live, /ready, and a list of these at `/`.
class Admin {
 public:
  /// Both are asked at each request that needs them.
  struct Source {
    std::function<telemetry::Snapshot()> snapshot;
    std::function<bool()> is_ready;
  };

  explicit Admin(Source source) : source_(std::move(source)) {}

  [[nodiscard]] web::Response answer(const web::Request& request) const;

 private:
  Source source_;
};

}  // namespace meshctl::proxy
