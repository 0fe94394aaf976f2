#include "runtime/dashboard/push_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace meshctl::dashboard {
namespace {

using Json = nlohmann::json;
using telemetry::CallTotals;
using telemetry::HistogramBins;

constexpr std::string_view kFormat = "meshctl-push-1";
/// What every JSON reader holds exactly (RFC 8259, 6).
constexpr std::uint64_t kMostCount = std::uint64_t{1} << 53;
/// 2^53 ns are 104 days: less than what the processors of a machine are up together.
constexpr std::uint64_t kMostNanos = (std::uint64_t{1} << 63) - 1;
/// Of what is there at one time: sums over all proxies stay far from 2^63.
constexpr std::uint64_t kMostAtOnce = std::uint64_t{1} << 32;
constexpr int kMostDepth = 8;
constexpr std::size_t kInstanceDigits = 16;

/// Before it is parsed: the parser would follow any depth.
bool is_too_deep(std::string_view text) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMostDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

/// A part of the document and where it is. The first thing that is wrong with any part is kept in
/// `problem`, and from then on parts read as nothing: who reads looks at it once, at the end. A
/// part must not outlive the one that it is of.
class Part {
 public:
  Part(const Json& whole, std::string& problem) : json_(whole), problem_(problem) {}

  [[nodiscard]] Part at(const char* key) const {
    static const Json kNothing;
    if (!json_.is_object()) {
      complain("must be an object");
    } else if (const auto found = json_.find(key); found != json_.end()) {
      return {*found, *this, key, 0};
    }
    Part missing{kNothing, *this, key, 0};
    missing.complain("is missing");
    return missing;
  }
  [[nodiscard]] bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
  [[nodiscard]] std::size_t size() const {
    if (!json_.is_array()) complain("must be a list");
    return json_.is_array() && problem_.empty() ? json_.size() : 0;
  }
  [[nodiscard]] Part at(std::size_t index) const { return {json_[index], *this, nullptr, index}; }
  [[nodiscard]] std::uint64_t count() const { return whole(kMostCount, "2^53"); }
  [[nodiscard]] std::uint64_t nanos() const { return whole(kMostNanos, "2^63 - 1"); }
  [[nodiscard]] std::uint64_t level() const { return whole(kMostAtOnce, "2^32"); }
  [[nodiscard]] bool truth() const {
    if (!json_.is_boolean()) complain("must be true or false");
    return json_.is_boolean() && json_.get<bool>();
  }
  [[nodiscard]] std::string text(std::size_t most_bytes) const {
    if (!json_.is_string()) complain("must be a text");
    auto text = json_.is_string() ? json_.get<std::string>() : std::string();
    if (text.size() > most_bytes) complain(fmt::format("is longer than {} bytes", most_bytes));
    return text;
  }
  void must_be_object() const {
    if (!json_.is_object()) complain("must be an object");
  }
  void complain(std::string_view words) const {
    if (problem_.empty()) problem_ = fmt::format("{} {}", place(), words);
  }

 private:
  Part(const Json& json, const Part& of, const char* key, std::size_t index)
      : json_(json), problem_(of.problem_), of_(&of), key_(key), index_(index) {}

  [[nodiscard]] std::uint64_t whole(std::uint64_t most, std::string_view name) const {
    const bool is_right = json_.is_number_unsigned() && json_.get<std::uint64_t>() <= most;
    if (!is_right) complain(fmt::format("must be a whole number from 0 to {}", name));
    return is_right ? json_.get<std::uint64_t>() : 0;
  }
  /// Made where there is something to say of it only.
  [[nodiscard]] std::string place() const {
    if (of_ == nullptr) return "the push";
    if (key_ == nullptr) return fmt::format("{}[{}]", of_->place(), index_);
    return of_->of_ == nullptr ? key_ : fmt::format("{}.{}", of_->place(), key_);
  }

  const Json& json_;
  std::string& problem_;
  const Part* of_ = nullptr;  ///< null: this is the whole
  const char* key_ = nullptr;
  std::size_t index_ = 0;  ///< where there is no key
};

Duration duration_of(const Part& part) {
  return Duration{static_cast<Duration::rep>(part.nanos())};
}

HistogramBins read_histogram(const Part& part) {
  HistogramBins bins;
  const auto list = part.at("bins");
  int last = -1;
  bins.bins.reserve(std::min<std::size_t>(list.size(), telemetry::bins::kBins));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto pair = list.at(i);
    if (pair.size() != 2) {
      pair.complain("must be [bin, count]");
      break;
    }
    const auto index = pair.at(std::size_t{0}).count();
    const auto count = pair.at(1).count();
    if (index >= telemetry::bins::kBins || std::cmp_less_equal(index, last)) {
      pair.complain(
          fmt::format("must be a bin below {}, and above the one before", telemetry::bins::kBins));
      break;
    }
    last = static_cast<int>(index);
    if (count == 0) continue;
    bins.bins.push_back({static_cast<std::uint16_t>(index), count});
    bins.count += count;
  }
  bins.sum_ns = part.at("sum_ns").nanos();
  bins.min_ns = part.at("min_ns").nanos();
  bins.max_ns = part.at("max_ns").nanos();
  if (bins.min_ns > bins.max_ns) part.complain("has a min_ns above its max_ns");
  return bins;
}

