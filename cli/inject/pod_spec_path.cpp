#include "cli/inject/pod_spec_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/inject/pointer.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kHint = "write it as SparkJob=spec.template.spec";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_pod_spec(const Node& node) {
  const Entry list = find(node, "containers");
  if (!list || !list.value->is_sequence() || list.value->children.empty()) return false;
  return std::ranges::all_of(list.value->children, [](const Node& item) {
    const Entry image = find(item, "image");
    return image && image.value->is_scalar();
  });
}

std::optional<std::string> find_below(const Node& node, const std::string& path) {
  if (!path.empty() && is_pod_spec(node)) return path;
  if (!node.is_mapping()) return std::nullopt;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key = node.children[i];
    // A dot in a key would read as two steps.
    if (!key.is_scalar() || key.value.empty() || key.value.find('.') != std::string::npos) continue;
    const auto child = path.empty() ? key.value : path + "." + key.value;
    if (child == "status" || child == "metadata") continue;
    if (auto found = find_below(node.children[i + 1], child)) return found;
  }
  return std::nullopt;
}

}  // namespace

Result<PodSpecPath, BadValue> parse_pod_spec_path(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return fail(BadValue{fmt::format("'{}' has no path", text), std::string(kHint)});
  }
  const auto type = text.substr(0, equals);
  const auto dot = type.find('.');
  PodSpecPath path;
  path.kind = type.substr(0, dot);
  if (dot != std::string_view::npos) path.group = type.substr(dot + 1);
  if (path.kind.empty() || type.ends_with('.') || type.find_first_of(" /") != type.npos) {
    return fail(BadValue{fmt::format("'{}' is not a kind", type),
                         "write it as SparkJob or SparkJob.example.com"});
  }
  auto steps = split(text.substr(equals + 1), '.');
  for (const auto step : steps) {
    if (step.find_first_of("[]/ ") != std::string_view::npos) {
      return fail(BadValue{fmt::format("'{}' is not a key on the way to a pod spec", step),
                           "keys with dots between them; the way cannot lead through a list"});
    }
    if (step.empty()) {
      return fail(
          BadValue{fmt::format("the path of '{}' has an empty key", text), std::string(kHint)});
    }
  }
  path.spec_key = steps.back();
  steps.pop_back();
  for (const auto step : steps) path.pod_pointer = pointer_to(path.pod_pointer, step);
  return path;
}

std::optional<std::string> find_pod_spec(const Node& object) {
  const Entry kind = find(object, "kind");
  if (kind && is_key(*kind.value, "CustomResourceDefinition")) return std::nullopt;
  return find_below(object, "");
}

}  // namespace meshctl::inject
