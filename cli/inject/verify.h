#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/removal.h"

namespace meshctl::inject {

/// Whether two trees say the same in the same style; offsets aside.
[[nodiscard]] bool same_tree(const Node& a, const Node& b);

/// Whether the document `after` is `before` with exactly what the plans for its objects change.
/// Gives the pointer of the first difference, or nothing if all is well.
[[nodiscard]] std::optional<std::string> difference(const Node& before, const Node& after,
                                                    std::span<const EditPlan> plans);

/// The same for removals.
[[nodiscard]] std::optional<std::string> difference(const Node& before, const Node& after,
                                                    std::span<const Removal> removals);

}  // namespace meshctl::inject
