#include "cli/run_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "cli/access_log_flags.h"
#include "cli/dashboard_flags.h"
#include "cli/route_flags.h"

namespace meshctl::cli {
namespace {

using proxy::Forward;

constexpr std::string_view kDefaultListen = "14001";
/// Chosen: below it, printing would be what the numbers show.
constexpr Duration kLeastInterval = std::chrono::milliseconds(100);
/// Chosen: beyond it the threads of one proxy take CPUs that the application needs.
constexpr std::size_t kMostAutoThreads = 4;
constexpr std::size_t kMostThreads = 64;

constexpr std::array<std::pair<std::string_view, tap::ProtocolChoice>, 4> kProtocols{
    {{"auto", tap::ProtocolChoice::Auto},
     {"http", tap::ProtocolChoice::Http},
     {"http2", tap::ProtocolChoice::Http2},
     {"tcp", tap::ProtocolChoice::Tcp}}};

constexpr std::array<std::pair<std::string_view, proxy::ProxyHeader>, 3> kProxyHeaders{
    {{"none", proxy::ProxyHeader::None},
     {"v1", proxy::ProxyHeader::V1},
     {"v2", proxy::ProxyHeader::V2}}};

constexpr std::array<std::pair<std::string_view, proxy::WhenDown>, 2> kWhenDown{
    {{"refuse", proxy::WhenDown::Refuse}, {"answer", proxy::WhenDown::Answer}}};

constexpr std::array<std::pair<std::string_view, proxy::Output>, 5> kOutputs{
    {{"table", proxy::Output::Table},
     {"lines", proxy::Output::Lines},
     {"json", proxy::Output::Json},
     {"summary", proxy::Output::Summary},
     {"none", proxy::Output::None}}};

constexpr std::array<std::pair<std::string_view, telemetry::SortKey>, 7> kSortKeys{
    {{"calls", telemetry::SortKey::Calls},
     {"rps", telemetry::SortKey::Rate},
     {"errors", telemetry::SortKey::Errors},
     {"p95", telemetry::SortKey::P95},
     {"in", telemetry::SortKey::In},
     {"out", telemetry::SortKey::Out},
     {"route", telemetry::SortKey::Route}}};

Result<Forward, UsageProblem> read_forward(std::string_view listen_flag, std::string_view listen,
                                           std::string_view upstream_flag,
                                           std::string_view upstream) {
  auto from = read_endpoint(listen_flag, listen, PortZeroIs::Allowed);
  if (!from) return fail(from.error());
  if (upstream == "auto") return Forward{std::move(*from), std::nullopt, std::string(listen_flag)};
  if (upstream.find("//") != std::string_view::npos) {
    return fail(bad_flag(upstream_flag, fmt::format("'{}' is a URL", upstream),
                         "write the host and port alone, such as localhost:8087"));
  }
  auto to = read_endpoint(upstream_flag, upstream, PortZeroIs::Refused);
  if (!to) return fail(to.error());
  if (to->host == "*") {
    return fail(
        bad_flag(upstream_flag, "'*' is no place to connect to", "write a host name or address"));
  }
  return Forward{std::move(*from), std::move(*to), std::string(listen_flag)};
}

Result<std::vector<Forward>, UsageProblem> read_forwards(const RunOptions& options) {
  std::vector<Forward> forwards;
  if (!options.upstream.empty()) {
    const auto listen = options.listen.empty() ? kDefaultListen : std::string_view(options.listen);
    auto forward = read_forward("--listen", listen, "--upstream", options.upstream);
    if (!forward) return fail(forward.error());
    forwards.push_back(std::move(*forward));
  } else if (!options.listen.empty() && options.forwards.empty()) {
    return fail(UsageProblem{"--listen (or MESHCTL_LISTEN) needs --upstream",
                             "say where the application is: --upstream 8087"});
  }
  for (const auto& text : options.forwards) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return fail(bad_flag("--forward", fmt::format("'{}' has no '='", text),
                           "write LISTEN=UPSTREAM, such as 14001=8087 or '*:14001=auto'"));
    }
    const std::string_view view = text;
    auto forward =
        read_forward("--forward", view.substr(0, equals), "--forward", view.substr(equals + 1));
    if (!forward) return fail(forward.error());
    forwards.push_back(std::move(*forward));
  }
  if (forwards.empty()) {
    return fail(UsageProblem{"run needs to know where the application is",
                             "meshctl run --upstream 8087 (or --upstream auto to find it)"});
  }
  return forwards;
}

bool meet(const Endpoint& a, const Endpoint& b) {
  const auto host = [](const Endpoint& each) {
    return each.host.empty() || each.host == "localhost" ? "127.0.0.1" : each.host;
  };
  return a.port != 0 && a.port == b.port && (a.host == "*" || b.host == "*" || host(a) == host(b));
}

