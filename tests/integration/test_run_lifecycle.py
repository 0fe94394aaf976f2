"""Start, readiness, automatic upstreams, and the end."""
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from support.child import eventually, free_port
from support.meshctl import binary, environment
from support.servers import ScriptedServer, read_all, read_head


def test_the_start_lines_are_exactly_these(proxy):
    upstream = free_port()
    meshctl = proxy("--upstream", upstream)
    assert meshctl.stderr() == (
        f"meshctl: forwarding 127.0.0.1:{meshctl.port} -> 127.0.0.1:{upstream}\n"
        f"meshctl: metrics at http://{meshctl.admin}/metrics\n")


def test_no_admin_port_where_it_is_off(proxy):
    meshctl = proxy("--upstream", free_port(), "--admin", "off", admin=False)
    assert meshctl.finish()[0] == 0
    assert "metrics" not in meshctl.stderr()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_summary_and_success(proxy, nginx, number):
    meshctl = proxy("--upstream", nginx.port)
    for _ in range(3):
        urllib.request.urlopen(meshctl.url("/file"), timeout=10).read()
    meshctl.totals_after(3)
    code, out, _ = meshctl.finish(number)
    assert code == 0
    assert re.search(r"\b3\b", out), out


def test_a_call_in_flight_is_finished_before_the_end(proxy):
    def session(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        connection.recv(1)
        connection.sendall(b"cd")

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_head(client).startswith(b"HTTP/1.1 200")
            assert client.recv(2, socket.MSG_WAITALL) == b"ab"
            meshctl.send(signal.SIGTERM)
            time.sleep(0.2)
            assert meshctl.process.poll() is None, "it ended with a call in flight"
            client.sendall(b"G")
            assert client.recv(2, socket.MSG_WAITALL) == b"cd"
        assert meshctl.wait() == 0


def test_an_idle_keep_alive_connection_does_not_hold_up_the_end(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
        client.sendall(b"HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_head(client).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert meshctl.finish()[0] == 0
        assert time.monotonic() - started < 5


def test_a_second_term_ends_it_at_once(proxy):
    def read_until_it_is_cut(connection):
        try:
            read_all(connection)
        except ConnectionResetError:
            pass  # the abrupt end may reach the server as a reset

    with ScriptedServer(read_until_it_is_cut) as server:
        meshctl = proxy("--upstream", server.port)
        client = socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
        with client:
            client.sendall(b"\0an endless stream")
            eventually(lambda: server._threads, what="the connection at the server")
            meshctl.send(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                meshctl.process.wait(0.5)
            meshctl.send(signal.SIGTERM)
            meshctl.wait(2)


def test_live_and_ready_answer_200(proxy):
    meshctl = proxy("--upstream", free_port())
    meshctl.get("/live")
    meshctl.get("/ready")


def test_an_unknown_admin_page_is_a_404(proxy):
    meshctl = proxy("--upstream", free_port())
    with pytest.raises(urllib.error.HTTPError, match="404"):
        meshctl.get("/no-such-page")


def test_it_starts_within_a_quarter_second_as_a_part_of_somebody_elses_start(proxy):
    times = []
    for _ in range(5):
        started = time.monotonic()
        proxy("--upstream", free_port())
        times.append(time.monotonic() - started)
    assert min(times) < 0.25, times


def test_a_term_right_after_the_start_line_is_a_clean_end_already():
    for _ in range(5):
        child = subprocess.Popen([binary(), "run", "--upstream", "9", "--listen", "0", "--admin", "0"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, env=environment())
        while "metrics at" not in child.stderr.readline():
            pass
        child.terminate()
        child.communicate(timeout=20)
        assert child.returncode == 0
