#include "runtime/dashboard/prometheus_pushes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "runtime/dashboard/bucket_bins.h"
#include "runtime/telemetry/names.h"

namespace meshctl::dashboard {
namespace {

using telemetry::CallTotals;
using telemetry::kErrorTypes;

constexpr std::uint16_t kOk = 200;
/// Chosen: how long after its start a proxy may be scraped for the first time.
constexpr Millis kDiscovery = 60'000;

const std::vector<PrometheusSeries>& of(const PrometheusAnswers& answers, Figure figure) {
  return answers[static_cast<std::size_t>(figure)];
}

/// Points are at whole milliseconds, as they were asked for.
std::optional<double> value_at(const PrometheusSeries& series, Millis at) {
  const auto found =
      std::ranges::lower_bound(series.points, at, {}, &std::pair<Millis, double>::first);
  if (found == series.points.end() || found->first != at) return std::nullopt;
  return found->second;
}

std::uint64_t count_of(double value) {
  constexpr double kMost = 9007199254740992;  // 2^53, as in pushes
  return static_cast<std::uint64_t>(std::llround(std::clamp(value, 0.0, kMost)));
}

/// The proxy's own name for something before that of its target: Prometheus renames ours to
/// `exported_...` where the target has such a label.
std::string name_of(const PrometheusSeries& series, std::string_view label,
                    std::string_view target_label) {
  for (const auto& name :
       {fmt::format("exported_{}", label), std::string(label), std::string(target_label)}) {
    if (const auto value = series.label(name); !value.empty()) return std::string(value);
  }
  return {};
}

/// Within a window, proxies that were there for too short have a 1 in its place.
std::optional<Millis> scrape_time(double info) {
  if (info <= 1) return std::nullopt;
  return static_cast<Millis>(std::llround(info * 1000));
}

/// What is known of one proxy at one time.
struct Proxy {
  Push push;
  double scraped = 0;  ///< the greatest value of Info: the names in the push are those of then
  Millis start = 0;
  std::set<std::string_view> name_spaces;
  std::map<std::string, CallTotals> routes;
  std::map<std::string, std::map<double, std::uint64_t>> buckets;
  std::map<std::string, std::map<double, std::uint64_t>> grpc_buckets;
};
using Proxies = std::map<std::pair<std::string_view, std::string_view>, Proxy>;

class Reading {
 public:
  Reading(const PrometheusAnswers& answers, Millis at) : answers_(answers), at_(at) {}

  std::vector<Push> pushes() {
    read_proxies();
    read_calls();
    read_bytes();
    read_buckets(Figure::Buckets, &Proxy::buckets);
    read_buckets(Figure::GrpcBuckets, &Proxy::grpc_buckets);
    read_levels();
    std::vector<Push> all;
    for (auto& [key, proxy] : proxies_) all.push_back(whole(proxy));
    return all;
  }

 private:
  /// Calls `use` with each series of a proxy that has a value now.
  template <typename Use>
  void each(Figure figure, Use use) {
    for (const auto& series : of(answers_, figure)) {
      const auto value = value_at(series, at_);
      if (!value) continue;
      const auto found = proxies_.find({series.label("job"), series.label("instance")});
      if (found == proxies_.end()) continue;
      auto& proxy = found->second;
      // The same counters twice, under the old names of the target and the new ones.
      const bool is_old = figure != Figure::StartTime && proxy.name_spaces.size() > 1 &&
                          series.label("namespace") != proxy.push.name_space;
      if (!is_old) use(proxy, series, *value);
    }
  }

  void read_proxies() {
    for (const auto& series : of(answers_, Figure::Info)) {
      const auto scraped = value_at(series, at_);
      if (!scraped) continue;
      auto& proxy = proxies_[{series.label("job"), series.label("instance")}];
      if (*scraped < proxy.scraped) continue;
      proxy.scraped = *scraped;
      proxy.push.service = name_of(series, "service", "job");
      proxy.push.name_space = series.label("namespace");
      proxy.push.pod = name_of(series, "pod", "instance");
      proxy.push.instance = place_of(series);
    }
    each(Figure::StartTime, [&](Proxy& proxy, const PrometheusSeries& series, double seconds) {
      proxy.name_spaces.insert(series.label("namespace"));
      proxy.start = std::max(proxy.start, static_cast<Millis>(std::llround(seconds * 1000)));
      proxy.push.uptime_ms = static_cast<std::uint64_t>(std::max<Millis>(0, at_ - proxy.start));
    });
    for (auto& [key, proxy] : proxies_) proxy.push.instance += fmt::format("|{}", proxy.start);
  }