/// An application without a host is called at the address that the caller used, so with a port of
/// ours it would be ourselves.
Result<void, UsageProblem> check_own_ports(const proxy::Config& config) {
  std::vector<std::pair<std::string_view, const Endpoint*>> own;
  for (const auto& forward : config.forwards)
    own.emplace_back(forward.listen_flag, &forward.listen);
  if (config.admin) own.emplace_back("--admin", &*config.admin);
  for (const auto& forward : config.forwards) {
    if (!forward.upstream || !forward.upstream->host.empty()) continue;
    const auto port = forward.upstream->port;
    const auto met =
        std::ranges::find(own, port, [](const auto& each) { return each.second->port; });
    if (met == own.end()) continue;
    const auto flag = forward.listen_flag == "--listen" ? "--upstream" : "--forward";
    const bool leaves_loopback = !meet({"127.0.0.1", port}, *met->second);
    return fail(bad_flag(
        flag, fmt::format("port {} is this proxy's own, by {}", port, met->first),
        leaves_loopback
            ? fmt::format(
                  "name the application's address, as 127.0.0.1:{}, or give {} another port", port,
                  met->first)
            : fmt::format("give {} another port", met->first)));
  }
  return {};
}

/// The kernel would only say that the second one is in use.
Result<void, UsageProblem> check_own_places(const proxy::Config& config) {
  std::vector<std::pair<std::string_view, Endpoint>> places;
  for (const auto& forward : config.forwards)
    places.emplace_back(forward.listen_flag, forward.listen);
  if (config.admin) places.emplace_back("--admin", *config.admin);
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!meet(places[i].second, places[j].second)) continue;
      return fail(bad_flag(places[i].first,
                           fmt::format("{} is the place of {} already", to_string(places[i].second),
                                       places[j].first),
                           "give each its own port"));
    }
  }
  return check_own_ports(config);
}

Result<void, UsageProblem> read_places(const RunOptions& options, proxy::Config& config) {
  auto forwards = read_forwards(options);
  if (!forwards) return fail(forwards.error());
  config.forwards = std::move(*forwards);
  if (options.admin == "off") return check_own_places(config);
  auto admin = read_endpoint("--admin", options.admin, PortZeroIs::Allowed);
  if (!admin) return fail(admin.error());
  config.admin = std::move(*admin);
  config.admin_hosts = options.admin_hosts;
  return check_own_places(config);
}

Result<void, UsageProblem> read_choices(const RunOptions& options, proxy::Config& config) {
  const auto protocol = choose("--protocol", options.protocol, kProtocols);
  if (!protocol) return fail(protocol.error());
  config.protocol = *protocol;
  const bool logs_to_stdout = config.access_log.path == "-";
  // A line a second is 16 MB a day in the log of each pod.
  const bool is_quiet = !config.command.empty() || (config.is_in_pod && !config.is_terminal);
  const std::string_view default_output = logs_to_stdout       ? "none"
                                          : is_quiet           ? "summary"
                                          : config.is_terminal ? "table"
                                                               : "lines";
  const auto output =
      choose("--output", options.output.empty() ? default_output : options.output, kOutputs);
  if (!output) return fail(output.error());
  config.output = *output;
  if (logs_to_stdout && config.output != proxy::Output::None) {
    return fail(bad_flag("--access-log", "standard output is taken by --output",
                         "add --output none, or name a file"));
  }
  const auto sort = choose("--sort", options.sort, kSortKeys);
  if (!sort) return fail(sort.error());
  config.sort = *sort;
  const auto send_proxy = choose("--send-proxy", options.send_proxy, kProxyHeaders);
  if (!send_proxy) return fail(send_proxy.error());
  config.send_proxy = *send_proxy;
  if (options.when_down.empty()) return {};
  const auto when_down = choose("--when-down", options.when_down, kWhenDown);
  if (!when_down) return fail(when_down.error());
  config.when_down = *when_down;
  return {};
}

Result<void, UsageProblem> read_drain_delay(const RunOptions& options, proxy::Config& config) {
  if (options.drain_delay == "auto" || (options.drain_delay.empty() && config.is_in_pod)) {
    config.drain_delay = std::nullopt;
    return {};
  }
  if (options.drain_delay.empty()) return {};
  const auto delay = read_duration("--drain-delay", options.drain_delay);
  if (!delay) return fail(delay.error());
  config.drain_delay = *delay;
  return {};
}

Result<void, UsageProblem> read_times(const RunOptions& options, proxy::Config& config) {
  const std::pair<std::string_view, std::pair<std::string_view, Duration*>> times[] = {
      {"--interval", {options.interval, &config.interval}},
      {"--connect-timeout", {options.connect_timeout, &config.connect_timeout}},
      {"--half-close-timeout", {options.half_close_timeout, &config.half_close_timeout}},
      {"--drain-timeout", {options.drain_timeout, &config.drain_timeout}},
      {"--duration", {options.duration, &config.duration}},
      {"--start-timeout", {options.start_timeout, &config.start_timeout}},
  };
  for (const auto& [flag, time] : times) {
    if (time.first.empty()) continue;
    const auto duration = read_duration(flag, time.first);
    if (!duration) return fail(duration.error());
    *time.second = *duration;
  }
  if (auto read = read_drain_delay(options, config); !read) return read;
  if (!options.duration.empty() && config.duration <= Duration{0}) {
    return fail(bad_flag("--duration", fmt::format("'{}' is no time", options.duration),
                         "write how long the run lasts, or leave it out"));
  }
  if (config.interval >= kLeastInterval) return {};
  return fail(
      bad_flag("--interval", fmt::format("'{}' is too short", options.interval), "at least 100ms"));
}

