#include "cli/otlp_variables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

using Pairs = OtelReader::Pairs;

constexpr std::string_view kMetricsPath = "v1/metrics";
constexpr std::string_view kMetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
constexpr std::string_view kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr std::string_view kMetricsHeaders = "OTEL_EXPORTER_OTLP_METRICS_HEADERS";
constexpr std::string_view kHeaders = "OTEL_EXPORTER_OTLP_HEADERS";
constexpr std::string_view kServiceName = "OTEL_SERVICE_NAME";
constexpr std::string_view kAttributes = "OTEL_RESOURCE_ATTRIBUTES";

constexpr std::string_view kCure =
    "name a collector by --otlp, such as http://localhost:4318, or end this warning by --otlp off";
constexpr std::string_view kWriteList = "write name=value,name=value with values percent-encoded";

/// Whether we are among the exporters that are asked for ("Exporter Selection"). The list may be
/// empty of known ones: then it counts as not set, which is OTLP.
bool asks_for_otlp(OtelReader& reader) {
  constexpr std::array<std::string_view, 4> kOthers{"prometheus", "console", "logging",
                                                    "otlp/stdout"};
  const auto setting = reader.text({"OTEL_METRICS_EXPORTER"});
  if (!setting) return true;
  bool has_otlp = false;
  std::vector<std::string> others;
  for (auto rest = setting->text; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto word = trimmed(rest.substr(0, end));
    auto name = lower_case(word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == "none") return false;
    if (name == "otlp") {
      has_otlp = true;
    } else if (std::ranges::find(kOthers, name) != kOthers.end()) {
      others.push_back(std::move(name));
    } else if (!name.empty()) {
      reader.warn(setting->name,
                  fmt::format("{} is not known, and counts as not set", OtelReader::quoted(word)),
                  "otlp and none are followed here");
    }
  }
  if (others.empty()) return true;
  const auto list = fmt::format("{}", fmt::join(others, ", "));
  if (has_otlp) {
    reader.warn(setting->name, fmt::format("{} is not done here, only otlp", list),
                "the admin port serves /metrics, and --output says what is printed");
  } else {
    reader.warn(setting->name, fmt::format("it asks for {} alone, so no usage is pushed", list),
                kCure);
  }
  return has_otlp;
}

/// JSON goes where binary protobuf would: servers take both at one port (OTLP specification,
/// "OTLP/HTTP Connection").
bool asks_for_http(OtelReader& reader) {
  const auto protocol =
      reader.choice({"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"},
                    {"grpc", "http/protobuf", "http/json"});
  if (!protocol || protocol->text != "grpc") return true;
  reader.warn(protocol->name, "grpc is not supported, so no usage is pushed",
              "name the collector's port for HTTP by --otlp, such as http://localhost:4318, or end "
              "this warning by --otlp off");
  return false;
}

/// A field that cannot break out of its line (RFC 9110, 5.1 and 5.5).
bool is_header(const std::pair<std::string, std::string>& field) {
  constexpr std::string_view kToken = "!#$%&'*+-.^_`|~";
  const auto is_token = [&](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           kToken.find(c) != std::string_view::npos;
  };
  const auto is_visible = [](char c) { return c == ' ' || c == '\t' || (c > ' ' && c < 127); };
  return std::ranges::all_of(field.first, is_token) &&
         std::ranges::all_of(field.second, is_visible);
}

void set_default(Pairs& pairs, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  const auto known = std::ranges::find(pairs, key, &Pairs::value_type::first);
  if (known == pairs.end()) pairs.emplace_back(key, value);
}

/// Of ways to do it, the first is ours.
void warn_of_other_way(OtelReader& reader, OtelReader::Names names, OtelReader::Names ways,
                       std::string_view ours) {
  const auto asked = reader.choice(names, ways);
  const auto our_way = *ways.begin();
  if (!asked || asked->text == our_way) return;
  reader.warn(asked->name, fmt::format("{} is not done here: {}", asked->text, ours),
              fmt::format("{} for this container silences this warning", our_way));
}

/// A timeout of nothing is none ("Timeout"); a day is as good.
Duration or_a_day(Duration timeout) noexcept {
  return timeout == Duration{0} ? std::chrono::hours(24) : timeout;
}

}  // namespace

std::string with_metrics_path(std::string_view target, PathRule rule) {
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(path.size());
  const bool is_bare = path.empty() || path == "/";
  if (rule == PathRule::Whole || (rule == PathRule::WholeUnlessEmpty && !is_bare))
    return fmt::format("{}{}", path.empty() ? "/" : path, query);
  return fmt::format("{}{}{}{}", path, path.ends_with('/') ? "" : "/", kMetricsPath, query);
}

