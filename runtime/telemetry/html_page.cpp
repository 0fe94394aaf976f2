#include "runtime/telemetry/html_page.h"

#include <fmt/format.h>

#include "runtime/base/units.h"
#include "runtime/telemetry/escape.h"
#include "runtime/telemetry/table_notes.h"
#include "runtime/telemetry/table_rows.h"

namespace meshctl::telemetry {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light "
    "dark;--ink:#1b1f24;--paper:#fff;--soft:#57606a;--line:#d0d7de;--bad:#b42318}\n"
    "@media "
    "(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#9198a1;--line:#30363d;"
    "--bad:#ff7b72}}\n"
    "body{margin:1.5rem;font:15px/1.5 "
    "system-ui,sans-serif;color:var(--ink);background:var(--paper)}\n"
    "h1{font-size:1.25rem;margin:0}h2{font-size:1rem}caption{text-align:left;color:var(--soft);"
    "padding:.5rem 0}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.25rem .75rem;text-align:right;border-bottom:1px solid "
    "var(--line);white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere;white-space:normal}\n"
    "tbody th{font-weight:400}tfoot th,tfoot "
    "td{font-weight:600}.bad{color:var(--bad);font-weight:600}\n"
    "ul{padding-left:1.2rem}a{color:inherit}";

std::string escaped(std::string_view text) {
  std::string out;
  append_html_escaped(out, text);
  return out;
}

void put_head(std::string& out, const Snapshot& now, bool is_draining) {
  const auto title = escaped(title_of(now));
  out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width\">\n";
  out += "<meta http-equiv=\"refresh\" content=\"2\">\n";
  out +=
      fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n", title, kStyle);
  out += fmt::format("<h1>{}</h1>\n", title);
  if (is_draining) out += "<p class=\"bad\">draining: no longer ready</p>\n";
}

/// What failed stands out, and not by its colour alone.
void put_numbers(std::string& out, const Row& row) {
  for (const Column& column : table_columns()) {
    const bool is_bad = column.sort == SortKey::Errors && row.totals->errors > 0;
    out += fmt::format("<td{}>{}</td>", is_bad ? " class=\"bad\"" : "", escaped(column.text(row)));
  }
  out += "</tr>\n";
}

void put_table(std::string& out, const Snapshot& now, const Snapshot* earlier) {
  const Snapshot interval = earlier == nullptr ? now : difference(now, *earlier);
  out += fmt::format(
      "<div class=\"wide\"><table>\n<caption>Calls since the start; RPS of the last {}</caption>\n"
      "<thead><tr><th scope=\"col\">ROUTE</th>",
      human_duration(interval.covers));
  for (const Column& column : table_columns())
    out += fmt::format("<th scope=\"col\">{}</th>", column.title);
  out += "</tr></thead>\n<tbody>\n";
  for (const Row& row : rows_of(now, interval, SortKey::Calls)) {
    out += fmt::format("<tr><th scope=\"row\"><bdi>{}</bdi></th>", escaped(row.route));
    put_numbers(out, row);
  }
  if (now.routes.empty())
    out +=
        fmt::format("<tr><td colspan=\"{}\">no calls yet</td></tr>\n", table_columns().size() + 1);
  out += "</tbody>\n<tfoot><tr><th scope=\"row\">TOTAL</th>";
  put_numbers(out, {"TOTAL", &now.totals, interval.calls_per_second()});
  out += "</tfoot>\n</table></div>\n";
}

void put_list(std::string& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out += fmt::format("<h2>{}</h2>\n<ul>\n", title);
  for (const auto& item : items) out += fmt::format("<li>{}</li>\n", escaped(item));
  out += "</ul>\n";
}

std::vector<std::string> paths_of(const Snapshot& now) {
  std::vector<std::string> lines;
  for (const TopPath& path : now.top_paths) {
    // One that may be off by more than half says little.
    if (2 * path.error > path.calls) continue;
    lines.push_back(fmt::format("{}{}  {}", path.error == 0 ? "" : "at most ",
                                human_count(path.calls), path.path));
  }
  return lines;
}

}  // namespace

std::string html_page(const Snapshot& now, const Snapshot* earlier, bool is_draining,
                      RawPaths raw_paths) {
  std::string out;
  put_head(out, now, is_draining);
  put_table(out, now, earlier);
  auto notes = table_notes(now);
  for (auto& note : status_notes(now)) notes.push_back(std::move(note));
  put_list(out, "Connections and errors", notes);
  if (raw_paths == RawPaths::Told) {
    put_list(out, "Top paths", paths_of(now));
  } else {
    out +=
        "<p>The paths called most are shown over loopback only, as through a port-forward.</p>\n";
  }
  out +=
      "<p><a href=\"/metrics\">/metrics</a> <a href=\"/stats.json\">/stats.json</a> "
      "<a href=\"/ready\">/ready</a> <a href=\"/live\">/live</a></p>\n";
  out += "</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace meshctl::telemetry