void read_failures(const Part& part, CallTotals& totals) {
  part.must_be_object();
  // A type that a newer proxy knows and we do not is left out of the charts, not of the errors.
  for (std::size_t i = 0; i < totals.by_failure.size(); ++i) {
    const std::string name(telemetry::failure_name(i));
    if (part.has(name.c_str())) totals.by_failure[i] = part.at(name.c_str()).count();
  }
}

telemetry::RouteStats read_route(const Part& part) {
  telemetry::RouteStats stats;
  const auto route = part.at("route");
  stats.route = route.text(kMostRouteBytes);
  if (stats.route.empty()) route.complain("must not be empty");
  auto& totals = stats.totals;
  totals.calls = part.at("calls").count();
  totals.errors = part.at("errors").count();
  totals.client_aborts = part.at("client_aborts").count();
  totals.request_body_bytes = part.at("request_body_bytes").count();
  totals.response_body_bytes = part.at("response_body_bytes").count();
  const auto classes = part.at("by_class");
  if (const auto size = classes.size(); size != totals.by_class.size()) {
    classes.complain(fmt::format("must have {} counts", totals.by_class.size()));
  } else {
    for (std::size_t i = 0; i < size; ++i) totals.by_class[i] = classes.at(i).count();
  }
  read_failures(part.at("by_failure"), totals);
  totals.duration = read_histogram(part.at("duration"));
  return stats;
}

void read_routes(const Part& part, Push& push) {
  const auto size = part.size();
  if (size > kMostRoutes)
    return part.complain(fmt::format("has {} entries; at most {} are taken", size, kMostRoutes));
  push.routes.reserve(size);
  for (std::size_t i = 0; i < size; ++i) push.routes.push_back(read_route(part.at(i)));
  std::ranges::sort(push.routes, {}, &telemetry::RouteStats::route);
  const auto twice = std::ranges::adjacent_find(push.routes, {}, &telemetry::RouteStats::route);
  if (twice != push.routes.end()) part.complain(fmt::format("has '{}' twice", twice->route));
}

bool is_instance(std::string_view text) noexcept {
  return text.size() == kInstanceDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

Push read(const Part& part) {
  Push push;
  const auto format = part.at("format");
  if (format.text(kMostNameBytes) != kFormat)
    format.complain(fmt::format("is none that this dashboard knows: it takes {}", kFormat));
  const auto instance = part.at("instance");
  push.instance = instance.text(kMostNameBytes);
  if (!is_instance(push.instance)) instance.complain("must be 16 hexadecimal digits");
  push.service = part.at("service").text(kMostNameBytes);
  if (push.service.empty()) push.service = "unnamed";
  push.name_space = part.at("namespace").text(kMostNameBytes);
  push.pod = part.at("pod").text(kMostNameBytes);
  if (push.pod.empty()) push.pod = push.instance;
  push.version = part.at("version").text(kMostNameBytes);
  push.sequence = part.at("sequence").count();
  push.uptime_ms = part.at("uptime_ms").count();
  push.is_final = part.at("final").truth();
  push.active_calls = static_cast<std::int64_t>(part.at("active_calls").level());
  const auto connections = part.at("connections");
  push.open_connections = connections.at("open").level();
  push.received_bytes = connections.at("received_bytes").count();
  push.sent_bytes = connections.at("sent_bytes").count();
  if (part.has("node")) {
    const auto node = part.at("node");
    push.node = {.cpu_busy = duration_of(node.at("cpu_busy_ns")),
                 .cpu_total = duration_of(node.at("cpu_total_ns")),
                 .memory_used_bytes = node.at("memory_used_bytes").count(),
                 .memory_total_bytes = node.at("memory_total_bytes").count()};
  }
  read_routes(part.at("routes"), push);
  return push;
}

}  // namespace

Result<Push, std::string> read_push(std::string_view body) {
  if (is_too_deep(body)) return fail(fmt::format("the push is nested deeper than {}", kMostDepth));
  const auto json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) return fail(std::string("the push is not JSON"));
  std::string problem;
  auto push = read(Part(json, problem));
  if (!problem.empty()) return fail(std::move(problem));
  return push;
}

}  // namespace meshctl::dashboard
