#include "cli/run_options.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace meshctl::cli {
namespace {

/// A flag with one value.
struct Flag {
  const char* name;
  std::string RunOptions::*value;
  const char* type;
  const char* help;
  /// What the help shows as default where no value stands for it.
  const char* default_text = "";
};

constexpr Flag kFirstFlags[] = {
    {"--upstream", &RunOptions::upstream, "[HOST:]PORT|auto",
     "Where the application listens: without HOST, at the address that each caller uses; auto "
     "finds "
     "the port"},
    {"--listen", &RunOptions::listen, "[ADDR:]PORT",
     "Where to take connections for --upstream; 0 picks a port", "14001"},
};

constexpr Flag kOtherFlags[] = {
    {"--admin", &RunOptions::admin, "[ADDR:]PORT|off",
     "Where a page, /metrics, /stats.json, /live and /ready are served; off: nowhere"},
    {"--protocol", &RunOptions::protocol, "PROTOCOL",
     "What connections speak: auto, http (HTTP/1.x), http2, or tcp (not read along)"},
    {"--output", &RunOptions::output, "FORM",
     "What to print: table, lines, json, summary (at the end only), or none",
     "summary with a command; else table on a terminal, summary in a pod, lines elsewhere"},
    {"--sort", &RunOptions::sort, "KEY",
     "What the table is sorted by: calls, rps, errors, p95, in, out, or route; on a terminal, keys "
     "change it"},
    {"--interval", &RunOptions::interval, "TIME", "How often to print"},
    {"--access-log", &RunOptions::access_log, "FILE",
     "Append a line a call to this file; - is standard output; HUP opens it anew"},
    {"--access-log-format", &RunOptions::access_log_format, "FORM", "Of its lines: json or text"},
    {"--access-log-sample", &RunOptions::access_log_sample, "N%",
     "Log this share of the calls, and all errors"},
    {"--access-log-only", &RunOptions::access_log_only, "WHAT", "Log all calls, or errors alone"},
    {"--otlp", &RunOptions::otlp, "URL|off",
     "Push the usage to this OpenTelemetry collector, such as http://localhost:4318"},
    {"--otlp-interval", &RunOptions::otlp_interval, "TIME", "How often to push", "10s"},
    {"--dashboard", &RunOptions::dashboard, "URL",
     "Push the usage to this dashboard, such as http://localhost:14080"},
    {"--token-file", &RunOptions::token_file, "FILE",
     "The token that the dashboard asks for, in the first line; MESHCTL_TOKEN is one, too"},
    {"--connect-timeout", &RunOptions::connect_timeout, "TIME",
     "Longest wait for the application to accept"},
    {"--half-close-timeout", &RunOptions::half_close_timeout, "TIME",
     "Longest silence once one side has ended its direction"},
    {"--keepalive", &RunOptions::keepalive, "TIME",
     "Probe idle connections after this long; give them up at about twice this", "the system's"},
    {"--when-down", &RunOptions::when_down, "WHAT",
     "While the application does not listen: refuse connections, or answer (502 for HTTP, else a "
     "reset)",
     "refuse if it is on this machine and --listen is beyond loopback, else answer"},
    {"--drain-delay", &RunOptions::drain_delay, "TIME|auto",
     "From TERM on, take connections for this long; auto: as long as the application listens",
     "auto in a pod, else 0s"},
    {"--drain-timeout", &RunOptions::drain_timeout, "TIME",
     "Longest time from TERM to the end, calls and last pushes included"},
    {"--max-connections", &RunOptions::max_connections, "N",
     "Connections at once; further ones wait. 0: as many as the open-file limit allows"},
    {"--duration", &RunOptions::duration, "TIME", "End after this long, as by Ctrl-C"},
    {"--start-timeout", &RunOptions::start_timeout, "TIME",
     "Longest wait for the application before COMMAND is given up"},
    {"--threads", &RunOptions::threads, "N|auto",
     "Event loops that connections are spread over; auto: the CPU limit, at most 4"},
    {"--send-proxy", &RunOptions::send_proxy, "VERSION",
     "Tell the application the client's address by the PROXY protocol: v1, v2, or none"},
    {"--routes-from", &RunOptions::routes_from, "FILE",
     "Count calls under the paths of this OpenAPI document; - is standard input"},
    {"--routes", &RunOptions::routes, "SOURCE",
     "Where routes come from: auto, explicit (those declared alone), or off"},
};

/// `--drain-delay` is MESHCTL_DRAIN_DELAY.
std::string twin_of(std::string name) {
  name.replace(0, 2, "MESHCTL_");
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return name;
}

void add_flag(CLI::App& command, const Flag& flag, RunOptions& options) {
  std::string& value = options.*flag.value;
  const std::string shown = *flag.default_text != '\0' ? flag.default_text : value;
  auto* option = command.add_option(flag.name, value, flag.help)
                     ->envname(twin_of(flag.name))
                     ->type_name(flag.type);
  if (!shown.empty()) option->default_str(shown);
}

}  // namespace

int take_command(int argc, const char* const* argv, RunOptions& options) {
  if (argc < 2 || std::string_view(argv[1]) != "run") return argc;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    options.has_command = true;
    options.command.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

void add_run_options(CLI::App& command, RunOptions& options) {
  for (const Flag& flag : kFirstFlags) add_flag(command, flag, options);
  command
      .add_option("--forward", options.forwards,
                  "A further port and its application; may be repeated")
      ->envname(twin_of("--forward"))
      ->type_name("[ADDR:]PORT=[HOST:]PORT|auto")
      ->delimiter(',');
  command
      .add_option("--admin-host", options.admin_hosts,
                  "A further host name that the admin port answers to; may be repeated")
      ->envname(twin_of("--admin-hosts"))
      ->type_name("NAME")
      ->delimiter(',');
  for (const Flag& flag : kOtherFlags) add_flag(command, flag, options);
  // Paths may hold commas, so the twin has one a line.
  command
      .add_option("--route", options.route,
                  "Count calls that fit this template, such as '/users/{id}', under it; may be "
                  "repeated")
      ->envname(twin_of("--route"))
      ->type_name("TEMPLATE")
      ->delimiter('\n');
  command
      .add_option("--fail-on", options.fail_on,
                  "End with exit code 3 if this is true at the end, such as 'error_rate>1%' or "
                  "'p99>250ms on /orders/{id}'; may be repeated")
      ->envname(twin_of("--fail-on"))
      ->type_name("GATE")
      ->delimiter(',');
  command
      .add_option("--report", options.reports,
                  "Write a report at the end: .json, .md, or .xml for JUnit; may be repeated")
      ->envname(twin_of("--report"))
      ->type_name("FILE")
      ->delimiter(',');
  command.footer(
      "Behind --, a COMMAND with its arguments: it runs once the application takes connections, "
      "with "
      "MESHCTL_PROXY_URL in\nits environment; the run ends with it, and with its exit code.");
}

}  // namespace meshctl::cli
