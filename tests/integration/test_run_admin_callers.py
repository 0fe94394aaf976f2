"""Who may do what at the admin port: everybody who reaches it reads the figures, callers over loopback see raw paths and may drain."""
import http.client
import json
import re
import subprocess

import pytest

from support.child import Child, eventually
from support.meshctl import METRICS, binary, environment

TOKEN = "Zm9vYmFyMTIzNDU2Nzg5MA"
PATH = f"/reset/{TOKEN}"
PAGES = ("/", "/metrics", "/stats.json", "/ready", "/live", "/none", "/drain")
OPEN_METRICS = ["-H", "Accept: application/openmetrics-text; version=1.0.0"]


@pytest.fixture
def hosts(lan):
    return lan(2)


@pytest.fixture
def run(hosts, children, tmp_path):
    """Starts `meshctl run` in the pod, with a web server behind it, and calls PATH once."""
    pod, _ = hosts
    (tmp_path / "reset").mkdir()
    (tmp_path / PATH[1:]).write_text("set\n")
    web = Child(pod.command("busybox", "httpd", "-f", "-p", "127.0.0.1:8087", "-h", tmp_path), tmp_path, "httpd")
    children.append(web)
    web.wait_for(lambda: pod.get(f"http://127.0.0.1:8087{PATH}"), "its page")

    def start(admin="*:14000"):
        argv = [binary(), "run", "--upstream", "127.0.0.1:8087", "--listen", "*:14001", "--admin", admin]
        meshctl = Child(pod.command(*argv), tmp_path, "meshctl", env=environment())
        children.append(meshctl)
        meshctl.wait_for_stderr(METRICS)
        assert pod.get(f"http://127.0.0.1:14001{PATH}") == "set\n"
        eventually(lambda: 'http_route="/reset/{id}"' in pod.get("http://127.0.0.1:14000/metrics"), 20, "the call in the figures")
        return meshctl

    return start


def ask(host, method, path, to, source=None):
    """(status, body) of a request from `host` to port 14000 of the address `to`; `source` is the address to come from."""
    def exchange():
        connection = http.client.HTTPConnection(to, 14000, timeout=20, source_address=source and (source, 0))
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()
    return host.do(exchange)


def test_another_host_reads_the_figures_but_no_raw_path_and_may_not_drain(run, hosts):
    pod, neighbour = hosts
    meshctl = run()
    for address in (pod.ip, pod.ip6):
        for page in PAGES:
            assert TOKEN not in ask(neighbour, "GET", page, address)[1], page
        assert json.loads(ask(neighbour, "GET", "/stats.json", address)[1])["top_paths"] is None
        assert "shown over loopback only" in ask(neighbour, "GET", "/", address)[1]
        status, reason = ask(neighbour, "POST", "/drain", address)
        assert status == 403
        assert "drained over loopback" in reason and "port-forward" in reason and "TERM" in reason
        assert pod.ip not in reason and pod.ip6 not in reason
    assert ask(neighbour, "GET", "/ready", pod.ip) == (200, "ready\n")
    assert neighbour.get(f"http://{pod.ip}:14001{PATH}") == "set\n"
    assert meshctl.process.poll() is None


def test_another_host_can_probe_and_scrape(run, hosts, children, tmp_path):
    pod, neighbour = hosts
    run()
    for url in (f"http://{pod.ip}:14000", f"http://[{pod.ip6}]:14000"):
        for probe in ("/ready", "/live"):
            neighbour.run("curl", "-sgf", "--max-time", "10", url + probe)
        text = neighbour.get(f"{url}/metrics")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stderr
        open_metrics = neighbour.run("curl", "-sgf", *OPEN_METRICS, f"{url}/metrics").stdout
        assert open_metrics.endswith("# EOF\n") and TOKEN not in open_metrics
    config = tmp_path / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [
        {"job_name": "pods", "static_configs": [{"targets": [f"{pod.ip}:14000", f"[{pod.ip6}]:14000"]}]}]}))
    prometheus = Child(neighbour.command("prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data",
                                         "--web.listen-address=127.0.0.1:9090"), tmp_path, "prometheus")
    children.append(prometheus)

    def scraped():
        query = "http://127.0.0.1:9090/api/v1/query?query=http_server_request_duration_seconds_count"
        asked = neighbour.run("curl", "-sgf", "--max-time", "10", query, check=False)  # a 503 while it starts
        return asked.returncode == 0 and len(json.loads(asked.stdout)["data"]["result"]) == 2

    prometheus.wait_for(scraped, "both targets' figures")


