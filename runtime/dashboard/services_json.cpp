#include "runtime/dashboard/services_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/dashboard/minute_sum.h"
#include "runtime/telemetry/escape.h"

namespace meshctl::dashboard {
namespace {

using telemetry::CallTotals;

/// A pod that is gone is shown for so long: who looks after a rollout wants to see it.
constexpr Millis kShowGoneFor = 15 * 60 * 1000;

/// A name within a key, of which the slash and the blank are no part: percent-encoded. Names of
/// Kubernetes have neither.
std::string key_part(std::string_view name) {
  std::string part;
  for (const char c : name) {
    if (c == '/' || c == ' ' || c == '%') {
      part += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      part += c;
    }
  }
  return part;
}

std::string_view name_of(Presence presence) {
  switch (presence) {
    case Presence::Live: return "live";
    case Presence::Stale: return "stale";
    case Presence::Gone: return "gone";
  }
  return "";
}

/// The first slot of the minute that is shown at `now`.
std::int64_t first_slot(Millis now) {
  return Board::last_whole_slot(now) - static_cast<std::int64_t>(Minute::kWholeSlots) + 1;
}

/// The time that the minute covers: less where we count for less.
double covered_seconds(const Row& row, Millis now) {
  const auto first = std::max(first_slot(now), row.minute_began / Board::kSlotMillis);
  const auto slots = std::max<std::int64_t>(Board::last_whole_slot(now) - first + 1, 1);
  return static_cast<double>(slots * Board::kSlotMillis) / 1000;
}

double over(std::uint64_t count, double seconds) {
  return static_cast<double>(count) / seconds;
}

/// What is known of pods beside their calls; services have the sum.
struct Levels {
  Presence presence = Presence::Gone;
  Millis last_seen = 0;
  std::uint64_t open_connections = 0;
  std::int64_t active_calls = 0;
  std::uint64_t memory_bytes = 0;  ///< of all nodes
  std::uint64_t nodes = 0;         ///< that told

