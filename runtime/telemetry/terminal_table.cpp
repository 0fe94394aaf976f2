#include "runtime/telemetry/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "runtime/base/units.h"

namespace meshctl::telemetry {
namespace {

constexpr std::size_t kNumbers = 60;  ///< the columns right of the route, with their gaps
constexpr std::size_t kLeastColumns = 80;

/// The identity comes from the environment, so it may hold anything; the terminal gets ASCII.
std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

/// `text`, which is ASCII, in at most `width` columns.
std::string cut(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  return fmt::format("{}…", text.substr(0, width - 1));
}

std::string rate(double per_second) {
  if (per_second < 999.95) return fmt::format("{:.1f}", per_second);
  return human_count(static_cast<std::uint64_t>(per_second + 0.5));
}

/// Errors in percent; never "0.0" while there are some.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0.0";
  const double value = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return value < 0.05 ? "<0.1" : fmt::format("{:.1f}", value);
}

struct Row {
  std::string route;
  const CallTotals& totals;
  double per_second = 0;
};

std::string row_text(const Row& row, std::size_t route_width, bool colour) {
  const CallTotals& totals = row.totals;
  const auto shown = cut(row.route, route_width);
  const bool any = !totals.duration.is_empty();
  const auto quantile = [&](double q) {
    return any ? human_duration(totals.duration.quantile(q)) : std::string("-");
  };
  const auto errors = fmt::format("{:>5}", percent(totals.errors, totals.calls));
  const bool red = colour && totals.errors > 0;
  return fmt::format("{:<{}} {:>6} {:>6} {}{}{} {:>7} {:>7} {:>7} {:>7} {:>7}\n", shown,
                     route_width, human_count(totals.calls), rate(row.per_second),
                     red ? "\x1b[31m" : "", errors, red ? "\x1b[0m" : "", quantile(0.5),
                     quantile(0.95), quantile(0.99), human_bytes(totals.request_body_bytes),
                     human_bytes(totals.response_body_bytes));
}

/// ` name 3  name 1` of what is not zero.
template <typename Enum, std::size_t N>
std::string nonzero(const std::array<std::uint64_t, N>& counts, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < N; ++i) {
    if (counts[i] == 0) continue;
    fmt::format_to(std::back_inserter(out), "  {} {}", name_of(static_cast<Enum>(i)),
                   human_count(counts[i]));
  }
  return out;
}

/// The most frequent few of names that peers chose.
std::string names_of(const NameTotals& totals) {
  constexpr std::size_t kMostShown = 5;
  std::vector<std::pair<std::string_view, std::uint64_t>> names(totals.begin(), totals.end());
  std::ranges::stable_sort(names, [](const auto& a, const auto& b) { return a.second > b.second; });
  if (names.size() > kMostShown) names.resize(kMostShown);
  std::string out;
  for (const auto& [name, count] : names)
    fmt::format_to(std::back_inserter(out), "  {} {}", printable(name), human_count(count));
  return out;
}

/// `  websocket 2 open 5 ended  in 7 out 9 messages` of what there was.
std::string stream_list(const StreamTotals& streams) {
  std::string out;
  const auto append = std::back_inserter(out);
  for (std::size_t i = 0; i < streams.kinds.size(); ++i) {
    const auto& kind = streams.kinds[i];
    if (kind.active == 0 && kind.ended == 0) continue;
    fmt::format_to(append, "  {} {} open {} ended", name_of(static_cast<StreamKind>(i)),
                   kind.active, human_count(kind.ended));
  }
  return out;
}

std::string message_list(const StreamTotals& streams) {
  std::string out;
  for (std::size_t i = 0; i < streams.messages.size(); ++i) {
    const auto& [received, sent] = streams.messages[i];
    if (received.messages == 0 && sent.messages == 0) continue;
    fmt::format_to(std::back_inserter(out), "  {} in {} out {}",
                   name_of(static_cast<MessageProtocol>(i)), human_count(received.messages),
                   human_count(sent.messages));
  }
  return out;
}

std::string connection_lines(const Snapshot& now, std::size_t columns) {
  const ConnectionTotals& all = now.connections;
  auto out = cut(fmt::format("connections  open {}  accepted {}  active calls {}  in {}  out {}",
                             human_count(all.open), human_count(all.accepted), now.active_calls,
                             human_bytes(all.received_bytes), human_bytes(all.sent_bytes)),
                 columns) +
             "\n";
  const auto add = [&](std::string_view title, const std::string& list) {
    if (!list.empty()) out += cut(fmt::format("{}{}", title, list), columns) + "\n";
  };
  add("protocols", nonzero<ConnectionProtocol>(all.by_protocol, 0));
  add("streams", stream_list(now.streams));
  add("messages", message_list(now.streams));
  add("tls servers", names_of(all.tls_server_names));
  add("server first", names_of(all.server_first));
  add("errors", nonzero<ErrorType>(now.by_error, 1));
  add("connect failures", nonzero<ErrorType>(all.upstream_connect_failures, 1));
  add("not read along", nonzero<TapDoubt>(all.doubts, 0));
  if (all.accept_failures != 0) add("accept failures  ", human_count(all.accept_failures));
  return out;
}

