#include "tests/cli/inject/random_manifest.h"

#include <array>
#include <string_view>
#include <vector>

namespace meshctl::inject {
namespace {

struct Kind {
  std::string_view api_version;
  std::string_view kind;
  std::vector<std::string_view> path;  ///< keys from the root to the pod
};

const std::array kKinds{
    Kind{"v1", "Pod", {}},
    Kind{"v1", "PodTemplate", {"template"}},
    Kind{"apps/v1", "Deployment", {"spec", "template"}},
    Kind{"extensions/v1beta1", "DaemonSet", {"spec", "template"}},
    Kind{"apps/v1", "StatefulSet", {"spec", "template"}},
    Kind{"apps/v1", "ReplicaSet", {"spec", "template"}},
    Kind{"v1", "ReplicationController", {"spec", "template"}},
    Kind{"batch/v1", "Job", {"spec", "template"}},
    Kind{"batch/v1beta1", "CronJob", {"spec", "jobTemplate", "spec", "template"}},
    Kind{"apps.openshift.io/v1", "DeploymentConfig", {"spec", "template"}},
    Kind{"v1", "DeploymentConfig", {"spec", "template"}},
};

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : state_(seed * 2 + 1) {}

  RandomManifest manifest() {
    if (one_in(12)) result_.text += "\xEF\xBB\xBF";
    const auto documents = 1 + pick(4);
    for (std::size_t i = 0; i < documents; ++i) {
      if (i > 0 || one_in(3)) line(0, one_in(4) ? "--- # next" : "---");
      one_in(5) ? list() : object();
    }
    if (one_in(6)) line(0, one_in(2) ? "..." : "---");
    // Only a block scalar's last line may not lose its newline, see insertion.h.
    if (one_in(4) && !ends_in_scalar_) result_.text.pop_back();
    if (one_in(5)) to_crlf();
    return std::move(result_);
  }

 private:
  std::size_t pick(std::size_t count) {
    state_ ^= state_ << 13;  // xorshift64 (Marsaglia, 2003)
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>((state_ >> 11) % count);
  }
  bool one_in(std::size_t count) { return pick(count) == 0; }

  void line(std::size_t indent, const std::string& text) {
    ends_in_scalar_ = false;
    noise(indent);
    result_.text += std::string(indent, ' ') + text;
    if (one_in(10) && !text.ends_with('|')) result_.text += "  # because: [x] 'y";
    if (one_in(15)) result_.text += "  ";
    result_.text += "\n";
  }

  void noise(std::size_t indent) {
    if (one_in(12)) result_.text += "\n";
    if (one_in(12)) result_.text += std::string(pick(indent + 3), ' ') + "# - a: comment\n";
  }

  void object() {
    switch (pick(8)) {
      case 0: return bystander();
      case 1: return service();
      case 2: return one_in(2) ? route() : network_policy();
      default: return workload();
    }
  }