  void merge(const Levels& other) {
    presence = std::min(presence, other.presence);
    last_seen = std::max(last_seen, other.last_seen);
    open_connections += other.open_connections;
    active_calls += other.active_calls;
    memory_bytes += other.memory_bytes;
    nodes += other.nodes;
  }
};
using AllLevels = std::map<Subject, Levels>;

Subject pod_of(const Push& push) {
  return {push.name_space, push.service, push.pod, {}};
}

/// When the newest proxy of each pod started.
std::map<Subject, Millis> last_starts(const Board& board) {
  std::map<Subject, Millis> starts;
  for (const auto& [name, instance] : board.instances()) {
    auto& latest = starts[pod_of(instance.last)];
    latest = std::max(latest, instance.received - static_cast<Millis>(instance.last.uptime_ms));
  }
  return starts;
}

AllLevels levels_of(const Board& board, Millis now) {
  AllLevels all;
  const auto starts = last_starts(board);
  for (const auto& [name, instance] : board.instances()) {
    const auto& push = instance.last;
    Levels levels{.presence = board.presence(instance, now), .last_seen = instance.received};
    // Killed, and started anew since: what it had open went with it.
    if (instance.received < starts.at(pod_of(push))) levels.presence = Presence::Gone;
    if (levels.presence == Presence::Live) {
      levels.open_connections = push.open_connections;
      levels.active_calls = push.active_calls;
      levels.memory_bytes = push.node ? push.node->memory_used_bytes : 0;
      levels.nodes = push.node ? 1 : 0;
    }
    all[pod_of(push)].merge(levels);
    all[{push.name_space, push.service, {}, {}}].merge(levels);
  }
  return all;
}

Levels levels_at(const AllLevels& all, const Subject& subject) {
  const auto found = all.find(subject);
  return found == all.end() ? Levels{} : found->second;
}

/// Puts the document together by hand: a tree of JSON values first would hold up the loop for five
/// times as long.
class Document {
 public:
  Document(Millis now, std::size_t rows) : now_(now) {
    constexpr std::size_t kUsualRowBytes = 512;
    out_.reserve(rows * kUsualRowBytes);
  }

  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void put_text(std::string_view text) {
    out_.push_back('"');
    telemetry::append_json_escaped(out_, text);
    out_.push_back('"');
  }
  /// Null where nothing was called: an error rate of no calls is no number.
  void put_error_rate(const CallTotals& totals) {
    if (totals.calls == 0) return put("null");
    put("{}", static_cast<double>(totals.errors) / static_cast<double>(totals.calls));
  }
  void put_quantile(const CallTotals& totals, double q) {
    if (totals.duration.is_empty()) return put("null");
    put("{}", static_cast<double>(totals.duration.quantile(q).count()) / 1e9);
  }
  /// The members of a row but for the closing brace; returns its last minute.
  const Slot& put_row(std::string_view name, const Subject& subject, const Row& row,
                      const Levels& levels) {
    const auto& minute = minute_of(row);
    put(R"({{"name":)");
    put_text(name);
    put(R"(,"key":)");
    put_text(fmt::format("{}/{}{}{}{}{}", key_part(subject.name_space), key_part(subject.service),
                         subject.pod.empty() ? "" : "/pod/", subject.pod,
                         subject.route.empty() ? "" : "/route/", subject.route));
    put(R"(,"state":"{}","last_seen_seconds":{})", name_of(levels.presence),
        static_cast<double>(std::max<Millis>(0, now_ - levels.last_seen)) / 1000);
    const auto& totals = row.totals;
    put(R"(,"totals":{{"calls":{},"errors":{},"client_aborts":{},"request_body_bytes":{},)"
        R"("response_body_bytes":{}}})",
        totals.calls, totals.errors, totals.client_aborts, totals.request_body_bytes,
        totals.response_body_bytes);
    put_minute(minute.usage, covered_seconds(row, now_));
    put_sparkline(row);
    if (subject.route.empty()) put_machine(minute, levels);
    return minute;
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  /// The slots of the last minute together.
  const Slot& minute_of(const Row& row) {
    sum_.clear();
    for (auto number = first_slot(now_); number <= Board::last_whole_slot(now_); ++number) {
      if (const auto* slot = row.minute.find(number)) sum_.add(*slot);
    }
    return sum_.slot();
  }
  void put_minute(const CallTotals& usage, double covered) {
    put(R"(,"minute":{{"calls_per_second":{},"error_rate":)", over(usage.calls, covered));
    put_error_rate(usage);
    put(R"(,"p50_seconds":)");
    put_quantile(usage, 0.5);
    put(R"(,"p90_seconds":)");
    put_quantile(usage, 0.9);
    put(R"(,"p99_seconds":)");
    put_quantile(usage, 0.99);
    put("}}");
  }
  void put_sparkline(const Row& row) {
    put(R"(,"sparkline":[)");
    const auto first = first_slot(now_);
    for (auto number = first; number <= Board::last_whole_slot(now_); ++number) {
      const auto* slot = row.minute.find(number);
      if (number != first) out_.push_back(',');
      const fmt::format_int digits(slot == nullptr ? 0 : slot->usage.calls);
      out_.append(digits.data(), digits.size());
    }
    out_.push_back(']');
  }
  void put_machine(const Slot& minute, const Levels& levels) {
    put(R"(,"open_connections":{},"active_calls":{},"cpu":)", levels.open_connections,
        levels.active_calls);
    if (minute.cpu_total_ns == 0) {
      put("null");
    } else {
      put("{}", static_cast<double>(minute.cpu_busy_ns) / static_cast<double>(minute.cpu_total_ns));
    }
    put(R"(,"memory_bytes":)");
    if (levels.nodes == 0) {
      put("null");
    } else {
      put("{}", levels.memory_bytes / levels.nodes);
    }
  }

  Millis now_;
  MinuteSum sum_;
  std::string out_;
};

/// The sums over all services.
struct Summary {
  std::size_t services = 0;
  std::size_t pods_live = 0;
  std::size_t pods_stale = 0;
  CallTotals totals;
  Slot minute;
  double calls_per_second = 0;
  double in_per_second = 0;
  double out_per_second = 0;
  std::uint64_t open_connections = 0;

