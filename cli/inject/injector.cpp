#include "cli/inject/injector.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/function_config.h"
#include "cli/inject/network_policy.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/pod_spec_path.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {
namespace {

/// The name as a word of a shell line; one that no Service can have (RFC 1035) gives way.
std::string service_word(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  return name.empty() || name.find_first_not_of(kLetters) != std::string::npos ? "NAME" : name;
}

}  // namespace

Injector::Injector(const std::vector<ManifestFile>& files, const Settings& settings, Emit emit,
                   Outcome& outcome)
    : files_(files), settings_(settings), emit_(emit), outcome_(outcome) {}

void Injector::plan() {
  survey();
  plan_workloads();
  plan_services();
  plan_others();
  note_unreached();
  for (const Part& part : parts_) {
    if (!part.plan) continue;
    const auto place = source(part).place(part.object.node->begin);
    planned_.emplace(source(part).name(), place.line, place.column);
  }
  for (Part& part : parts_) {
    if (part.report && is_emitted(part)) outcome_.reports.push_back(std::move(*part.report));
  }
}

bool Injector::is_planned(const ObjectReport& report) const {
  return planned_.contains({report.file, report.place.line, report.place.column});
}

bool Injector::is_emitted(const Part& part) const {
  return emit_ == Emit::All || part.leads_to_proxy == (emit_ == Emit::Services);
}

void Injector::survey() {
  for (std::size_t file = 0; file < files_.size(); ++file) {
    for (std::size_t index = 0; index < files_[file].documents.size(); ++index) {
      for (FoundObject& object : find_objects(files_[file].documents[index])) {
        parts_.push_back({file, index, std::move(object), {}, {}, false});
      }
    }
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto service = find_service(document(parts_[i]), *parts_[i].object.node);
    if (!service) continue;
    services_.add(std::move(*service));
    service_parts_.push_back(i);
  }
  for (const Part& part : parts_) {
    const auto route = find_route(document(part), *part.object.node);
    if (!route || !route->target) continue;
    for (const auto& name : route->services)
      services_.note_route(route->name_space, name, *route->target);
  }
  pods_of_service_.resize(service_parts_.size());
}

void Injector::plan_workloads() {
  const Document* last = nullptr;
  Settings settings;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    auto workload = find_workload(document(part), *part.object.node, settings_.pod_spec_paths);
    if (!workload) {
      warn_of_unknown(part);
      continue;
    }
    found_workloads_ = true;
    if (last != &document(part)) {
      last = &document(part);
      settings = read_function_config(source(part), *last, settings_, outcome_.problems);
    }
    auto injection = plan_injection(source(part), document(part), std::move(*workload), services_,
                                    settings, outcome_.problems);
    part.report = std::move(injection.report);
    const bool is_editable =
        !injection.plan || can_edit(source(part), document(part), part.object, outcome_.problems);
    if (is_editable) part.plan = std::move(injection.plan);
    injection.pod.object = i;
    pods_.push_back(std::move(injection.pod));
  }
  for (std::size_t pod = 0; pod < pods_.size(); ++pod) {
    for (const std::size_t service :
         services_.selecting(pods_[pod].name_space, pods_[pod].labels)) {
      pods_of_service_[service].push_back(pod);
    }
  }
}

/// A pod spec in an object of a kind that we do not know would go unmeshed in silence.
void Injector::warn_of_unknown(const Part& part) {
  const auto path = find_pod_spec(*part.object.node);
  if (!path) return;
  const ObjectHead head = read_head(document(part), *part.object.node);
  if (!head.kind) {
    outcome_.problems.push_back(
        at(source(part), part.object.node->begin, Severity::Error,
           fmt::format("this has a pod spec at {}, and no apiVersion or no kind", *path),
           "add both: without them nobody can tell that it makes pods"));
    return;
  }
  // The bare kind would mean those of other groups too, as a core Service for one of Knative.
  const auto* dot = head.group.empty() ? "" : ".";
  outcome_.problems.push_back(
      at(source(part), head.kind.value->begin, Severity::Warning,
         fmt::format("{} has a pod spec at {}, but is of no kind that is injected", head.display(),
                     *path),
         fmt::format("if it makes pods: --pod-spec-path {}{}{}={}", head.kind.value->value, dot,
                     head.group, *path)));
}

void Injector::plan_services() {
  for (std::size_t i = 0; i < service_parts_.size(); ++i) {
    if (pods_of_service_[i].empty()) continue;
    Part& part = parts_[service_parts_[i]];
    const Service& service = services_.at(i);
    std::vector<const ProxiedPod*> pods;
    for (const std::size_t pod : pods_of_service_[i]) pods.push_back(&pods_[pod]);
    ObjectEdit edit(source(part), document(part), *part.object.node, outcome_.problems);
    std::vector<PortChange> changes;
    auto route = retarget_service(source(part), *part.object.node, service, pods, edit, changes,
                                  outcome_.problems);
    if (!route) continue;
    routes_[{service.name_space, service.name}] = std::move(*route);
    part.leads_to_proxy = !edit.is_empty();
    finish(part, edit, std::move(changes));
  }
}

