#include "cli/inject/injection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/inject/forwards.h"
#include "cli/inject/native_sidecar.h"
#include "cli/inject/path_check.h"
#include "cli/inject/pod.h"
#include "cli/inject/pointer.h"
#include "cli/inject/sidecar.h"
#include "cli/inject/state.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kOptOut = "meshctl.dev/inject";
constexpr std::string_view kDefaultContainer = "kubectl.kubernetes.io/default-container";
constexpr std::string_view kPrometheusPrefix = "prometheus.io/";

/// One append to come.
struct Addition {
  std::string pointer;
  Value added;
  std::string reason;
};

class Planner {
 public:
  Planner(const SourceText& source, const Document& document, Workload workload,
          Diagnostics& problems)
      : source_(source),
        document_(document),
        workload_(std::move(workload)),
        problems_(problems),
        check_(source, document, problems) {}

  Injection plan(std::span<const Service> services, Settings settings) {
    const auto errors_before = error_count();
    auto opt_out = opted_out();
    if (!opt_out) opt_out = reason_without_pod(document_, workload_);
    if (opt_out) return {std::nullopt, report(Action::Skipped, {}, *opt_out)};
    warn_of_spelling(source_, workload_, problems_);
    take_annotations(settings);
    warn_of_unknown_annotations();
    if (!find_pod(source_, document_, workload_, problems_)) return {};
    const Pod pod = read_pod(source_, document_, workload_, problems_);
    if (error_count() > errors_before) return {};
    const PortPlan ports = choose_ports(source_, workload_, pod, services, settings, problems_);
    collect(pod, ports, settings);
    if (error_count() > errors_before) return {};
    auto plan = build(settings.version);
    if (!plan) return {};
    return {std::move(plan), report(Action::Injected, changes_of(ports), {})};
  }

 private:
  ObjectReport report(Action action, std::vector<PortChange> ports, std::string reason) const {
    return {source_.name(),
            source_.place(workload_.object->begin),
            workload_.head.api_version.value->value,
            workload_.head.kind.value->value,
            workload_.head.name_space,
            workload_.head.name,
            action,
            std::move(ports),
            std::move(reason)};
  }

  std::ptrdiff_t error_count() const {
    return std::ranges::count(problems_, Severity::Error, &Diagnostic::severity);
  }

  std::optional<std::string> opted_out() {
    const Node* value = find_annotation(document_, workload_, kOptOut);
    if (value == nullptr || value->value == "true") return std::nullopt;
    if (value->value == "false") {
      return fmt::format("{} is \"false\"", kOptOut);
    }
    problems_.push_back(at(source_, value->begin, Severity::Error,
                           fmt::format("{} is neither \"true\" nor \"false\"", kOptOut),
                           "\"false\" leaves this workload as it is"));
    return std::nullopt;
  }

  void take_annotations(Settings& settings) {
    const Node* last = workload_.object;
    for (const SettingSpec& spec : setting_specs()) {
      const auto name = std::string(kAnnotationPrefix) + std::string(spec.name);
      const Node* value = find_annotation(document_, workload_, name);
      if (value == nullptr) continue;
      last = value;
      const auto applied = apply_annotation(spec, value->value, settings);
      if (applied) continue;
      problems_.push_back(at(source_, value->begin, Severity::Error,
                             fmt::format("{}: {}", name, applied.error().problem),
                             applied.error().hint));
    }
    if (const auto conflict = find_conflict(settings)) {
      problems_.push_back(
          at(source_, last->begin, Severity::Error, conflict->problem, conflict->hint));
    }
  }

  /// A misspelt annotation would be ignored in silence.
  void warn_of_unknown_annotations() {
    for (const Entry& annotation : find_annotations(document_, workload_, kAnnotationPrefix)) {
      const auto name = std::string_view(annotation.key->value);
      const bool is_known = name == kOptOut || name == kStateAnnotation ||
                            std::ranges::any_of(setting_specs(), [&](const SettingSpec& spec) {
                              return name.substr(kAnnotationPrefix.size()) == spec.name;
                            });
      if (is_known) continue;
      problems_.push_back(at(source_, annotation.key->begin, Severity::Warning,
                             fmt::format("meshctl knows no annotation {}", name),
                             "see `meshctl inject --help` for their names"));
    }
  }

  /// Where annotations for the object at `pointer` go: into the deepest mapping that is there.
  void annotate(const std::string& pointer, Value::Map entries, std::string reason) {
    const Node& object = *follow(document_.root(), pointer).back();
    auto annotations = Value::map(std::move(entries));
    const Entry metadata = find(object, "metadata");
    if (!metadata) {
      add(pointer, Value::map({{"metadata", Value::map({{"annotations", annotations}})}}), reason);
      return;
    }
    const auto metadata_pointer = pointer_to(pointer, "metadata");
    const Entry existing = find(*metadata.value, "annotations");
    if (!metadata.value->is_null() && !check_.mapping(*metadata.value)) return;
    if (!existing) {
      add(metadata_pointer, Value::map({{"annotations", annotations}}), reason);
      return;
    }
    if (!existing.value->is_null() && !check_.mapping(*existing.value)) return;
    add(pointer_to(metadata_pointer, "annotations"), std::move(annotations), reason);
  }

