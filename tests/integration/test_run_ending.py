"""In a pod the proxy ends as its application does, and within one deadline that is counted from TERM. Kubernetes sends TERM to
all containers of a pod at once, and so do these tests."""
import http.client
import json
import os
import re
import signal
import socket
import sys
import time

import pytest

from support import ending_page
from support.child import Child, eventually
from support.servers import ScriptedServer

POD = {"POD_NAME": "web-1"}


@pytest.fixture
def serve(children, tmp_path):
    """serve(2): an application that serves on for 2 s after TERM."""

    def start(seconds):
        child = Child([sys.executable, ending_page.__file__, 0, seconds], tmp_path, f"application-{len(children)}")
        children.append(child)
        child.wait_for(lambda: "listening" in child.stdout(), "its start")
        child.port = int(child.stdout().split()[1])
        return child

    return start


def status(meshctl, path="/", port=None):
    """Of a call on a new connection; the name of the error where there is none."""
    try:
        client = http.client.HTTPConnection("127.0.0.1", port or meshctl.port, timeout=10)
        client.request("GET", path)
        return client.getresponse().status
    except OSError as error:
        return type(error).__name__


def terminate(*children):
    """TERM to all; the time of it."""
    at = time.monotonic()
    for child in children:
        child.send(signal.SIGTERM)
    return at


def ends_after(meshctl, at, deadline_s=20):
    """Its exit code, and how long after `at` it ended."""
    code = meshctl.wait(deadline_s)
    return code, time.monotonic() - at


def test_while_the_application_serves_on_so_does_its_proxy(proxy, serve):
    application = serve(2)
    meshctl = proxy("--upstream", application.port, env=POD)
    idle = socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
    at = terminate(application, meshctl)
    calls = 0
    while application.process.poll() is None:
        answer = status(meshctl)
        if answer == 200:
            calls += 1
        else:
            # Only the application's last moment may show, as it would without us.
            assert time.monotonic() - at > 1.8, answer
        if time.monotonic() - at < 1.5:
            idle.settimeout(0.01)
            with pytest.raises(TimeoutError):  # an idle connection is left alone
                idle.recv(1)
    assert calls > 10
    code, seconds = ends_after(meshctl, at)
    assert code == 0 and 2 <= seconds < 4


def test_an_application_that_ends_at_once_takes_its_proxy_with_it(proxy, serve):
    application = serve(0)
    meshctl = proxy("--upstream", application.port, env=POD)
    assert status(meshctl) == 200
    code, seconds = ends_after(meshctl, terminate(application, meshctl))
    assert code == 0 and seconds < 3, "not the 5 s that an idle proxy once waited"


def test_an_application_that_has_ended_before_holds_nothing_up(proxy, serve):
    """A native sidecar gets TERM when the other containers have ended, and so does a Job's."""
    application = serve(0)
    meshctl = proxy("--upstream", application.port, env=POD)
    assert status(meshctl) == 200
    application.stop()
    code, seconds = ends_after(meshctl, terminate(meshctl))
    assert code == 0 and seconds < 2


def test_an_application_that_ignores_term_is_served_until_just_before_the_deadline(proxy, serve):
    application = serve("never")
    meshctl = proxy("--upstream", application.port, "--drain-timeout", "3s", env=POD)
    idle = http.client.HTTPConnection("127.0.0.1", meshctl.port, timeout=20)
    idle.request("GET", "/")
    idle.getresponse().read()
    at = terminate(application, meshctl)
    assert idle.sock.recv(1) == b"", "the idle connection ends in order"
    assert 2.5 < time.monotonic() - at < 3
    code, seconds = ends_after(meshctl, at)
    assert code == 0 and seconds < 3.5


def test_one_deadline_holds_an_open_call_and_all_last_pushes(proxy, serve):
    application = serve("never")
    # Takes connections, and never answers.
    silent = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    meshctl = proxy("--upstream", application.port, "--drain-timeout", "4s", "--dashboard", url, "--otlp", url, env=POD)
    client = socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
    client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: meshctl.totals()["active_calls"] == 1, what="the open call")
    at = terminate(application, meshctl)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert time.monotonic() - at > 3, "the call has nearly all of the time"
    code, seconds = ends_after(meshctl, at)
    assert code == 0 and seconds < 4.5
    assert meshctl.stderr().count("the last usage did not reach") == 2


