#include "cli/run_config.h"

#include <doctest/doctest.h>

namespace meshctl::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RunOptions with_upstream(std::string upstream) {
  RunOptions options;
  options.upstream = std::move(upstream);
  return options;
}

TEST_CASE("the shortest command line listens on loopback and asks nothing more") {
  const auto config = resolve_run(with_upstream("8087"), {});
  REQUIRE(config);
  REQUIRE(config->forwards.size() == 1);
  CHECK(config->forwards[0].listen == Endpoint{"", 14001});
  CHECK(config->max_connections == 0);
  CHECK(*config->forwards[0].upstream == Endpoint{"", 8087});
  CHECK(*config->admin == Endpoint{"", 14000});
  CHECK(config->output == proxy::Output::Lines);
  CHECK(config->interval == seconds(1));
  CHECK(config->drain_delay == Duration::zero());
  CHECK(config->drain_timeout == seconds(25));
}

TEST_CASE(
    "a terminal gets the table, a pod a drain like its application's, unless a flag says "
    "otherwise") {
  CHECK(resolve_run(with_upstream("1"), {.stdout_is_terminal = true})->output ==
        proxy::Output::Table);
  CHECK_FALSE(resolve_run(with_upstream("1"), {.is_in_pod = true})->drain_delay.has_value());
  auto options = with_upstream("1");
  options.output = "json";
  options.drain_delay = "250ms";
  const auto config = resolve_run(options, {.stdout_is_terminal = true, .is_in_pod = true});
  REQUIRE(config);
  CHECK(config->output == proxy::Output::Json);
  CHECK(config->drain_delay == milliseconds(250));
}

TEST_CASE("a pod without a terminal prints the summary alone, unless a flag says otherwise") {
  using proxy::Output;
  struct Row {
    const char* name;
    RunSurroundings around;
    const char* output;
    const char* access_log;
    Output want;
  };
  const Row rows[] = {
      {"a pipe", {}, "", "", Output::Lines},
      {"a pod", {.is_in_pod = true}, "", "", Output::Summary},
      {"a pod's terminal", {.stdout_is_terminal = true, .is_in_pod = true}, "", "", Output::Table},
      {"asked for", {.is_in_pod = true}, "lines", "", Output::Lines},
      {"an access log", {.is_in_pod = true}, "", "-", Output::None},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    auto options = with_upstream("1");
    options.output = row.output;
    options.access_log = row.access_log;
    const auto config = resolve_run(options, row.around);
    REQUIRE(config);
    CHECK(config->output == row.want);
  }
}

TEST_CASE("forwards add up, and auto leaves the upstream open") {
  auto options = with_upstream("auto");
  options.listen = "*:9000";
  options.forwards = {"14002=db:5432", "[::1]:14003=auto"};
  options.admin = "off";
  const auto config = resolve_run(options, {});
  REQUIRE(config);
  REQUIRE(config->forwards.size() == 3);
  CHECK(config->forwards[0].listen == Endpoint{"*", 9000});
  CHECK_FALSE(config->forwards[0].upstream.has_value());
  CHECK(*config->forwards[1].upstream == Endpoint{"db", 5432});
  CHECK(config->forwards[2].listen == Endpoint{"::1", 14003});
  CHECK_FALSE(config->admin.has_value());
}

TEST_CASE("threads are a number, or the CPU limit up to four") {
  auto options = with_upstream("1");
  CHECK(resolve_run(options, {.cpu_limit = 8})->threads == 1);
  options.threads = "auto";
  CHECK(resolve_run(options, {.cpu_limit = 2})->threads == 2);
  CHECK(resolve_run(options, {.cpu_limit = 8})->threads == 4);
  options.threads = "64";
  CHECK(resolve_run(options, {})->threads == 64);
}