  static std::string route_of(const PrometheusSeries& series) {
    const auto method = series.label("rpc_method");
    if (!method.empty() && method != kUnnamedRoute) return fmt::format("/{}", method);
    const auto route = series.label("http_route");
    return std::string(route.empty() ? kUnnamedRoute : route);
  }

  static void count(CallTotals& totals, std::uint64_t calls, std::uint16_t status,
                    std::string_view error_type, bool is_grpc_error) {
    totals.calls += calls;
    totals.by_class[telemetry::status_class(status)] += calls;
    auto error = telemetry::ErrorType::None;
    for (int type = 1; type < kErrorTypes; ++type) {
      const auto candidate = static_cast<telemetry::ErrorType>(type);
      if (telemetry::name_of(candidate) == error_type) error = candidate;
    }
    if (error == telemetry::ErrorType::ClientAbort) totals.client_aborts += calls;
    telemetry::CallRecord call;
    call.status = status;
    call.error = error;
    auto failure = telemetry::failure_of(call);
    if (is_grpc_error && (!failure || error == telemetry::ErrorType::ClientAbort))
      failure = kErrorTypes;
    if (failure) totals.by_failure[*failure] += calls;
    if (is_grpc_error || telemetry::is_error(status, error)) totals.errors += calls;
  }

  static bool is_grpc_failure(std::string_view code) {
    for (std::uint16_t each = 0; each <= 16; ++each) {
      if (telemetry::is_grpc_error(each) && telemetry::grpc_status_name(each) == code) return true;
    }
    return false;
  }

  void read_calls() {
    each(Figure::Calls, [](Proxy& proxy, const PrometheusSeries& series, double value) {
      const auto text = series.label("http_response_status_code");
      std::uint16_t status = 0;
      std::from_chars(text.data(), text.data() + text.size(), status);
      count(proxy.routes[route_of(series)], count_of(value), status, series.label("error_type"),
            false);
    });
    // The metrics have gRPC's own codes alone: what has one was answered with a 200.
    each(Figure::GrpcCalls, [](Proxy& proxy, const PrometheusSeries& series, double value) {
      const auto code = series.label("rpc_response_status_code");
      count(proxy.routes[route_of(series)], count_of(value), code.empty() ? 0 : kOk,
            series.label("error_type"), is_grpc_failure(code));
    });
    each(Figure::StreamCalls, [](Proxy& proxy, const PrometheusSeries& series, double value) {
      const auto error = series.label("error_type");
      count(proxy.routes[route_of(series)], count_of(value), kOk, error, is_grpc_failure(error));
    });
  }

  void read_bytes() {
    for (const auto figure : {Figure::RequestBytes, Figure::GrpcRequestBytes}) {
      each(figure, [](Proxy& proxy, const PrometheusSeries& series, double value) {
        proxy.routes[route_of(series)].request_body_bytes += count_of(value);
      });
    }
    for (const auto figure : {Figure::ResponseBytes, Figure::GrpcResponseBytes}) {
      each(figure, [](Proxy& proxy, const PrometheusSeries& series, double value) {
        proxy.routes[route_of(series)].response_body_bytes += count_of(value);
      });
    }
  }

  void read_buckets(Figure figure,
                    std::map<std::string, std::map<double, std::uint64_t>> Proxy::*into) {
    each(figure, [into](Proxy& proxy, const PrometheusSeries& series, double value) {
      const auto text = series.label("le");
      double bound = std::numeric_limits<double>::infinity();
      if (text != "+Inf") std::from_chars(text.data(), text.data() + text.size(), bound);
      (proxy.*into)[route_of(series)][bound] += count_of(value);
    });
  }

