#pragma once

#include <optional>
#include <string_view>

namespace meshctl::inject {

/// The value of a Kubernetes quantity (k8s.io/apimachinery, resource.Quantity) that is not
/// negative: `250m`, `0.5`, `64Mi`, `1e3`; nothing if it is none. Good for comparing: it is exact
/// to 15 digits.
[[nodiscard]] std::optional<double> parse_quantity(std::string_view text);

}  // namespace meshctl::inject
