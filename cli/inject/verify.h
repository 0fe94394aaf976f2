#pragma once

#include <optional>
#include <string>

#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/removal.h"

namespace meshctl::inject {

/// Whether two trees say the same in the same style; offsets aside.
[[nodiscard]] bool same_tree(const Node& a, const Node& b);

/// Whether `after` is `before` with exactly what `plan` adds. Gives the pointer of the first
/// difference, or nothing if all is well.
[[nodiscard]] std::optional<std::string> difference(const Node& before, const Node& after,
                                                    const EditPlan& plan);

/// The same for what `removal` takes away.
[[nodiscard]] std::optional<std::string> difference(const Node& before, const Node& after,
                                                    const Removal& removal);

}  // namespace meshctl::inject