MIXED = [("127.0.0.6", "pod"), ("pod", "127.0.0.1"), ("pod", "pod"), ("neighbour", "pod")]
MIXED_IPV6 = [("::1", "pod6"), ("pod6", "::1"), ("pod6", "pod6"), ("neighbour6", "pod6")]
LOOPBACK = [("127.0.0.1", "127.0.0.1"), ("127.0.0.6", "127.0.0.1")]
LOOPBACK_IPV6 = [("::1", "::1")]


@pytest.mark.parametrize("admin, refused, taken", [
    ("*:14000", MIXED + MIXED_IPV6, LOOPBACK + LOOPBACK_IPV6),
    ("0.0.0.0:14000", MIXED, LOOPBACK),
], ids=["both families on one socket", "IPv4 alone"])
def test_loopback_means_both_ends_of_the_connection(run, hosts, admin, refused, taken):
    """Istio's proxy delivers the calls of others from 127.0.0.6 to the pod's address (istio/istio#29603)."""
    pod, neighbour = hosts
    addresses = {"pod": pod.ip, "pod6": pod.ip6, "neighbour": neighbour.ip, "neighbour6": neighbour.ip6}
    meshctl = run(admin)
    for source, to in refused:
        source_ip, to_ip = addresses.get(source, source), addresses.get(to, to)
        caller = neighbour if source.startswith("neighbour") else pod
        assert ask(caller, "POST", "/drain", to_ip, source_ip)[0] == 403, (source, to)
        assert TOKEN not in ask(caller, "GET", "/stats.json", to_ip, source_ip)[1], (source, to)
        assert TOKEN not in ask(caller, "GET", "/", to_ip, source_ip)[1], (source, to)
    for source, to in taken:
        told = json.loads(ask(pod, "GET", "/stats.json", to, source)[1])["top_paths"]
        assert told[0] == {"path": PATH, "calls_at_most": 1, "calls_at_least": 1}, (source, to)
        assert PATH in ask(pod, "GET", "/", to, source)[1], (source, to)
    source, to = taken[-1]
    assert ask(pod, "POST", "/drain", to, source) == (202, "draining\n")
    assert meshctl.wait() == 0


def test_a_host_that_is_not_ours_is_named_with_the_flag_that_adds_it(proxy, nginx, dashboard):
    meshctl, board = proxy("--upstream", nginx.port), dashboard()
    ports = {int(meshctl.admin.rpartition(":")[2]): "--admin-host NAME adds a name\n", board.port: "--host NAME adds a name\n"}
    hosts = {b"Proxy.example:14000": "'Proxy.example'", b"a'b\\\xff<i>": r"'a\x27b\x5C\xFF<i>'", b"x" * 300: f"'{'x' * 253}...'"}
    for port, cure in ports.items():
        for host, shown in hosts.items():
            done = subprocess.run(["curl", "-s", "--max-time", "10", "-H", b"Host: " + host, f"http://127.0.0.1:{port}/"],
                                  capture_output=True, timeout=20, check=True)
            first, second = done.stdout.decode("ascii").splitlines(keepends=True)
            assert f"does not answer to the host {shown}, only to addresses, localhost" in first
            assert second == cure


def test_the_list_of_pages_says_from_where_a_drain_works(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    done = subprocess.run(["curl", "-s", "--max-time", "10", f"http://{meshctl.admin}/none"], capture_output=True, text=True, timeout=20)
    assert re.search(r"^/drain +POST, over loopback: ends as TERM does$", done.stdout, re.M)
