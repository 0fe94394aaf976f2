#include "cli/inject/sidecar.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace meshctl::inject {
namespace {

Value env(std::string_view name, std::string_view value) {
  return Value::map({{"name", Value::text(name)}, {"value", Value::text(value)}});
}

Value env_from_field(std::string_view name, std::string_view path) {
  return Value::map(
      {{"name", Value::text(name)},
       {"valueFrom", Value::map({{"fieldRef", Value::map({{"fieldPath", Value::text(path)}})}})}});
}

/// Of a Secret that may be missing: its lack is the dashboard's to tell, and must not keep the pod
/// from starting.
Value env_from_secret(std::string_view name, const SecretKey& secret) {
  return Value::map(
      {{"name", Value::text(name)},
       {"valueFrom",
        Value::map({{"secretKeyRef", Value::map({{"name", Value::text(secret.name)},
                                                 {"key", Value::text(secret.key)},
                                                 {"optional", Value::boolean(true)}})}})}});
}

Value args_of(const Settings& settings, const SidecarPlan& plan) {
  Value::List args{Value::text("run")};
  for (const Forward& forward : plan.ports.forwards) {
    args.push_back(Value::text("--forward"));
    args.push_back(Value::text(fmt::format("*:{}={}", forward.listen, forward.upstream_text())));
  }
  args.push_back(Value::text("--admin"));
  args.push_back(Value::text(fmt::format("*:{}", plan.ports.admin)));
  if (plan.drain_timeout) {
    args.push_back(Value::text("--drain-timeout"));
    args.push_back(Value::text(*plan.drain_timeout));
  }
  for (const std::string& arg : settings.args) args.push_back(Value::text(arg));
  return Value::list(std::move(args));
}

Value ports_of(const PortPlan& ports) {
  Value::List list;
  for (const Forward& forward : ports.forwards) {
    Value::Map port{{"containerPort", Value::number(forward.listen)}};
    if (!forward.name.empty()) port.emplace(port.begin(), "name", Value::text(forward.name));
    list.push_back(Value::map(std::move(port)));
  }
  list.push_back(Value::map(
      {{"name", Value::text("meshctl-admin")}, {"containerPort", Value::number(ports.admin)}}));
  return Value::list(std::move(list));
}

Value env_of(const Settings& settings, const std::string& service, const std::string& name_space) {
  // metadata.name and metadata.uid are the only fields that `podman kube play` 4.3 knows.
  Value::List list{env_from_field("POD_NAME", "metadata.name"), env("MESHCTL_SERVICE", service)};
  if (!settings.dashboard.empty()) {
    list.push_back(env("MESHCTL_DASHBOARD", settings.dashboard));
    list.push_back(name_space.empty() ? env_from_field("POD_NAMESPACE", "metadata.namespace")
                                      : env("POD_NAMESPACE", name_space));
  }
  if (settings.token_secret) {
    list.push_back(env_from_secret("MESHCTL_TOKEN", *settings.token_secret));
  }
  for (const auto& [variable, value] : settings.env) list.push_back(env(variable, value));
  return Value::list(std::move(list));
}

/// chosen: the other containers wait for the first success, so it is looked for each second (the
/// default is 10), and a slow node has half a minute.
constexpr int kStartupPeriodSeconds = 1;
constexpr int kStartupFailures = 30;

Value ready_probe(const PortPlan& ports, Value::Map timing) {
  Value::Map probe{{"httpGet", Value::map({{"path", Value::text("/ready")},
                                           {"port", Value::number(ports.admin)}})}};
  std::ranges::move(timing, std::back_inserter(probe));
  return Value::map(std::move(probe));
}

Value amounts(const std::string& cpu, const std::string& memory) {
  return Value::map({{"cpu", Value::text(cpu)}, {"memory", Value::text(memory)}});
}

/// Pod Security Standards, "restricted", and a read-only root file system.
Value security_context() {
  return Value::map({{"allowPrivilegeEscalation", Value::boolean(false)},
                     {"capabilities", Value::map({{"drop", Value::list({Value::text("ALL")})}})},
                     {"readOnlyRootFilesystem", Value::boolean(true)},
                     {"runAsNonRoot", Value::boolean(true)},
                     {"seccompProfile", Value::map({{"type", Value::text("RuntimeDefault")}})}});
}

std::string label(const Pod& pod, std::string_view name) {
  const auto found = std::ranges::find(pod.labels, name, [](const auto& l) { return l.first; });
  return found == pod.labels.end() ? std::string() : found->second;
}

}  // namespace

std::string service_name(const Workload& workload, const Pod& pod) {
  for (const auto name : {"app.kubernetes.io/name", "app"}) {
    auto value = label(pod, name);
    if (!value.empty()) return value;
  }
  std::string name = workload.head.name;
  while (name.ends_with('-')) name.pop_back();  // a generateName
  return name;
}

Value sidecar_container(const Settings& settings, const SidecarPlan& plan) {
  Value::Map container{{"name", Value::text(kSidecarName)}, {"image", Value::text(settings.image)}};
  if (!settings.image_pull_policy.empty()) {
    container.emplace_back("imagePullPolicy", Value::text(settings.image_pull_policy));
  }
  if (plan.is_native) container.emplace_back("restartPolicy", Value::text("Always"));
  container.emplace_back("args", args_of(settings, plan));
  container.emplace_back("env", env_of(settings, plan.service, plan.name_space));
  container.emplace_back("ports", ports_of(plan.ports));
  if (plan.is_native)
    container.emplace_back(
        "startupProbe",
        ready_probe(plan.ports, {{"periodSeconds", Value::number(kStartupPeriodSeconds)},
                                 {"failureThreshold", Value::number(kStartupFailures)}}));
  container.emplace_back("readinessProbe", ready_probe(plan.ports, {}));
  container.emplace_back(
      "resources", Value::map({{"requests", amounts(settings.cpu_request, settings.memory_request)},
                               {"limits", amounts(settings.cpu_limit, settings.memory_limit)}}));
  container.emplace_back("securityContext", security_context());
  return Value::map(std::move(container));
}

}  // namespace meshctl::inject