  void add(const Row& row, const Slot& last, const Levels& levels, Millis now) {
    ++services;
    const auto covered = covered_seconds(row, now);
    minute.merge(last, false);
    calls_per_second += over(last.usage.calls, covered);
    in_per_second += over(last.usage.request_body_bytes, covered);
    out_per_second += over(last.usage.response_body_bytes, covered);
    open_connections += levels.open_connections;
    totals.merge(row.totals);
  }
};

void put_summary(Document& out, const Summary& summary) {
  out.put(R"({{"services":{},"pods_live":{},"pods_stale":{},"calls":{},"errors":{},)"
          R"("calls_per_second":{},"error_rate":)",
          summary.services, summary.pods_live, summary.pods_stale, summary.totals.calls,
          summary.totals.errors, summary.calls_per_second);
  out.put_error_rate(summary.minute.usage);
  out.put(R"(,"p50_seconds":)");
  out.put_quantile(summary.minute.usage, 0.5);
  out.put(R"(,"p99_seconds":)");
  out.put_quantile(summary.minute.usage, 0.99);
  out.put(
      R"(,"request_bytes_per_second":{},"response_bytes_per_second":{},"open_connections":{}}})",
      summary.in_per_second, summary.out_per_second, summary.open_connections);
}

/// The rows of one service that satisfy `is_shown`, as a list.
template <typename IsShown>
void put_rows(Document& out, std::span<const std::map<Subject, Row>::value_type* const> rows,
              const AllLevels& levels, IsShown is_shown) {
  bool is_first = true;
  for (const auto* each : rows) {
    const auto& [subject, row] = *each;
    const auto own = levels_at(
        levels,
        {subject.name_space, subject.service, subject.pod, {}});  // of routes: the service's
    if (!is_shown(subject, own)) continue;
    if (!is_first) out.put(",");
    is_first = false;
    static_cast<void>(
        out.put_row(subject.route.empty() ? subject.pod : subject.route, subject, row, own));
    out.put("}}");
  }
}

}  // namespace

std::string services_json(const Board& board, Millis now, const ServicesFrame& frame) {
  const auto levels = levels_of(board, now);
  Document out(now, board.rows().size());
  Summary summary;
  out.put(
      R"({{"format":"meshctl-services-1","id":{},"at_unix_ms":{},"retention_seconds":{},"trouble":)",
      frame.id, now, frame.retention / 1000);
  out.put_text(frame.trouble);
  out.put(R"(,"services":[)");
  const auto& rows = board.rows();
  for (auto at = rows.begin(); at != rows.end();) {
    // In the order of subjects a service comes before its routes and its pods.
    const auto& [subject, row] = *at;
    const auto own = levels_at(levels, subject);
    if (summary.services != 0) out.put(",");
    const auto& minute = out.put_row(subject.service, subject, row, own);
    summary.add(row, minute, own, now);
    out.put(R"(,"namespace":)");
    out.put_text(subject.name_space);

    std::vector<const std::map<Subject, Row>::value_type*> parts;
    for (++at; at != rows.end() && !at->first.is_service(); ++at) parts.push_back(&*at);
    out.put(R"(,"pods":[)");
    put_rows(out, parts, levels, [&](const Subject& each, const Levels& its) {
      return each.route.empty() &&
             (its.presence != Presence::Gone || now - its.last_seen <= kShowGoneFor);
    });
    out.put(R"(],"routes":[)");
    put_rows(out, parts, levels,
             [](const Subject& each, const Levels&) { return !each.route.empty(); });
    out.put("]}}");
  }
  for (const auto& [subject, each] : levels) {
    if (subject.pod.empty()) continue;
    summary.pods_live += each.presence == Presence::Live ? 1 : 0;
    summary.pods_stale += each.presence == Presence::Stale ? 1 : 0;
  }
  out.put(R"(],"summary":)");
  put_summary(out, summary);
  out.put("}}");
  return out.take();
}

}  // namespace meshctl::dashboard
