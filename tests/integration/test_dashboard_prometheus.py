"""The dashboard with Prometheus as its engine: the same page, and the figures that pushes give."""
import contextlib
import http.server
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
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
    pods = [proxy("--upstream", nginx.port, "--dashboard", pushed.url(), "--drain-delay", "0s",
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


def end(pod, prometheus):
    """Ends a proxy; it is not there any more to who asks Prometheus how it was 3 s ago, either."""
    pod.finish()

    def is_gone():
        question = {"query": f'meshctl_service_info{{instance="{pod.admin}"}}', "time": time.time() - 3}
        url = f"http://127.0.0.1:{prometheus.port}/api/v1/query?{urllib.parse.urlencode(question)}"
        return json.load(urllib.request.urlopen(url, timeout=20))["data"]["result"] == []

    eventually(is_gone, 30, "a scrape that failed")


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
    for board in (pushed, scraped):
        eventually(lambda: board.service("shop")["cpu"] is not None and board.service("shop")["minute"]["p50_seconds"] is not None, 20,
                   "slots that are over")
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
    meshctl = proxy("--upstream", port, "--dashboard", pushed.url(), "--drain-delay", "0s", env={"MESHCTL_SERVICE": "echo", "POD_NAME": "echo-1"})
    asked = threading.Semaphore(0)

    def say_nothing(connection):
        read_head(connection)
        asked.release()
        with contextlib.suppress(ConnectionResetError):
            read_all(connection)

    silent = ScriptedServer(say_nothing)
    left = proxy("--upstream", silent.port, "--dashboard", pushed.url(), "--drain-delay", "0s", env={"MESHCTL_SERVICE": "left", "POD_NAME": "left-1"})
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
    # A deadline of the client is told by itself or, if it was quicker, by the service.
    assert pushed.service("echo")["totals"]["errors"] in (20 + 12, 20 + 12 + 1)
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
    assert "Node memory" in browser.text("#charts")


def test_what_was_before_the_dashboard_is_known_too(shop, children, tmp_path):
    _, scraped, pods, prometheus = shop
    calls(pods[0].url(), 50, "/file")
    calls(pods[1].url(), 70, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 120, 60, "the calls")
    scraped.stop()
    end(pods[1], prometheus)
    again = Dashboard(tmp_path, "--prometheus", f"http://127.0.0.1:{prometheus.port}/", name="again")
    children.append(again)
    eventually(lambda: again.service("shop")["totals"]["calls"] == 120, 60, "the calls")
    assert {pod["name"]: pod["state"] for pod in again.service("shop")["pods"]}["shop-1"] == "live"


def test_a_proxy_that_starts_anew_adds_to_its_service(shop, proxy, nginx):
    _, scraped, pods, _ = shop
    calls(pods[0].url(), 50, "/file")
    eventually(lambda: scraped.service("shop")["totals"]["calls"] == 50, 60, "the calls")
    admin = pods[0].admin
    pods[0].finish()
    anew = proxy("--upstream", nginx.port, "--admin", admin, "--drain-delay", "0s", admin=False,
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


class Answering(http.server.ThreadingHTTPServer):
    """In the place of a Prometheus: `answer(path, body)` gives status and text, or None to break the connection."""
    daemon_threads = True

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                answered = answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                if answered is None:
                    self.close_connection = True
                    return
                status, answer_text = answered
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer_text)))
                self.end_headers()
                self.wfile.write(answer_text)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

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
    end(pods[1], prometheus)

    def limited(path, body):
        """Passes on what may be loaded: not the past, which has `function` in its questions."""
        if function in body:
            return 422, b'{"status":"error","errorType":"execution","error":"query processing would load too many samples"}'
        request = urllib.request.Request(f"http://127.0.0.1:{prometheus.port}{path}", body)
        return 200, urllib.request.urlopen(request, timeout=20).read()

    server = Answering(limited)
    children.append(server)
    board = Dashboard(tmp_path, "--prometheus", server.url(), name="limited")
    children.append(board)
    eventually(lambda: board.service("shop")["totals"]["calls"] == 50, 60, "the calls")
    words = "what was before: it answered 422, it says: query processing would load too many samples"
    eventually(lambda: words in board.stderr(), 20, "the words")
    assert board.stderr().count("showing what is there now") == 1


def proxy_of(address, calls, service="shop", **more):
    """What a Prometheus tells of one proxy: `calls` by status, now; `past_calls`, of all series in the window; `scraped`, how long ago."""
    return {"address": address, "calls": calls, "past_calls": calls, "service": service, "namespace": "", "started": 1000, "scraped": 0,
            "is_there": True, **more}


