"""All forms tell the same numbers, and they are the client's own: after 50,000 mixed calls, at rest."""
import collections
import json
import re
import subprocess

from support.child import Child, free_port
from support.collector import Collector, points

H1_CALLS = 22_000
H2_CALLS = 22_000
SINGLE_CALLS = 5_900
UPLOADS = 100
UPLOAD_BYTES = 10_000


class Counted:
    """What the clients say."""

    def __init__(self):
        self.by_class = collections.Counter()
        self.sent = self.received = 0

    @property
    def calls(self):
        return sum(self.by_class.values())

    def h2load(self, calls, *args):
        done = subprocess.run(["h2load", "-t1", "-n", str(calls), *args], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        classes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done.stdout)
        self.by_class.update(dict(zip("2345", map(int, classes.groups()))))
        self.received += int(re.search(r"\((\d+)\) data", done.stdout)[1])

    def curl(self, *args):
        done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download} %{size_upload}\\n",
                               *args], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            status, down, up = line.split()
            self.by_class[status[0]] += 1
            self.received += int(down)
            self.sent += int(up)


def by_class(by_status):
    classes = collections.Counter()
    for status, calls in by_status.items():
        classes[str(status)[0]] += calls
    return +classes


def check_stats(stats, counted):
    totals = stats["totals"]
    assert totals["calls"] == totals["duration"]["count"] == counted.calls
    assert by_class(totals["by_status"]) == +counted.by_class
    assert totals["errors"] == counted.by_class["5"]
    assert (totals["request_body_bytes"], totals["response_body_bytes"]) == (counted.sent, counted.received)
    for field in ("calls", "errors", "request_body_bytes", "response_body_bytes"):
        assert sum(route[field] for route in stats["routes"]) == totals[field]
    assert sum(count for _, count in totals["duration"]["bins"]) == counted.calls


def check_metrics(text, stats):
    """The page sums to what /stats.json says, route by route."""
    def sums(name, *labels):
        found = collections.Counter()
        for line in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", text, re.M):
            said = dict(re.findall(r'(\w+)="([^"]*)"', line[0]))
            found[tuple(said.get(label) for label in labels)] += float(line[1])
        return found

    duration, sent, received = ("http_server_request_duration_seconds", "http_server_request_body_size_bytes",
                                "http_server_response_body_size_bytes")
    by_route = sums(f"{duration}_count", "http_route")
    assert by_route == {(route["route"],): route["calls"] for route in stats["routes"]}
    by_status = sums(f"{duration}_count", "http_response_status_code")
    assert by_status == {(status,): calls for status, calls in stats["totals"]["by_status"].items()}
    assert sums(f"{sent}_sum")[()] == stats["totals"]["request_body_bytes"]
    assert sums(f"{received}_sum")[()] == stats["totals"]["response_body_bytes"]
    seconds = sums(f"{duration}_sum")[()]
    assert abs(seconds - stats["totals"]["duration"]["sum_ns"] / 1e9) < 1e-6 * max(seconds, 1)
    buckets = sums(f"{duration}_bucket", "le")
    assert buckets[("+Inf",)] == stats["totals"]["calls"]


def check_table(text, stats):
    """The last table: exact counts below 100,000."""
    rows = {line.split()[0]: line.split() for line in text[text.rindex("ROUTE "):].splitlines() if line}
    assert {name: int(row[1]) for name, row in rows.items() if name.startswith(("/", "{"))} == \
        {route["route"]: route["calls"] for route in stats["routes"]}
    assert int(rows["TOTAL"][1]) == stats["totals"]["calls"]
    statuses = rows["status"][1:]
    assert dict(zip(statuses[::2], map(int, statuses[1::2]))) == stats["totals"]["by_status"]


def check_markdown(text, stats):
    rows = re.findall(r"^\| (\S+) \| (\d+) \|", text, re.M)
    told = {name.replace("\\", ""): int(calls) for name, calls in rows}
    assert told.pop("**total**") == stats["totals"]["calls"]
    assert told == {route["route"]: route["calls"] for route in stats["routes"]}


