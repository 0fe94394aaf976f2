#include "cli/route_flags.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "cli/error_line.h"
#include "cli/file_io.h"
#include "cli/openapi_paths.h"
#include "cli/terminal_text.h"
#include "runtime/telemetry/template_tree.h"

namespace meshctl::cli {
namespace {

using telemetry::RoutePlan;
using telemetry::RouteSource;
using telemetry::RouteTemplate;

constexpr std::array<std::pair<std::string_view, RouteSource>, 3> kSources{
    {{"auto", RouteSource::Auto}, {"explicit", RouteSource::Explicit}, {"off", RouteSource::Off}}};

/// `:id` and `*` are what other routers call a parameter; as text they would never match.
bool is_of_another_style(const RouteTemplate& route) {
  for (const auto& segment : route.segments) {
    if (!segment.is_literal()) continue;
    const std::string_view text = segment.pieces.front();
    if (text.starts_with(':') || text == "*" || text == "**") return true;
  }
  return false;
}

Result<RouteTemplate, UsageProblem> read_template(std::string_view text) {
  auto parsed = telemetry::parse_template(text);
  if (!parsed) {
    return fail(bad_flag("--route", fmt::format("'{}' {}", text, describe(parsed.error())),
                         "write a path such as '/users/{id}/orders'"));
  }
  if (is_of_another_style(*parsed)) {
    return fail(bad_flag("--route", fmt::format("'{}' has a ':' or '*' segment", text),
                         "write a parameter as {name}; it stands for one segment"));
  }
  return std::move(*parsed);
}

bool add_routes_from(const std::string& file, RoutePlan& plan) {
  auto text = read_file(file);
  if (!text) {
    print_error(text.error().problem, text.error().hint);
    return false;
  }
  const auto name = file == "-" ? std::string(kStandardInput) : file;
  auto read = read_openapi_paths(name, std::move(*text));
  if (!read) {
    write_messages(render(visible(std::move(read.error()))));
    return false;
  }
  plan.templates.insert(plan.templates.end(), std::make_move_iterator(read->begin()),
                        std::make_move_iterator(read->end()));
  return true;
}

void warn_of_too_many(const RoutePlan& plan) {
  if (plan.templates.size() <= telemetry::RouteTable::kMaxRoutes) return;
  write_messages(
      fmt::format("meshctl: warning: {} routes are declared: the first {} that are called are told "
                  "apart, the others are {{other}}\n",
                  plan.templates.size(), telemetry::RouteTable::kMaxRoutes));
}

}  // namespace

Result<RoutePlan, UsageProblem> read_routes(const RunOptions& options) {
  RoutePlan plan;
  const auto source = choose("--routes", options.routes, kSources);
  if (!source) return fail(source.error());
  plan.source = *source;
  telemetry::TemplateTree seen;
  for (const auto& text : options.route) {
    auto parsed = read_template(text);
    if (!parsed) return fail(parsed.error());
    if (const auto first = seen.add(*parsed, plan.templates.size())) {
      return fail(bad_flag("--route",
                           fmt::format("'{}' fits the same paths as '{}'", parsed->name,
                                       plan.templates[*first].name),
                           "give one of them"));
    }
    plan.templates.push_back(std::move(*parsed));
  }
  const bool has_templates = !plan.templates.empty() || !options.routes_from.empty();
  if (plan.source == RouteSource::Explicit && !has_templates) {
    return fail(bad_flag("--routes", "explicit needs --route or --routes-from",
                         "declare the routes, as in --route '/users/{id}'"));
  }
  if (plan.source == RouteSource::Off && has_templates) {
    return fail(bad_flag("--routes", "off has no use for --route and --routes-from",
                         "leave out one or the other"));
  }
  return plan;
}

bool complete_routes(const std::string& file, RoutePlan& plan) {
  if (!file.empty() && !add_routes_from(file, plan)) return false;
  warn_of_too_many(plan);
  return true;
}

}  // namespace meshctl::cli
