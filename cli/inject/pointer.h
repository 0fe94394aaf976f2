#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/node.h"

namespace meshctl::inject {

/// JSON pointers (RFC 6901) name the nodes of an object, with one difference: a container is named
/// by its `name`, for indexes shift when others add containers; an item of any other list by `#`
/// and its index: `/spec/containers/web/ports/#0/name`.

/// `parent` with one more step; `~` and `/` of the step are escaped.
[[nodiscard]] std::string pointer_to(std::string_view parent, std::string_view step);

/// The steps of a pointer, unescaped.
[[nodiscard]] std::vector<std::string> pointer_steps(std::string_view pointer);

/// The step to `item`, which is or will be at `index` of the list behind the key `list`.
[[nodiscard]] std::string item_step(std::string_view list, std::string_view name,
                                    std::size_t index);

/// The steps to the members of `collection`, which hangs behind the key `name`: of a mapping its
/// keys, of a sequence see item_step().
[[nodiscard]] std::vector<std::string> member_steps(const Node& collection, std::string_view name);

/// A node with its ancestors: `chain.front()` is the root, `chain.back()` the node. Of the mapping
/// entries on the way the values are in the chain. Empty: there is no such node.
[[nodiscard]] std::vector<const Node*> follow(const Node& root, std::string_view pointer);

/// `node` with its ancestors below `root`, as follow() gives them; empty if it is not below it.
[[nodiscard]] std::vector<const Node*> chain_to(const Node& root, const Node& node);

/// The pointer that leads along `chain`, from its front to its back.
[[nodiscard]] std::string pointer_along(const std::vector<const Node*>& chain);

}  // namespace meshctl::inject