Result<net::KeepAlive, UsageProblem> read_keep_alive(const RunOptions& options) {
  if (options.keepalive.empty()) return net::KeepAlive{};
  const auto time = read_duration("--keepalive", options.keepalive);
  if (!time) return fail(time.error());
  const auto after = std::chrono::ceil<std::chrono::seconds>(*time);
  if (after.count() >= 1 && after.count() <= net::KeepAlive::kMostSeconds)
    return net::KeepAlive{after};
  return fail(bad_flag("--keepalive", fmt::format("'{}' is out of range", options.keepalive),
                       fmt::format("write 1s to {}s, or leave it out for the system's",
                                   net::KeepAlive::kMostSeconds)));
}

Result<void, UsageProblem> read_limits(const RunOptions& options, std::size_t cpu_limit,
                                       proxy::Config& config) {
  const auto most =
      read_number("--max-connections", options.max_connections, 0,
                  std::numeric_limits<std::uint64_t>::max(), "a number of connections",
                  "write a whole number, 0 for as many as the open-file limit allows");
  if (!most) return fail(most.error());
  config.max_connections = *most;
  if (options.threads == "auto") {
    config.threads = std::min(cpu_limit, kMostAutoThreads);
    return {};
  }
  const auto threads =
      read_number("--threads", options.threads, 1, kMostThreads, "a number of threads",
                  fmt::format("write 1 to {}, or auto for the CPU limit", kMostThreads));
  if (!threads) return fail(threads.error());
  config.threads = *threads;
  return {};
}

}  // namespace

Result<RunJudgement, UsageProblem> resolve_judgement(const RunOptions& options) {
  constexpr std::array<std::pair<std::string_view, ReportFile::Form>, 3> kForms{
      {{".json", ReportFile::Form::Json},
       {".md", ReportFile::Form::Markdown},
       {".xml", ReportFile::Form::Junit}}};
  RunJudgement judgement;
  for (const std::string& text : options.fail_on) {
    auto gate = telemetry::parse_gate(text);
    if (!gate) return fail(bad_flag("--fail-on", gate.error().problem, gate.error().hint));
    judgement.gates.push_back(std::move(*gate));
  }
  for (const std::string& path : options.reports) {
    const auto* form = std::ranges::find_if(
        kForms, [&](const auto& each) { return std::string_view(path).ends_with(each.first); });
    if (form == kForms.end()) {
      return fail(bad_flag("--report", fmt::format("'{}' tells no form by its name", path),
                           "let it end in .json, .md, or .xml for JUnit"));
    }
    judgement.reports.push_back({path, form->second});
  }
  return judgement;
}

Result<proxy::Config, UsageProblem> resolve_run(const RunOptions& options,
                                                const RunSurroundings& surroundings) {
  proxy::Config config;
  config.is_terminal = surroundings.stdout_is_terminal;
  config.shows_colours = surroundings.shows_colours;
  if (options.has_command && options.command.empty()) {
    return fail(UsageProblem{"there is no command behind --",
                             "write one, as in: meshctl run --upstream 8087 -- ./tests.sh"});
  }
  config.command = options.command;
  config.service = surroundings.service;
  config.pod = surroundings.pod;
  config.is_in_pod = surroundings.is_in_pod;
  if (auto read = read_places(options, config); !read) return fail(read.error());
  auto access_log = read_access_log(options);
  if (!access_log) return fail(access_log.error());
  config.access_log = std::move(*access_log);
  if (auto read = read_choices(options, config); !read) return fail(read.error());
  auto routes = read_routes(options);
  if (!routes) return fail(routes.error());
  config.routes = std::move(*routes);
  auto otlp = read_otlp(options, surroundings.otel, surroundings.service, surroundings.pod);
  if (!otlp) return fail(otlp.error());
  config.otlp = std::move(otlp->collector);
  config.warnings = std::move(otlp->warnings);
  auto dashboard = read_dashboard(options, surroundings.name_space);
  if (!dashboard) return fail(dashboard.error());
  config.dashboard = std::move(*dashboard);
  if (auto read = read_times(options, config); !read) return fail(read.error());
  const auto keep_alive = read_keep_alive(options);
  if (!keep_alive) return fail(keep_alive.error());
  config.keep_alive = *keep_alive;
  if (auto read = read_limits(options, surroundings.cpu_limit, config); !read) {
    return fail(read.error());
  }
  return config;
}

}  // namespace meshctl::cli