/// Routes follow the Services, network policies the pods.
void Injector::plan_others() {
  for (Part& part : parts_) {
    ObjectEdit edit(source(part), document(part), *part.object.node, outcome_.problems);
    std::vector<PortChange> changes;
    if (const auto route = find_route(document(part), *part.object.node)) {
      retarget_route(source(part), *route, routes_, edit, changes, outcome_.problems);
      part.leads_to_proxy = !edit.is_empty();
    } else if (!allow_proxies(document(part), *part.object.node, pods_, edit, changes)) {
      continue;
    }
    finish(part, edit, std::move(changes));
  }
}

void Injector::finish(Part& part, ObjectEdit& edit, std::vector<PortChange> changes) {
  if (edit.is_empty() || !can_edit(source(part), document(part), part.object, outcome_.problems)) {
    return;
  }
  part.plan = edit.finish(settings_.version);
  part.report = report_on(source(part), document(part), *part.object.node, Action::Retargeted);
  part.report->ports = std::move(changes);
}

/// Calls to a pod that no Service of the input selects pass the proxy only if somebody sends them
/// there. What is wrong with a Service that does is said where it is planned.
void Injector::note_unreached() {
  if (outcome_.is_refused()) return;
  std::vector<bool> is_reached(pods_.size());
  for (std::size_t i = 0; i < service_parts_.size(); ++i) {
    for (const std::size_t pod : pods_of_service_[i]) is_reached[pod] = true;
  }
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    const ProxiedPod& pod = pods_[i];
    if (is_reached[i] || !pod.takes_traffic || pod.runs_to_completion) continue;
    const Part& part = parts_[pod.object];
    const auto listen = pod.forwards.front().listen;
    const auto problem =
        pod.forwards.front().name.empty()
            ? fmt::format("no Service here leads to port {} of {}, where its proxy listens", listen,
                          pod.display)
            : fmt::format(
                  "no Service here leads to {}; one that goes by the port name `{}` will "
                  "find its proxy, one that goes by number will not",
                  pod.display, pod.forwards.front().name);
    outcome_.problems.push_back(at(
        source(part), pod.offset, Severity::Note, problem,
        fmt::format("if a Service leads to it: oc patch service {}{} --type=json -p '[{{\"op\": "
                    "\"add\", \"path\": "
                    "\"/spec/ports/0/targetPort\", \"value\": {}}}]'",
                    service_word(pod.name),
                    pod.name_space.empty() ? "" : " -n " + service_word(pod.name_space), listen)));
  }
}

void Injector::carry_out() {
  std::vector<std::vector<DocumentPlans<EditPlan>>> plans(files_.size());
  for (Part& part : parts_) {
    if (!part.plan) continue;
    auto& of_file = plans[part.file];
    if (of_file.empty() || of_file.back().document != part.document) {
      of_file.push_back({part.document, {}});
    }
    of_file.back().plans.push_back(std::move(*part.plan));
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    outcome_.texts.push_back(
        inject::carry_out(files_[i], plans[i], outcome_.problems).value_or(""));
  }
  if (emit_ != Emit::All && !outcome_.is_refused()) emit_some();
}

void Injector::emit_some() {
  std::vector<std::vector<bool>> keep;
  for (const ManifestFile& file : files_)
    keep.emplace_back(file.documents.size(), emit_ == Emit::Workloads);
  bool kept_any = false;
  const Part* before = nullptr;
  for (const Part& part : parts_) {
    const bool wanted = is_emitted(part);
    const bool same_document =
        before != nullptr && before->file == part.file && before->document == part.document;
    if (same_document && before->leads_to_proxy != part.leads_to_proxy) {
      outcome_.problems.push_back(
          at(source(part), part.object.node->begin, Severity::Error,
             "what leads to the proxy stands in one document with other objects here",
             "--emit gives out whole documents: write these objects as separate ones"));
    }
    keep[part.file][part.document] = wanted;
    kept_any = kept_any || wanted;
    before = &part;
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    outcome_.texts[i] =
        keep_documents(SourceText(files_[i].source->name(), outcome_.texts[i]), keep[i]);
  }
  if (kept_any) return;
  outcome_.problems.push_back(about("", Severity::Warning, "there is nothing to emit",
                                    "no Service or Route has to be changed"));
}

}  // namespace meshctl::inject