  /// Some objects as the items of a list.
  void list() {
    constexpr std::array<std::string_view, 3> kLists{
        "apiVersion: v1\nkind: List", "apiVersion: template.openshift.io/v1\nkind: Template",
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList"};
    const auto head = kLists.at(pick(kLists.size()));
    line(0, std::string(head));
    line(0, head.ends_with("Template") ? "objects:" : "items:");
    const std::size_t dash = one_in(2) ? 0 : 2;
    const auto count = 1 + pick(3);
    for (std::size_t i = 0; i < count; ++i) item(dash);
    if (one_in(3)) line(0, "metadata: {}");
  }

  /// An object, moved to the right behind a dash.
  void item(std::size_t dash) {
    const auto before = std::move(result_.text);
    result_.text.clear();
    object();
    std::string moved;
    std::size_t begin = 0;
    bool has_dash = false;
    while (begin < result_.text.size()) {
      const auto end = result_.text.find('\n', begin);
      const auto text = result_.text.substr(begin, end - begin);
      begin = end + 1;
      const auto first = text.find_first_not_of(' ');
      const bool is_content = first != std::string::npos && text[first] != '#';
      if (first != std::string::npos) {
        const bool leads = is_content && !has_dash;
        moved += std::string(dash, ' ') + (leads ? "- " : "  ");
        has_dash = has_dash || leads;
      }
      moved += text + "\n";
    }
    result_.text = before + moved;
  }

  void service() {
    line(0, "apiVersion: v1");
    line(0, "kind: Service");
    line(0, "metadata: {name: web}");
    line(0, "spec:");
    line(2, one_in(6) ? "clusterIP: None" : "type: ClusterIP");
    line(2, "selector: {app: web}");
    line(2, "ports:");
    const auto count = 1 + pick(3);
    for (std::size_t i = 0; i < count; ++i) {
      const auto port = one_in(2) ? "8080" : "14001";
      switch (pick(5)) {
        case 0: line(4, std::string("- port: ") + port); break;
        case 1: line(4, std::string("- {name: a, port: 80, targetPort: ") + port + "}"); break;
        case 2: line(4, "- {name: b, port: 81, targetPort: http, protocol: TCP}"); break;
        case 3:
          line(4, "- name: c");
          line(6, std::string("targetPort: ") + port);
          line(6, "port: 82");
          break;
        default: line(4, "- {port: 53, protocol: UDP}"); break;
      }
    }
    result_.has_flow = true;  // a scalar in a line may become another one
  }

  void route() {
    line(0, "apiVersion: route.openshift.io/v1");
    line(0, "kind: Route");
    line(0, "metadata: {name: web}");
    line(0, "spec:");
    line(2, "to: {kind: Service, name: web}");
    line(2, "port:");
    line(4, one_in(2) ? "targetPort: 8080" : "targetPort: http");
    result_.has_flow = true;
  }

  void network_policy() {
    line(0, "apiVersion: networking.k8s.io/v1");
    line(0, "kind: NetworkPolicy");
    line(0, "metadata:");
    line(2, "name: web");
    line(0, "spec:");
    line(2, one_in(2) ? "podSelector: {}" : "podSelector: {matchLabels: {app: web}}");
    line(2, "ingress:");
    line(2, "- ports:");
    line(4, "- port: 8080");
    if (one_in(2)) line(4, "- {port: http, protocol: TCP}");
    if (one_in(2)) line(2, "- ports: [{port: 14000, endPort: 14001}, {port: 8080}]");
    result_.has_flow = true;
  }

  void bystander() {
    line(0, "apiVersion: " + std::string(one_in(2) ? "v1" : "serving.knative.dev/v1"));
    line(0, one_in(2) ? "kind: ConfigMap" : "kind: Service");
    line(0, "data:");
    line(2, "manifest: |");
    result_.text += "    kind: Pod\n\n    spec:\n      containers:\n      - name: inner\n";
    ends_in_scalar_ = true;
    if (one_in(2)) line(0, "odd: {a: [1, 2, {b: c}], \"d\": 'e'}");
  }

  void workload() {
    const Kind& kind = kKinds.at(pick(kKinds.size()));
    ++result_.workloads;
    step_ = 2 + pick(3);
    compact_ = one_in(2);
    const bool spec_first = one_in(5);
    line(0, "apiVersion: " + std::string(kind.api_version));
    line(0, one_in(3) ? "kind: \"" + std::string(kind.kind) + "\""
                      : "kind: " + std::string(kind.kind));
    if (kind.path.empty()) {
      spec_first ? (spec(0), metadata(0)) : (metadata(0), spec(0));
      return;
    }
    if (!spec_first) metadata(0);
    std::size_t indent = 0;
    for (const auto key : kind.path) {
      line(indent, std::string(key) + ":");
      indent += step_;
      if (key == "spec" && one_in(2)) line(indent, "replicas: 2");
    }
    if (!one_in(4)) metadata(indent);
    spec(indent);
    if (spec_first) metadata(0);
  }

  void metadata(std::size_t indent) {
    if (one_in(10)) {
      result_.has_flow = true;
      line(indent, one_in(2) ? "metadata: {name: x}" : "metadata: {labels: {app: x}, name: 'x'}");
      return;
    }
    line(indent, "metadata:");
    line(indent + step_, "name: x-y");
    if (one_in(2)) line(indent + step_, one_in(4) ? "labels: {app: api}" : "labels: {app: web}");
    switch (pick(7)) {
      case 0:
        line(indent + step_, "annotations:");
        line(indent + 2 * step_, "a.b/c: 'd'");
        if (one_in(2)) scalar(indent + 2 * step_, "note");
        break;
      case 1:
        result_.has_flow = true;
        line(indent + step_, one_in(2) ? "annotations: {}" : "annotations: {a: b, }");
        break;
      case 2:
        result_.has_flow = true;
        line(indent + step_, one_in(2) ? "annotations: null" : "annotations: ~");
        break;
      case 3: line(indent + step_, "annotations:"); break;
      default: break;
    }
  }

  void scalar(std::size_t indent, const std::string& key) {
    constexpr std::array<std::string_view, 6> kHeaders{"|", ">", "|-", ">-", "|+", "|2"};
    const auto header = std::string(kHeaders.at(pick(kHeaders.size())));
    result_.text += std::string(indent, ' ') + key + ": " + header + "\n";
    result_.text += std::string(indent + 2, ' ') + "- name: telemetry\n";
    if (one_in(2)) result_.text += "\n";
    result_.text += std::string(indent + 2, ' ') + "  image: none # kept\n";
    if (one_in(3)) result_.text += "\n\n";
    ends_in_scalar_ = true;
  }

  void spec(std::size_t indent) {
    line(indent, "spec:");
    indent += step_;
    if (one_in(3)) line(indent, "restartPolicy: Always");
    if (one_in(8)) {
      result_.has_flow = true;
      line(indent, "containers: [{name: a, image: 'b'}, {\"name\": \"c\"}]");
    } else {
      line(indent, "containers:");
      const auto dash = compact_ ? indent : indent + step_;
      const auto count = 1 + pick(3);
      for (std::size_t i = 0; i < count; ++i) container(dash, "app" + std::to_string(i));
    }
    if (one_in(3)) line(indent, "volumes: []");
  }

  void container(std::size_t dash, const std::string& name) {
    line(dash, "- name: " + name);
    const auto indent = dash + 2;
    line(indent, "image: \"x:1\"");
    if (one_in(3)) line(indent, "command: ['sh', '-c', 'echo {{x}} # && sleep 1']");
    if (one_in(3)) {
      result_.has_flow = true;
      line(indent, "ports: [{containerPort: 8080, name: http}]");
    } else if (one_in(3)) {
      line(indent, "ports:");
      line(compact_ ? indent : indent + 2, "- containerPort: 14001");
      line(compact_ ? indent + 2 : indent + 4, "protocol: TCP");
    } else if (one_in(2)) {
      named_port(indent);
    }
    if (one_in(4)) line(indent, "workingDir:");
    if (one_in(4)) line(indent, "args: two words\n" + std::string(indent + 1, ' ') + "and more");
    if (one_in(3)) scalar(indent, "script");
  }

  /// A port with a name, first, last or in between, and a probe and a hook that use it.
  void named_port(std::size_t indent) {
    const auto dash = compact_ ? indent : indent + 2;
    line(indent, "ports:");
    switch (pick(4)) {
      case 0:
        line(dash, "- name: http");
        line(dash + 2, "containerPort: 8080");
        break;
      case 1:
        line(dash, "- containerPort: 8080");
        line(dash + 2, "name: \"http\"");
        break;
      case 2:
        line(dash, "- containerPort: 8080");
        line(dash + 2, "name: http");
        line(dash + 2, "protocol: TCP");
        break;
      default:
        line(dash, "- {name: http, containerPort: 8080}");
        line(dash, "- {protocol: UDP, containerPort: 53, name: dns}");
        break;
    }
    result_.has_flow = true;
    if (one_in(2)) line(indent, "readinessProbe: {httpGet: {path: /, port: http}}");
    if (one_in(2)) return;
    line(indent, "lifecycle:");
    line(indent + 2, "preStop:");
    line(indent + 4, "httpGet:");
    line(indent + 6, one_in(2) ? "port: http" : "port: 'http'");
  }

  void to_crlf() {
    std::string text;
    for (const char c : result_.text) {
      if (c == '\n') text += '\r';
      text += c;
    }
    result_.text = text;
  }

  std::uint64_t state_;
  RandomManifest result_;
  std::size_t step_ = 2;
  bool compact_ = false;
  bool ends_in_scalar_ = false;
};

}  // namespace

RandomManifest random_manifest(std::uint64_t seed) {
  Writer writer(seed * 0x9E3779B97F4A7C15U + 1);
  return writer.manifest();
}

}  // namespace meshctl::inject