/// The raw paths called most; `<=` where the count is a bound.
std::string path_rows(const Snapshot& now, const TableStyle& style, std::size_t columns) {
  if (style.max_paths == 0 || now.top_paths.empty()) return {};
  std::string out = "top paths\n";
  for (std::size_t i = 0; i < std::min(style.max_paths, now.top_paths.size()); ++i) {
    const TopPath& path = now.top_paths[i];
    const auto calls = (path.error == 0 ? "" : "<= ") + human_count(path.calls);
    out += cut(fmt::format("{:>8}  {}", calls, path.path), columns) + "\n";
  }
  return out;
}

std::string route_rows(const Snapshot& now, const Snapshot& interval, const TableStyle& style,
                       std::size_t route_width) {
  std::map<std::string_view, std::uint64_t> recent;
  for (const RouteStats& stats : interval.routes) recent[stats.route] = stats.totals.calls;
  const double length = std::chrono::duration<double>(interval.covers).count();
  const auto per_second = [&](std::uint64_t calls) {
    return length > 0 ? static_cast<double>(calls) / length : 0.0;
  };
  std::string out;
  CallTotals rest;
  std::uint64_t rest_recent = 0;
  std::size_t shown = 0;
  for (const RouteStats& stats : now.routes) {
    const auto found = recent.find(stats.route);
    const auto calls = found == recent.end() ? 0 : found->second;
    if (shown == style.max_routes) {
      rest.merge(stats.totals);
      rest_recent += calls;
      continue;
    }
    ++shown;
    out += row_text({stats.route, stats.totals, per_second(calls)}, route_width, style.colour);
  }
  if (const auto more = now.routes.size() - shown; more != 0) {
    out += row_text({fmt::format("({} more)", more), rest, per_second(rest_recent)}, route_width,
                    style.colour);
  }
  return out;
}

}  // namespace

std::string terminal_table(const Snapshot& now, const Snapshot* previous, const TableStyle& style) {
  const auto columns = std::max(style.columns, kLeastColumns);
  const auto route_width = columns - kNumbers;
  const Snapshot interval = previous == nullptr ? now : difference(now, *previous);
  const Identity& who = now.identity;
  std::string title = fmt::format("meshctl {}", printable(who.version));
  if (!who.service.empty()) title += fmt::format("  {}", printable(who.service));
  if (!who.pod.empty()) title += fmt::format("  {}", printable(who.pod));
  title += fmt::format("  up {}", human_duration(now.uptime));
  std::string out = cut(title, columns) + "\n";
  out += fmt::format("{:<{}} {:>6} {:>6} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "ROUTE",
                     route_width, "CALLS", "RPS", "ERR%", "P50", "P95", "P99", "IN", "OUT");
  out += route_rows(now, interval, style, route_width);
  out += row_text({"TOTAL", now.totals, interval.calls_per_second()}, route_width, style.colour);
  return out + connection_lines(now, columns) + path_rows(now, style, columns);
}

std::string interval_line(const Snapshot& now, const Snapshot* previous) {
  const Snapshot interval = previous == nullptr ? now : difference(now, *previous);
  const CallTotals& calls = interval.totals;
  const auto quantile = [&](double q) { return decimal_seconds(calls.duration.quantile(q)); };
  return fmt::format(
      "uptime_seconds={:.3f} calls={} total_calls={} rps={:.1f} errors={} client_aborts={} "
      "p50_seconds={} p95_seconds={} p99_seconds={} in_bytes={} out_bytes={} active_calls={} "
      "open_connections={}\n",
      std::chrono::duration<double>(now.uptime).count(), calls.calls, now.totals.calls,
      interval.calls_per_second(), calls.errors, calls.client_aborts, quantile(0.5), quantile(0.95),
      quantile(0.99), calls.request_body_bytes, calls.response_body_bytes, now.active_calls,
      now.connections.open);
}

std::string final_summary(const Snapshot& snapshot, const TableStyle& style) {
  auto out = terminal_table(snapshot, nullptr, style);
  if (snapshot.by_status.empty()) return out;
  std::string statuses = "status";
  for (const auto& [status, count] : snapshot.by_status) {
    const auto name = status == 0 ? std::string("none") : fmt::format("{}", status);
    statuses += fmt::format("  {} {}", name, human_count(count));
  }
  const auto columns = std::max(style.columns, kLeastColumns);
  out += cut(statuses, columns) + "\n";
  if (snapshot.by_grpc_status.empty()) return out;
  std::string codes = "grpc status";
  for (const auto& [code, count] : snapshot.by_grpc_status) {
    codes += fmt::format("  {} {}", code == kNoGrpcStatus ? "none" : grpc_status_name(code),
                         human_count(count));
  }
  return out + cut(codes, columns) + "\n";
}

}  // namespace meshctl::telemetry
