"""examples/dashboard: the demo runs, and its manifests are what Kubernetes takes."""
import json
import os
import re
import signal
import subprocess
import urllib.request

import pytest
import yaml

from support.child import Child, eventually
from support.dashboard import Dashboard
from support.kubectl import annotate, decoded
from support.meshctl import binary, environment
from support.workplace import EXAMPLES

PLACE = EXAMPLES / "dashboard"


@pytest.fixture
def demo(children, tmp_path):
    def start(*args):
        child = Child([PLACE / "demo.sh", *args], tmp_path, "demo", env=environment({"MESHCTL": str(binary())}),
                      start_new_session=True)
        children.append(child)
        child.wait_for(lambda: "open http" in child.stdout(), "its address")
        return child, re.search(r"open (http\S+)/", child.stdout())[1]
    return start


def alive(group):
    """Processes of a process group, whoever their parent is."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True, timeout=20).stdout
    return [line for line in listed.splitlines() if line.split()[0] == str(group) and not line.split()[1].startswith("Z")]


def services(url):
    with urllib.request.urlopen(f"{url}/api/v1/services", timeout=10) as answer:
        return {each["name"]: each for each in json.load(answer)["services"]}


def test_the_demo_shows_three_services_with_errors_and_slow_routes(demo):
    child, url = demo()
    group = child.process.pid

    def all_is_there():
        found = services(url)
        if set(found) != {"shop", "stock", "payments"}:
            return None
        routes = {name: {route["name"]: route for route in each["routes"]} for name, each in found.items()}
        is_seen = routes["shop"].keys() >= {"/", "/products/{id}", "/orders", "/report"} and "/inventory" in routes["stock"]
        is_seen = is_seen and routes["stock"]["/inventory"]["minute"]["p99_seconds"] is not None
        return routes if is_seen and found["payments"]["totals"]["errors"] > 0 and found["shop"]["totals"]["errors"] > 0 else None

    routes = eventually(all_is_there, 60, "all routes, and an error")
    assert all(each["state"] == "live" for each in services(url).values())
    assert routes["stock"]["/inventory"]["minute"]["p99_seconds"] > 0.15
    assert routes["payments"]["/payments"]["totals"]["request_body_bytes"] > 0
    assert len(alive(group)) >= 8
    os.killpg(group, signal.SIGINT)  # as Ctrl-C on a terminal does
    child.wait()
    eventually(lambda: not alive(group), 20, "the end of all that it started")


def test_the_demo_ends_by_itself_and_by_term(demo):
    child, _ = demo("--duration", "2s")
    group = child.process.pid
    assert child.wait() == 0
    eventually(lambda: not alive(group), 20, "the end of all that it started")
    child, _ = demo()
    child.send(signal.SIGTERM)
    assert child.wait() == 143
    eventually(lambda: not alive(child.process.pid), 20, "the end of all that it started")


def test_what_the_demo_does_not_know_is_told():
    for args, words in ((["--durations"], "there is no option '--durations'"), (["--duration", "soon"], "takes seconds")):
        done = subprocess.run([PLACE / "demo.sh", *args], capture_output=True, text=True, timeout=20)
        assert done.returncode == 2
        assert words in done.stderr
    assert "usage: " in subprocess.run([PLACE / "demo.sh", "--help"], capture_output=True, text=True, timeout=20).stdout


def manifests():
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted((PLACE / "deploy").glob("*.yaml"))}


def missing(wanted, got, place=""):
    """Places of `wanted` that `got` lacks or has otherwise."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [each for key in wanted for each in missing(wanted[key], got.get(key), f"{place}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [each for i, one in enumerate(wanted) for each in missing(one, got[i], f"{place}[{i}]")]
    return [] if wanted == got else [place]


def test_kubectl_takes_the_manifests_and_they_fit_together(tmp_path):
    files = manifests()
    assert set(files) == {"claim", "deployment", "route", "service"}
    for name in ("claim", "deployment", "service"):
        read = list(decoded(annotate(PLACE / f"deploy/{name}.yaml", "json")))
        assert [each["kind"] for each in read] == [files[name]["kind"]]
        # Nothing was dropped on the way: what kubectl decoded has all that the file has.
        assert not missing(files[name], read[0]), name
    pod = files["deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert files["service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert files["service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"] == files["route"]["spec"]["port"]["targetPort"]
    assert files["route"]["spec"]["to"]["name"] == files["service"]["metadata"]["name"] == "meshctl-dashboard"
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == files["claim"]["metadata"]["name"]
    assert container["args"][0] == "dashboard"


def test_the_deployments_arguments_and_kubernetes_own_variables_start_a_dashboard(children, tmp_path):
    container = manifests()["deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][1] == "--listen=*:14080"
    args = [arg.replace("/data/", f"{tmp_path}/") for arg in container["args"][2:]]
    # What Kubernetes sets in each pod beside a Service of this name.
    linked = {"MESHCTL_DASHBOARD_SERVICE_HOST": "10.0.0.7", "MESHCTL_DASHBOARD_SERVICE_PORT": "8080",
              "MESHCTL_DASHBOARD_PORT": "tcp://10.0.0.7:8080", "MESHCTL_DASHBOARD_PORT_8080_TCP": "tcp://10.0.0.7:8080",
              "MESHCTL_DASHBOARD_PORT_8080_TCP_PROTO": "tcp", "MESHCTL_DASHBOARD_PORT_8080_TCP_PORT": "8080",
              "MESHCTL_DASHBOARD_PORT_8080_TCP_ADDR": "10.0.0.7"}
    own = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    board = Dashboard(tmp_path, *[part for arg in args for part in arg.split("=", 1)], env={**linked, **own})
    children.append(board)
    request = urllib.request.Request(board.url("/api/v1/services"), headers={"Host": own["MESHCTL_HOSTS"]})
    assert urllib.request.urlopen(request, timeout=10).status == 200
    assert (tmp_path / "meshctl.db").exists()


def test_the_readmes_inject_leads_to_the_dashboard(tmp_path):
    command = re.search(r"meshctl inject (--dashboard \S+ --token-secret \S+) pod.yml", (PLACE / "README.md").read_text())[1]
    done = subprocess.run([binary(), "inject", *command.split(), EXAMPLES / "article/pod.yml"], capture_output=True, text=True,
                          timeout=20, env=environment())
    assert done.returncode == 0
    sidecar = next(each for each in yaml.safe_load(done.stdout)["spec"]["containers"] if each["name"] == "telemetry")
    values = {each["name"]: each.get("value", each.get("valueFrom")) for each in sidecar["env"]}
    service = manifests()["service"]
    token, = (each["valueFrom"] for each in manifests()["deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]
              if each["name"] == "MESHCTL_TOKEN")
    assert values["MESHCTL_DASHBOARD"] == f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    assert values["MESHCTL_TOKEN"] == token
