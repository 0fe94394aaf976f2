#include "cli/inject/injection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/inject/drain_timeout.h"
#include "cli/inject/forwards.h"
#include "cli/inject/native_sidecar.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/pod.h"
#include "cli/inject/pointer.h"
#include "cli/inject/port_names.h"
#include "cli/inject/sidecar.h"
#include "cli/inject/state.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kOptOut = "meshctl.dev/inject";
constexpr std::string_view kDefaultContainer = "kubectl.kubernetes.io/default-container";
constexpr std::string_view kPrometheusPrefix = "prometheus.io/";

class Planner {
 public:
  Planner(const SourceText& source, const Document& document, Workload workload,
          Diagnostics& problems)
      : source_(source),
        document_(document),
        workload_(std::move(workload)),
        problems_(problems),
        edit_(source, document, *workload_.object, problems) {}

  Injection plan(const ServiceIndex& services, Settings settings) {
    const auto before = problems_.size();
    auto opt_out = opted_out();
    if (!opt_out) opt_out = reason_without_pod(document_, workload_);
    if (opt_out) return {std::nullopt, report(Action::Skipped, {}, *opt_out), proxied_pod()};
    warn_of_spelling(source_, workload_, problems_);
    take_annotations(settings);
    warn_of_unknown_annotations();
    if (!find_pod(source_, document_, workload_, problems_)) return {};
    const Pod pod = read_pod(source_, document_, workload_, problems_);
    if (has_errors_since(before)) return {};
    PortPlan ports = choose_ports(source_, pod, selecting(services, pod), settings, problems_);
    const bool takes_traffic = settings.traffic == Traffic::Service;
    // Services resolve the port names of native sidecars from Kubernetes 1.33 on only.
    const bool moves_names = takes_traffic && !uses_native_sidecar(settings, workload_, pod);
    if (moves_names) move_port_names(source_, pod, ports, edit_, problems_);
    collect(pod, ports, settings);
    if (has_errors_since(before)) return {};
    auto plan = edit_.finish(settings.version);
    if (!plan) return {};
    auto proxied = proxied_pod();
    proxied.takes_traffic = takes_traffic;
    const bool restarts = pod.restart_policy.empty() || pod.restart_policy == "Always";
    proxied.runs_to_completion =
        !restarts || workload_.is_kind("Job") || workload_.is_kind("CronJob");
    note_names(pod, ports, proxied);
    proxied.forwards = ports.forwards;
    return {std::move(plan), report(Action::Injected, changes_of(ports), {}), std::move(proxied)};
  }

 private:
  ObjectReport report(Action action, std::vector<PortChange> ports, std::string reason) const {
    auto report = report_on(source_, document_, *workload_.object, action);
    report.ports = std::move(ports);
    report.reason = std::move(reason);
    return report;
  }

  /// What is known of any workload, injected or not.
  ProxiedPod proxied_pod() const {
    ProxiedPod pod;
    pod.display = workload_.head.display();
    pod.name = workload_.head.name;
    pod.name_space = workload_.head.name_space;
    const auto name = follow(*workload_.object, "/metadata/name");
    pod.offset = (name.empty() ? workload_.object : name.back())->begin;
    pod.labels = pod_labels(document_, workload_);
    return pod;
  }

  std::vector<const Service*> selecting(const ServiceIndex& services, const Pod& pod) const {
    std::vector<const Service*> found;
    for (const std::size_t index : services.selecting(workload_.head.name_space, pod.labels)) {
      found.push_back(&services.at(index));
    }
    return found;
  }

  static void note_names(const Pod& pod, const PortPlan& ports, ProxiedPod& proxied) {
    for (const Forward& forward : ports.forwards) {
      if (!forward.name.empty()) proxied.moved_names[forward.name] = forward.listen;
    }
    for (const Container* container : containers_as_written(pod)) {
      for (const ContainerPort& port : container->ports) {
        const bool is_kept = !port.name.empty() && port.protocol == "TCP" &&
                             !proxied.moved_names.contains(port.name);
        if (is_kept) proxied.kept_names.emplace(port.name, port.port);
      }
    }
  }

  bool has_errors_since(std::size_t index) const {
    return std::any_of(problems_.begin() + static_cast<std::ptrdiff_t>(index), problems_.end(),
                       [](const Diagnostic& each) { return each.severity == Severity::Error; });
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
    auto item = Value::list({sidecar_container(
        settings, {ports, drain_timeout(source_, document_, workload_, settings, problems_),
                   service_name(workload_, pod), workload_.head.name_space, is_native})});
    const std::string list = is_native ? "initContainers" : "containers";
    const Entry existing = find(*workload_.pod_spec, list);
    if (existing) {
      edit_.gain(*existing.value, std::move(item), "the sidecar");
    } else {
      edit_.gain(*workload_.pod_spec, Value::map({{list, std::move(item)}}), "the sidecar");
    }
  }

  void collect(const Pod& pod, const PortPlan& ports, const Settings& settings) {
    add_sidecar(pod, ports, settings);
    auto entries = pod_annotations(pod, ports);
    if (!entries.empty() && workload_.has_pod_metadata()) {
      edit_.annotate(*workload_.pod, std::move(entries), "where the metrics are");
    }
  }

  const SourceText& source_;
  const Document& document_;
  Workload workload_;
  Diagnostics& problems_;
  ObjectEdit edit_;
};

}  // namespace

Injection plan_injection(const SourceText& source, const Document& document, Workload workload,
                         const ServiceIndex& services, const Settings& settings,
                         Diagnostics& problems) {
  return Planner(source, document, std::move(workload), problems).plan(services, settings);
}

}  // namespace meshctl::inject
