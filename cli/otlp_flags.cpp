#include "cli/otlp_flags.h"

#include <utility>

#include "cli/otlp_variables.h"
#include "runtime/base/url.h"

namespace meshctl::cli {
namespace {

/// Chosen: below it, pushing would be what the numbers show.
constexpr Duration kLeastInterval = std::chrono::milliseconds(100);

UsageProblem url_problem(const std::string& text, UrlError error) {
  switch (error) {
    case UrlError::Https:
      return bad_flag("--otlp", "https:// is not supported",
                      "name a collector on this machine or in this cluster by http://, which "
                      "passes on over TLS; --otlp off pushes nothing");
    case UrlError::Userinfo:
      return bad_flag("--otlp", "the URL has a user or password",
                      "give what authorizes in OTEL_EXPORTER_OTLP_HEADERS");
    case UrlError::NoScheme:
    case UrlError::OtherScheme:
    case UrlError::Fragment:
    case UrlError::Character:
    case UrlError::Host: break;
  }
  return bad_flag("--otlp", fmt::format("'{}' {}", text, words_for(error)),
                  "write a URL such as http://localhost:4318; --otlp off pushes nothing");
}

Result<Url, UsageProblem> read_url(const std::string& text) {
  auto url = parse_url(text);
  if (!url) return fail(url_problem(text, url.error()));
  url->target = with_metrics_path(url->target, PathRule::WholeUnlessEmpty);
  return std::move(*url);
}

Result<Duration, UsageProblem> read_interval(const std::string& text) {
  const auto interval = read_duration("--otlp-interval", text);
  if (!interval) return fail(interval.error());
  if (*interval >= kLeastInterval) return *interval;
  return fail(
      bad_flag("--otlp-interval", fmt::format("'{}' is too short", text), "at least 100ms"));
}

/// All but the place and the interval.
void read_the_rest(OtelReader& reader, const std::string& service, const std::string& pod,
                   proxy::OtlpConfig& config) {
  config.target.content_type = "application/json";
  config.target.headers = read_headers(reader);
  config.target.timeout = read_timeout(reader, config.target.timeout);
  config.resource = read_resource(reader, service, pod);
  warn_of_other_ways(reader);
}

}  // namespace

Result<OtlpChoice, UsageProblem> read_otlp(const RunOptions& options,
                                           const OtelVariables& variables,
                                           const std::string& service, const std::string& pod) {
  proxy::OtlpConfig config;
  if (!options.otlp_interval.empty()) {
    const auto interval = read_interval(options.otlp_interval);
    if (!interval) return fail(interval.error());
    config.interval = *interval;
  }
  OtlpChoice choice;
  if (options.otlp == "off") return choice;
  OtelReader reader(variables);
  heed_config_file(reader);
  if (!options.otlp.empty()) {
    auto url = read_url(options.otlp);
    if (!url) return fail(url.error());
    config.target.url = std::move(*url);
  } else if (auto url = find_collector(reader)) {
    config.target.url = std::move(*url);
  } else {
    choice.warnings = std::move(reader.warnings());
    return choice;
  }
  read_the_rest(reader, service, pod, config);
  if (options.otlp_interval.empty()) {
    config.interval = reader.milliseconds({"OTEL_METRIC_EXPORT_INTERVAL"}, kLeastInterval)
                          .value_or(config.interval);
  }
  choice.collector = std::move(config);
  choice.warnings = std::move(reader.warnings());
  return choice;
}

}  // namespace meshctl::cli