def tell(proxies):
    """Answers the questions of a dashboard as a Prometheus that scraped `proxies`."""
    def result(question, at):
        is_past = "_over_time(" in question
        chosen = re.search(r'instance=~("(?:[^"\\\\]|\\\\.)*")', question)
        pattern = json.loads(chosen[1]) if chosen else ".*"
        for proxy in proxies:
            if not (is_past or proxy["is_there"]) or not re.fullmatch(pattern, proxy["address"]):
                continue
            labels = {"job": "meshctl", "instance": proxy["address"], "namespace": proxy["namespace"]}
            if question == "meshctl_service_info[3m]":
                yield {"metric": labels, "values": [[at - 1, "1"], [at, "1"]]}
            elif "meshctl_service_info" in question.split(" and ")[0]:
                # Its last scrape; 1 where the subquery found none.
                found = proxy["scraped"] is not None and "timestamp(" in question
                value = at - proxy["scraped"] if found else 1
                yield {"metric": {**labels, "service": proxy["service"], "pod": proxy["address"]}, "value": [at, str(value)]}
            elif question.startswith(("process_start_time_seconds", "last_over_time(process_start_time_seconds")):
                yield {"metric": labels, "value": [at, str(proxy["started"])]}
            elif "http_server_request_duration_seconds_count" in question:
                for status, calls in proxy["past_calls" if is_past else "calls"].items():
                    yield {"metric": {**labels, "http_route": "/", "http_response_status_code": status}, "value": [at, str(calls)]}

    def answer(_, body):
        asked = urllib.parse.parse_qs(body.decode())
        found = list(result(asked["query"][0], float(asked["time"][0])))
        return 200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()

    return answer


def dashboard_of(answer, children, tmp_path, *args):
    server = Answering(answer)
    children.append(server)
    board = Dashboard(tmp_path, "--prometheus", server.url(), *args, name="told")
    children.append(board)
    return board


def test_who_is_there_now_counts_as_it_is_and_all_others_as_they_were(children, tmp_path):
    # It started anew at its address half an hour ago: errors of its earlier start are in the window, and its last scrape is long ago
    # to who looks seldom.
    again = proxy_of("10.0.0.1:9000", {"200": 1190}, past_calls={"200": 1190, "500": 7}, scraped=600)
    short = proxy_of("10.0.0.2:9000", {"200": 42}, service="short", scraped=None, is_there=False)
    ended = proxy_of("10.0.0.3:9000", {"200": 33}, service="ended", scraped=100, is_there=False)
    board = dashboard_of(tell([again, short, ended]), children, tmp_path)
    eventually(lambda: board.service("ended")["totals"]["calls"] == 33, 20, "the past")
    assert board.service("shop")["totals"]["calls"] == 1190
    assert board.service("shop")["totals"]["errors"] == 0
    assert board.service("short")["totals"]["calls"] == 42
    assert {name: board.service(name)["state"] for name in ("shop", "short", "ended")} == {"shop": "live", "short": "gone", "ended": "stale"}
    assert 90 < board.service("ended")["last_seen_seconds"] < 130
    again["calls"] = {"200": 1200}
    eventually(lambda: board.service("shop")["totals"]["calls"] == 1200, 20, "the calls")


def test_a_past_that_breaks_off_is_counted_once(children, tmp_path):
    """201 proxies ended: that is one more than are asked for at once."""
    everybody = [proxy_of(f"pod-{number:03}:9000", {"200": 1}, is_there=False) for number in range(201)]
    everybody.append(proxy_of("alive:9000", {"200": 5}, service="now"))
    whole = tell(everybody)
    breaks = threading.Semaphore(2)

    def answer(path, body):
        """The second batch breaks off twice."""
        question = urllib.parse.parse_qs(body.decode())["query"][0]
        is_second = "pod-200:" in question and "pod-199:" not in question
        return None if is_second and breaks.acquire(blocking=False) else whole(path, body)

    board = dashboard_of(answer, children, tmp_path)
    eventually(lambda: board.service("now")["totals"]["calls"] == 5, 20, "who is there now")
    eventually(lambda: board.service("shop")["totals"]["calls"] >= 201, 40, "the past")
    eventually(lambda: health(board) == "ok\n", 20, "the end of the trouble")
    assert board.service("shop")["totals"]["calls"] == 201
    assert board.service("now")["state"] == "live"
    assert board.stderr().count("cannot read from Prometheus") == board.stderr().count("Prometheus answers again") == 1


def test_a_proxy_that_contradicts_itself_is_taken_as_it_is_then(children, tmp_path):
    moved = proxy_of("10.0.0.1:9000", {"200": 10})
    fell = proxy_of("10.0.0.2:9000", {"200": 20, "500": 7}, service="fell")
    board = dashboard_of(tell([moved, fell]), children, tmp_path)
    eventually(lambda: board.service("fell")["totals"]["calls"] == 27, 20, "the calls")
    # Prometheus' configuration sets a namespace from now on; of the other one it forgot a series.
    moved["namespace"] = "prod"
    moved["calls"] = {"200": 11}
    fell["calls"] = {"200": 21}
    eventually(lambda: {(each["namespace"], each["name"]): each["totals"]["calls"] for each in board.services()["services"]}
               == {("prod", "shop"): 11, ("", "fell"): 21}, 30, "the counts as they are")  # a look may have come between these lines
    moved["calls"] = {"200": 15}
    eventually(lambda: board.service("shop")["totals"]["calls"] == 15, 20, "the next calls")
    assert board.service("shop")["state"] == board.service("fell")["state"] == "live"
    assert health(board) == "ok\n"


@pytest.mark.parametrize("url, words", [
    ("prometheus:9090", "'prometheus:9090' is not the URL of a Prometheus"),
    ("https://prometheus:9090", "https:// is not supported"),
    ("http://me:secret@prometheus:9090", "the URL has a user or password")])
def test_an_address_that_cannot_be_is_refused(url, words):
    done = run_once("dashboard", "--listen", "0", "--prometheus", url)
    assert done.returncode == 2
    assert words in done.stderr
