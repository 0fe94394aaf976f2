"""Pods that end, for real: TERM to both containers at once, as Kubernetes sends it, KILL when the grace is over."""
import contextlib
import os
import shutil
import signal
import socket
import threading
import time

import pytest

from support.callers import Callers
from support.child import Child, eventually, free_port
from support.pods import fetch, ports

# What the application does with TERM; `httpd` is its web server's process.
BEHAVIOUR = {
    "ends at once": 'trap "kill $httpd; exit 0" TERM',
    "serves on for 2 s": 'trap "sleep 2; kill $httpd; exit 0" TERM',
    "ignores it": 'trap "" TERM',
    "never listened": "",
}

# Where pods do not restart, a sidecar would be a native one, which podman 4.3 takes for an init container.
REGULAR = ("--native-sidecar", "never")


def manifest(name, behaviour, grace, port):
    serve = "" if behaviour == "never listened" else f"httpd -f -p {port} -h /www & httpd=$!; "
    wait = 'trap "exit 0" TERM; sleep 600 & wait' if behaviour == "never listened" else \
        f"{BEHAVIOUR[behaviour]}; while kill -0 $httpd; do wait; done"
    return f"""\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: {grace}
  containers:
  - name: web
    image: busybox
    command: ['sh', '-c', 'mkdir /www; echo hello > /www/index.html; {serve}{wait}']
    ports: [{{containerPort: {port}}}]
"""


class Ending:
    """A pod that was sent TERM, and is killed when its grace is over."""

    def __init__(self, podman, pod, grace):
        self.podman, self.pod = podman, pod
        self.names = [f"{pod}-web", f"{pod}-telemetry"]
        pids = podman("inspect", "--format", "{{.State.Pid}}", *self.names).split()
        self.began = time.monotonic()
        self._kill = threading.Timer(grace, self._on_grace_over)
        # Straight to the processes: podman stops one container after the other.
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        self._kill.start()
        self.was_killed = False

    def _on_grace_over(self):
        running = self.podman("ps", "--format", "{{.Names}}", check=False).split()
        self.was_killed = f"{self.pod}-telemetry" in running
        self.podman("kill", "--signal", "KILL", *self.names, check=False)

    def wait(self):
        """The proxy's exit code, and how long after TERM it came."""
        code = int(self.podman("wait", f"{self.pod}-telemetry").strip())
        seconds = time.monotonic() - self.began
        self._kill.cancel()
        self._kill.join()
        return code, seconds


def start(play, podman, name, behaviour, grace):
    """A pod with its sidecar: (its name, the port of its application, the proxy's, the admin port)."""
    application = free_port()
    listen, admin, flags = ports()
    pod = play(manifest(name, behaviour, grace, application), *flags, *REGULAR)
    eventually(lambda: fetch(admin, "/ready"), 30, "the proxy")
    if behaviour != "never listened":
        eventually(lambda: fetch(listen, "/index.html") == (200, b"hello\n"), 30, "the application behind its proxy")
    return pod, application, listen, admin


# behaviour, grace, least and most seconds from TERM to the proxy's end
ROWS = [
    ("ends at once", 30, 0, 3),
    ("serves on for 2 s", 30, 2, 5),
    ("never listened", 30, 0, 3),
    ("ignores it", 1, 0, 1),
    ("ignores it", 4, 2, 4),
    ("ends at once", 0, 0, 2),
]


@pytest.mark.parametrize("behaviour, grace, least, most", ROWS)
def test_the_proxy_ends_as_its_application_does_and_never_beyond_the_grace(podman, play, behaviour, grace, least, most):
    pod, *_ = start(play, podman, "ending", behaviour, grace)
    # With a grace of 0 Kubernetes sends KILL alone; what the proxy does with TERM then must not take long all the same.
    ending = Ending(podman, pod, grace or 2)
    code, seconds = ending.wait()
    print(f"{behaviour}, grace {grace} s: {seconds:.2f} s")
    assert code == 0 and not ending.was_killed, podman.logs(f"{pod}-telemetry")
    assert least <= seconds <= most, podman.logs(f"{pod}-telemetry")


def test_an_open_call_and_a_silent_dashboard_end_within_the_grace(podman, play):
    listen, admin, flags = ports()
    application = free_port()
    with socket.create_server(("0.0.0.0", 0), backlog=16) as silent:
        gateway = podman("network", "inspect", "podman", "--format", "{{(index .Subnets 0).Gateway}}").strip()
        # podman 4.3 cannot say in which namespace a pod is: the manifest says it.
        text = manifest("ending", "ignores it", 5, application).replace("  name: ending\n", "  name: ending\n  namespace: shop\n")
        pod = play(text, *flags, *REGULAR, "--dashboard", f"http://{gateway}:{silent.getsockname()[1]}")
        eventually(lambda: fetch(listen, "/index.html") == (200, b"hello\n"), 30, "the application behind its proxy")
        with socket.create_connection(("127.0.0.1", listen), timeout=20) as caller:
            caller.sendall(b"GET /index.html HTTP/1.1\r\nHost: x\r\n")  # a request that never ends
            ending = Ending(podman, pod, 5)
            code, seconds = ending.wait()
    assert code == 0 and not ending.was_killed, podman.logs(f"{pod}-telemetry")
    assert 3 <= seconds <= 5


@pytest.mark.parametrize("behaviour", ["ends at once", "serves on for 2 s"])
def test_behind_a_balancer_a_pod_that_ends_fails_no_more_calls_than_without_us(podman, play, tmp_path, children, behaviour):
    pods = [start(play, podman, f"ending-{number}", behaviour, 30) for number in range(2)]
    fronts = {free_port(): 1, free_port(): 2}  # direct, and through the proxies
    config = tmp_path / "haproxy.cfg"
    config.write_text("defaults\n  mode http\n  timeout connect 500ms\n  timeout client 20s\n  timeout server 20s\n"
                      "  option redispatch\n" +
                      "".join(f"listen l{at}\n  bind 127.0.0.1:{at}\n" +
                              "".join(f"  server s{i} 127.0.0.1:{pod[which]}\n" for i, pod in enumerate(pods))
                              for at, which in fronts.items()))
    balancer = Child([shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-db", "-f", config], tmp_path, "haproxy")
    children.append(balancer)
    for at in fronts:
        balancer.wait_for_port(at)
    at_direct, at_proxied = fronts
    with Callers(at_direct, path="/index.html", threads=2, keep_alive=False) as direct, \
            Callers(at_proxied, path="/index.html", threads=2, keep_alive=False) as proxied:
        eventually(lambda: min(direct.calls(), proxied.calls()) > 50, what="calls to both pods")
        code, _ = Ending(podman, pods[0][0], 30).wait()
        before = direct.calls(), proxied.calls()
        eventually(lambda: all(group.calls() > had + 30 for group, had in zip((direct, proxied), before)), 30, "calls to the other")
    failed = [sum(each.outcomes.values()) - each.outcomes["200"] for each in (direct, proxied)]
    print(f"{behaviour}: failed {failed[0]} direct, {failed[1]} through the proxy, of {dict(direct.outcomes)}, {dict(proxied.outcomes)}")
    assert code == 0
    # One caller may be the one that finds the application gone.
    assert failed[1] <= failed[0] + 1, (direct.outcomes, direct.lost_by, proxied.outcomes, proxied.lost_by)