def test_a_log_that_nobody_reads_ends_within_the_deadline_too(proxy, serve, tmp_path):
    application = serve("never")
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        meshctl = proxy("--upstream", application.port, "--access-log", fifo, "--drain-timeout", "1s", env=POD)
        def lines():
            assert status(meshctl, path="/" + "x" * 900) == 200
            return meshctl.totals()["calls"] > 400  # more than a pipe holds
        eventually(lines, what="a full pipe")
        at = terminate(meshctl)
        code, seconds = ends_after(meshctl, at)
        assert code == 0 and seconds < 1.8
    finally:
        os.close(reader)


def test_after_a_reload_in_the_drain_the_application_is_served_on(proxy, serve):
    """Its socket is closed for some looks, then there again."""
    page = ScriptedServer(lambda connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n"))
    meshctl = proxy("--upstream", page.port, "--drain-timeout", "10s", env=POD)
    terminate(meshctl)
    assert status(meshctl) == 200
    page.close()
    time.sleep(0.1)  # longer than a look, shorter than what makes it gone
    again = ScriptedServer(lambda connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n"),
                           socket.create_server(("127.0.0.1", page.port)))
    try:
        assert status(meshctl) == 200
    finally:
        again.close()
    assert ends_after(meshctl, time.monotonic())[0] == 0


def test_last_pushes_go_out_at_the_same_time(proxy, serve):
    application = serve(0)
    silent = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    meshctl = proxy("--upstream", application.port, "--dashboard", url, "--otlp", url, env=POD)
    code, seconds = ends_after(meshctl, terminate(application, meshctl))
    assert code == 0 and seconds < 5.5, "3 s for both, not for each"


def test_each_port_goes_with_its_own_application(proxy, serve):
    first, second = serve(0), serve(3)
    meshctl = proxy("--forward", f"0={first.port}", "--forward", f"0={second.port}", env=POD)
    at = terminate(first, second, meshctl)
    eventually(lambda: status(meshctl, port=meshctl.ports[0]) == "ConnectionRefusedError", what="the first port's end")
    assert time.monotonic() - at < 3
    assert status(meshctl, port=meshctl.ports[1]) == 200
    code, seconds = ends_after(meshctl, at)
    assert code == 0 and 3 <= seconds < 5


def test_without_any_time_it_ends_at_once(proxy, serve):
    application = serve("never")
    meshctl = proxy("--upstream", application.port, "--drain-timeout", "0s", env=POD)
    code, seconds = ends_after(meshctl, terminate(meshctl))
    assert code == 0 and seconds < 2


def test_an_application_elsewhere_cannot_be_watched_so_the_delay_holds(lan, children, tmp_path):
    from support.meshctl import binary, environment
    inside, elsewhere = lan(2)
    page = Child(elsewhere.command("busybox", "httpd", "-f", "-p", "80", "-h", tmp_path), tmp_path, "httpd")
    children.append(page)
    (tmp_path / "index.html").write_text("found\n")
    eventually(lambda: inside.get(f"http://{elsewhere.ip}/"), what="the page")
    meshctl = Child(inside.command(binary(), "run", "--upstream", f"{elsewhere.ip}:80", "--drain-delay", "2s", "--output", "none"),
                    tmp_path, "meshctl", env=environment(POD))
    children.append(meshctl)
    meshctl.wait_for_stderr(re.compile("metrics at"))
    at = terminate(meshctl)
    while time.monotonic() - at < 1.5:
        assert inside.get("http://127.0.0.1:14001/") == "found\n"
    code, seconds = ends_after(meshctl, at)
    assert code == 0 and 2 <= seconds < 4


def test_outside_a_pod_term_closes_the_port_at_once(proxy, serve):
    application = serve("never")
    meshctl = proxy("--upstream", application.port)
    code, seconds = ends_after(meshctl, terminate(meshctl))
    assert code == 0 and seconds < 2


def test_the_drain_says_what_it_waits_for(proxy, serve, tmp_path):
    application = serve("never")
    meshctl = proxy("--upstream", application.port, "--drain-timeout", "2s", "--report", tmp_path / "r.json", env=POD)
    client = socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
    client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: meshctl.totals()["active_calls"] == 1, what="the open call")
    terminate(meshctl)
    meshctl.wait_for(lambda: "draining: not ready; connections are taken as long as the application listens, and end within 2.00 s"
                     in meshctl.stderr(), "the line")
    assert meshctl.wait() == 0
    assert "waiting for 1 open connections to end; a second signal ends them now" in meshctl.stderr()
    assert json.loads((tmp_path / "r.json").read_text())["totals"]["by_error"]["upstream_timeout"] == 1
