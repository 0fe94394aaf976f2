"""/metrics by those who are to read it: promtool, and a real Prometheus."""
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from support.child import eventually
from support.servers import Prometheus


def traffic(meshctl):
    """Ten calls of three kinds."""
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/file?[1-6]"),
                    "-o", "/dev/null", meshctl.url("/gone?[1-3]"),
                    "-o", "/dev/null", meshctl.url("/broken")], timeout=20, check=True)
    meshctl.totals_after(10)


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
    traffic(meshctl)
    server = Prometheus(tmp_path, meshctl.admin)
    children.append(server)

    def query(expression):
        url = f"http://127.0.0.1:{server.port}/api/v1/query?" + \
            urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.URLError:
            return []

    calls = "sum(http_server_request_duration_seconds_count) by (http_response_status_code)"
    result = eventually(lambda: query(calls), 30, "a scrape")
    assert {row["metric"]["http_response_status_code"]: row["value"][1] for row in result} \
        == {"200": "6", "404": "3", "503": "1"}
    assert query("up{job='meshctl'}")[0]["value"][1] == "1"
    assert float(query("histogram_quantile(0.5, sum(http_server_request_duration_seconds_bucket)"
                       " by (le))")[0]["value"][1]) > 0
