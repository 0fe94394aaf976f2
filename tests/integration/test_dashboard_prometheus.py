"""The dashboard with Prometheus as its engine: the same page, and the figures that pushes give."""
import contextlib
import http.server
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from support import grpc_peer
from support.child import Child, eventually
from support.dashboard import Dashboard
from support.meshctl import run_once
from support.servers import Prometheus, ScriptedServer, read_all, read_head, reset

# What every row counts.
COUNTS = ("calls", "errors", "client_aborts", "request_body_bytes", "response_body_bytes")


@pytest.fixture
def shop(children, proxy, nginx, tmp_path):
    """Two proxies of one service that both push and are scraped: (pushed-to, by Prometheus, the two, Prometheus)."""
    pushed = Dashboard(tmp_path, "--data", tmp_path / "meshctl.db", name="pushed")
    children.append(pushed)
    pods = [proxy("--upstream", nginx.port, "--dashboard", pushed.url(),
                  env={"MESHCTL_SERVICE": "shop", "POD_NAME": f"shop-{number}"}) for number in (1, 2)]
    prometheus = Prometheus(tmp_path, *[pod.admin for pod in pods])
    children.append(prometheus)
    scraped = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{prometheus.port}", name="scraped")
    children.append(scraped)
    return pushed, scraped, pods, prometheus


def calls(url, count, path, *curl):
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", *curl, f"{url}{path}?[1-{count}]"], timeout=60)
    assert done.returncode == 0


def counts(row):
    return {name: row["totals"][name] for name in COUNTS}


def named(rows):
    return {row["name"]: counts(row) for row in rows if row["totals"]["calls"]}


def health(board):
    try:
        return board.get("/healthz")
    except urllib.error.HTTPError as error:
        assert error.code == 503
        return error.read().decode()


def test_both_engines_say_the_same(shop, tmp_path):
    pushed, scraped, pods, _ = shop
    (tmp_path / "body").write_bytes(b"x" * 1234)
    for round_number in (1, 2):
        calls(pods[0].url(), 300, "/file")
        calls(pods[1].url(), 200, "/10k")
        calls(pods[1].url(), 40, "/missing")
        calls(pods[0].url(), 30, "/broken")
        calls(pods[1].url(), 20, "/upload/here", "-T", tmp_path / "body")
        expected = 590 * round_number
        for board in (pushed, scraped):
            eventually(lambda: board.service("shop")["totals"]["calls"] == expected, 60, f"{expected} calls")
    one, other = pushed.service("shop"), scraped.service("shop")
    assert counts(one) == counts(other) == {"calls": 1180, "errors": 60, "client_aborts": 0, "request_body_bytes": 40 * 1234,
                                            "response_body_bytes": one["totals"]["response_body_bytes"]}
    assert named(one["pods"]) == named(other["pods"])
    assert named(one["routes"]) == named(other["routes"])
    assert other["state"] == "live"
    assert {pod["state"] for pod in other["pods"]} == {"live"}
    for row in (one, other):
        assert 0 <= row["cpu"] <= 1 and row["memory_bytes"] > 1e6
    # As fine as the buckets: everything here takes less than the first few.
    assert 0 < other["minute"]["p50_seconds"] <= other["minute"]["p99_seconds"] < 1

    def charted(board, query=""):
        series = board.series("shop", query)
        columns = ("calls", "failed_calls", "status_2xx", "status_4xx", "status_5xx", "request_bytes", "response_bytes")
        return {name: sum(series[name]) for name in columns} | {"5xx": sum(series["errors"].get("5xx", []))}

    eventually(lambda: charted(scraped)["calls"] == 1180, 60, "the chart of Prometheus")
    assert charted(scraped) == charted(pushed)
    for query in ("&pod=shop-1", "&route=/broken"):
        assert charted(scraped, query) == charted(pushed, query)
    # A share of time takes two steps.
    cpu = eventually(lambda: [each for each in scraped.series("shop")["cpu"] if each is not None], 30, "the CPU")
    assert all(0 <= each <= 1 for each in cpu)


