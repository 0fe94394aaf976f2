#pragma once

#include <functional>
#include <optional>

#include "runtime/telemetry/snapshot.h"
#include "runtime/web/http_exchange.h"

namespace meshctl::proxy {

/// What the admin port answers: /metrics, /stats.json, /live, /ready, POST /drain, and a page for
/// people at `/`. Documents are made on the pool, from a snapshot that is taken here. Whoever
/// reaches the port may read; only over loopback is anything changed, or a raw path told.
class Admin {
 public:
  /// Asked at each request that needs them.
  struct Source {
    std::function<telemetry::Snapshot()> snapshot;
    std::function<bool()> is_ready;
    /// Begins to drain, as TERM does; nothing if that has begun already.
    std::function<void()> drain;
  };

  explicit Admin(Source source) : source_(std::move(source)) {}

  [[nodiscard]] web::Response answer(const web::Request& request);

 private:
  [[nodiscard]] web::Response page(telemetry::RawPaths raw_paths);

  Source source_;
  /// What pages were made of: rates are of the time since `earlier_`, which is at least a second.
  std::optional<telemetry::Snapshot> earlier_;
  std::optional<telemetry::Snapshot> latest_;
};

}  // namespace meshctl::proxy