def check_otlp(request, stats):
    """The last push, in sums by route and by status."""
    by_route, by_status, buckets, seconds = collections.Counter(), collections.Counter(), 0, 0.0
    for labels, point in points(request, "http.server.request.duration"):
        by_route[labels["http.route"]] += int(point["count"])
        by_status[labels["http.response.status_code"]] += int(point["count"])
        buckets += sum(map(int, point["bucketCounts"]))
        seconds += point["sum"]
    assert by_route == {route["route"]: route["calls"] for route in stats["routes"]}
    assert by_status == stats["totals"]["by_status"]
    assert buckets == stats["totals"]["calls"]
    assert abs(seconds - stats["totals"]["duration"]["sum_ns"] / 1e9) < 1e-6 * max(seconds, 1)
    for field in ("request_body", "response_body"):
        total = sum(point["sum"] for _, point in points(request, f"http.server.{field.replace('_', '.')}.size"))
        assert total == stats["totals"][f"{field}_bytes"]


def test_all_forms_agree_with_the_client(proxy, nginx, children, tmp_path):
    with Collector() as collector:
        check_all_forms(proxy, nginx, children, tmp_path, collector)


def check_all_forms(proxy, nginx, children, tmp_path, collector):
    root = tmp_path / "www"
    root.mkdir()
    (root / "small").write_bytes(b"0123456789" * 10)
    h2_port = free_port()
    h2_server = Child(["/usr/sbin/nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", root, str(h2_port)], tmp_path, "nghttpd")
    children.append(h2_server)
    h2_server.wait_for_port(h2_port)
    log = tmp_path / "calls.log"
    # Two in a row see the same calls, so that each form of output can be had.
    inner = proxy("--forward", f"0={nginx.port}", "--forward", f"0={h2_port}", "--output", "table",
                  "--access-log", log, "--report", tmp_path / "inner.md", "--threads", "2",
                  "--otlp", collector.url, "--otlp-interval", "500ms")
    outer = proxy("--forward", f"0={inner.ports[0]}", "--forward", f"0={inner.ports[1]}", "--output", "json",
                  "--report", tmp_path / "outer.json", "--interval", "500ms")
    h1, h2 = (f"http://127.0.0.1:{port}" for port in outer.ports)
    counted = Counted()
    counted.h2load(H1_CALLS, "--h1", "-c32", f"{h1}/file", f"{h1}/users/17", f"{h1}/broken", f"{h1}/no-content")
    counted.h2load(H2_CALLS, "-c8", "-m16", f"{h2}/small", f"{h2}/nothing")
    counted.curl("-H", "Connection: close", f"{h1}/file?[1-{SINGLE_CALLS}]")
    body = tmp_path / "body"
    body.write_bytes(b"u" * UPLOAD_BYTES)
    counted.curl("-T", str(body), f"{h1}/upload/agreed/[1-{UPLOADS}]")
    assert counted.calls == H1_CALLS + H2_CALLS + SINGLE_CALLS + UPLOADS == 50_000

    seen = []
    for meshctl in (outer, inner):
        meshctl.totals_after(counted.calls)
        stats = meshctl.stats()
        check_stats(stats, counted)
        check_metrics(meshctl.get("/metrics"), stats)
        seen.append(stats)
    assert {route["route"]: route["calls"] for route in seen[0]["routes"]} == \
        {route["route"]: route["calls"] for route in seen[1]["routes"]}

    code, out, _ = outer.finish()
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["final"] for line in lines] == [False] * (len(lines) - 1) + [True]
    for last in (lines[-1], json.loads((tmp_path / "outer.json").read_text())):
        check_stats(last, counted)
        assert last["final"]
        assert last["routes"] == seen[0]["routes"] and last["totals"] == seen[0]["totals"]

    code, out, _ = inner.finish()
    assert code == 0
    check_table(out, seen[1])
    check_otlp(collector.last, seen[1])
    check_markdown((tmp_path / "inner.md").read_text(), seen[1])
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(calls) == counted.calls
    assert sum(call["http.response.body.size"] for call in calls) == counted.received
    assert sum(call["http.request.body.size"] for call in calls) == counted.sent
    assert sum(call["duration_ns"] for call in calls) == seen[1]["totals"]["duration"]["sum_ns"]
