#include <doctest/doctest.h>

#include "cli/run_config.h"

namespace meshctl::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kUrl = "http://collector:4318/v1/metrics";
const OtelVariables kEndpoint{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"}};

/// What becomes of a run with these variables beside `kEndpoint`, which they may replace.
proxy::Config with(OtelVariables variables, std::string flag = "", std::string interval = "") {
  RunOptions options;
  options.upstream = "1";
  options.otlp = std::move(flag);
  options.otlp_interval = std::move(interval);
  RunSurroundings around;
  around.otel = std::move(variables);
  around.otel.insert(kEndpoint.begin(), kEndpoint.end());
  auto config = resolve_run(options, around);
  REQUIRE(config);  // whatever the variables say
  return std::move(*config);
}

std::string place(const proxy::Config& config) {
  return config.otlp ? config.otlp->target.url.to_string() : "";
}

/// One variable, and the warning that is to come of it; empty: none.
struct Row {
  const char* name;
  const char* value;
  const char* warning;
};

constexpr const char* kElsewhere =
    "name a collector by --otlp, such as http://localhost:4318, or end this warning by --otlp off";

std::string expected(const Row& row) {
  std::string text = row.warning;
  const auto mark = text.find("{elsewhere}");
  if (mark != std::string::npos) text.replace(mark, 11, kElsewhere);
  return text.empty() ? text : std::string(row.name) + ": " + text;
}

void check_warning(const proxy::Config& config, const Row& row) {
  if (expected(row).empty()) {
    CHECK(config.warnings.empty());
  } else {
    REQUIRE(config.warnings.size() == 1);
    CHECK(config.warnings[0] == expected(row));
  }
}

TEST_CASE("variables that forbid the push, or ask for what cannot be, end it without ending us") {
  const Row rows[] = {
      {"OTEL_SDK_DISABLED", "true", ""},
      {"OTEL_SDK_DISABLED", "TRUE", ""},
      {"OTEL_METRICS_EXPORTER", "none", ""},
      {"OTEL_METRICS_EXPORTER", " None ", ""},
      {"OTEL_METRICS_EXPORTER", "otlp,none", ""},
      {"OTEL_METRICS_EXPORTER", "prometheus",
       "it asks for prometheus alone, so no usage is pushed; {elsewhere}"},
      {"OTEL_METRICS_EXPORTER", "Console, logging",
       "it asks for console, logging alone, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
       "grpc is not supported, so no usage is pushed; name the collector's port for HTTP by "
       "--otlp, such as http://localhost:4318, or end this warning by --otlp off"},
      {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "GRPC",
       "grpc is not supported, so no usage is pushed; name the collector's port for HTTP by "
       "--otlp, such as http://localhost:4318, or end this warning by --otlp off"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318",
       "the URL is https://, which is not supported, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://collector:4318",
       "the URL is https://, which is not supported, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@collector",
       "the URL has a user or password, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317",
       "the URL has no http://, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///run/secret",
       "the URL is no http:// URL, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:99999",
       "the URL has no host and port to connect to, so no usage is pushed; {elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://coll ector",
       "the URL contains a character that is not allowed in a URL, so no usage is pushed; "
       "{elsewhere}"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector/#secret",
       "the URL has a fragment, so no usage is pushed; {elsewhere}"},
      {"OTEL_CONFIG_FILE", "/etc/otel.yaml",
       "this file is not read here, and beside it no other OTEL_ variable counts; {elsewhere}"},
      {"OTEL_EXPERIMENTAL_CONFIG_FILE", "/etc/otel.yaml",
       "this file is not read here, and beside it no other OTEL_ variable counts; {elsewhere}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CAPTURE(row.value);
    const auto config = with({{row.name, row.value}});
    CHECK(place(config).empty());
    check_warning(config, row);
  }
}

TEST_CASE("the other variables change how it is pushed, or are warned of") {
  const Row rows[] = {
      {"OTEL_SDK_DISABLED", "false", ""},
      {"OTEL_SDK_DISABLED", "", ""},
      {"OTEL_SDK_DISABLED", "1", "'1' counts as false; write true or false"},
      {"OTEL_METRICS_EXPORTER", "OTLP", ""},
      {"OTEL_METRICS_EXPORTER", ",", ""},
      {"OTEL_METRICS_EXPORTER", "otlp,prometheus",
       "prometheus is not done here, only otlp; the admin port serves /metrics, and --output says "
       "what is printed"},
      {"OTEL_METRICS_EXPORTER", "zipkin\x1b[2J",
       "'zipkin\\x1b[2J' is not known, and counts as not set; otlp and none are followed here"},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", ""},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/JSON", ""},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "thrift",
       "'thrift' is not known, and counts as not set; one of: grpc, http/protobuf, http/json"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "secret",
       "not a valid header list, so usage is pushed without them; write name=value,name=value "
       "with values percent-encoded"},
      {"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=secret%0d%0aEvil: c",
       "not a valid header list, so usage is pushed without them; write name=value,name=value "
       "with values percent-encoded"},
      {"OTEL_RESOURCE_ATTRIBUTES", "a=b,secret",
       "it is no list of attributes, and counts as not set; write name=value,name=value with "
       "values percent-encoded"},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s",
       "'10s' is no time for it, and counts as not set; write a whole number of milliseconds from "
       "0 on, such as 10000"},
      {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "-1",
       "'-1' is no time for it, and counts as not set; write a whole number of milliseconds from 0 "
       "on, such as 10000"},
      {"OTEL_METRIC_EXPORT_TIMEOUT", "2147483648",
       "'2147483648' is no time for it, and counts as not set; write a whole number of "
       "milliseconds from 0 on, such as 10000"},
      {"OTEL_METRIC_EXPORT_INTERVAL", "99",
       "'99' is no time for it, and counts as not set; write a whole number of milliseconds from "
       "100 on, such as 10000"},
      {"OTEL_EXPORTER_OTLP_COMPRESSION", "none", ""},
      {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
       "gzip is not done here: usage is pushed uncompressed; none for this container silences this "
       "warning"},
      {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zstd",
       "'zstd' is not known, and counts as not set; one of: none, gzip"},
      {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Cumulative", ""},
      {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta",
       "delta is not done here: counts are since the start; cumulative for this container silences "
       "this "
       "warning"},
      {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "LowMemory",
       "lowmemory is not done here: counts are since the start; cumulative for this container "
       "silences "
       "this warning"},
      {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram", ""},
      {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
       "BASE2_EXPONENTIAL_BUCKET_HISTOGRAM",
       "base2_exponential_bucket_histogram is not done here: histograms have the buckets of "
       "/metrics; explicit_bucket_histogram for this container silences this warning"},
      {"OTEL_METRICS_EXEMPLAR_FILTER", "always_off",
       "always_off is not done here: exemplars are of calls with a sampled trace; trace_based for "
       "this container silences this warning"},
      {"OTEL_EXPORTER_OTLP_INSECURE", "maybe", ""},
      {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file", ""},
      {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", ""},
      {"OTEL_TRACES_EXPORTER", "zipkin", ""},
      {"OTEL_CONFIG_FILE", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CAPTURE(row.value);
    const auto config = with({{row.name, row.value}});
    CHECK(place(config) == kUrl);
    check_warning(config, row);
  }
}

TEST_CASE("a flag says where, whatever the variables say of where and whether") {
  const OtelVariables all{{"OTEL_SDK_DISABLED", "true"},
                          {"OTEL_METRICS_EXPORTER", "console"},
                          {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                          {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://other"}};
  const auto config = with(all, "http://own:1");
  CHECK(place(config) == "http://own:1/v1/metrics");
  CHECK(config.warnings.empty());
  const auto off = with(all, "off");
  CHECK_FALSE(off.otlp);
  CHECK(off.warnings.empty());
}

TEST_CASE("a flag that cannot be followed is a problem still") {
  RunOptions options;
  options.upstream = "1";
  for (const auto* url : {"https://a", "a:4318", "http://a:b@c"}) {
    options.otlp = url;
    CHECK_FALSE(resolve_run(options, {}));
  }
  options.otlp = "off";
  for (const auto* interval : {"99ms", "x"}) {
    options.otlp_interval = interval;
    CHECK_FALSE(resolve_run(options, {}));
  }
}

TEST_CASE("without an endpoint nothing is pushed, and nobody is warned") {
  RunOptions options;
  options.upstream = "1";
  RunSurroundings around;
  around.otel = {{"OTEL_METRICS_EXPORTER", "console"},
                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                 {"OTEL_EXPORTER_OTLP_ENDPOINT", " "},
                 {"OTEL_CONFIG_FILE", "/etc/otel.yaml"}};
  const auto config = resolve_run(options, around);
  REQUIRE(config);
  CHECK_FALSE(config->otlp);
  CHECK(config->warnings.empty());
}

TEST_CASE("what is set for metrics goes before what is set for all, unless it cannot be read") {
  const auto protocol = [](const char* metrics) {
    return with({{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", metrics},
                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}});
  };
  CHECK(place(protocol("http/json")) == kUrl);
  CHECK(place(protocol("")).empty());
  const auto unknown = protocol("x");
  CHECK(place(unknown).empty());
  CHECK(unknown.warnings.size() == 2);
  const auto headers =
      with({{"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=1"}, {"OTEL_EXPORTER_OTLP_HEADERS", "a=2"}});
  REQUIRE(headers.otlp->target.headers.size() == 1);
  CHECK(headers.otlp->target.headers[0].second == "1");
}

TEST_CASE("times are milliseconds, and the shorter one of two counts") {
  const auto timeout = [](OtelVariables variables) {
    return with(std::move(variables)).otlp->target.timeout;
  };
  CHECK(timeout({}) == seconds(10));
  CHECK(timeout({{"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"}}) == milliseconds(2500));
  CHECK(timeout({{"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "1"},
                 {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"}}) == milliseconds(1));
  CHECK(timeout({{"OTEL_METRIC_EXPORT_TIMEOUT", "30000"}}) == seconds(10));
  CHECK(timeout({{"OTEL_METRIC_EXPORT_TIMEOUT", "5000"}}) == seconds(5));
  CHECK(timeout({{"OTEL_EXPORTER_OTLP_TIMEOUT", "0"}}) == hours(24));
  CHECK(timeout({{"OTEL_EXPORTER_OTLP_TIMEOUT", "0"}, {"OTEL_METRIC_EXPORT_TIMEOUT", "7000"}}) ==
        seconds(7));
  const OtelVariables interval{{"OTEL_METRIC_EXPORT_INTERVAL", "15000"}};
  CHECK(with({}).otlp->interval == seconds(10));
  CHECK(with(interval).otlp->interval == seconds(15));
  CHECK(with(interval, "", "2s").otlp->interval == seconds(2));
}

TEST_CASE("no value that may be a secret is in a warning") {
  for (const auto* name : {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
                           "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
                           "OTEL_RESOURCE_ATTRIBUTES"}) {
    CAPTURE(name);
    const auto config = with({{name, "word:secret@host"}});
    REQUIRE(config.warnings.size() == 1);
    CHECK(config.warnings[0].find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace meshctl::cli
