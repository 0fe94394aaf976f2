"""The access log: its forms, its sample, rotation, and what it tells of lines that it lost."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

from support.child import eventually
from support.meshctl import run_once
from support.servers import ScriptedServer, read_all, read_head, reset

LINE = re.compile(
    r'(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (?P<flags>[-CSsP][-CRHD]) (?P<status>\d{3}|-) '
    r'(?P<duration>\d+\.\d{6}) (?P<ttfb>\d+\.\d{6}|-) (?P<received>\d+) (?P<sent>\d+) '
    r'"(?P<method>[!-~]+) (?P<path>[!-~]+) (?P<version>HTTP/[\d.]+|-)" (?P<route>[!-~]+) (?P<error>[!-~]+)\n')


def parsed(path):
    lines = path.read_text().splitlines(keepends=True)
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    return [match.groupdict() for match in matches]


def curl(*args):
    subprocess.run(["curl", "-s", "-o", "/dev/null", *map(str, args)], timeout=60, check=False)


def serve(connection):
    """Answers all but /hang."""
    while head := read_head(connection):
        if head.startswith(b"GET /hang"):
            with contextlib.suppress(ConnectionResetError):
                read_all(connection)
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100)


@pytest.fixture
def service():
    with ScriptedServer(serve) as running:
        yield running


def leave_unanswered(meshctl, request):
    """Sends `request`, which gets no answer, and resets."""
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) as client:
        client.sendall(request)
        eventually(lambda: meshctl.totals()["active_calls"] == 1, 20, "the call")
        reset(client)


def test_text_lines_say_who_ended_each_call_and_in_which_phase(proxy, service, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", service.port, "--access-log", log, "--access-log-format", "text")
    curl(meshctl.url("/file?token=secret"))
    leave_unanswered(meshctl, b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    meshctl.totals_after(2)
    leave_unanswered(meshctl, b"GET /hang HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nten bytes.")
    meshctl.totals_after(3)
    meshctl.finish()
    good, waiting, sending = parsed(log)
    assert (good["flags"], good["status"], good["method"], good["path"]) == ("--", "200", "GET", "/file")
    assert (good["sent"], good["error"]) == ("100", "-")
    assert float(good["duration"]) >= float(good["ttfb"]) > 0
    assert (waiting["flags"], waiting["status"], waiting["error"]) == ("CH", "-", "client_abort")
    assert (sending["flags"], sending["received"], sending["error"]) == ("CR", "10", "client_abort")
    assert "secret" not in log.read_text()


def test_an_application_that_fails_shows_in_the_flags(proxy, tmp_path):
    log = tmp_path / "access.log"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        meshctl = proxy("--upstream", f"127.0.0.1:{port}", "--access-log", log,
                        "--access-log-format", "text")

        def serve(answer):
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(answer)
            connection.close()

        for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"):
            thread = threading.Thread(target=serve, args=(answer,))
            thread.start()
            curl(meshctl.url("/"))
            thread.join(10)
        meshctl.totals_after(2)
    curl(meshctl.url("/"))
    meshctl.totals_after(3)
    meshctl.finish()
    assert [(each["flags"], each["status"], each["error"]) for each in parsed(log)] == [
        ("SH", "-", "upstream_closed"), ("SD", "200", "upstream_closed"), ("SC", "502", "upstream_refused")]


def test_the_route_of_a_line_is_the_one_that_counts(proxy, nginx, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", nginx.port, "--access-log", log, "--route", "/fi{rest}/x", "--route", "/{what}")
    curl(meshctl.url("/file"))
    meshctl.totals_after(1)
    (route,) = [each["route"] for each in meshctl.stats()["routes"]]
    meshctl.finish()
    assert json.loads(log.read_text())["http.route"] == route


def test_a_sample_is_spread_evenly_and_keeps_all_errors(proxy, service, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", service.port, "--access-log", log, "--access-log-sample", "10%")
    curl("http://127.0.0.1:%d/file?[1-1000]" % meshctl.port)
    for i in range(5):
        leave_unanswered(meshctl, b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
        meshctl.totals_after(1001 + i)
    meshctl.finish()
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    errors = [call for call in calls if "error.type" in call]
    assert len(errors) == 5
    assert 98 <= len(calls) - len(errors) <= 102


def test_errors_alone(proxy, service, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", service.port, "--access-log", log, "--access-log-only", "errors")
    curl("http://127.0.0.1:%d/file?[1-20]" % meshctl.port)
    leave_unanswered(meshctl, b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    meshctl.totals_after(21)
    meshctl.finish()
    (call,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert call["error.type"] == "client_abort"


def test_rotation_loses_and_tears_no_line(proxy, nginx, tmp_path):
    """Rename and HUP, again and again under load, with several loops."""
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", nginx.port, "--access-log", log, "--threads", "3")
    calls = 6000
    load = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", meshctl.url(f"/file?{i}-[1-{calls // 3}]")])
            for i in range(3)]
    rotated = 0
    while any(each.poll() is None for each in load):
        if log.exists():
            os.rename(log, f"{log}.{rotated}")
            rotated += 1
            os.kill(meshctl.pid, signal.SIGHUP)
            eventually(log.exists, 20, "the new file")
    meshctl.totals_after(calls)
    assert meshctl.stats()["access_log"] == {"dropped_lines": 0}
    code, _, stderr = meshctl.finish()
    assert code == 0 and "cannot open" not in stderr
    assert rotated > 1
    lines = "".join(path.read_text() for path in tmp_path.glob("access.log*")).splitlines()
    assert len([json.loads(line) for line in lines]) == calls


def test_standard_output_can_be_the_log(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--access-log", "-", "--threads", "3")
    load = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", meshctl.url("/file?[1-500]")]) for _ in range(4)]
    for each in load:
        each.wait(60)
    meshctl.totals_after(2000)
    code, out, _ = meshctl.finish()
    assert code == 0
    assert [json.loads(line)["url.path"] for line in out.splitlines()] == ["/file"] * 2000


def test_lost_lines_are_counted_and_told_once(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--access-log", "/dev/full")
    curl("http://127.0.0.1:%d/file?[1-20]" % meshctl.port)
    meshctl.totals_after(20)
    eventually(lambda: meshctl.stats()["access_log"]["dropped_lines"] > 0, 20, "a lost line")
    curl("http://127.0.0.1:%d/file?[1-20]" % meshctl.port)
    eventually(lambda: meshctl.stats()["access_log"]["dropped_lines"] == 40, 20, "all lost lines")
    assert "\nmeshctl_access_log_dropped_lines_total 40\n" in meshctl.get("/metrics")
    _, out, stderr = meshctl.finish()
    assert stderr.count("calls are missing from it") == 1
    assert "access log  lines lost  40" in out


def test_flags_that_make_no_sense_are_refused():
    for flags, words in ((("--access-log-sample", "10"), "'10' is no share"),
                         (("--access-log-sample", "101%"), "'101%' is no share"),
                         (("--access-log-sample", "nan%"), "'nan%' is no share"),
                         (("--access-log-format", "xml"), "there is no 'xml'"),
                         (("--access-log-only", "5xx"), "there is no '5xx'"),
                         (("--access-log", "-", "--output", "lines"), "standard output is taken")):
        done = run_once("run", "--upstream", "1", "--admin", "off", *flags)
        assert done.returncode == 2 and words in done.stderr, (flags, done.stderr)
