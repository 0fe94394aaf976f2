#pragma once

#include <string>

#include "runtime/dashboard/push_document.h"

namespace meshctl::dashboard {

/// What a pod that began to count at 0 has pushed after `calls` calls of 1 us on `route`.
inline Push push_of(std::uint64_t calls, std::uint64_t sequence, std::string instance = "a",
                    std::string route = "/") {
  Push push;
  push.service = "shop";
  push.pod = "shop-" + instance;
  push.instance = std::move(instance);
  push.sequence = sequence;
  telemetry::RouteStats stats;
  stats.route = std::move(route);
  stats.totals.calls = calls;
  stats.totals.by_class[2] = calls;
  if (calls != 0) stats.totals.duration = {{{31, calls}}, calls, calls * 1000, 1000, 1000};
  push.routes.push_back(std::move(stats));
  return push;
}

}  // namespace meshctl::dashboard
