#include "cli/openapi_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cli/inject/node.h"
#include "runtime/telemetry/path_segments.h"

namespace meshctl::cli {
namespace {

using inject::Node;

/// OpenAPI 3.1, Path Item Object.
constexpr std::array<std::string_view, 8> kMethods = {"get",     "put",  "post",  "delete",
                                                      "options", "head", "patch", "trace"};

/// The path of a server's URL, which may be relative: then it begins at the host that serves the
/// document.
std::string path_of(std::string url) {
  url = url.substr(0, url.find_first_of("?#"));
  if (const auto scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 1);
  if (url.starts_with("//")) url.erase(0, std::min(url.find('/', 2), url.size()));
  return url.starts_with('/') ? url : "/" + url;
}

std::string normalised(const std::string& path) {
  std::string result;
  const telemetry::PathSegments read(path);
  for (const auto& segment : read.segments()) result.append("/").append(segment.text());
  return result;
}

void add_new(OpenApiServers::BasePaths& all, const OpenApiServers::BasePaths& more) {
  for (const auto& path : more) {
    if (std::ranges::find(all, path) == all.end()) all.push_back(path);
  }
}

}  // namespace

const Node* OpenApiServers::value(const Node& object, std::string_view key) const {
  const auto entry = inject::find(document_.resolve(object), key);
  return entry ? &document_.resolve(*entry.value) : nullptr;
}

Diagnostic OpenApiServers::error(const Node& node, std::string problem, std::string hint) const {
  return inject::at(source_, node.begin, inject::Severity::Error, std::move(problem),
                    std::move(hint));
}

Result<OpenApiServers::BasePaths, Diagnostic> OpenApiServers::of_document() const {
  const Node& root = document_.root();
  const Node* base = value(root, "basePath");
  if (base == nullptr) return of(root, {""});
  if (!base->is_scalar() || !base->value.starts_with('/')) {
    return fail(error(*base, "`basePath` does not begin with '/'", "write it as in /v1"));
  }
  return BasePaths{normalised(base->value)};
}

Result<OpenApiServers::BasePaths, Diagnostic> OpenApiServers::of_path(
    const Node& item, const BasePaths& otherwise) const {
  const auto own = of(item, otherwise);
  if (!own) return own;
  BasePaths all;
  for (const auto method : kMethods) {
    const Node* operation = value(item, method);
    if (operation == nullptr) continue;
    const auto found = of(*operation, *own);
    if (!found) return found;
    add_new(all, *found);
  }
  return all.empty() ? own : all;
}

Result<OpenApiServers::BasePaths, Diagnostic> OpenApiServers::of(const Node& object,
                                                                 const BasePaths& otherwise) const {
  const Node* servers = value(object, "servers");
  if (servers == nullptr || servers->is_null()) return otherwise;
  if (!servers->is_sequence()) {
    return fail(error(*servers, "`servers` is no list", "write one `- url: ...` a server"));
  }
  BasePaths all;
  for (const Node& server : servers->children) {
    auto path = base_path(document_.resolve(server));
    if (!path) return fail(path.error());
    add_new(all, {std::move(*path)});
  }
  return all.empty() ? otherwise : all;
}

Result<std::string, Diagnostic> OpenApiServers::base_path(const Node& server) const {
  const Node* url = value(server, "url");
  if (url == nullptr || !url->is_scalar()) {
    return fail(error(server, "this server has no `url`", "write it as in `- url: /v1`"));
  }
  const auto path = path_of(with_defaults(server, url->value));
  if (path.find_first_of("{}") != std::string::npos) {
    return fail(error(*url, "the path of this server has a variable without a default",
                      "give it one in the server's `variables`"));
  }
  return normalised(path);
}

std::string OpenApiServers::with_defaults(const Node& server, std::string url) const {
  const Node* variables = value(server, "variables");
  if (variables == nullptr || !variables->is_mapping()) return url;
  for (std::size_t i = 0; i + 1 < variables->children.size(); i += 2) {
    const Node* text = value(variables->children[i + 1], "default");
    if (text == nullptr || !text->is_scalar()) continue;
    const auto mark = fmt::format("{{{}}}", variables->children[i].value);
    for (auto at = url.find(mark); at != std::string::npos;
         at = url.find(mark, at + text->value.size())) {
      url.replace(at, mark.size(), text->value);
    }
  }
  return url;
}

}  // namespace meshctl::cli