TEST_CASE("what does not make sense is told with its flag and what to write instead") {
  struct Row {
    const char* name;
    void (*change)(RunOptions&);
    const char* problem;
    const char* hint;
  };
  const Row rows[] = {
      {"no threads", [](RunOptions& o) { o.threads = "0"; },
       "--threads: '0' is not a number of threads", "write 1 to 64, or auto for the CPU limit"},
      {"too many threads", [](RunOptions& o) { o.threads = "65"; },
       "--threads: '65' is not a number of threads", "write 1 to 64, or auto for the CPU limit"},
      {"threads in words", [](RunOptions& o) { o.threads = "4x"; },
       "--threads: '4x' is not a number of threads", "write 1 to 64, or auto for the CPU limit"},
      {"a version that is none", [](RunOptions& o) { o.send_proxy = "v3"; },
       "--send-proxy: there is no 'v3'", "one of: none, v1, v2"},
      {"nothing", [](RunOptions& o) { o.upstream = ""; },
       "run needs to know where the application is",
       "meshctl run --upstream 8087 (or --upstream auto to find it)"},
      {"listen alone",
       [](RunOptions& o) {
         o.upstream = "";
         o.listen = "1";
       },
       "--listen (or MESHCTL_LISTEN) needs --upstream",
       "say where the application is: --upstream 8087"},
      {"bad port", [](RunOptions& o) { o.upstream = "99999"; },
       "--upstream: port 99999 is above 65535", "write PORT or HOST:PORT, such as 8087"},
      {"port zero", [](RunOptions& o) { o.upstream = "0"; },
       "--upstream: port 0 cannot be connected to", "write PORT or HOST:PORT, such as 8087"},
      {"a URL", [](RunOptions& o) { o.upstream = "http://localhost:80"; },
       "--upstream: 'http://localhost:80' is a URL",
       "write the host and port alone, such as localhost:8087"},
      {"everywhere", [](RunOptions& o) { o.upstream = "*:80"; },
       "--upstream: '*' is no place to connect to", "write a host name or address"},
      {"half a forward", [](RunOptions& o) { o.forwards = {"14001"}; },
       "--forward: '14001' has no '='",
       "write LISTEN=UPSTREAM, such as 14001=8087 or '*:14001=auto'"},
      {"bad admin", [](RunOptions& o) { o.admin = "on"; }, "--admin: 'on' is not a port number",
       "write PORT or ADDR:PORT, such as 14001 or '*:14001'"},
      {"one port twice",
       [](RunOptions& o) {
         o.listen = "24000";
         o.admin = "*:24000";
       },
       "--admin: *:24000 is the place of --listen already", "give each its own port"},
      {"one port twice among forwards",
       [](RunOptions& o) {
         o.forwards = {"24000=1", "localhost:24000=2"};
       },
       "--forward: localhost:24000 is the place of --forward already", "give each its own port"},
      {"bad output", [](RunOptions& o) { o.output = "xml"; }, "--output: there is no 'xml'",
       "one of: table, lines, json, summary, none"},
      {"no command behind its mark", [](RunOptions& o) { o.has_command = true; },
       "there is no command behind --",
       "write one, as in: meshctl run --upstream 8087 -- ./tests.sh"},
      {"bad protocol", [](RunOptions& o) { o.protocol = "h3"; }, "--protocol: there is no 'h3'",
       "one of: auto, http, http2, tcp"},
      {"bad time", [](RunOptions& o) { o.drain_timeout = "soon"; },
       "--drain-timeout: 'soon' is not a duration",
       "write a number and a unit, such as 250ms, 5s or 2m"},
      {"negative time", [](RunOptions& o) { o.interval = "-1s"; },
       "--interval: '-1s' is not a duration", "write a number and a unit, such as 250ms, 5s or 2m"},
      {"no time at all", [](RunOptions& o) { o.duration = "0s"; }, "--duration: '0s' is no time",
       "write how long the run lasts, or leave it out"},
      {"no number", [](RunOptions& o) { o.drain_timeout = "nan"; },
       "--drain-timeout: 'nan' is not a duration",
       "write a number and a unit, such as 250ms, 5s or 2m"},
      {"too long", [](RunOptions& o) { o.drain_timeout = "1441m"; },
       "--drain-timeout: '1441m' is not a duration",
       "write a number and a unit, such as 250ms, 5s or 2m"},
      {"fewer than none", [](RunOptions& o) { o.max_connections = "-1"; },
       "--max-connections: '-1' is not a number of connections",
       "write a whole number, 0 for as many as the open-file limit allows"},
      {"no leading slash", [](RunOptions& o) { o.route = {"users/{id}"}; },
       "--route: 'users/{id}' does not begin with '/'",
       "write a path such as '/users/{id}/orders'"},
      {"a parameter in another style", [](RunOptions& o) { o.route = {"/users/:id"}; },
       "--route: '/users/:id' has a ':' or '*' segment",
       "write a parameter as {name}; it stands for one segment"},
      {"a wildcard", [](RunOptions& o) { o.route = {"/static/**"}; },
       "--route: '/static/**' has a ':' or '*' segment",
       "write a parameter as {name}; it stands for one segment"},
      {"a route twice",
       [](RunOptions& o) {
         o.route = {"/a/{b}", "/c", "/a/{d}"};
       },
       "--route: '/a/{d}' fits the same paths as '/a/{b}'", "give one of them"},
      {"no such source", [](RunOptions& o) { o.routes = "none"; }, "--routes: there is no 'none'",
       "one of: auto, explicit, off"},
      {"explicit without routes", [](RunOptions& o) { o.routes = "explicit"; },
       "--routes: explicit needs --route or --routes-from",
       "declare the routes, as in --route '/users/{id}'"},
      {"off with routes",
       [](RunOptions& o) {
         o.routes = "off";
         o.routes_from = "api.yaml";
       },
       "--routes: off has no use for --route and --routes-from", "leave out one or the other"},
      {"no time to ask after", [](RunOptions& o) { o.keepalive = "0s"; },
       "--keepalive: '0s' is out of range", "write 1s to 32767s, or leave it out for the system's"},
      {"more than the kernel takes", [](RunOptions& o) { o.keepalive = "32767.1s"; },
       "--keepalive: '32767.1s' is out of range",
       "write 1s to 32767s, or leave it out for the system's"},
      {"too short", [](RunOptions& o) { o.interval = "1ms"; }, "--interval: '1ms' is too short",
       "at least 100ms"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    auto options = with_upstream("8087");
    row.change(options);
    const auto config = resolve_run(options, {});
    REQUIRE_FALSE(config);
    CHECK(config.error().problem == row.problem);
    CHECK(config.error().hint == row.hint);
  }
}

TEST_CASE("durations take fractions and the units of their names") {
  const auto interval = [](const char* text) {
    auto options = with_upstream("1");
    options.interval = text;
    return resolve_run(options, {})->interval;
  };
  CHECK(interval("250ms") == milliseconds(250));
  CHECK(interval("1.5s") == milliseconds(1500));
  CHECK(interval("2") == seconds(2));
  CHECK(interval("2m") == std::chrono::minutes(2));
}

TEST_CASE("a time to ask silent connections after is in whole seconds, rounded up") {
  const auto after = [](const char* text) {
    auto options = with_upstream("8087");
    options.keepalive = text;
    return resolve_run(options, {})->keep_alive.after;
  };
  CHECK(after("") == seconds(0));
  CHECK(after("300ms") == seconds(1));
  CHECK(after("1001ms") == seconds(2));
  CHECK(after("2m") == seconds(120));
}

TEST_CASE("routes come from everywhere unless a flag says otherwise") {
  CHECK(resolve_run(with_upstream("1"), {})->routes.source == telemetry::RouteSource::Auto);
  auto options = with_upstream("1");
  options.routes = "explicit";
  options.route = {"/users/{id}/orders", "/points/{lat},{lon}", "/v1/{name}:cancel"};
  const auto config = resolve_run(options, {});
  REQUIRE(config);
  CHECK(config->routes.source == telemetry::RouteSource::Explicit);
  REQUIRE(config->routes.templates.size() == 3);
  CHECK(config->routes.templates[1].name == "/points/{lat},{lon}");
  options.route.clear();
  options.routes_from = "api.yaml";  // read when all flags make sense
  CHECK(resolve_run(options, {})->routes.templates.empty());
}

TEST_CASE(
    "where to push is what the flag says, else OpenTelemetry's variables, with its rule of paths") {
  struct Row {
    const char* flag;
    const char* endpoint;
    const char* metrics_endpoint;
    const char* url;  // "" for none
  };
  const Row rows[] = {
      {"", "", "", ""},
      {"off", "http://a", "http://b", ""},
      {"http://a:1", "http://b", "http://c", "http://a:1/v1/metrics"},
      {"http://a:1/", "", "", "http://a:1/v1/metrics"},
      {"http://a:1/own", "", "", "http://a:1/own"},
      {"", "http://a:1", "", "http://a:1/v1/metrics"},
      {"", "http://a:1/", "", "http://a:1/v1/metrics"},
      {"", "http://a:1/x", "", "http://a:1/x/v1/metrics"},
      {"", "http://a:1/x/", "", "http://a:1/x/v1/metrics"},
      {"", "http://b", "http://a:1/x", "http://a:1/x"},
      {"", "http://b", "http://a:1", "http://a:1/"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    auto options = with_upstream("1");
    options.otlp = row.flag;
    RunSurroundings around;
    around.otel = {{"OTEL_EXPORTER_OTLP_ENDPOINT", row.endpoint},
                   {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", row.metrics_endpoint}};
    const auto config = resolve_run(options, around);
    REQUIRE(config);
    CHECK((config->otlp ? config->otlp->target.url.to_string() : "") == row.url);
  }
}

TEST_CASE("headers of OpenTelemetry's variables cannot break out of their line") {
  auto options = with_upstream("1");
  options.otlp = "http://a";
  for (const auto* headers : {"a=b%0d%0aEvil: c", "a b=c", "=b", "a", "a%3A=b"}) {
    CAPTURE(headers);
    RunSurroundings around;
    around.otel["OTEL_EXPORTER_OTLP_HEADERS"] = headers;
    const auto config = resolve_run(options, around);
    REQUIRE(config);
    CHECK(config->otlp->target.headers.empty());
    REQUIRE(config->warnings.size() == 1);
    CHECK(config->warnings[0].find("Evil") == std::string::npos);
  }
}

}  // namespace
}  // namespace meshctl::cli
