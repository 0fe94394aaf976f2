"""The dashboard: what proxies push is what its documents say, through restarts and kills."""
import contextlib
import csv
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from support.child import eventually
from support.dashboard import Pusher, push
from support.meshctl import ROOT, run_once


def calls(url, count, path="/file"):
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", f"{url}{path}?[1-{count}]"], timeout=60)
    assert done.returncode == 0


def test_what_the_clients_called_is_what_the_dashboard_says(dashboard, proxy, nginx):
    board = dashboard()
    one = proxy("--upstream", nginx.port, "--dashboard", board.url(), "--drain-delay", "0s", env={"MESHCTL_SERVICE": "shop", "POD_NAME": "shop-1"})
    two = proxy("--upstream", nginx.port, "--dashboard", board.url(), "--drain-delay", "0s", env={"MESHCTL_SERVICE": "shop", "POD_NAME": "shop-2"})
    calls(one.url(), 300)
    calls(two.url(), 200)
    calls(two.url(), 50, "/missing")
    eventually(lambda: board.service("shop")["totals"]["calls"] == 550, 15, "all calls")
    shop = board.service("shop")
    assert {pod["name"]: pod["totals"]["calls"] for pod in shop["pods"]} == {"shop-1": 300, "shop-2": 250}
    assert {route["name"]: route["totals"]["calls"] for route in shop["routes"]} == {"/file": 500, "{not_found}": 50}
    assert shop["state"] == "live"
    # Stored once a second.
    eventually(lambda: sum(board.series("shop")["status_2xx"]) == 500, 20, "the history")
    assert sum(board.series("shop")["status_4xx"]) == 50
    assert sum(board.series("shop", "&pod=shop-1")["calls"]) == 300
    assert sum(board.series("shop", "&route=/file")["calls"]) == 500


