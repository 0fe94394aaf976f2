#include "tests/cli/inject/random/random_container.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace meshctl::inject {
namespace {

constexpr std::array kNumbers{8080, 8080, 8080, 8087, 9090, 14000, 14001};
constexpr std::array<std::string_view, 4> kNames{"http", "http", "web", "admin"};

Draft port_number(Cast& cast) {
  if (cast.is_template && cast.one_in(6)) return Draft::word("${{PORT}}");
  return Draft::number(cast.random.of(kNumbers));
}

void add_protocol(Cast& cast, Draft& port) {
  switch (cast.pick(12)) {
    case 0: return port.add("protocol", Draft::word("UDP"));
    case 1: return port.add("protocol", Draft());
    case 2:
    case 3: return port.add("protocol", Draft::word("TCP"));
    default: return;
  }
}

Draft container_port(Cast& cast, std::vector<std::string_view>& names) {
  Draft port = Draft::map({{"containerPort", port_number(cast)}});
  add_protocol(cast, port);
  const std::string_view name = cast.random.of(kNames);
  const bool is_new = std::ranges::find(names, name) == names.end();
  // Two ports of one name are refused, so they are rare.
  if (!cast.one_in(3) && (is_new || cast.one_in(60))) {
    names.push_back(name);
    port.add("name", Draft::word(name));
  } else if (cast.one_in(20)) {
    port.add("name", Draft());
  }
  if (cast.one_in(12)) port.add("hostPort", Draft::number(cast.one_in(2) ? 80 : 14002));
  return stirred(cast, std::move(port));
}

void add_ports(Cast& cast, Draft& container) {
  const auto count = cast.pick(4);
  if (count == 0) return add_nothing(cast, container, "ports", Draft::list());
  Draft ports = Draft::list();
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) ports.add("", container_port(cast, names));
  container.add("ports", std::move(ports));
}

/// What a probe or a hook asks.
Draft request(Cast& cast, bool is_probe) {
  const Draft port = random_port(cast);
  switch (cast.pick(is_probe ? 4 : 3)) {
    case 0: return Draft::map({{"tcpSocket", Draft::map({{"port", port}})}});
    case 3: return Draft::map({{"grpc", Draft::map({{"port", Draft::number(9090)}})}});
    default:
      return Draft::map(
          {{"httpGet", stirred(cast, Draft::map({{"path", Draft::word("/")}, {"port", port}}))}});
  }
}

void add_probes(Cast& cast, Draft& container) {
  for (const auto probe : {"readinessProbe", "livenessProbe", "startupProbe"}) {
    if (!cast.one_in(5)) continue;
    Draft asks = request(cast, true);
    if (cast.one_in(3)) asks.add("periodSeconds", Draft::number(5));
    container.add(probe, stirred(cast, std::move(asks)));
  }
  if (!cast.one_in(5)) return;
  Draft hooks = Draft::map();
  if (cast.one_in(2)) hooks.add("postStart", request(cast, false));
  if (cast.one_in(8))
    hooks.add("preStop", Draft());
  else if (!cast.one_in(4))
    hooks.add("preStop", request(cast, false));
  container.add("lifecycle", std::move(hooks));
}

/// What nobody reads: block text, anchors, quotes, braces.
void add_rest(Cast& cast, Draft& container) {
  if (cast.one_in(4)) {
    container.add("command", Draft::list({Draft::word("sh"), Draft::word("-c"),
                                          Draft::word("echo '{{x}}' # && \"sleep\" 1\\")}));
  }
  if (cast.one_in(5)) {
    container.add("args", Draft::list({Draft::lines("kind: Pod\n---\n  - name: telemetry\n"),
                                       Draft::word("\xC3\xA9\xF0\x9F\x98\x80")}));
  }
  if (cast.one_in(6)) container.add("workingDir", Draft());
  if (cast.is_json || !cast.one_in(5)) return;
  container.add("env", Draft::odd("\n- {name: A, value: &one '1'}\n- {name: B, value: *one}"));
  if (cast.one_in(2)) {
    container.add("resources", Draft::odd("{limits: &all {cpu: 1_0}, requests: {<<: *all}}"));
  }
}

}  // namespace

Draft random_port(Cast& cast) {
  switch (cast.pick(9)) {
    case 0: return Draft::word("8080");
    case 1: return Draft::word("nothing-here");
    case 2:
    case 3: return port_number(cast);
    default: return Draft::word(cast.random.of(kNames));
  }
}

Draft random_container(Cast& cast, const std::string& name) {
  Draft container = Draft::map();
  if (!name.empty()) container.add("name", Draft::word(name));
  container.add("image", Draft::word("x:1"));
  add_ports(cast, container);
  add_probes(cast, container);
  add_rest(cast, container);
  return stirred(cast, std::move(container));
}

}  // namespace meshctl::inject
