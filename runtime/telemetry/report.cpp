#include "runtime/telemetry/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/base/units.h"
#include "runtime/telemetry/escape.h"
#include "runtime/telemetry/json_stats.h"

namespace meshctl::telemetry {
namespace {

/// Chosen: what a reader of a comment looks through; the rest is summed in one row.
constexpr std::size_t kMostRoutes = 20;

std::size_t broken(const std::vector<GateVerdict>& verdicts) {
  return static_cast<std::size_t>(std::ranges::count(verdicts, true, &GateVerdict::is_broken));
}

/// Text that Markdown and the HTML in it take as it is, also in a table.
std::string in_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default:
        if (std::string_view("\\`*_{}[]#+!|~").find(c) != std::string_view::npos) out += '\\';
        out += byte < 0x20 || byte > 0x7E ? '?' : c;
    }
  }
  return out;
}

std::string in_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        // XML 1.0 has no control characters, and what is no ASCII may be no UTF-8.
        out += byte < 0x20 || byte > 0x7E ? '?' : c;
      }
    }
  }
  return out;
}

double percent(const CallTotals& totals) {
  return totals.calls == 0
             ? 0
             : 100 * static_cast<double>(totals.errors) / static_cast<double>(totals.calls);
}

std::string route_row(std::string_view name, const CallTotals& totals) {
  const auto quantile = [&](double q) {
    return totals.duration.is_empty() ? std::string("-")
                                      : human_duration(totals.duration.quantile(q));
  };
  return fmt::format("| {} | {} | {:.1f} % | {} | {} | {} | {} | {} |\n", name, totals.calls,
                     percent(totals), quantile(0.5), quantile(0.95), quantile(0.99),
                     human_bytes(totals.request_body_bytes),
                     human_bytes(totals.response_body_bytes));
}

std::string route_table(const Snapshot& snapshot) {
  std::string out =
      "| route | calls | errors | p50 | p95 | p99 | in | out |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|\n";
  CallTotals rest;
  for (std::size_t i = 0; i < snapshot.routes.size(); ++i) {
    const RouteStats& stats = snapshot.routes[i];
    if (i < kMostRoutes) {
      out += route_row(in_markdown(stats.route), stats.totals);
    } else {
      rest.merge(stats.totals);
    }
  }
  if (snapshot.routes.size() > kMostRoutes) {
    out += route_row(fmt::format("({} more)", snapshot.routes.size() - kMostRoutes), rest);
  }
  return out + route_row("**total**", snapshot.totals);
}

std::string error_line(const Snapshot& snapshot) {
  std::string list;
  const auto add = [&](std::string_view name, std::uint64_t count) {
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, count);
  };
  for (const auto& [status, count] : snapshot.by_status) {
    if (status >= 500) add(std::to_string(status), count);
  }
  for (std::size_t i = 1; i < snapshot.by_error.size(); ++i) {
    if (snapshot.by_error[i] > 0) add(name_of(static_cast<ErrorType>(i)), snapshot.by_error[i]);
  }
  return list.empty() ? "" : fmt::format("\nErrors: {}\n", in_markdown(list));
}

std::string title(const Snapshot& snapshot, const std::vector<GateVerdict>& verdicts) {
  const auto name = snapshot.identity.service.empty() ? "the application"
                                                      : in_markdown(snapshot.identity.service);
  if (verdicts.empty()) return fmt::format("### Usage of {}\n\n", name);
  const auto count = broken(verdicts);
  return count == 0 ? fmt::format("### Usage of {}: all gates hold\n\n", name)
                    : fmt::format("### Usage of {}: {} of {} gates broken\n\n", name, count,
                                  verdicts.size());
}

}  // namespace

std::string json_report(const Snapshot& snapshot, const std::vector<GateVerdict>& verdicts) {
  using Json = nlohmann::ordered_json;
  auto json = Json::parse(json_stats(snapshot, RawPaths::Withheld));
  json["gates"] = Json::array();
  for (const GateVerdict& each : verdicts) {
    json["gates"].push_back(
        {{"gate", each.gate.text}, {"broken", each.is_broken}, {"was", each.was}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string markdown_report(const Snapshot& snapshot, const std::vector<GateVerdict>& verdicts) {
  auto out = title(snapshot, verdicts);
  if (!verdicts.empty()) {
    out += "| gate | | it was |\n|---|---|---|\n";
    for (const GateVerdict& each : verdicts) {
      out += fmt::format("| {} | {} | {} |\n", in_markdown(each.gate.text),
                         each.is_broken ? "**broken**" : "holds", in_markdown(each.was));
    }
    out += "\n";
  }
  out += route_table(snapshot) + error_line(snapshot);
  return out + fmt::format("\n{} calls in {}, measured by meshctl {}\n", snapshot.totals.calls,
                           human_duration(snapshot.covers), in_markdown(snapshot.identity.version));
}

std::string junit_report(const Snapshot& snapshot, const std::vector<GateVerdict>& verdicts) {
  const auto counts =
      fmt::format("tests=\"{}\" failures=\"{}\" time=\"{:.3f}\"", verdicts.size(), broken(verdicts),
                  std::chrono::duration<double>(snapshot.covers).count());
  auto out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n<testsuite name=\"meshctl{}\" "
      "{}>\n",
      counts, snapshot.identity.service.empty() ? "" : " " + in_xml(snapshot.identity.service),
      counts);
  for (const GateVerdict& each : verdicts) {
    out += fmt::format("<testcase classname=\"meshctl\" name=\"{}\" time=\"0\"",
                       in_xml(each.gate.text));
    out += each.is_broken
               ? fmt::format("><failure message=\"it was {}\"/></testcase>\n", in_xml(each.was))
               : std::string("/>\n");
  }
  return out + "</testsuite>\n</testsuites>\n";
}

}  // namespace meshctl::telemetry
