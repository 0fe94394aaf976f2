"""Whether calls and probes arrive where they have to once manifests are injected, told from the objects
before and after alone: what the proxy forwards is read from its arguments."""

import re

from support import kubernetes as k8s
from support.inject_model import holder_of, is_workload, parts


class Pod:
    def __init__(self, old, new):
        self.namespace = k8s.namespace(old)
        before, after = holder_of(old), holder_of(new)
        self.labels = (before.get("metadata") or {}).get("labels") or {}
        self.was, self.now = before["spec"]["containers"] or [], after["spec"]["containers"] or []
        self.old_init = before["spec"].get("initContainers") or []
        self.new_init = after["spec"].get("initContainers") or []
        self.listen = forwards([c for c in (*self.now, *self.new_init)
                                if c not in (*self.was, *self.old_init)])


def forwards(new_containers):
    """{port of the application: port of the proxy}"""
    sidecars = [c for c in new_containers if c.get("name") == "telemetry"]
    assert len(sidecars) <= 1
    args = " ".join(sidecars[0]["args"]) if sidecars else ""
    return {upstream if upstream.startswith("$") else int(upstream): int(listen)
            for listen, upstream in re.findall(r"--forward \*:(\d+)=(?:\S+:)?(\d+|\$\{\w+\})(?= )", args)}


def check_services(old, new, pods):
    """A call that reached a forwarded port reaches the proxy's, all others what they reached."""
    led = 0
    for pod in (p for p in pods if k8s.is_selected(old, p.namespace, p.labels)):
        for before, after in zip(k8s.tcp_ports(old), k8s.tcp_ports(new), strict=True):
            reached = k8s.find_port(pod.was, k8s.target(before))
            reaches = k8s.find_port(pod.now, k8s.target(after))
            if not k8s.is_headless(old):
                assert reaches == pod.listen.get(reached, reached), before
                led += reached in pod.listen
    return led


def check_route(old, new, services, pods):
    """The same pods are reached, each at the port where its Service reaches it now."""
    def reached(route, is_new):
        found = set()
        for name in k8s.backends(route):
            for service in (s[is_new] for s in services
                            if (k8s.namespace(s[0]), s[0]["metadata"]["name"]) == (k8s.namespace(route), name)):
                found |= {(name, i) for i, pod in enumerate(pods) for port in k8s.tcp_ports(service)
                          if k8s.is_selected(service, pod.namespace, pod.labels) and
                          k8s.find_port(pod.now if is_new else pod.was, k8s.target(port)) == k8s.number_of_route(route)}
        return found

    if k8s.number_of_route(old) is not None:
        assert reached(new, True) == reached(old, False)


def check_policy(old, new, pods):
    """Who may reach the application may reach its proxy; nothing that was allowed is forbidden."""
    for direction in ("ingress", "egress"):
        for before, after in zip(old["spec"].get(direction) or [], new["spec"].get(direction) or [], strict=True):
            was, now = before.get("ports") or [], after.get("ports") or []
            assert now[:len(was)] == was
            home = k8s.namespace(old)
            for pod in pods:
                is_meant = (k8s.leads_to(before.get("to"), home, pod.namespace, pod.labels)
                            if direction == "egress" else
                            home == pod.namespace and k8s.picks(old["spec"].get("podSelector"), pod.labels))
                for upstream, listen in pod.listen.items() if is_meant else ():
                    if k8s.lets_through(was, pod.was, upstream):
                        assert k8s.lets_through(now, pod.now, listen), (direction, upstream)


def check_probes(pod):
    """The kubelet asks the application's containers at the ports where it asked before."""
    for before, after in (*zip(pod.was, pod.now), *zip(pod.old_init, pod.new_init)):
        asked = [k8s.handler_port(before, h) for h in k8s.handlers(before)]
        assert [k8s.handler_port(after, h) for h in k8s.handlers(after)] == asked


def check_traffic(old, new):
    """All of it, for the objects of one file. Returns how many ports of Services lead to a proxy."""
    pairs = list(zip(parts(old), parts(new), strict=True))
    pods = [Pod(*pair) for pair in pairs if is_workload(pair[0])]
    services = [pair for pair in pairs if k8s.is_service(pair[0]) and "spec" in pair[0]]
    for pod in pods:
        check_probes(pod)
    for before, after in pairs:
        if before["kind"] == "Route":
            check_route(before, after, services, pods)
        elif before["kind"] == "NetworkPolicy" and k8s.group(before) != "example.com":
            check_policy(before, after, pods)
    return sum(check_services(*pair, pods) for pair in services)