def test_both_engines_say_the_same_of_grpc_streams_and_aborts(children, proxy, tmp_path):
    peer = [sys.executable, pathlib.Path(grpc_peer.__file__)]
    service = Child([*peer, "serve"], tmp_path, "grpc")
    children.append(service)
    port = int(service.wait_for(service.stdout, "its port"))
    pushed = Dashboard(tmp_path, "--data", tmp_path / "meshctl.db", name="pushed")
    children.append(pushed)
    meshctl = proxy("--upstream", port, "--dashboard", pushed.url(), env={"MESHCTL_SERVICE": "echo", "POD_NAME": "echo-1"})
    asked = threading.Semaphore(0)

    def say_nothing(connection):
        read_head(connection)
        asked.release()
        with contextlib.suppress(ConnectionResetError):
            read_all(connection)

    silent = ScriptedServer(say_nothing)
    left = proxy("--upstream", silent.port, "--dashboard", pushed.url(), env={"MESHCTL_SERVICE": "left", "POD_NAME": "left-1"})
    prometheus = Prometheus(tmp_path, meshctl.admin, left.admin)
    children.append(prometheus)
    scraped = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{prometheus.port}", name="scraped")
    children.append(scraped)
    done = subprocess.run([*peer, "call", str(meshctl.port), "20"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with silent:
        for _ in range(3):
            client = socket.create_connection(("127.0.0.1", left.port))
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert asked.acquire(timeout=20)
            reset(client)
    for board in (pushed, scraped):
        eventually(lambda: board.service("echo")["totals"]["calls"] == 5 * 20 + 1, 60, "all calls")
        eventually(lambda: board.service("left")["totals"]["client_aborts"] == 3, 60, "the calls that were left")
    assert pushed.service("echo")["totals"]["errors"] == 20 + 12
    assert counts(pushed.service("left")) == counts(scraped.service("left"))

    def compared(board):
        """Of streams a Prometheus has no bytes."""
        return {name: {key: value for key, value in each.items() if "bytes" not in key or name.endswith(("Unary", "Fail", "Missing", "Slow"))}
                for name, each in named(board.service("echo")["routes"]).items()}

    assert compared(scraped) == compared(pushed)
    assert {route for route in compared(pushed)} >= {f"/test.Echo/{name}" for name in ("Unary", "Fail", "Stream", "Both", "Slow")}
    eventually(lambda: sum(scraped.series("echo")["calls"]) == 101, 60, "the chart of Prometheus")
    errors = [{kind: sum(counts) for kind, counts in board.series("echo")["errors"].items()} for board in (pushed, scraped)]
    assert errors[0] == errors[1]
    for column in ("calls", "failed_calls", "status_2xx"):
        assert sum(scraped.series("echo")[column]) == sum(pushed.series("echo")[column]), column


def test_the_page_is_the_same(shop, browser):
    _, scraped, pods, _ = shop
    calls(pods[0].url(), 60, "/file")
    calls(pods[1].url(), 6, "/broken")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 66, 60, "the calls")
    browser.open(scraped.url("/#service=shop"))
    browser.wait_for(lambda: browser.rows() and browser.rows()[0]["Calls"] == "66", "the row")
    assert browser.rows()[0]["State"] == "● live" or browser.rows()[0]["State"] == "live"
    browser.wait_for(lambda: "Calls a second, by status" in browser.text("#charts"), "the charts", 40)
    assert "Errors a second, by type" in browser.text("#charts")
    assert "Memory" in browser.text("#charts")


def test_what_was_before_the_dashboard_is_known_too(shop, children, tmp_path):
    _, scraped, pods, prometheus = shop
    calls(pods[0].url(), 50, "/file")
    calls(pods[1].url(), 70, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 120, 60, "the calls")
    scraped.stop()
    again = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{prometheus.port}/", name="again")
    children.append(again)
    eventually(lambda: again.service("shop")["totals"]["calls"] == 120, 60, "the calls")


def test_a_proxy_that_starts_anew_adds_to_its_service(shop, proxy, nginx):
    _, scraped, pods, _ = shop
    calls(pods[0].url(), 50, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 50, 60, "the calls")
    admin = pods[0].admin
    pods[0].finish()
    anew = proxy("--upstream", nginx.port, "--admin", admin, admin=False,
                 env={"MESHCTL_SERVICE": "shop", "POD_NAME": "shop-1"})
    calls(anew.url(), 5, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 55, 60, "the calls of both")


def test_a_prometheus_that_does_not_answer_is_told_once_and_found_again(shop, browser):
    _, scraped, pods, prometheus = shop
    calls(pods[0].url(), 5, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 5, 60, "the calls")
    # Its own start may have been told already.
    told = scraped.stderr().count("cannot read from Prometheus")
    prometheus.stop()
    eventually(lambda: "cannot connect" in health(scraped), 30, "the state")
    with pytest.raises(urllib.error.HTTPError) as refused:
        scraped.series("shop")
    assert refused.value.code == 503
    # The page keeps what it knows, and says what is wrong.
    browser.open(scraped.url("/"))
    browser.wait_for(lambda: "cannot read from Prometheus at http://127.0.0.1" in browser.text("#trouble"), "the trouble")
    assert browser.rows()[0]["Calls"] == "5"
    assert scraped.service("shop")["totals"]["calls"] == 5
    time.sleep(6)
    assert scraped.stderr().count("cannot read from Prometheus") == told + 1
    prometheus.restart()
    eventually(lambda: health(scraped) == "ok\n", 60, "Prometheus again")
    browser.wait_for(lambda: browser.text("#trouble") == "", "the end of the trouble")


def test_more_proxies_than_are_asked_for_at_once(children, proxy, nginx, tmp_path):
    """One proxy stands for 450, by targets with names of their own; some have what means something in an expression."""
    pod = proxy("--upstream", nginx.port, env={"MESHCTL_SERVICE": "shop"})
    calls(pod.url(), 7, "/file")
    names = [f"10.0.{number // 200}.{number % 200}:14000" for number in range(447)] + ["a|b.*", "(\\d+)[\"x\"]", "^$?+{1}"]
    prometheus = Prometheus(tmp_path, interval="5s", static_configs=[
        {"targets": [pod.admin], "labels": {"instance": name}} for name in names])
    children.append(prometheus)
    board = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{prometheus.port}", name="scraped")
    children.append(board)
    eventually(lambda: board.services()["services"] and board.service("shop")["totals"]["calls"] == 450 * 7, 60, "all proxies")
    found = board.service("shop")["pods"]
    assert {each["name"]: each["totals"]["calls"] for each in found} == {name: 7 for name in names}
    calls(pod.url(), 3, "/file")
    eventually(lambda: board.service("shop")["totals"]["calls"] == 4500, 60, "the calls")
    assert health(board) == "ok\n" and board.services()["summary"]["pods_live"] == 450


class Limited(http.server.ThreadingHTTPServer):
    """Passes on to a Prometheus what it may load: not the past, which has `function` in its questions."""
    daemon_threads = True

    def __init__(self, port, function):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                # Who was there is looked for at so many times that a Prometheus of a minute has none of them.
                body = body.replace(b"%3A864s", b"%3A1s")
                if function in body:
                    status, answer = 422, b'{"status":"error","errorType":"execution","error":"query processing would load too many samples"}'
                else:
                    request = urllib.request.Request(f"http://127.0.0.1:{port}{self.path}", body)
                    status, answer = 200, urllib.request.urlopen(request, timeout=20).read()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def kill(self):
        self.shutdown()
        self.server_close()

    def stderr(self):
        return ""


@pytest.mark.parametrize("function", [b"max_over_time", b"last_over_time"])
def test_a_past_that_is_too_much_is_left_out(shop, children, tmp_path, function):
    _, scraped, pods, prometheus = shop
    calls(pods[0].url(), 50, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 50, 60, "the calls")
    limited = Limited(prometheus.port, function)
    children.append(limited)
    board = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{limited.server_address[1]}", name="limited")
    children.append(board)
    eventually(lambda: board.service("shop")["totals"]["calls"] == 50, 60, "the calls")
    assert "what was before: it answered 422, it says: query processing would load too many samples" in board.stderr()
    assert board.stderr().count("showing what is there now") == 1


@pytest.mark.parametrize("url, words", [
    ("prometheus:9090", "'prometheus:9090' is not the URL of a Prometheus"),
    ("https://prometheus:9090", "https:// is not spoken here"),
    ("http://me:secret@prometheus:9090", "the URL has a user or password")])
def test_an_address_that_cannot_be_is_refused(url, words):
    done = run_once("dashboard", "--listen", "0", "--prometheus", url)
    assert done.returncode == 2
    assert words in done.stderr
