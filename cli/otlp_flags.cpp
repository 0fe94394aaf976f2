#include "cli/otlp_flags.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/base/url.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kMetricsPath = "v1/metrics";
/// Chosen: below it, pushing would be what the numbers show.
constexpr Duration kLeastInterval = std::chrono::milliseconds(100);

/// A URL and what it is called in messages.
struct Place {
  std::string_view source;
  std::string_view text;
  /// How a path becomes that of the metrics.
  enum class Path { Base, Whole, WholeUnlessEmpty } path = Path::Whole;
};

std::optional<Place> find_place(const RunOptions& options, const OtelVariables& variables) {
  if (options.otlp == "off") return std::nullopt;
  if (!options.otlp.empty()) return Place{"--otlp", options.otlp, Place::Path::WholeUnlessEmpty};
  if (!variables.metrics_endpoint.empty())
    return Place{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", variables.metrics_endpoint};
  if (!variables.endpoint.empty())
    return Place{"OTEL_EXPORTER_OTLP_ENDPOINT", variables.endpoint, Place::Path::Base};
  return std::nullopt;
}

UsageProblem url_problem(const Place& place, UrlError error) {
  const std::string example =
      "write a URL such as http://localhost:4318; --otlp off pushes nothing";
  const auto bad = [&](std::string_view why, std::string hint) {
    return bad_flag(place.source, fmt::format("'{}' {}", place.text, why), std::move(hint));
  };
  switch (error) {
    case UrlError::Https:
      return bad_flag(place.source, "https:// is not spoken here",
                      "name a collector on this machine or in this cluster by http://, which "
                      "passes on over TLS; --otlp off pushes nothing");
    case UrlError::Userinfo:
      return bad_flag(place.source, "the URL has a user or password",
                      "give what authorizes in OTEL_EXPORTER_OTLP_HEADERS");
    case UrlError::NoScheme: return bad("has no http://", example);
    case UrlError::OtherScheme: return bad("is no http:// URL", example);
    case UrlError::Fragment: return bad("has a fragment", example);
    case UrlError::Character: return bad("has a character that no URL has", example);
    case UrlError::Host: return bad("has no host and port to connect to", example);
  }
  return bad("is no URL", example);
}

/// OTLP exporter configuration, "Endpoint URLs for OTLP/HTTP".
std::string with_metrics_path(std::string_view target, Place::Path rule) {
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(path.size());
  const bool is_bare = path.empty() || path == "/";
  if (rule == Place::Path::Whole || (rule == Place::Path::WholeUnlessEmpty && !is_bare))
    return fmt::format("{}{}", path.empty() ? "/" : path, query);
  return fmt::format("{}{}{}{}", path, path.ends_with('/') ? "" : "/", kMetricsPath, query);
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool has_digits = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
    if (!has_digits) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return decoded;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// `key=value,key=value`, percent-encoded (W3C Baggage, 3.3.1). Nothing where a part has no key.
std::optional<Pairs> read_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || trimmed(part.substr(0, equals)).empty())
      return std::nullopt;
    pairs.emplace_back(percent_decoded(trimmed(part.substr(0, equals))),
                       percent_decoded(trimmed(part.substr(equals + 1))));
  }
  return pairs;
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

Result<Pairs, UsageProblem> read_headers(const OtelVariables& variables) {
  const bool is_own = !variables.metrics_headers.empty();
  auto headers = read_pairs(is_own ? variables.metrics_headers : variables.headers);
  if (!headers || !std::ranges::all_of(*headers, is_header)) {
    // Not what it says: that may be a secret.
    return fail(bad_flag(
        is_own ? "OTEL_EXPORTER_OTLP_METRICS_HEADERS" : "OTEL_EXPORTER_OTLP_HEADERS",
        "it is no list of headers", "write name=value,name=value with values percent-encoded"));
  }
  return std::move(*headers);
}

void set_default(Pairs& pairs, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  const auto known = std::ranges::find(pairs, key, &Pairs::value_type::first);
  if (known == pairs.end()) pairs.emplace_back(key, value);
}

/// Resource SDK: OTEL_SERVICE_NAME is above the service.name among the attributes; a list that
/// cannot be read counts as none.
Pairs resource_of(const OtelVariables& variables, const std::string& service,
                  const std::string& pod) {
  Pairs resource;
  set_default(resource, "service.name", variables.service_name);
  for (const auto& [key, value] : read_pairs(variables.resource).value_or(Pairs{}))
    set_default(resource, key, value);
  set_default(resource, "service.name", service.empty() ? "unknown_service:meshctl" : service);
  set_default(resource, "k8s.pod.name", pod);
  set_default(resource, "service.instance.id", pod);
  set_default(resource, "telemetry.sdk.name", "meshctl");
  set_default(resource, "telemetry.sdk.language", "cpp");
  set_default(resource, "telemetry.sdk.version", kVersion);
  return resource;
}

}  // namespace

Result<std::optional<proxy::OtlpConfig>, UsageProblem> read_otlp(const RunOptions& options,
                                                                 const OtelVariables& variables,
                                                                 const std::string& service,
                                                                 const std::string& pod) {
  proxy::OtlpConfig config;
  const auto interval = read_duration("--otlp-interval", options.otlp_interval);
  if (!interval) return fail(interval.error());
  config.interval = *interval;
  if (config.interval < kLeastInterval) {
    return fail(bad_flag("--otlp-interval", fmt::format("'{}' is too short", options.otlp_interval),
                         "at least 100ms"));
  }
  const auto place = find_place(options, variables);
  if (!place) return std::optional<proxy::OtlpConfig>{};
  auto url = parse_url(place->text);
  if (!url) return fail(url_problem(*place, url.error()));
  url->target = with_metrics_path(url->target, place->path);
  auto headers = read_headers(variables);
  if (!headers) return fail(headers.error());
  config.target = {std::move(*url), "application/json", std::move(*headers)};
  config.resource = resource_of(variables, service, pod);
  return std::optional(std::move(config));
}

}  // namespace meshctl::cli
