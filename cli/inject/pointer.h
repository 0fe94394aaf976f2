#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/node.h"

namespace meshctl::inject {

/// JSON pointers (RFC 6901) name the nodes of an object, with one difference: an item of a sequence
/// is named by its `name`, for indexes shift when others add items: `/spec/containers/telemetry`.

/// `parent` with one more step; `~` and `/` of the step are escaped.
[[nodiscard]] std::string pointer_to(std::string_view parent, std::string_view step);

/// The steps of a pointer, unescaped.
[[nodiscard]] std::vector<std::string> pointer_steps(std::string_view pointer);

/// What `item` of a sequence is called in a pointer; empty for one without a name.
[[nodiscard]] std::string_view item_name(const Node& item);

/// A node with its ancestors: `chain.front()` is the root, `chain.back()` the node. Of the mapping
/// entries on the way the values are in the chain. Empty: there is no such node.
[[nodiscard]] std::vector<const Node*> follow(const Node& root, std::string_view pointer);

}  // namespace meshctl::inject
