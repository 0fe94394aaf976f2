#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/inject/bad_value.h"
#include "cli/inject/node.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// Where the objects of a kind that we do not know hold a pod spec.
struct PodSpecPath {
  std::string kind;
  std::optional<std::string> group;  ///< none given: any
  std::string pod_pointer;           ///< the mapping that the pod spec is in (see pointer.h)
  std::string spec_key = "spec";     ///< its key there
};

/// Reads `KIND=PATH` or `KIND.group=PATH`: `SparkJob=spec.template.spec`.
[[nodiscard]] Result<PodSpecPath, BadValue> parse_pod_spec_path(std::string_view text);

/// The dotted path of the first thing in `object` that looks like a pod spec: a mapping with
/// `containers` that all have an `image`. Nothing in a CustomResourceDefinition, nor in lists.
[[nodiscard]] std::optional<std::string> find_pod_spec(const Node& object);

}  // namespace meshctl::inject
