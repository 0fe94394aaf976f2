#include "cli/inject/labels.h"

#include <algorithm>

#include "cli/inject/merged.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

bool holds(const LabelSelector::Expression& expression, const Labels& labels) {
  const auto label =
      std::ranges::find(labels, expression.key, [](const auto& each) { return each.first; });
  const bool exists = label != labels.end();
  const auto is_listed = [&] {
    return std::ranges::find(expression.values, label->second) != expression.values.end();
  };
  if (expression.op == "Exists") return exists;
  if (expression.op == "DoesNotExist") return !exists;
  if (expression.op == "In") return exists && is_listed();
  if (expression.op == "NotIn") return !exists || !is_listed();
  return false;
}

}  // namespace

Labels read_labels(const Document& document, const Node* node) {
  Labels labels;
  if (node == nullptr || !node->is_mapping()) return labels;
  for (const Entry& label : merged_entries(document, *node)) {
    const auto& name = label.key->value;
    const bool is_overridden =
        std::ranges::any_of(labels, [&](const auto& each) { return each.first == name; });
    if (!is_overridden) labels.emplace_back(name, document.resolve(*label.value).value);
  }
  return labels;
}

bool has_all(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(
      wanted, [&](const auto& label) { return std::ranges::find(labels, label) != labels.end(); });
}

LabelSelector read_label_selector(const Document& document, const Node* node) {
  LabelSelector selector;
  if (node == nullptr) return selector;
  selector.pairs = read_labels(document, collection_of(document, *node, "matchLabels"));
  const Node* expressions = collection_of(document, *node, "matchExpressions");
  if (expressions == nullptr) return selector;
  for (const Node& item : expressions->children) {
    const Node& each = document.resolve(item);
    LabelSelector::Expression expression{std::string(text_of(document, each, "key")),
                                         std::string(text_of(document, each, "operator")),
                                         {}};
    const Node* values = collection_of(document, each, "values");
    if (values != nullptr) {
      for (const Node& value : values->children) {
        expression.values.push_back(document.resolve(value).value);
      }
    }
    selector.expressions.push_back(std::move(expression));
  }
  return selector;
}

bool picks(const LabelSelector& selector, const Labels& labels) {
  return has_all(labels, selector.pairs) &&
         std::ranges::all_of(selector.expressions,
                             [&](const auto& each) { return holds(each, labels); });
}

}  // namespace meshctl::inject
