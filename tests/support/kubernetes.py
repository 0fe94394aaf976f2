"""What Kubernetes and OpenShift make of decoded manifests, as far as ports go. Every field may be
missing or null. It shares nothing with cli/inject."""

import re

# A template's parameter where a port is; both forms become the same number.
PARAMETER = re.compile(r"\$\{(?:\{(\w+)\}|(\w+))\}$")


def ref(port):
    """A port as a number, or as `${NAME}` where it is a parameter; None for the name of a port."""
    if isinstance(port, str):
        found = PARAMETER.match(port)
        return "${%s}" % (found[1] or found[2]) if found else None
    return port


def group(obj):
    version = obj["apiVersion"]
    return version.split("/")[0] if "/" in version else ""


def namespace(obj):
    return (obj.get("metadata") or {}).get("namespace") or ""


def is_tcp(port):
    return (port.get("protocol") or "TCP") == "TCP"


def ports_of(container):
    return container.get("ports") or []


def find_port(containers, port):
    """Where a Service's TCP port leads in a pod (pkg/api/v1/pod/util.go, FindPort): names are looked
    for in all containers, in order, and the first wins."""
    if ref(port) is not None:
        return ref(port)
    return next((ref(p["containerPort"]) for c in containers for p in ports_of(c)
                 if p.get("name") == port and is_tcp(p)), None)


def target(service_port):
    """pkg/apis/core/v1/defaults.go, SetDefaults_Service: 0 and an empty text are none."""
    return service_port.get("targetPort") or service_port["port"]


def is_service(obj):
    return obj["kind"] == "Service" and group(obj) == ""


def is_headless(service):
    return service["spec"].get("clusterIP") == "None"


def tcp_ports(service):
    return [p for p in service["spec"].get("ports") or [] if is_tcp(p)]


def is_selected(service, namespace_of_pod, labels):
    """A Service without selector has its endpoints from elsewhere, an ExternalName has none."""
    spec = service["spec"]
    pairs = {} if spec.get("type") == "ExternalName" else spec.get("selector") or {}
    return bool(pairs) and namespace(service) == namespace_of_pod and pairs.items() <= labels.items()


def handlers(container, probes=True, hooks=True):
    """What the kubelet asks at a port of the container."""
    lifecycle = container.get("lifecycle") or {}
    found = [container.get(k) for k in ("readinessProbe", "livenessProbe", "startupProbe") if probes]
    found += [lifecycle.get(k) for k in ("postStart", "preStop") if hooks]
    return [each[how] for each in found if each for how in ("httpGet", "tcpSocket", "grpc")
            if "port" in (each.get(how) or {})]


def handler_port(container, handler):
    """pkg/probe/util.go, ResolveContainerPort: names hold within the container, whatever the
    protocol; any other text has to be a number."""
    port = handler["port"]
    if ref(port) is not None:
        return ref(port)
    named = next((ref(p["containerPort"]) for p in ports_of(container) if p.get("name") == port), None)
    return int(port) if named is None and port.isdecimal() else named


def picks(selector, labels):
    """A LabelSelector; an empty one picks everything."""
    def holds(expression):
        operator, values = expression["operator"], expression.get("values") or []
        exists = expression["key"] in labels
        is_listed = exists and labels[expression["key"]] in values
        return {"In": is_listed, "NotIn": not is_listed, "Exists": exists, "DoesNotExist": not exists}[operator]

    selector = selector or {}
    return ((selector.get("matchLabels") or {}).items() <= labels.items() and
            all(map(holds, selector.get("matchExpressions") or [])))


def leads_to(peers, namespace_of_policy, namespace_of_pod, labels):
    """Whether a rule's `to` has the pod in it. Of namespaces no labels are known: any may be meant."""
    def is_meant(peer):
        is_near = peer.get("namespaceSelector") is not None or namespace_of_pod == namespace_of_policy
        return "ipBlock" not in peer and is_near and picks(peer.get("podSelector"), labels)

    return not peers or any(map(is_meant, peers))


def lets_through(allowed_ports, containers, number):
    """Whether a rule of a NetworkPolicy lets TCP through to a pod's port. Without ports it does."""
    def covers(allowed):
        if not is_tcp(allowed):
            return False
        if allowed.get("port") is None:
            return True
        low = find_port(containers, allowed["port"])
        is_range = isinstance(low, int) and isinstance(number, int) and "endPort" in allowed
        return low is not None and (low == number or (is_range and low <= number <= allowed["endPort"]))

    return not allowed_ports or any(map(covers, allowed_ports))


def number_of_route(route):
    """The port of the endpoints that an OpenShift Route leads to; None if it goes by the name of a
    Service's port, or to all. The router compares texts (pkg/router/template, endpointsForAlias)."""
    port = (route["spec"].get("port") or {}).get("targetPort")
    return int(port) if isinstance(port, str) and port.isdecimal() else ref(port)


def backends(route):
    spec = route["spec"]
    return [b["name"] for b in [spec["to"], *(spec.get("alternateBackends") or [])]]
