#include "cli/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/error_line.h"
#include "runtime/net/cpu_limit.h"
#include "runtime/proxy/server.h"

namespace meshctl::cli {
namespace {

using proxy::Forward;

constexpr std::string_view kDefaultListen = "14001";
/// In a pod, balancers need this long to see that it is not ready (DESIGN 6.1; kube-proxy syncs
/// each second).
constexpr Duration kPodDrainDelay = std::chrono::seconds(5);

UsageProblem bad_flag(std::string_view flag, const std::string& why, std::string hint) {
  return {fmt::format("{}: {}", flag, why), std::move(hint)};
}

/// Chosen: a day. Longer waits are mistakes, and would overflow further on.
constexpr double kLongestNanoseconds = 86'400e9;

/// `250ms`, `5s`, `2m`; a bare number is seconds.
std::optional<Duration> parse_duration(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || !(value >= 0)) return std::nullopt;  // NaN is no duration either
  const auto unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1e6}, {"s", 1e9}, {"", 1e9}, {"m", 60e9}}};
  for (const auto& [name, nanoseconds] : kUnits) {
    if (unit != name) continue;
    if (value * nanoseconds > kLongestNanoseconds) return std::nullopt;
    return Duration(static_cast<std::int64_t>(value * nanoseconds));
  }
  return std::nullopt;
}

Result<Duration, UsageProblem> read_duration(std::string_view flag, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) {
    return fail(bad_flag(flag, fmt::format("'{}' is not a duration", text),
                         "write a number and a unit, such as 250ms, 5s or 2m"));
  }
  return *duration;
}

Result<Endpoint, UsageProblem> read_endpoint(std::string_view flag, std::string_view text,
                                             PortZeroIs zero) {
  const auto endpoint = parse_endpoint(text, zero);
  if (!endpoint) {
    return fail(
        bad_flag(flag, describe(endpoint.error(), text),
                 fmt::format("write {}", zero == PortZeroIs::Refused
                                             ? "PORT or HOST:PORT, such as 8087"
                                             : "PORT or ADDR:PORT, such as 14001 or '*:14001'")));
  }
  return *endpoint;
}

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

template <typename Value, std::size_t N>
Result<Value, UsageProblem> choose(
    std::string_view flag, const std::string& text,
    const std::array<std::pair<std::string_view, Value>, N>& choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    names += names.empty() ? "" : ", ";
    names += name;
  }
  return fail(
      bad_flag(flag, fmt::format("there is no '{}'", text), fmt::format("one of: {}", names)));
}

constexpr std::array<std::pair<std::string_view, tap::ProtocolChoice>, 3> kProtocols{
    {{"auto", tap::ProtocolChoice::Auto},
     {"http", tap::ProtocolChoice::Http},
     {"tcp", tap::ProtocolChoice::Tcp}}};

constexpr std::array<std::pair<std::string_view, proxy::ProxyHeader>, 3> kProxyHeaders{
    {{"none", proxy::ProxyHeader::None},
     {"v1", proxy::ProxyHeader::V1},
     {"v2", proxy::ProxyHeader::V2}}};

/// Chosen: beyond it the threads of one proxy take CPUs that the application needs.
constexpr std::size_t kMostAutoThreads = 4;
constexpr std::size_t kMostThreads = 64;

Result<std::size_t, UsageProblem> read_threads(const std::string& text, std::size_t cpu_limit) {
  if (text == "auto") return std::min(cpu_limit, kMostAutoThreads);
  std::size_t threads = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), threads);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  if (is_number && threads >= 1 && threads <= kMostThreads) return threads;
  return fail(bad_flag("--threads", fmt::format("'{}' is not a number of threads", text),
                       fmt::format("write 1 to {}, or auto for the CPU limit", kMostThreads)));
}

constexpr std::array<std::pair<std::string_view, proxy::Output>, 4> kOutputs{
    {{"table", proxy::Output::Table},
     {"lines", proxy::Output::Lines},
     {"json", proxy::Output::Json},
     {"none", proxy::Output::None}}};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

RunSurroundings look_around() {
  RunSurroundings found;
  found.stdout_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  found.service = environment("MESHCTL_SERVICE");
  found.pod = environment("POD_NAME");
  found.cpu_limit = net::cpu_limit();
  found.is_in_pod = !found.pod.empty() || !environment("KUBERNETES_SERVICE_HOST").empty();
  return found;
}

