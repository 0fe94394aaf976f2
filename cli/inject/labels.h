#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/inject/document.h"

namespace meshctl::inject {

/// Labels of an object, or the pairs of a selector, as name, value.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// The pairs of the mapping `node`, aliases resolved; none for a node that is no mapping.
[[nodiscard]] Labels read_labels(const Document& document, const Node* node);

/// Whether `labels` has every pair of `wanted`.
[[nodiscard]] bool has_all(const Labels& labels, const Labels& wanted);

/// A label selector (metav1.LabelSelector): pairs and expressions, all of which have to hold.
struct LabelSelector {
  struct Expression {
    std::string key;
    std::string op;  ///< In, NotIn, Exists, DoesNotExist
    std::vector<std::string> values;
  };
  Labels pairs;
  std::vector<Expression> expressions;
};

/// The selector that the mapping `node` is; for null the empty one, which picks everything.
[[nodiscard]] LabelSelector read_label_selector(const Document& document, const Node* node);

/// Whether the selector picks an object with `labels`. An unknown operator picks nothing.
[[nodiscard]] bool picks(const LabelSelector& selector, const Labels& labels);

}  // namespace meshctl::inject
