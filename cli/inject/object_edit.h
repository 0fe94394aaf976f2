#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/path_check.h"

namespace meshctl::inject {

/// Collects what is to change in one object, and makes it a plan with the annotation that undoes
/// it.
class ObjectEdit {
 public:
  /// Borrows all for its lifetime. `object` is a node of `document`.
  ObjectEdit(const SourceText& source, const Document& document, const Node& object,
             Diagnostics& problems);

  /// See EditPlan. The nodes must be editable (PathCheck).
  void gain(const Node& collection, Value added, std::string reason);
  void become(const Node& value, Value wanted, std::string reason);
  void lose(const Node& mapping, std::string_view key, std::string reason);
  /// Adds annotations to `holder`: the object itself or the pod in it.
  void annotate(const Node& holder, Value::Map entries, std::string reason);

  bool is_empty() const { return steps_.empty() && annotations_.empty(); }

  /// The plan, with the state annotation of `version` on the object. Nothing if something cannot be
  /// edited, which is reported.
  [[nodiscard]] std::optional<EditPlan> finish(const std::string& version);

 private:
  struct Step {
    const Node* node = nullptr;
    std::variant<Gain, Become, Loss> change;
    std::string reason;
  };
  struct Annotations {
    const Node* holder = nullptr;
    Value::Map entries;
    std::string reason;
  };

  std::optional<EditPlan> plan(const std::string& state);
  Step step_of(const Annotations& annotations) const;
  bool take(EditPlan& plan, const Step& step);
  bool is_reachable(const Node& node);

  const SourceText& source_;
  const Document& document_;
  const Node& object_;
  Diagnostics& problems_;
  std::vector<Step> steps_;
  std::vector<Annotations> annotations_;
};

}  // namespace meshctl::inject
