#include "tests/cli/inject/random/random_traffic.h"

#include <array>
#include <string>
#include <string_view>

#include "tests/cli/inject/random/random_container.h"

namespace meshctl::inject {
namespace {

Draft head(Cast& cast, std::string_view api_version, std::string_view kind,
           const std::string& name) {
  Draft metadata = Draft::map({{"name", Draft::word(name)}});
  if (cast.one_in(20)) metadata.add("namespace", Draft::word("shop"));
  if (cast.one_in(4)) add_nothing(cast, metadata, "annotations", Draft::map());
  return Draft::map({{"apiVersion", Draft::word(api_version)},
                     {"kind", Draft::word(kind)},
                     {"metadata", std::move(metadata)}});
}

/// The target of a Service's port: none in many spellings, a number, or a name.
void add_target(Cast& cast, Draft& port) {
  if (cast.by_name) return port.add("targetPort", Draft::word("http"));
  switch (cast.pick(10)) {
    case 0: return port.add("targetPort", Draft());
    case 1: return port.add("targetPort", Draft::number(0));
    case 2: return port.add("targetPort", Draft::word(""));
    case 3: return;
    case 4: return port.add("targetPort", random_port(cast));
    case 5:
    case 6: return port.add("targetPort", Draft::number(8080));
    default: return port.add("targetPort", Draft::word("http"));
  }
}

Draft service_port(Cast& cast, std::size_t index) {
  constexpr std::array kOwn{80, 8080, 8080, 14001, 9090};
  Draft port = Draft::map({{"port", Draft::number(cast.random.of(kOwn))}});
  add_target(cast, port);
  if (cast.one_in(3)) port.add("name", Draft::word("p" + std::to_string(index)));
  if (cast.one_in(6))
    port.add("protocol", cast.one_in(2) ? Draft::word("TCP") : Draft());
  else if (cast.one_in(9))
    port.add("protocol", Draft::word("UDP"));
  return stirred(cast, std::move(port));
}

Draft peer(Cast& cast) {
  const auto label = [&] {
    return Draft::map({{"app", Draft::word(cast.one_in(3) ? "api" : "web")}});
  };
  switch (cast.pick(6)) {
    case 0: return Draft::map({{"ipBlock", Draft::map({{"cidr", Draft::word("10.0.0.0/8")}})}});
    case 1: return Draft::map({{"namespaceSelector", Draft::map()}});
    case 2:
      return Draft::map({{"namespaceSelector", Draft::map({{"matchLabels", label()}})},
                         {"podSelector", Draft::map({{"matchLabels", label()}})}});
    case 3: return Draft::map({{"podSelector", Draft::map()}});
    default: return Draft::map({{"podSelector", Draft::map({{"matchLabels", label()}})}});
  }
}

/// An item of a rule's `ports`: every port, a number, a range, or a name.
Draft allowed_port(Cast& cast) {
  constexpr std::array kEnds{8080, 8090, 14001, 15000};
  Draft port = Draft::map();
  switch (cast.pick(8)) {
    case 0: add_nothing(cast, port, "port", Draft()); break;
    case 1:
      port.add("port", Draft::number(cast.one_in(2) ? 8000 : 8080));
      port.add("endPort", Draft::number(cast.random.of(kEnds)));
      break;
    case 2:
    case 3: port.add("port", random_port(cast)); break;
    case 4:
    case 5: port.add("port", Draft::word("http")); break;
    default: port.add("port", Draft::number(8080)); break;
  }
  constexpr std::array<std::string_view, 3> kProtocols{"TCP", "TCP", "UDP"};
  if (port.entries.empty() || cast.one_in(3)) {
    port.add("protocol", Draft::word(cast.random.of(kProtocols)));
  }
  return stirred(cast, std::move(port));
}

Draft rule(Cast& cast, std::string_view direction) {
  Draft rule = Draft::map();
  const auto peers = cast.pick(3);
  if (peers == 0) {
    add_nothing(cast, rule, direction, Draft::list());
  } else {
    Draft list = Draft::list();
    for (std::size_t i = 0; i < peers; ++i) list.add("", peer(cast));
    rule.add(direction, std::move(list));
  }
  if (cast.one_in(6)) {
    add_nothing(cast, rule, "ports", Draft::list());
  } else {
    Draft ports = Draft::list();
    for (auto count = 1 + cast.pick(3); count > 0; --count) ports.add("", allowed_port(cast));
    rule.add("ports", std::move(ports));
  }
  return stirred(cast, std::move(rule));
}

Draft pod_selector(Cast& cast) {
  const auto expression = [](std::string_view key, std::string_view op, Draft values) {
    return Draft::map(
        {{"key", Draft::word(key)}, {"operator", Draft::word(op)}, {"values", std::move(values)}});
  };
  const Draft web = Draft::map({{"app", Draft::word("web")}});
  switch (cast.pick(8)) {
    case 0: return Draft();
    case 1:
      return Draft::map(
          {{"matchExpressions",
            Draft::list({expression("app", cast.one_in(3) ? "NotIn" : "In",
                                    Draft::list({Draft::word("web"), Draft::word("a")}))})}});
    case 2:
      return Draft::map(
          {{"matchLabels", web},
           {"matchExpressions",
            Draft::list(
                {expression("tier", cast.one_in(2) ? "Exists" : "DoesNotExist", Draft::list())})}});
    case 3:
    case 4: return Draft::map();
    default: return Draft::map({{"matchLabels", web}});
  }
}

}  // namespace

Draft random_service(Cast& cast) {
  const auto own = cast.services++;
  Draft service = head(cast, "v1", "Service", "web" + std::to_string(own));
  Draft spec = Draft::map();
  switch (cast.pick(12)) {
    case 0:
      spec.add("type", Draft::word("ExternalName"));
      spec.add("externalName", Draft::word("db.example.com"));
      break;
    case 1: spec.add("clusterIP", Draft::word("None")); break;
    case 2:
    case 3: spec.add("type", Draft::word("NodePort")); break;
    default: break;
  }
  if (cast.one_in(12)) {
    add_nothing(cast, spec, "selector", Draft::map());
  } else {
    Draft selector = Draft::map({{"app", Draft::word("web")}});
    if (cast.one_in(10)) selector.add("tier", Draft::word("front"));
    spec.add("selector", std::move(selector));
  }
  Draft ports = Draft::list();
  const auto count = 1 + cast.pick(3);
  for (std::size_t i = 0; i < count; ++i) ports.add("", service_port(cast, i));
  spec.add("ports", std::move(ports));
  service.add("spec", stirred(cast, std::move(spec)));
  return stirred(cast, std::move(service));
}

Draft random_route(Cast& cast) {
  const auto backend = [&](int service) {
    return Draft::map(
        {{"kind", Draft::word("Service")}, {"name", Draft::word("web" + std::to_string(service))}});
  };
  Draft route = head(cast, cast.one_in(6) ? "v1" : "route.openshift.io/v1", "Route", "way");
  const auto last = cast.services == 0 ? 0 : cast.services - 1;
  Draft spec = Draft::map({{"to", backend(last)}});
  if (cast.one_in(12))
    spec.add("alternateBackends", Draft::list({backend(last > 0 ? last - 1 : last)}));
  else if (cast.one_in(30))
    spec.add("alternateBackends", Draft::list({backend(7)}));
  else if (cast.one_in(8))
    spec.add("alternateBackends", Draft());
  switch (cast.pick(8)) {
    case 0: break;
    case 1: spec.add("port", Draft()); break;
    case 2: spec.add("port", Draft::map({{"targetPort", Draft::word("p0")}})); break;
    case 3: spec.add("port", Draft::map({{"targetPort", Draft::word("8080")}})); break;
    case 4: spec.add("port", Draft::map({{"targetPort", random_port(cast)}})); break;
    default: spec.add("port", Draft::map({{"targetPort", Draft::number(8080)}})); break;
  }
  route.add("spec", stirred(cast, std::move(spec)));
  return stirred(cast, std::move(route));
}

Draft random_network_policy(Cast& cast) {
  Draft policy = head(cast, cast.one_in(6) ? "extensions/v1beta1" : "networking.k8s.io/v1",
                      "NetworkPolicy", "who");
  Draft spec = Draft::map({{"podSelector", pod_selector(cast)}});
  for (const auto& [rules, peers] :
       {std::pair<std::string_view, std::string_view>{"ingress", "from"}, {"egress", "to"}}) {
    const auto count = cast.pick(3);
    if (count == 0) {
      add_nothing(cast, spec, rules, Draft::list());
      continue;
    }
    Draft list = Draft::list();
    for (std::size_t i = 0; i < count; ++i) list.add("", rule(cast, peers));
    spec.add(rules, std::move(list));
  }
  policy.add("spec", stirred(cast, std::move(spec)));
  return stirred(cast, std::move(policy));
}

}  // namespace meshctl::inject
