"""--otlp: what a collector gets, and what becomes of one that is down, slow, or of another mind."""
import json
import subprocess
import time

import pytest

from support import node_peers
from support.child import eventually, free_port
from support.collector import Collector, attributes, metrics, points
from support.meshctl import run_once

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
DURATION = "http.server.request.duration"


def call(meshctl, *paths):
    argv = ["curl", "-s", "-H", f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01"]
    for path in paths:
        argv += ["-o", "/dev/null", meshctl.url(path)]
    subprocess.run(argv, timeout=20, check=True)


def calls_in(request):
    return sum(int(point["count"]) for _, point in points(request, DURATION))


def pushed(proxy, nginx, collector, *args, env=None, interval="100ms"):
    return proxy("--upstream", nginx.port, "--otlp", collector.url, "--otlp-interval", interval,
                 *args, env=env)


def said(meshctl, words):
    return eventually(lambda: words in meshctl.stderr(), 10, f"'{words}'")


def test_the_numbers_are_those_of_the_client_and_of_stats_json(proxy, nginx):
    with Collector() as collector:
        meshctl = pushed(proxy, nginx, collector, interval="60s")
        call(meshctl, "/file?[1-6]", "/gone?[1-3]", "/broken")
        totals = meshctl.totals_after(10)
        meshctl.stop()
        assert len(collector.requests) == 1, "once at the end"
        request = collector.last
    by_status = {}
    for labels, point in points(request, DURATION):
        status = labels["http.response.status_code"]
        by_status[status] = by_status.get(status, 0) + int(point["count"])
        assert sum(map(int, point["bucketCounts"])) == int(point["count"])
        assert len(point["bucketCounts"]) == len(point["explicitBounds"]) + 1
        assert {each["traceId"] for each in point["exemplars"]} == {TRACE}
    assert by_status == {"200": 6, "404": 3, "503": 1} == {
        status: count for status, count in totals["by_status"].items()}
    seconds = sum(point["sum"] for _, point in points(request, DURATION))
    assert seconds == pytest.approx(totals["duration"]["sum_ns"] / 1e9)
    assert sum(point["sum"] for _, point in points(request, "http.server.response.body.size")) \
        == totals["response_body_bytes"]
    assert points(request, "http.server.active_requests")[0][1]["asInt"] == "0"


def test_the_official_definitions_read_all_of_it(proxy, nginx):
    with Collector() as collector:
        meshctl = pushed(proxy, nginx, collector, interval="60s")
        call(meshctl, "/file", "/broken")
        meshctl.totals_after(2)
        meshctl.stop()
        sent = collector.requests[0][3]
    argv, environment = node_peers.command("otlp_decode.js")
    done = subprocess.run(argv, env=environment, input=sent, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == json.loads(sent)


def test_the_environment_says_where_and_as_whom(proxy, nginx):
    with Collector() as collector:
        meshctl = proxy("--upstream", nginx.port, "--otlp-interval", "100ms", "--drain-delay", "0s", env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url + "/base/",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b, x-other=c",
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=ci%2Ctest,service.name=other",
            "POD_NAME": "shop-1"})
        eventually(lambda: collector.requests, 20, "a push")
        meshctl.stop()
        _, path, headers, _ = collector.requests[0]
        who = attributes(collector.last["resourceMetrics"][0]["resource"])
    assert path == "/base/v1/metrics"
    assert (headers["x-key"], headers["x-other"]) == ("a b", "c")
    assert headers["Content-Type"] == "application/json"
    assert who["service.name"] == "shop"
    assert who["deployment.environment.name"] == "ci,test"
    assert who["k8s.pod.name"] == "shop-1"


def test_a_flag_wins_over_the_variables_and_the_metrics_url_is_taken_as_it_is(proxy, nginx):
    with Collector() as collector:
        for args, env, path in (
                ((), {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": collector.url + "/m",
                      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, "/m"),
                (("--otlp", collector.url + "/own"),
                 {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, "/own"),
                ((), {"MESHCTL_OTLP": collector.url}, "/v1/metrics")):
            meshctl = proxy("--upstream", nginx.port, *args, env=env)
            meshctl.stop()
            assert collector.requests[-1][1] == path
        count = len(collector.requests)
        meshctl = proxy("--upstream", nginx.port, "--otlp", "off",
                        env={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        meshctl.stop()
        assert len(collector.requests) == count


@pytest.mark.parametrize("url, words", [
    ("https://localhost:4318", "https:// is not supported"),
    ("localhost:4318", "has no http://"),
    ("http://user:word@localhost", "the URL has a user or password"),
])
def test_a_url_that_cannot_be_pushed_to_is_refused(url, words):
    done = run_once("run", "--upstream", "1", "--otlp", url)
    assert done.returncode == 2 and words in done.stderr and "word@" not in done.stderr
    done = run_once("run", "--upstream", "1", env={"MESHCTL_OTLP": url})
    assert done.returncode == 2 and words in done.stderr and "word@" not in done.stderr


def test_a_collector_that_comes_late_gets_all(proxy, nginx):
    with Collector() as collector:
        meshctl = proxy("--upstream", nginx.port, "--otlp", f"http://127.0.0.1:{free_port()}",
                        "--otlp-interval", "100ms")
        said(meshctl, "connection refused; trying again")
        call(meshctl, "/file")
        time.sleep(0.5)
        assert meshctl.stderr().count("trying again") == 1, "one line a change"
        started = time.monotonic()
        meshctl.stop()
        assert time.monotonic() - started < 10
        assert "the last usage did not reach" in meshctl.stderr()
        assert not collector.requests


def test_503_is_tried_again_when_it_says_and_the_newest_numbers_go(proxy, nginx):
    with Collector((503, {"Retry-After": "2"}, "busy"), 200) as collector:
        meshctl = pushed(proxy, nginx, collector)
        said(meshctl, "it answered 503; trying again")
        call(meshctl, "/file?[1-4]")
        said(meshctl, "usage goes to")
        first, second = collector.requests[:2]
        assert 1.9 <= second[0] - first[0] <= 4
        assert calls_in(json.loads(second[3])) == 4, "not the old text"
        assert collector.most_at_once == 1


def test_400_is_dropped_and_said_once(proxy, nginx):
    with Collector((400, {}, "no\x1b[31m such field")) as collector:
        meshctl = pushed(proxy, nginx, collector)
        said(meshctl, "refuses the usage: it answered 400: no\\u001b[31m such field")
        eventually(lambda: len(collector.requests) >= 4, 20, "four pushes")
        assert meshctl.stderr().count("refuses") == 1


def test_a_partial_success_is_said_and_nothing_is_sent_again(proxy, nginx):
    answer = json.dumps({"partialSuccess": {"rejectedDataPoints": "2", "errorMessage": "too old"}})
    with Collector((200, {}, answer)) as collector:
        meshctl = pushed(proxy, nginx, collector, interval="60s")
        meshctl.stop()
        assert "2 data points refused: too old" in meshctl.stderr()
        assert len(collector.requests) == 1


def garbage(handler):
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")


def half_an_answer(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")


@pytest.mark.parametrize("answer, words", [(garbage, "the answer is not HTTP"),
                                           (half_an_answer, "ended before the answer did")])
def test_what_is_no_answer_is_tried_again(proxy, nginx, answer, words):
    with Collector(answer, 200) as collector:
        meshctl = pushed(proxy, nginx, collector)
        said(meshctl, words)
        said(meshctl, "usage goes to")


def test_a_slow_collector_holds_up_nothing(proxy, nginx):
    with Collector(lambda handler: time.sleep(30)) as collector:
        meshctl = pushed(proxy, nginx, collector)
        eventually(lambda: collector.requests, 20, "a push")
        started = time.monotonic()
        call(meshctl, "/file?[1-200]")
        assert time.monotonic() - started < 10
        assert len(collector.requests) == 1, "one request at most is under way"
        started = time.monotonic()
        meshctl.stop()
        assert 2.5 < time.monotonic() - started < 10, "the last wait is bounded"
        assert metrics(collector.last)
        assert calls_in(collector.last) == 200