  void add(std::string pointer, Value added, std::string reason) {
    additions_.push_back({std::move(pointer), std::move(added), std::move(reason)});
  }

  Value::Map pod_annotations(const Pod& pod, const PortPlan& ports) const {
    Value::Map entries;
    if (!has_pod_annotation(kDefaultContainer) && !pod.containers.empty() &&
        !pod.containers.front().name.empty()) {
      entries.emplace_back(kDefaultContainer, Value::text(pod.containers.front().name));
    }
    if (!has_pod_annotation(kPrometheusPrefix)) {
      entries.emplace_back("prometheus.io/scrape", Value::text("true"));
      entries.emplace_back("prometheus.io/port", Value::text(std::to_string(ports.admin)));
      entries.emplace_back("prometheus.io/path", Value::text("/metrics"));
    }
    return entries;
  }

  /// Whether the pod has an annotation that begins like this.
  bool has_pod_annotation(std::string_view prefix) const {
    const Node* metadata = collection_of(document_, *workload_.pod, "metadata");
    if (metadata == nullptr) return false;
    const Node* annotations = collection_of(document_, *metadata, "annotations");
    if (annotations == nullptr || !annotations->is_mapping()) return false;
    for (std::size_t i = 0; i + 1 < annotations->children.size(); i += 2) {
      if (annotations->children[i].value.starts_with(prefix)) return true;
    }
    return false;
  }

  void add_sidecar(const Pod& pod, const PortPlan& ports, const Settings& settings) {
    const bool is_native = uses_native_sidecar(settings, workload_, pod);
    report_native_sidecar(source_, settings, workload_, pod, problems_);
    auto item = Value::list({sidecar_container(settings, ports, service_name(workload_, pod),
                                               workload_.head.name_space, is_native)});
    const std::string list = is_native ? "initContainers" : "containers";
    const Entry existing = find(*workload_.pod_spec, list);
    if (!existing) {
      add(workload_.pod_spec_pointer(), Value::map({{list, std::move(item)}}), "the sidecar");
    } else if (existing.value->is_null() || check_.sequence(*existing.value)) {
      add(pointer_to(workload_.pod_spec_pointer(), list), std::move(item), "the sidecar");
    }
  }

  void collect(const Pod& pod, const PortPlan& ports, const Settings& settings) {
    add_sidecar(pod, ports, settings);
    state_at_ = additions_.size();
    Value::Map own{{std::string(kStateAnnotation), Value::text("")}};
    auto entries = pod_annotations(pod, ports);
    if (workload_.is_pod()) {
      std::ranges::move(entries, std::back_inserter(own));
      annotate("", std::move(own), "how to undo this, and where the metrics are");
      return;
    }
    annotate("", std::move(own), "how to undo this");
    if (!entries.empty() && workload_.has_pod_metadata()) {
      annotate(workload_.pod_pointer, std::move(entries), "where the metrics are");
    }
  }

  /// Plans once without the state to learn what the state has to say, then with it.
  std::optional<EditPlan> build(const std::string& version) {
    const auto draft = plan_additions();
    if (!draft) return std::nullopt;
    State state{version, {}, {}};
    for (auto& pointer : draft->added_pointers()) {
      if (pointer != kStatePointer) state.added.push_back(std::move(pointer));
    }
    for (const PlannedEdit& edit : draft->edits()) {
      if (edit.replaced) state.replaced[edit.pointer] = *edit.replaced;
    }
    set_state(additions_[state_at_].added, write_state(state));
    return plan_additions();
  }

  static void set_state(Value& value, const std::string& text) {
    for (auto& [key, entry] : std::get<Value::Map>(value.data)) {
      if (key == kStateAnnotation) {
        entry = Value::text(text);
      } else if (std::holds_alternative<Value::Map>(entry.data)) {
        set_state(entry, text);
      }
    }
  }

  std::optional<EditPlan> plan_additions() {
    EditPlan plan(source_, document_);
    for (const Addition& each : additions_) {
      const auto planned = plan.append(each.pointer, each.added, each.reason);
      if (planned) continue;
      problems_.push_back(at(source_, planned.error().offset, Severity::Error,
                             planned.error().problem, planned.error().hint));
      return std::nullopt;
    }
    return plan;
  }

  const SourceText& source_;
  const Document& document_;
  Workload workload_;
  Diagnostics& problems_;
  PathCheck check_;
  std::vector<Addition> additions_;
  std::size_t state_at_ = 0;
};

}  // namespace

Injection plan_injection(const SourceText& source, const Document& document, Workload workload,
                         std::span<const Service> services, const Settings& settings,
                         Diagnostics& problems) {
  return Planner(source, document, std::move(workload), problems).plan(services, settings);
}

}  // namespace meshctl::inject
