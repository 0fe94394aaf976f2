#include "cli/dashboard_flags.h"

#include <fmt/format.h>

#include <utility>

#include "cli/token.h"
#include "runtime/base/url.h"

namespace meshctl::cli {
namespace {

constexpr std::string_view kPushPath = "api/v1/push";

UsageProblem url_problem(const std::string& text, UrlError error) {
  const std::string example = "write a URL such as http://meshctl-dashboard:14080";
  if (error == UrlError::Https) {
    return bad_flag("--dashboard", "https:// is not supported",
                    "name the dashboard inside the cluster by http://");
  }
  if (error == UrlError::Userinfo)
    return bad_flag("--dashboard", "the URL has a user or password",
                    "give the token in --token-file or MESHCTL_TOKEN");
  return bad_flag("--dashboard", fmt::format("'{}' is not the URL of a dashboard", text), example);
}

}  // namespace

Result<std::optional<proxy::DashboardTarget>, UsageProblem> read_dashboard(
    const RunOptions& options, const std::string& name_space) {
  auto token = read_token(options.token_file);
  if (!token) return fail(token.error());
  if (options.dashboard.empty()) return std::optional<proxy::DashboardTarget>{};
  auto url = parse_url(options.dashboard);
  if (!url) return fail(url_problem(options.dashboard, url.error()));
  if (url->target.find('?') != std::string::npos) {
    return fail(bad_flag("--dashboard", fmt::format("'{}' has a query", options.dashboard),
                         "write the dashboard's own URL"));
  }
  url->target += fmt::format("{}{}", url->target.ends_with('/') ? "" : "/", kPushPath);
  proxy::DashboardTarget target;
  target.name_space = name_space;
  target.target.url = std::move(*url);
  target.target.content_type = "application/json";
  if (!token->empty())
    target.target.headers.emplace_back("Authorization", fmt::format("Bearer {}", *token));
  return std::optional(std::move(target));
}

}  // namespace meshctl::cli