  void read_levels() {
    each(Figure::OpenConnections, [](Proxy& proxy, const PrometheusSeries&, double value) {
      proxy.push.open_connections = count_of(value);
    });
    each(Figure::ActiveCalls, [](Proxy& proxy, const PrometheusSeries&, double value) {
      proxy.push.active_calls = static_cast<std::int64_t>(count_of(value));
    });
    each(Figure::MachineMemory, [](Proxy& proxy, const PrometheusSeries&, double value) {
      if (!proxy.push.node) proxy.push.node.emplace();
      proxy.push.node->memory_used_bytes = count_of(value);
    });
    each(Figure::MachineCpu, [](Proxy& proxy, const PrometheusSeries& series, double value) {
      if (!proxy.push.node) return;
      const Duration time{static_cast<Duration::rep>(std::llround(value * 1e9))};
      proxy.push.node->cpu_total += time;
      if (series.label("state") == "busy") proxy.push.node->cpu_busy += time;
    });
  }

  static Push whole(Proxy& proxy) {
    for (const auto* each : {&proxy.buckets, &proxy.grpc_buckets}) {
      for (const auto& [route, buckets] : *each) {
        proxy.routes[route].duration.merge(
            bins_of(CumulativeBuckets(buckets.begin(), buckets.end())));
      }
    }
    for (auto& [route, totals] : proxy.routes)
      proxy.push.routes.push_back({route, std::move(totals)});
    return std::move(proxy.push);
  }

  const PrometheusAnswers& answers_;
  Millis at_;
  Proxies proxies_;
};

/// One proxy as it was seen last.
struct Seen {
  Push push;
  Millis at = 0;
};
using LastSeen = std::map<std::string, Seen, std::less<>>;

/// What a proxy did in one step. `before` is null where it was not there.
Slot slot_of(const Push& now, const Push* before, Millis step) {
  const bool is_same = before != nullptr;
  const bool is_new = std::cmp_less_equal(now.uptime_ms, step + kDiscovery);
  Slot slot;
  for (const auto& route : now.routes) {
    const CallTotals* old = nullptr;
    if (is_same) {
      for (const auto& each : before->routes) {
        if (each.route == route.route) old = &each.totals;
      }
    }
    if (old != nullptr) {
      // A fall is a proxy of which Prometheus has several series: nothing is known of the step.
      if (falling(route.totals, *old).empty()) slot.usage.merge(route.totals.since(*old));
    } else if (is_same || is_new) {
      slot.usage.merge(route.totals);
    }
  }
  slot.set_machine(now.node, is_same ? before->node : std::nullopt);
  return slot;
}

/// What the proxies did in the step before `at`; none where no calls can be told of it. They are
/// put to `last`.
std::optional<Slot> slot_of(std::vector<Push> pushes, Millis at, Millis step, LastSeen& last) {
  std::optional<Slot> sum;
  for (auto& push : pushes) {
    auto& before = last[std::string(place_of(push))];
    const bool is_same = before.push.instance == push.instance;
    // A proxy that was not there for a step is no new one when it comes back.
    if (!is_same || at - before.at <= std::max(step, kLongestSilence)) {
      if (!sum) sum.emplace();
      sum->merge(slot_of(push, is_same ? &before.push : nullptr, step), false);
    }
    before = {std::move(push), at};
  }
  return sum;
}

}  // namespace

std::string_view place_of(const Push& push) {
  return std::string_view(push.instance).substr(0, push.instance.rfind('|'));
}

std::string place_of(const PrometheusSeries& series) {
  return fmt::format("{}|{}", series.label("job"), series.label("instance"));
}

std::map<std::string, Millis, std::less<>> last_scrapes(const PrometheusAnswers& answers,
                                                        Millis at) {
  std::map<std::string, Millis, std::less<>> all;
  for (const auto& series : of(answers, Figure::Info)) {
    const auto value = value_at(series, at);
    const auto time = value ? scrape_time(*value) : std::nullopt;
    if (!time) continue;
    auto& latest = all[place_of(series)];
    latest = std::max(latest, *time);
  }
  return all;
}

std::vector<Push> pushes_at(const PrometheusAnswers& answers, Millis at) {
  return Reading(answers, at).pushes();
}

History::Excerpt excerpt_of(const PrometheusAnswers& answers, Millis from, Millis to, Millis step) {
  History::Excerpt excerpt;
  excerpt.step = step;
  LastSeen last;
  for (Millis at = from; at <= to; at += step) {
    auto slot = slot_of(pushes_at(answers, at), at, step, last);
    if (at != from && slot) excerpt.slots.push_back({at - step, std::move(*slot)});
  }
  return excerpt;
}

}  // namespace meshctl::dashboard
