#pragma once

#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "runtime/base/result.h"
#include "runtime/telemetry/route_template.h"

namespace meshctl::cli {

/// The paths of an OpenAPI 3 or Swagger 2 document in YAML or JSON, each behind the base paths of
/// its servers (OpenAPI 3.1, Server Object; Swagger 2.0, `basePath`), in the order of the document.
/// `name` is how the user called it. What cannot be read, or is no path, is told with its place.
[[nodiscard]] Result<std::vector<telemetry::RouteTemplate>, inject::Diagnostic> read_openapi_paths(
    std::string name, std::string text);

}  // namespace meshctl::cli
