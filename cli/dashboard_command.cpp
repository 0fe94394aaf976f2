#include "cli/dashboard_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "cli/error_line.h"
#include "cli/flag_values.h"
#include "cli/token.h"
#include "runtime/base/url.h"
#include "runtime/dashboard/dashboard_server.h"

namespace meshctl::cli {
namespace {

constexpr dashboard::Millis kHour = 3600 * 1000;
constexpr dashboard::Millis kMostRetention = 31 * 24 * kHour;

/// `24h` or `7d`, an hour to 31 days.
Result<dashboard::Millis, UsageProblem> read_retention(std::string_view text) {
  dashboard::Millis number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  const auto length = unit == "h" ? kHour : unit == "d" ? 24 * kHour : 0;
  if (parsed.ec == std::errc{} && length != 0 && number >= 1 && number <= kMostRetention / length)
    return number * length;
  return fail(bad_flag("--retention", fmt::format("'{}' is no time to keep history for", text),
                       "write hours or days, such as 24h or 7d, up to 31d"));
}

Result<Url, UsageProblem> read_prometheus(const std::string& text) {
  auto url = parse_url(text);
  if (url && url->target.find('?') == std::string::npos) return std::move(*url);
  if (!url && url.error() == UrlError::Https) {
    return fail(bad_flag("--prometheus", "https:// is not supported",
                         "name Prometheus inside the cluster by http://"));
  }
  if (!url && url.error() == UrlError::Userinfo) {
    return fail(bad_flag("--prometheus", "the URL has a user or password",
                         "give a token in --token-file or MESHCTL_TOKEN"));
  }
  return fail(bad_flag("--prometheus", fmt::format("'{}' is not the URL of a Prometheus", text),
                       "write a URL such as http://prometheus:9090"));
}

/// SQLite has a meaning of its own for some names: a history that nobody finds again.
std::optional<UsageProblem> data_problem(std::string_view name) {
  if (!name.empty() && !name.starts_with(':') && !name.starts_with("file:")) return std::nullopt;
  return bad_flag("--data", fmt::format("'{}' is no file name", name),
                  "write a path, such as ./meshctl.db");
}

/// A name as a Host header has it, without a port; blanks around it come from lists.
Result<std::string, UsageProblem> read_host(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  const auto name = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
  if (is_name) return std::string(name);
  return fail(bad_flag("--host", fmt::format("'{}' is no host name", text),
                       "write a name such as meshctl.apps.example.com, without http:// and port"));
}

Result<dashboard::DashboardConfig, UsageProblem> resolve(const DashboardOptions& options) {
  dashboard::DashboardConfig config;
  auto listen = read_endpoint("--listen", options.listen, PortZeroIs::Allowed);
  if (!listen) return fail(listen.error());
  config.listen = std::move(*listen);
  const auto retention = read_retention(options.retention);
  if (!retention) return fail(retention.error());
  config.retention = *retention;
  auto token = read_token(options.token_file);
  if (!token) return fail(token.error());
  config.token = std::move(*token);
  if (!options.prometheus.empty()) {
    auto url = read_prometheus(options.prometheus);
    if (!url) return fail(url.error());
    config.prometheus = std::move(*url);
  }
  if (auto problem = data_problem(options.data)) return fail(std::move(*problem));
  config.data_file = options.data;
  for (const auto& host : options.hosts) {
    auto name = read_host(host);
    if (!name) return fail(name.error());
    config.hosts.push_back(std::move(*name));
  }
  return config;
}

ExitCode run(const DashboardOptions& options) {
  auto config = resolve(options);
  if (!config) {
    print_error(config.error().problem, config.error().hint);
    return ExitCode::Usage;
  }
  dashboard::DashboardServer server(std::move(*config));
  if (const auto started = server.start(); !started) {
    print_error(started.error().problem, started.error().hint);
    return ExitCode::Failed;
  }
  const auto code = server.run() ? ExitCode::Done : ExitCode::Failed;
  dashboard::DashboardServer::exit_if_held_up(static_cast<int>(code));
  return code;
}

}  // namespace

void add_dashboard(CLI::App& app, DashboardOptions& options, Command& command) {
  CLI::App* dashboard = app.add_subcommand(
      "dashboard", "Show the usage of all services in a browser; proxies push to it");
  dashboard
      ->add_option("--listen", options.listen,
                   "Where to take pushes and show the page; 0 picks a port")
      ->envname("MESHCTL_LISTEN")
      ->type_name("[ADDR:]PORT")
      ->capture_default_str();
  dashboard
      ->add_option("--data", options.data,
                   "The file that holds the history; made if it is not there")
      ->envname("MESHCTL_DATA")
      ->type_name("FILE")
      ->capture_default_str();
  dashboard
      ->add_option("--retention", options.retention, "How long history is kept, in hours or days")
      ->envname("MESHCTL_RETENTION")
      ->type_name("TIME")
      ->capture_default_str();
  dashboard
      ->add_option(
          "--token-file", options.token_file,
          "Take pushes only with the token in this file's first line, or ask Prometheus with it; "
          "MESHCTL_TOKEN is one, too")
      ->envname("MESHCTL_TOKEN_FILE")
      ->type_name("FILE");
  dashboard
      ->add_option("--prometheus", options.prometheus,
                   "Read from this Prometheus, which scrapes the proxies: no pushes, no data file")
      ->envname("MESHCTL_PROMETHEUS")
      ->type_name("URL");
  dashboard
      ->add_option(
          "--host", options.hosts,
          "A further host name that the page is read under, as of a Route; may be repeated")
      ->envname("MESHCTL_HOSTS")
      ->type_name("NAME")
      ->delimiter(',');
  dashboard->callback([&] { command = [&] { return run(options); }; });
}

}  // namespace meshctl::cli
