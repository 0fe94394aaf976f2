"""What `meshctl inject` has to make of decoded manifests, said a second time and in another way: from
docs/inject.md and from what Kubernetes does with pods, Services, Routes and network policies. It shares
nothing with cli/inject."""

import copy

from support import kubernetes as k8s

LISTEN, ADMIN, STATE = 14001, 14000, "meshctl.dev/injected"
MESHES = ("istio-proxy", "linkerd-proxy", "consul-dataplane", "kuma-sidecar")
TEMPLATE = ("spec", "template")
# {kind: (its API groups, the way to the pod)}
WORKLOADS = {
    "Pod": (("",), ()),
    "PodTemplate": (("",), ("template",)),
    "ReplicationController": (("",), TEMPLATE),
    "Deployment": (("apps", "extensions"), TEMPLATE),
    "DaemonSet": (("apps", "extensions"), TEMPLATE),
    "ReplicaSet": (("apps", "extensions"), TEMPLATE),
    "StatefulSet": (("apps",), TEMPLATE),
    "Job": (("batch", "extensions"), TEMPLATE),
    "CronJob": (("batch",), ("spec", "jobTemplate", *TEMPLATE)),
    "Rollout": (("argoproj.io",), TEMPLATE),
    "DeploymentConfig": (("apps.openshift.io", ""), TEMPLATE),
}


class Refused(Exception):
    """What cannot be injected. The text is part of the error that has to be given."""


def refuse_if(condition, why):
    if condition:
        raise Refused(why)


def parts(objects):
    """The objects, and in place of a Template those that it makes."""
    for obj in objects:
        yield from obj["objects"] if obj["kind"] == "Template" else [obj]


def parameters(objects):
    return [int(p["value"]) for obj in objects if obj["kind"] == "Template" for p in obj["parameters"]]


def is_workload(obj):
    return k8s.group(obj) in WORKLOADS.get(obj["kind"], ((), ()))[0]


def holder_of(workload):
    """Where the pod's metadata and spec are."""
    holder = workload
    for key in WORKLOADS[workload["kind"]][1]:
        holder = holder[key]
    return holder


def annotations(obj):
    return (obj.get("metadata") or {}).get("annotations") or {}


def is_route(part):
    return part["kind"] == "Route" and k8s.group(part) in ("route.openshift.io", "")


