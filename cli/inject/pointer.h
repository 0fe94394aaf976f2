#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/node.h"
#include "cli/inject/value.h"

namespace meshctl::inject {

/// JSON pointers (RFC 6901) name the nodes of an object, with one difference: indexes shift when
/// others add items, so a container is named by its `name`, and a port by `@` and its number,
/// behind which stands a protocol that is not TCP: `/spec/containers/web/ports/@53:UDP/name`. The
/// second item of that name is `@53:UDP#1`, the first of those without any `#0`.

/// `parent` with one more step; `~` and `/` of the step are escaped.
[[nodiscard]] std::string pointer_to(std::string_view parent, std::string_view step);

/// The steps of a pointer, unescaped.
[[nodiscard]] std::vector<std::string> pointer_steps(std::string_view pointer);

/// The steps to the members of `collection`, which hangs behind the key `name`.
[[nodiscard]] std::vector<std::string> member_steps(const Node& collection, std::string_view name);

/// The steps to `added`, once these items are appended to `collection`.
[[nodiscard]] std::vector<std::string> steps_of_added(const Node& collection, std::string_view name,
                                                      const Value::List& added);

/// A node with its ancestors: `chain.front()` is the root, `chain.back()` the node. Of the mapping
/// entries on the way the values are in the chain. Empty: there is no such node.
[[nodiscard]] std::vector<const Node*> follow(const Node& root, std::string_view pointer);

/// `node` with its ancestors below `root`, as follow() gives them; empty if it is not below it.
[[nodiscard]] std::vector<const Node*> chain_to(const Node& root, const Node& node);

/// The pointer that leads along `chain`, from its front to its back.
[[nodiscard]] std::string pointer_along(const std::vector<const Node*>& chain);

}  // namespace meshctl::inject