ExitCode run(const RunOptions& options) {
  auto config = resolve_run(options, look_around());
  if (!config) {
    print_error(config.error().problem, config.error().hint);
    return ExitCode::Usage;
  }
  proxy::Server server(std::move(*config));
  if (const auto started = server.start(); !started) {
    print_error(started.error().problem, started.error().hint);
    return ExitCode::Failed;
  }
  return server.run() ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

void add_run(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* run_app = app.add_subcommand(
      "run", "Forward traffic to an application on this machine, and report how it is used");
  const auto flag = [&](const char* names, auto& value, const char* help, const char* twin) {
    return run_app->add_option(names, value, help)->envname(twin);
  };
  flag("--upstream", options.upstream,
       "Where the application listens; auto finds it among the ports that are listened at here",
       "MESHCTL_UPSTREAM")
      ->type_name("[HOST:]PORT|auto");
  flag("--listen", options.listen, "Where to take connections for --upstream; 0 picks a port",
       "MESHCTL_LISTEN")
      ->type_name("[ADDR:]PORT")
      ->default_str(std::string(kDefaultListen));
  flag("--forward", options.forwards, "A further port and its application; may be repeated",
       "MESHCTL_FORWARD")
      ->type_name("[ADDR:]PORT=[HOST:]PORT|auto")
      ->delimiter(',');
  flag("--admin", options.admin,
       "Where /metrics, /stats.json, /live and /ready are served; off: nowhere", "MESHCTL_ADMIN")
      ->type_name("[ADDR:]PORT|off")
      ->capture_default_str();
  flag("--protocol", options.protocol,
       "What connections speak: auto, http, or tcp (not read along)", "MESHCTL_PROTOCOL")
      ->type_name("PROTOCOL")
      ->capture_default_str();
  flag("--output", options.output, "What to print: table, lines, json, or none", "MESHCTL_OUTPUT")
      ->type_name("FORM")
      ->default_str("table on a terminal, else lines");
  flag("--interval", options.interval, "How often to print", "MESHCTL_INTERVAL")
      ->type_name("TIME")
      ->capture_default_str();
  flag("--access-log", options.access_log, "Append one JSON line a call to this file",
       "MESHCTL_ACCESS_LOG")
      ->type_name("FILE");
  flag("--connect-timeout", options.connect_timeout, "Longest wait for the application to accept",
       "MESHCTL_CONNECT_TIMEOUT")
      ->type_name("TIME")
      ->capture_default_str();
  flag("--half-close-timeout", options.half_close_timeout,
       "Longest silence once one side has ended its direction", "MESHCTL_HALF_CLOSE_TIMEOUT")
      ->type_name("TIME")
      ->capture_default_str();
  flag("--drain-delay", options.drain_delay, "From TERM on, take connections for this long still",
       "MESHCTL_DRAIN_DELAY")
      ->type_name("TIME")
      ->default_str("5s in a pod, else 0s");
  flag("--drain-timeout", options.drain_timeout, "Then give open calls this long to end",
       "MESHCTL_DRAIN_TIMEOUT")
      ->type_name("TIME")
      ->capture_default_str();
  flag("--max-connections", options.max_connections,
       "Connections at once; further ones wait. 0: as many as the open-file limit allows",
       "MESHCTL_MAX_CONNECTIONS")
      ->type_name("N")
      ->capture_default_str();
  flag("--threads", options.threads,
       "Event loops that connections are spread over; auto: the CPU limit, at most 4",
       "MESHCTL_THREADS")
      ->type_name("N|auto")
      ->capture_default_str();
  flag("--send-proxy", options.send_proxy,
       "Tell the application the client's address by the PROXY protocol: v1, v2, or none",
       "MESHCTL_SEND_PROXY")
      ->type_name("VERSION")
      ->capture_default_str();
  run_app->callback([&] { command = [&] { return run(options); }; });
}

Result<proxy::Config, UsageProblem> resolve_run(const RunOptions& options,
                                                const RunSurroundings& surroundings) {
  proxy::Config config;
  auto forwards = read_forwards(options);
  if (!forwards) return fail(forwards.error());
  config.forwards = std::move(*forwards);

  if (options.admin != "off") {
    auto admin = read_endpoint("--admin", options.admin, PortZeroIs::Allowed);
    if (!admin) return fail(admin.error());
    config.admin = std::move(*admin);
  }
  const auto protocol = choose("--protocol", options.protocol, kProtocols);
  if (!protocol) return fail(protocol.error());
  config.protocol = *protocol;

  const std::string default_output = surroundings.stdout_is_terminal ? "table" : "lines";
  const auto output =
      choose("--output", options.output.empty() ? default_output : options.output, kOutputs);
  if (!output) return fail(output.error());
  config.output = *output;
  config.is_terminal = surroundings.stdout_is_terminal;

  const std::string default_delay =
      surroundings.is_in_pod ? fmt::format("{}s", kPodDrainDelay / std::chrono::seconds(1)) : "0s";
  const std::array<std::pair<std::pair<std::string_view, const std::string*>, Duration*>, 5>
      durations{{
          {{"--interval", &options.interval}, &config.interval},
          {{"--connect-timeout", &options.connect_timeout}, &config.connect_timeout},
          {{"--half-close-timeout", &options.half_close_timeout}, &config.half_close_timeout},
          {{"--drain-delay", options.drain_delay.empty() ? &default_delay : &options.drain_delay},
           &config.drain_delay},
          {{"--drain-timeout", &options.drain_timeout}, &config.drain_timeout},
      }};
  for (const auto& [flag, target] : durations) {
    const auto duration = read_duration(flag.first, *flag.second);
    if (!duration) return fail(duration.error());
    *target = *duration;
  }
  if (config.interval < std::chrono::milliseconds(100)) {
    return fail(bad_flag("--interval", fmt::format("'{}' is too short", options.interval),
                         "at least 100ms"));
  }
  config.access_log = options.access_log;
  const auto& most = options.max_connections;
  const auto parsed =
      std::from_chars(most.data(), most.data() + most.size(), config.max_connections);
  if (parsed.ec != std::errc{} || parsed.ptr != most.data() + most.size()) {
    return fail(bad_flag("--max-connections",
                         fmt::format("'{}' is not a number of connections", most),
                         "write a whole number, 0 for as many as the open-file limit allows"));
  }
  const auto threads = read_threads(options.threads, surroundings.cpu_limit);
  if (!threads) return fail(threads.error());
  config.threads = *threads;
  const auto send_proxy = choose("--send-proxy", options.send_proxy, kProxyHeaders);
  if (!send_proxy) return fail(send_proxy.error());
  config.send_proxy = *send_proxy;
  config.service = surroundings.service;
  config.pod = surroundings.pod;
  config.is_in_pod = surroundings.is_in_pod;
  return config;
}

}  // namespace meshctl::cli