def post(board, document, **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request = urllib.request.Request(board.url("/api/v1/push"), body, {"Content-Type": "application/json", **headers})
    try:
        return urllib.request.urlopen(request, timeout=20).status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def total(board, name="shop"):
    return board.service(name)["totals"]["calls"]


def test_lost_late_and_double_pushes_change_no_number(dashboard):
    board = dashboard()
    one = "0123456789abcdef"
    assert post(board, push(10, instance=one, sequence=1))[0] == 200
    assert post(board, push(10, instance=one, sequence=1))[0] == 200
    assert post(board, push(30, instance=one, sequence=3))[0] == 200  # the second was lost
    assert post(board, push(20, instance=one, sequence=2))[0] == 200  # and comes late
    eventually(lambda: total(board) == 30, 20, "the calls")
    assert post(board, push(5, sequence=1))[0] == 200  # the proxy was started anew
    eventually(lambda: total(board) == 35, 20, "the calls")
    code, words = post(board, push(29, instance=one, sequence=4))
    assert (code, words) == (409, "calls of the route '/' fell\n")
    time.sleep(1.1)  # a document is made once a second
    assert total(board) == 35


def test_percentiles_are_those_of_all_durations_together(dashboard):
    board = dashboard()
    for pod in range(5):
        # Four pods at 1 us, one at 2 us (an octave is 32 bins): the median is of the former, p99 of the latter.
        assert post(board, push(100, pod=f"shop-{pod}", bins=[[63 if pod == 4 else 31, 100]]))[0] == 200
    minute = board.minute("shop", 500)
    assert minute["p50_seconds"] == pytest.approx(1e-6, rel=0.02)
    assert minute["p99_seconds"] == pytest.approx(2e-6, rel=0.02)


def test_a_restart_and_a_kill_lose_no_count_and_keep_the_history(dashboard, children):
    board = dashboard()
    one, sequence, calls = "0123456789abcdef", 0, 0
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        sequence, calls = sequence + 1, calls + 100
        assert post(board, push(calls, instance=one, sequence=sequence))[0] == 200
        eventually(lambda: sum(board.series("shop")["calls"]) == calls, 20, "the history")
        board.send(number)
        board.wait()
        board = dashboard()
        assert total(board) == calls
        assert sum(board.series("shop")["calls"]) == calls


def test_the_last_push_of_a_proxy_survives_a_kill_right_behind_it(dashboard):
    board = dashboard()
    assert post(board, push(7, final=True))[0] == 200
    board.send(signal.SIGKILL)
    board.wait()
    board = dashboard()
    assert total(board) == 7
    assert board.service("shop")["state"] == "gone"


@pytest.mark.parametrize("change, words", [
    ({"format": "meshctl-push-2"}, "format is none that this dashboard knows: it takes meshctl-push-1"),
    ({"instance": "me"}, "instance must be 16 hexadecimal digits"),
    ({"sequence": -1}, "sequence must be a whole number from 0 to 2^53"),
    ({"sequence": 1.5}, "sequence must be a whole number from 0 to 2^53"),
    ({"active_calls": 2 ** 40}, "active_calls must be a whole number from 0 to 2^32"),
    ({"uptime_ms": 2 ** 60}, "uptime_ms must be a whole number from 0 to 2^53"),
    ({"node": {"cpu_busy_ns": 2 ** 63, "cpu_total_ns": 0, "memory_used_bytes": 0, "memory_total_bytes": 0}},
     "node.cpu_busy_ns must be a whole number from 0 to 2^63 - 1"),
    ({"routes": [{"route": ""}]}, "routes[0].route must not be empty"),
    ({"service": "x" * 300}, "service is longer than 256 bytes"),
    ({"service": 7}, "service must be a text"),
    ({"connections": []}, "connections must be an object"),
    ({"final": "no"}, "final must be true or false"),
    ({"routes": {}}, "routes must be a list"),
    ({"routes": [{}] * 10000}, "routes has 10000 entries; at most 500 are taken"),
    ({"routes": [{}]}, "routes[0].route is missing")])
def test_a_push_that_makes_no_sense_is_refused_with_its_place(dashboard, change, words):
    board = dashboard()
    assert post(board, push() | change) == (400, words + "\n")
    assert board.services()["services"] == []


def test_a_big_machine_that_is_up_for_long_is_heard_of(dashboard):
    """104 days of its processors are 2^53 ns: 64 of them take a day and a half."""
    board = dashboard()
    century = 100 * 365 * 86400 * 10 ** 9
    document = push(3, node={"cpu_busy_ns": century // 2, "cpu_total_ns": century, "memory_used_bytes": 1, "memory_total_bytes": 2})
    document["routes"][0]["duration"]["sum_ns"] = century
    assert post(board, document) == (200, "")
    eventually(lambda: total(board) == 3, 20, "the calls")


def test_a_table_for_a_spreadsheet_says_what_the_document_says(dashboard):
    board = dashboard()
    pusher = Pusher(board, "shop", "shop-1")
    for status, calls in ((2, 0), (2, 30), (5, 12)):
        pusher.call("/cart", calls, status, sent=100)
        pusher.push()
    eventually(lambda: sum(board.series("shop")["calls"]) == 42, 20, "what was pushed")
    document = board.series("shop")
    rows = list(csv.reader(board.get("/api/v1/series?service=shop&format=csv").splitlines()))
    table = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    assert table.pop("time_unix_ms") == [str(at) for at in document["times"]]
    assert {float(each) for each in table.pop("step_seconds")} == {document["step_seconds"]}
    errors = {name.removeprefix("errors_"): table.pop(name) for name in list(table) if name.startswith("errors_")}
    assert document["errors"] and errors.keys() > document["errors"].keys()
    assert {kind: [int(each) for each in values] for kind, values in errors.items()} == {
        kind: document["errors"].get(kind, [0] * len(document["times"])) for kind in errors}
    assert {name: [None if each == "" else float(each) for each in values] for name, values in table.items()} == {
        name: document[name] for name in document.keys() - {"format", "step_seconds", "times", "errors"}}


def test_hostile_bodies_are_refused(dashboard):
    board = dashboard()
    assert post(board, b"[" * 100000) == (400, "the push is nested deeper than 8\n")
    assert post(board, b'{"format":NaN}') == (400, "the push is not JSON\n")
    assert post(board, push(bins=[[5000, 1]]))[1].startswith("routes[0].duration.bins[0] must be a bin below 1056")
    assert post(board, push(bins=[[3, 1], [3, 1]]))[0] == 400
    assert post(board, push(), **{"Content-Type": "text/plain"})[0] == 415
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json",
                           "--data-binary", "@-", board.url("/api/v1/push")], input=b"x" * (20 << 20), capture_output=True,
                          timeout=30)
    assert done.stdout == b"413"
    assert total(board) == 0
    assert post(board, push(), **{"Content-Type": "Application/JSON ; charset=utf-8"})[0] == 200


def test_a_token_is_asked_for_and_never_told(dashboard, proxy, nginx, tmp_path):
    (tmp_path / "token").write_text("sesame-4711\n")
    board = dashboard("--token-file", tmp_path / "token")
    assert post(board, push())[0] == 401
    assert post(board, push(), Authorization="Bearer sesame-4712")[0] == 401
    assert post(board, push(), Authorization="Bearer sesame-4711")[0] == 200
    assert post(board, push(), Authorization="bearer sesame-4711")[0] == 200
    assert post(board, push(), Authorization="Basic sesame-4711")[0] == 401
    meshctl = proxy("--upstream", nginx.port, "--dashboard", board.url(), "--token-file", tmp_path / "token",
                    env={"MESHCTL_SERVICE": "known"})
    calls(meshctl.url(), 3)
    eventually(lambda: total(board, "known") == 3, 20, "the calls")
    stranger = proxy("--upstream", nginx.port, "--dashboard", board.url(), env={"MESHCTL_SERVICE": "unknown"})
    eventually(lambda: "refuses the usage: it answered 401" in stranger.stderr(), 20, "the refusal")
    assert "4711" not in board.stderr() + meshctl.stderr()


def test_pages_of_others_are_kept_out(dashboard):
    board = dashboard()
    for headers, code in (({"Host": "evil.example"}, 421), ({"Host": f"localhost:{board.port}"}, 200)):
        request = urllib.request.Request(board.url("/api/v1/services"), headers=headers)
        try:
            assert urllib.request.urlopen(request, timeout=10).status == code
        except urllib.error.HTTPError as error:
            assert error.code == code
    assert post(board, push(), Origin="http://evil.example")[0] == 403
    # A Service of Kubernetes has a name that the dashboard does not know.
    assert post(board, push(), Host="meshctl-dashboard.tools:14080")[0] == 200


def test_an_unreachable_dashboard_costs_a_line_and_no_traffic(proxy, nginx, dashboard):
    meshctl = proxy("--upstream", nginx.port, "--dashboard", "http://127.0.0.1:1")
    calls(meshctl.url(), 20)
    eventually(lambda: "cannot send usage to the dashboard" in meshctl.stderr(), 20, "the line")
    assert meshctl.totals()["calls"] == 20
    code, _, err = meshctl.finish()
    assert code == 0 and err.count("cannot send usage") == 1


@pytest.mark.parametrize("args, code, words", [
    (("--data", ""), 2, "--data"), (("--data", ":memory:"), 2, "':memory:' is no file name"),
    (("--data", "file:x?mode=memory"), 2, "is no file name"),
    (("--host", "http://shop.example"), 2, "'http://shop.example' is no host name"), (("--host", "a b"), 2, "'a b' is no host name"),
    (("--token-file", "long"), 2, "the token in long is longer than 1024 bytes"),
    (("--data", "folder"), 1, "cannot use the data file folder: Is a directory"),
    (("--data", "nowhere/meshctl.db"), 1, "cannot use the data file nowhere/meshctl.db: No such file or directory")])
def test_what_cannot_be_meant_is_refused_with_its_reason(tmp_path, args, code, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "long").write_text("x" * 2000)
    done = subprocess.run([os.environ["MESHCTL"], "dashboard", "--listen", "0", *args], cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert done.returncode == code and words in done.stderr, done.stderr


def test_hosts_of_a_list_may_have_blanks_around_them(dashboard):
    board = dashboard(env={"MESHCTL_HOSTS": "one.example, two.example"})
    for host in ("one.example", "two.example"):
        request = urllib.request.Request(board.url("/api/v1/services"), headers={"Host": host})
        assert urllib.request.urlopen(request, timeout=10).status == 200


def test_a_second_dashboard_on_the_same_file_is_refused(dashboard, tmp_path):
    dashboard()
    done = subprocess.run([os.environ["MESHCTL"], "dashboard", "--listen", "0", "--data", tmp_path / "meshctl.db"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "another dashboard has it open" in done.stderr
    (tmp_path / "other").write_text("no database at all, but a text of some length\n" * 50)
    done = subprocess.run([os.environ["MESHCTL"], "dashboard", "--listen", "0", "--data", tmp_path / "other"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "it is no data file of meshctl" in done.stderr


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path):
    data = tmp_path / "theirs.db"
    for marks in ("PRAGMA user_version=0", "PRAGMA user_version=1", "PRAGMA application_id=7"):
        data.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(data)) as database:
            database.execute("CREATE TABLE instance(name, received, push)")
            database.execute(marks)
            database.commit()
        before = data.read_bytes()
        done = run_once("dashboard", "--listen", "0", "--data", data)
        assert done.returncode == 1, marks
        assert "it is no data file of meshctl" in done.stderr and "--data" in done.stderr
        assert data.read_bytes() == before


def test_a_file_of_a_newer_meshctl_is_refused_and_left_as_it_is(dashboard, tmp_path):
    board = dashboard()
    assert post(board, push(7))[0] == 200
    board.send(signal.SIGTERM)
    board.wait()
    data = tmp_path / "meshctl.db"
    with contextlib.closing(sqlite3.connect(data)) as database:
        own = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version={own + 1}")
    before = data.read_bytes()
    done = run_once("dashboard", "--listen", "0", "--data", data)
    assert done.returncode == 1
    assert f"it was written by a newer meshctl (format {own + 1}, this one knows {own})" in done.stderr
    assert data.read_bytes() == before


def test_the_members_of_the_documents_are_those_of_the_docs(dashboard):
    board = dashboard()
    pusher = Pusher(board, "shop", "shop-1")
    pusher.call("/cart", 3, status=5)
    pusher.push()
    eventually(lambda: board.series("shop")["errors"], 20, "the history")
    document = board.services()
    service = document["services"][0]
    objects = {"services document": document, "service": service, "pod": service["pods"][0], "route": service["routes"][0],
               "totals": service["totals"], "minute": service["minute"], "summary": document["summary"],
               "series document": board.series("shop", "&heatmap=1")}
    told = {name: re.findall(r"`(\w+)`", members)
            for name, members in re.findall(r"^\| ([a-z ]+) \| (`format`.*|`name`.*|`calls.*|`services`.*) \|$", (ROOT / "docs/dashboard.md").read_text(), re.M)}
    assert {name: sorted(members) for name, members in told.items()} == {name: sorted(each) for name, each in objects.items()}


def test_the_page_and_its_parts_are_there(dashboard):
    board = dashboard()
    for path in ("/", "/app.js", "/app.css", "/dygraph.js"):
        request = urllib.request.Request(board.url(path), headers={"Accept-Encoding": "gzip"})
        answer = urllib.request.urlopen(request, timeout=10)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(board.url("/"), timeout=10)
    assert refused.value.code == 406 and b"curl --compressed" in refused.value.read()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(board.url("/"), headers={"Accept-Encoding": "gzip;q=0"}), timeout=10)
    assert refused.value.code == 406
    head = subprocess.run(["curl", "-sI", "-H", "Accept-Encoding: br", "-H", "Accept-Encoding: gzip", board.url("/")], capture_output=True)
    assert head.stdout.startswith(b"HTTP/1.1 200 ")
    assert board.get("/healthz") == "ok\n"
