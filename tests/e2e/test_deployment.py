"""The dashboard as examples/dashboard deploys it, and a pod that reports to it with a token of a Secret."""
import base64
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import yaml

from support.child import eventually, free_port
from support.meshctl import ROOT
from support.pods import WEB, fetch, ports

DEPLOY = ROOT / "examples/dashboard/deploy"
# podman's own names for the pod of a Deployment and its container. There are no Services: the pod's name stands for one.
POD = "meshctl-dashboard-pod-0"
CONTAINER = f"{POD}-dashboard"
TOKEN = "OPEN-SESAME"


@pytest.fixture
def deployed(podman, image):
    """The port of a dashboard that was started from the example's own manifests."""
    port = free_port()
    manifest = "---\n".join((DEPLOY / f"{name}.yaml").read_text() for name in ("claim", "deployment"))
    container = next(each for each in yaml.safe_load_all(manifest) if each["kind"] == "Deployment")[
        "spec"]["template"]["spec"]["containers"][0]
    # Each containerPort is published under its own number.
    for old, new in ((container["image"], image), ("14080", str(port))):
        assert old in manifest
        manifest = manifest.replace(old, new)
    # What podman 4.3 takes for the data of a Secret.
    secret = json.dumps({"token": base64.b64encode(TOKEN.encode()).decode()})
    try:
        podman("secret", "create", "meshctl-dashboard", "-", input=secret)
        podman("kube", "play", "--build=false", "-", input=manifest)
        eventually(lambda: fetch(port, "/healthz") == (200, b"ok\n"), 30, "a healthy dashboard")
        yield port
    finally:
        podman("pod", "rm", "-f", "-t", "0", POD, check=False)
        podman("volume", "rm", "-f", "meshctl-dashboard", check=False)
        podman("secret", "rm", "meshctl-dashboard", check=False)


def calls(port):
    """What the dashboard knows: calls by service and pod."""
    answer = fetch(port, "/api/v1/services")
    document = json.loads(answer[1]) if answer and answer[0] == 200 else {"services": []}
    return {(service["name"], pod["name"]): pod["totals"]["calls"]
            for service in document["services"] for pod in service["pods"]}


def started_at(podman):
    return podman("inspect", "--format", "{{.State.StartedAt}}", CONTAINER)


def calls_since_a_restart(podman, port, first):
    """What the dashboard knows once it runs anew since its start at `first`; starts it where it does not run.

    A kubelet starts the container again and leaves its pod alone. podman 4.3 does so, or stops the whole pod because its
    last container has ended, even when that one has been started again meanwhile: chance says which comes first.
    """
    if started_at(podman) != first and (known := calls(port)):
        return known
    podman("pod", "start", POD, check=False)
    return None


def test_an_injected_pods_calls_are_in_the_deployed_dashboard_and_outlive_it(podman, play, deployed):
    listen, _, flags = ports()
    # podman 4.3 cannot say in which namespace a pod is (fieldRef metadata.namespace): the manifest says it.
    manifest = WEB.replace("  labels:", "  namespace: shop\n  labels:")
    pod = play(manifest, *flags, "--dashboard", f"http://{POD}:{deployed}", "--token-secret", "meshctl-dashboard")
    eventually(lambda: fetch(listen, "/index.html") == (200, b"hello\n"), 30, "the application behind its proxy")
    subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{listen}/index.html?[1-40]"], check=True, timeout=60)
    known = eventually(lambda: calls(deployed) if sum(calls(deployed).values()) >= 41 else None, 20, "41 calls in the dashboard")
    assert set(known) == {("web", pod)} and known["web", pod] >= 41, podman.logs(f"{pod}-telemetry")
    page = subprocess.run(["curl", "-s", "--compressed", f"http://127.0.0.1:{deployed}/"], capture_output=True, timeout=20)
    assert b"<title>" in page.stdout

    # Whoever has no token is told so.
    push = urllib.request.Request(f"http://127.0.0.1:{deployed}/api/v1/push", data=b"{}",
                                  headers={"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(push, timeout=5)
    assert refused.value.code == 401

    # The volume keeps what was counted: without the proxy, nobody could tell it again.
    podman("pod", "rm", "-f", "-t", "0", pod)
    last = eventually(lambda: calls(deployed) or None, 20, "the figures")
    time.sleep(2)  # A kill may cost what arrived in the last two seconds, no more.
    first = started_at(podman)
    podman("kill", "--signal", "KILL", CONTAINER)
    known = eventually(lambda: calls_since_a_restart(podman, deployed, first), 60, "the figures after a restart")
    assert known == last
