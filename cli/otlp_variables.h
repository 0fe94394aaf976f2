#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/otel_reader.h"
#include "runtime/base/clock.h"
#include "runtime/base/url.h"

namespace meshctl::cli {

// What OpenTelemetry's variables ask of us (OpenTelemetry specification: "Environment Variable
// Specification", "OpenTelemetry Protocol Exporter", "Metrics Exporter - OTLP"). What cannot be
// done is a warning, and the rest is done.

/// How the path of a URL becomes that of the metrics.
enum class PathRule { Base, Whole, WholeUnlessEmpty };

/// OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP".
[[nodiscard]] std::string with_metrics_path(std::string_view target, PathRule rule);

/// What is wrong with a URL, to stand behind it: `has no http://`.
[[nodiscard]] std::string_view words_for(UrlError error) noexcept;

/// Where usage is to be pushed; nothing where they name no place, forbid it, or ask for what cannot
/// be.
[[nodiscard]] std::optional<Url> find_collector(OtelReader& reader);

[[nodiscard]] OtelReader::Pairs read_headers(OtelReader& reader);

/// How long one push may take; `otherwise` is for who does not say.
[[nodiscard]] Duration read_timeout(OtelReader& reader, Duration otherwise);

/// Who reports. `service` and `pod` are for who does not say.
[[nodiscard]] OtelReader::Pairs read_resource(OtelReader& reader, const std::string& service,
                                              const std::string& pod);

/// Warns of what is to be done in a way that we do not have.
void warn_of_other_ways(OtelReader& reader);

/// A file of configuration is named, which we do not read, and which stands for all variables
/// ("Declarative configuration"): they are forgotten.
void heed_config_file(OtelReader& reader);

}  // namespace meshctl::cli