std::string_view words_for(UrlError error) noexcept {
  switch (error) {
    case UrlError::Https: return "is https://, which is not supported";
    case UrlError::Userinfo: return "has a user or password";
    case UrlError::NoScheme: return "has no http://";
    case UrlError::OtherScheme: return "is no http:// URL";
    case UrlError::Fragment: return "has a fragment";
    case UrlError::Character: return "contains a character that is not allowed in a URL";
    case UrlError::Host: return "has no host and port to connect to";
  }
  return "is no URL";
}

std::optional<Url> find_collector(OtelReader& reader) {
  const auto endpoint = reader.text({kMetricsEndpoint, kEndpoint});
  if (!endpoint || reader.is_true("OTEL_SDK_DISABLED")) return std::nullopt;
  if (!asks_for_otlp(reader) || !asks_for_http(reader)) return std::nullopt;
  auto url = parse_url(endpoint->text);
  if (!url) {
    // Not what it says: such URLs hold keys.
    reader.warn(endpoint->name,
                fmt::format("the URL {}, so no usage is pushed", words_for(url.error())), kCure);
    return std::nullopt;
  }
  const bool is_for_metrics = endpoint->name == kMetricsEndpoint;
  url->target = with_metrics_path(url->target, is_for_metrics ? PathRule::Whole : PathRule::Base);
  return std::move(*url);
}

OtelReader::Pairs read_headers(OtelReader& reader) {
  const auto setting = reader.text({kMetricsHeaders, kHeaders});
  if (!setting) return {};
  auto headers = OtelReader::pairs(setting->text);
  if (headers && std::ranges::all_of(*headers, is_header)) return std::move(*headers);
  // Not what it says: that may be a secret.
  reader.warn(setting->name, "not a valid header list, so usage is pushed without them",
              kWriteList);
  return {};
}

Duration read_timeout(OtelReader& reader, Duration otherwise) {
  const auto attempt = reader.milliseconds(
      {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"}, Duration{0});
  const auto whole = reader.milliseconds({"OTEL_METRIC_EXPORT_TIMEOUT"}, Duration{0});
  const auto timeout = attempt ? or_a_day(*attempt) : otherwise;
  return whole ? std::min(timeout, or_a_day(*whole)) : timeout;
}

OtelReader::Pairs read_resource(OtelReader& reader, const std::string& service,
                                const std::string& pod) {
  Pairs resource;
  // Resource SDK: it is above the service.name among the attributes.
  if (const auto name = reader.text({kServiceName}))
    set_default(resource, "service.name", name->text);
  if (const auto list = reader.text({kAttributes})) {
    const auto attributes = OtelReader::pairs(list->text);
    if (!attributes)
      reader.warn(list->name, "it is no list of attributes, and counts as not set", kWriteList);
    for (const auto& [key, value] : attributes.value_or(Pairs{})) set_default(resource, key, value);
  }
  set_default(resource, "service.name", service.empty() ? "unknown_service:meshctl" : service);
  set_default(resource, "k8s.pod.name", pod);
  set_default(resource, "service.instance.id", pod);
  set_default(resource, "telemetry.sdk.name", "meshctl");
  set_default(resource, "telemetry.sdk.language", "cpp");
  set_default(resource, "telemetry.sdk.version", kVersion);
  return resource;
}

void warn_of_other_ways(OtelReader& reader) {
  warn_of_other_way(reader,
                    {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"},
                    {"none", "gzip"}, "usage is pushed uncompressed");
  warn_of_other_way(reader, {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"},
                    {"cumulative", "delta", "lowmemory"}, "counts are since the start");
  warn_of_other_way(reader, {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"},
                    {"explicit_bucket_histogram", "base2_exponential_bucket_histogram"},
                    "histograms have the buckets of /metrics");
  warn_of_other_way(reader, {"OTEL_METRICS_EXEMPLAR_FILTER"},
                    {"trace_based", "always_on", "always_off"},
                    "exemplars are of calls with a sampled trace");
}

void heed_config_file(OtelReader& reader) {
  const auto file = reader.text({"OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"});
  if (!file) return;
  const bool is_missed =
      reader
          .text({kMetricsEndpoint, kEndpoint, kMetricsHeaders, kHeaders, kServiceName, kAttributes})
          .has_value();
  if (is_missed) {
    reader.warn(file->name,
                "this file is not read here, and beside it no other OTEL_ variable counts", kCure);
  }
  reader.forget();
}

}  // namespace meshctl::cli
