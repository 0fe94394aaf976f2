"""The admin port under callers that mean no good: it answers, stays small, and out of the way."""
import re
import socket
import subprocess

import pytest

from support.child import eventually, free_port, rss_bytes
from support.meshctl import run_once


def exchange(admin, request, shut=True):
    """All that the admin port sends for `request` until it closes."""
    host, _, port = admin.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as caller:
        caller.sendall(request)
        if shut:
            caller.shutdown(socket.SHUT_WR)
        answer = b""
        while part := caller.recv(65536):
            answer += part
    return answer


def test_a_flood_of_pipelined_requests_gets_one_answer(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    # One call on each of many routes, so that /metrics is long.
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/fixed?[1-5]")], timeout=20, check=True)
    before = rss_bytes(meshctl.pid)
    answer = exchange(meshctl.admin, b"GET /metrics HTTP/1.1\r\nHost: [::1]\r\n\r\n" * 5000, shut=False)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert rss_bytes(meshctl.pid) - before < 3_000_000
    assert "alive" in meshctl.get("/live")


def test_silent_callers_do_not_lock_out_a_probe(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    host, _, port = meshctl.admin.rpartition(":")
    callers = [socket.create_connection((host, int(port)), timeout=10) for _ in range(100)]
    try:
        for _ in range(3):
            assert meshctl.get("/ready") == "ready\n"
    finally:
        for caller in callers:
            caller.close()


def test_what_is_no_plain_request_gets_one_refusal(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for request, status in (
            (b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"405"),
            (b"GET / HTTP/1.1\r\nHost: 1\r\nHost: 27.0.0.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
            (b"POST /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", b"405"),
            (b"\x16\x03\x01", b"400")):
        answer = exchange(meshctl.admin, request)
        assert answer.startswith(b"HTTP/1.1 " + status), (request, answer)
        assert len(re.findall(rb"HTTP/1\.1 \d", answer)) == 1, (request, answer)


def test_a_proxy_before_itself_does_not_start():
    port = free_port()
    done = run_once("run", "--upstream", port, "--listen", port, "--admin", "off")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"meshctl: error: the upstream 127.0.0.1:{port} is this proxy itself; "
                           "name the port that the application listens at with --upstream\n")


@pytest.mark.parametrize("host", ["127.0.0.1:", ""], ids=["the only address", "then ::1, which refuses"])
def test_an_application_that_accepts_too_late_is_not_spoken_to(proxy, host):
    """A full backlog: the connect hangs, the client gets its 502; when there is room again, the
    pair is over all the same. The wait is what is told, whatever the next address said."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        meshctl = proxy("--upstream", f"{host}{port}", "--connect-timeout", "0.3")
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) as client:
            client.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 502 ")
            totals = meshctl.totals_after(1)
            assert totals["by_error"]["upstream_timeout"] == 1
            for filler in fillers:
                filler.close()
            full.settimeout(0.2)
            try:
                while True:
                    full.accept()[0].close()
            except TimeoutError:
                pass
            eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 10, "the end of the pair")
