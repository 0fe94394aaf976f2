"""/metrics by those who are to read it: promtool, and a real Prometheus."""
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from support import exposition
from support.child import eventually
from support.servers import Prometheus


def traffic(meshctl):
    """Ten calls of three kinds."""
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/file?[1-6]"),
                    "-o", "/dev/null", meshctl.url("/gone?[1-3]"),
                    "-o", "/dev/null", meshctl.url("/broken")], timeout=20, check=True)
    meshctl.totals_after(10)


OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01"


def page(meshctl, accept="text/plain"):
    """(Content-Type, text) of /metrics."""
    request = urllib.request.Request(f"http://{meshctl.admin}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def calls_in(families):
    """The calls that a page tells of."""
    family = families["http_server_request_duration_seconds"]
    return sum(value for (name, _), (value, _) in family.samples.items() if name.endswith("_count"))


@pytest.mark.parametrize("accept", ["text/plain", OPEN_METRICS])
def test_both_formats_keep_their_rules_under_traffic(proxy, nginx, accept):
    meshctl = proxy("--upstream", nginx.port, "--threads", "2")
    exposition.check(page(meshctl, accept)[1])
    load = [subprocess.Popen(["curl", "-s", "-H", PARENT, "-o", "/dev/null",
                              meshctl.url(f"/{name}/[1-2000]"), meshctl.url("/file?[1-2000]")],
                             stdout=subprocess.DEVNULL) for name in ("a", "b")]
    pages = 0
    while any(one.poll() is None for one in load):
        exposition.check(page(meshctl, accept)[1])
        pages += 1
    assert pages > 3
    meshctl.totals_after(8000)
    families = exposition.check(page(meshctl, accept)[1])
    assert calls_in(families) == 8000
    exemplars = [exemplar for family in families.values()
                 for _, exemplar in family.samples.values() if exemplar]
    assert bool(exemplars) == (accept == OPEN_METRICS)
    assert all(TRACE in exemplar for exemplar in exemplars)


def test_the_formats_tell_the_same(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    traffic(meshctl)

    def samples(accept):
        found = {}
        for family in exposition.check(page(meshctl, accept)[1]).values():
            for (name, labels), (value, _) in family.samples.items():
                labels = tuple((key, float(text) if key == "le" else text) for key, text in labels)
                found[name, labels] = None if name.startswith(("process_", "meshctl_machine_")) else value
        return found

    assert samples("text/plain") == samples(OPEN_METRICS)


@pytest.mark.parametrize("accept, kind", [
    (OPEN_METRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    (OPEN_METRICS + ";q=0.4,text/plain;q=0.5", "text/plain; version=0.0.4; charset=utf-8"),
    ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
])
def test_accept_chooses_the_format(proxy, nginx, accept, kind):
    meshctl = proxy("--upstream", nginx.port)
    content_type, text = page(meshctl, accept)
    assert content_type == kind
    assert text.endswith("# EOF\n") == kind.startswith("application/openmetrics")


def test_only_a_valid_trace_id_is_kept(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for value in ("secret", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7-00"):
        subprocess.run(["curl", "-s", "-o", "/dev/null", "-H", f"traceparent: {value}", "-H", "cookie: secret",
                        meshctl.url("/file")], timeout=20, check=True)
    meshctl.totals_after(3)
    text = page(meshctl, OPEN_METRICS)[1]
    assert "trace_id" not in text and "secret" not in text


def test_the_official_parsers_read_both_formats(proxy, nginx):
    pytest.importorskip("prometheus_client", reason="python3-prometheus-client is not installed")
    from prometheus_client import parser
    from prometheus_client.openmetrics import parser as open_parser
    meshctl = proxy("--upstream", nginx.port)
    subprocess.run(["curl", "-s", "-o", "/dev/null", "-H", PARENT, meshctl.url("/file")],
                   timeout=20, check=True)
    meshctl.totals_after(1)
    for read, accept in ((parser, "text/plain"), (open_parser, OPEN_METRICS)):
        families = list(read.text_string_to_metric_families(page(meshctl, accept)[1]))
        counts = [sample.value for family in families for sample in family.samples
                  if sample.name == "http_server_request_duration_seconds_count"]
        assert counts == [1]
        exemplars = [sample.exemplar.labels for family in families for sample in family.samples
                     if sample.exemplar]
        assert exemplars == ([{"trace_id": TRACE}] if read is open_parser else [])


def test_promtool_has_nothing_to_say(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for moment in ("before any call", "after calls"):
        text = meshctl.get("/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                              text=True, timeout=20)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), moment
        traffic(meshctl)


def test_the_page_has_the_type_of_its_format(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    with urllib.request.urlopen(f"http://{meshctl.admin}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_the_histogram_counts_every_call_once(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    traffic(meshctl)
    counts = re.findall(r"^http_server_request_duration_seconds_count\{(.*)\} (\d+)$",
                        meshctl.get("/metrics"), re.M)
    assert sum(int(count) for _, count in counts) == 10
    by_status = {}
    for labels, count in counts:
        status = re.search(r'http_response_status_code="(\d+)"', labels)[1]
        by_status[status] = by_status.get(status, 0) + int(count)
    assert by_status == {"200": 6, "404": 3, "503": 1}


def test_a_prometheus_scrapes_the_same_counts(proxy, nginx, children, tmp_path):
    meshctl = proxy("--upstream", nginx.port)
    server = Prometheus(tmp_path, meshctl.admin)
    children.append(server)
    traffic(meshctl)

    def query(expression):
        url = f"http://127.0.0.1:{server.port}/api/v1/query?" + \
            urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.URLError:
            return []

    calls = "sum(http_server_request_duration_seconds_count) by (http_response_status_code)"
    # Under load, and at rest: then it has the client's own count.
    subprocess.run(["curl", "-s", "-H", PARENT, "-o", "/dev/null", meshctl.url("/load?[1-5000]")],
                   timeout=60, check=True)
    meshctl.totals_after(5010)
    eventually(lambda: [row for row in query("sum(http_server_request_duration_seconds_count)")
                        if row["value"][1] == "5010"], 30, "a scrape of all calls")
    result = query(calls)
    assert {row["metric"]["http_response_status_code"]: row["value"][1] for row in result} \
        == {"200": "6", "404": "5003", "503": "1"}
    assert query("up{job='meshctl'}")[0]["value"][1] == "1"
    assert float(query("histogram_quantile(0.5, sum(http_server_request_duration_seconds_bucket)"
                       " by (le))")[0]["value"][1]) > 0