class Pod:
    """A workload's pod, before (`containers`) and after (`spec`)."""

    def __init__(self, workload, services, reserved, routes):
        self.workload, self.holder = workload, holder_of(workload)
        self.name = f"{workload['kind'].lower()}/{workload['metadata']['name']}"
        self.notes = annotations(workload) | annotations(self.holder)
        self.spec = self.holder.get("spec") or {}
        self.containers = copy.deepcopy(self.spec.get("containers") or [])
        self.labels = (self.holder.get("metadata") or {}).get("labels") or {}
        self.namespace = k8s.namespace(workload)
        self.ends = (workload["kind"] in ("Job", "CronJob") or
                     self.spec.get("restartPolicy") in ("Never", "OnFailure"))
        self.services = [s for s in services if k8s.is_selected(s, self.namespace, self.labels)]
        self.is_injected = self.notes.get("meshctl.dev/inject") != "false"
        self.listen = {}  # {port of the application: port of the proxy}
        self.written = {}  # {port of the application: what the annotation says, maybe with an address}
        if self.is_injected:
            self.refuse()
            self.choose_ports({*reserved, *self.routed(routes)})

    def refuse(self):
        refuse_if(not self.containers, "has no containers")
        names = []
        for container in [*self.containers, *(self.spec.get("initContainers") or [])]:
            ports = [p["name"] for p in k8s.ports_of(container) if p.get("name")]
            refuse_if(len(ports) > len(set(ports)), "two ports of this container are named")
            refuse_if(container.get("name") == "telemetry", "the container name `telemetry` is taken")
            names += [container["name"]] if container.get("name") else []
        refuse_if(len(names) > len(set(names)), "two containers are named")
        refuse_if(self.spec.get("hostNetwork"), "uses the network of its host")

    def routed(self, routes):
        """The numbers that Routes to the pod's Services go by."""
        names = [(k8s.namespace(s), s["metadata"]["name"]) for s in self.services]
        return [k8s.number_of_route(route) for route in routes
                if any((k8s.namespace(route), name) in names for name in k8s.backends(route))]

    def choose_ports(self, reserved):
        own = [c for c in self.containers if c.get("name") not in MESHES]
        declared = [k8s.ref(p["containerPort"]) for c in own for p in k8s.ports_of(c) if k8s.is_tcp(p)]
        behind = [k8s.ref(k8s.target(p)) for s in self.services for p in k8s.tcp_ports(s)]
        probed = [k8s.handler_port(c, h) for c in own for h in k8s.handlers(c, hooks=False)]
        found = ([p for p in ports if p is not None] for ports in (declared, behind, probed))
        told = self.notes.get("meshctl.dev/upstream")
        if told:
            self.written = {p if p == "auto" else int(p.split(":")[-1]): p for p in told.split(",")}
        upstream = list(self.written or dict.fromkeys(next(filter(None, found), ["auto"])))
        taken = {*upstream, *reserved}
        for service in self.services:
            for port in service["spec"].get("ports") or []:
                taken |= {k8s.ref(port["port"]), k8s.ref(k8s.target(port))}
        for container in [*self.containers, *(self.spec.get("initContainers") or [])]:
            taken |= {k8s.ref(p.get(k)) for p in k8s.ports_of(container) for k in ("containerPort", "hostPort")}
            taken |= {k8s.handler_port(container, h) for h in k8s.handlers(container)}
        self.admin = next(n for n in range(ADMIN, 65536) if n not in taken)
        free = (n for n in range(LISTEN, 65536) if n not in taken | {self.admin})
        self.listen = dict(zip(upstream, free))

    def move_names(self):
        """A name moves if the port that Services find by it is forwarded. Then no container keeps it:
        its port would be found first. Of several names of one port the first moves.
        Returns {port: name}."""
        moved = {}
        named = [p for c in self.containers for p in k8s.ports_of(c) if p.get("name") and k8s.is_tcp(p)]
        for name in dict.fromkeys(p["name"] for p in named):
            number = k8s.find_port(self.containers, name)
            if number in self.listen and number not in moved:
                moved[number] = name
        for container, was in zip(self.spec["containers"], self.containers):
            lost = [p.pop("name") for p in k8s.ports_of(container)
                    if k8s.is_tcp(p) and p.get("name") in moved.values()]
            for handler in k8s.handlers(container):
                if handler["port"] in lost:
                    # As it was written: a parameter stays one.
                    number = k8s.handler_port(was, handler)
                    handler["port"] = number if isinstance(number, int) else "${" + number[1:] + "}"
        return moved

    def inject(self):
        names = {} if self.ends else self.move_names()
        metadata = self.holder["metadata"] = self.holder.get("metadata") or {}
        notes = metadata["annotations"] = metadata.get("annotations") or {}
        own = [c for c in self.containers if c.get("name") not in MESHES]
        if own and own[0].get("name"):
            notes.setdefault("kubectl.kubernetes.io/default-container", own[0]["name"])
        if not any(key.startswith("prometheus.io/") for key in notes):
            notes |= {"prometheus.io/scrape": "true", "prometheus.io/port": str(self.admin),
                      "prometheus.io/path": "/metrics"}
        kind = "initContainers" if self.ends else "containers"
        self.spec[kind] = [*(self.spec.get(kind) or []), self.sidecar(names)]

    def drain_timeout(self):
        """A tenth of the grace period stays for the end, from half a second to five. A parameter's
        number nobody knows."""
        grace = self.spec.get("terminationGracePeriodSeconds")
        grace = 30 if grace is None else grace
        if not isinstance(grace, int):
            return []
        left = max(0, grace - min(5, max(0.5, grace / 10)))
        return ["--drain-timeout", f"{left:.0f}s" if left == int(left) else f"{left * 1000:.0f}ms"]

    def sidecar(self, names):
        ready = {"httpGet": {"path": "/ready", "port": self.admin}}
        args = [a for up, listen in self.listen.items() for a in ("--forward", f"*:{listen}={self.written.get(up, up)}")]
        ports = [{"containerPort": listen} | ({"name": names[up]} if up in names else {})
                 for up, listen in self.listen.items()]
        service = self.labels.get("app.kubernetes.io/name") or self.labels.get("app")
        return {
            "name": "telemetry", "image": "localhost/meshctl:0.1.0",
            "args": ["run", *args, "--admin", f"*:{self.admin}", *self.drain_timeout()],
            "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "MESHCTL_SERVICE", "value": service or self.workload["metadata"]["name"]}],
            "ports": [*ports, {"containerPort": self.admin, "name": "meshctl-admin"}],
            "readinessProbe": ready,
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"},
                          "limits": {"cpu": "500m", "memory": "64Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True, "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"}},
        } | ({"restartPolicy": "Always", "startupProbe": ready | {"periodSeconds": 1, "failureThreshold": 30}}
             if self.ends else {})


class Service:
    """A Service and the pods behind it. `before` has for each TCP port where it led in each pod."""

    def __init__(self, obj, pods):
        self.obj, self.pods = obj, pods
        self.ports = k8s.tcp_ports(obj)
        self.before = [[k8s.find_port(pod.containers, k8s.target(port)) for pod in pods]
                       for port in self.ports]

    def leads_to(self, index):
        return [k8s.find_port(pod.spec.get("containers") or [], k8s.target(self.ports[index]))
                for pod in self.pods]

    def retarget(self):
        """Where a port led to what is forwarded, it has to lead to the proxies."""
        for index, before in enumerate(self.before):
            wanted = [pod.listen.get(number) for pod, number in zip(self.pods, before)]
            is_right = [listen in (None, now) for listen, now in zip(wanted, self.leads_to(index))]
            if k8s.is_headless(self.obj) or all(is_right):
                continue
            refuse_if(len(set(wanted)) > 1, f"service/{self.obj['metadata']['name']} ")
            self.ports[index]["targetPort"] = wanted[0]

    def moved(self, number):
        """For each pod where `number` is found now; None if it is still there, or never was."""
        for i, pod in enumerate(self.pods):
            now = {self.leads_to(j)[i] for j, before in enumerate(self.before) if before[i] == number}
            yield next(iter(now - {number}), None)

    def warnings(self):
        name = self.obj["metadata"]["name"]
        for before in self.before:
            for pod, number in zip(self.pods, before):
                is_past = pod.is_injected and number is not None and number not in pod.listen
                if is_past and not k8s.is_headless(self.obj):
                    yield f"service/{name} leads to port {number} of {pod.name}, past its proxy"
        led = [number in pod.listen for before in self.before for pod, number in zip(self.pods, before)]
        if k8s.is_headless(self.obj) and any(led):
            yield f"service/{name} is headless: its clients reach the pods themselves, past the proxy"


def follow(route, services):
    """A Route's number is a pod's port: it follows what the Services find there."""
    number = k8s.number_of_route(route)
    if number is None:
        return
    moved = []
    for name in k8s.backends(route):
        service = services.get((k8s.namespace(route), name))
        # Of a Service that is not here, or whose pods are not, nobody knows; it stays.
        moved += service.moved(number) if service and service.pods else [None]
    if any(moved):
        refuse_if(len(set(moved)) > 1, "leads to pods that differ in the port behind")
        route["spec"]["port"]["targetPort"] = moved[0]


def allow(policy, pods):
    """Who was let through to the application is let through to its proxy."""
    spec, home = policy["spec"], k8s.namespace(policy)
    rules = [(rule, [p for p in pods if p.namespace == home and k8s.picks(spec.get("podSelector"), p.labels)])
             for rule in spec.get("ingress") or []]
    rules += [(rule, [p for p in pods if k8s.leads_to(rule.get("to"), home, p.namespace, p.labels)])
              for rule in spec.get("egress") or []]
    for rule, meant in rules:
        given = list(rule.get("ports") or [])
        for pod in meant:
            for upstream, listen in pod.listen.items():
                was = upstream != "auto" and k8s.lets_through(given, pod.containers, upstream)
                if was and not k8s.lets_through(rule.get("ports"), pod.spec["containers"], listen):
                    rule["ports"].append({"protocol": "TCP", "port": listen})


def injected(objects):
    """The objects of a file as they have to be, without the state annotations, and the warnings of
    Services that lead past the proxy."""
    objects = copy.deepcopy(objects)
    services = [p for p in parts(objects) if k8s.is_service(p) and "spec" in p]
    routes = [p for p in parts(objects) if is_route(p)]
    pods = [Pod(p, services, parameters([obj]), routes) for obj in objects for p in parts([obj]) if is_workload(p)]
    found = [Service(s, [p for p in pods if s in p.services]) for s in services]
    warnings = [w for service in found for w in service.warnings()]
    for pod in pods:
        if pod.is_injected:
            pod.inject()
    for service in found:
        service.retarget()
    named = {(k8s.namespace(s.obj), s.obj["metadata"]["name"]): s for s in found}
    for part in parts(objects):
        if is_route(part):
            follow(part, named)
        elif part["kind"] == "NetworkPolicy" and k8s.group(part) in ("networking.k8s.io", "extensions"):
            allow(part, pods)
    return objects, warnings
