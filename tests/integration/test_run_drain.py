"""The end of a run: what TERM and INT mean, in their phases."""
import contextlib
import http.client
import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from support.child import eventually
from support.meshctl import errors
from support.servers import ScriptedServer, read_head


def ready(meshctl):
    try:
        return urllib.request.urlopen(f"http://{meshctl.admin}/ready", timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def test_during_the_drain_delay_it_is_not_ready_and_still_serves(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--drain-delay", "4s")
    kept = http.client.HTTPConnection("127.0.0.1", meshctl.port, timeout=20)
    kept.request("GET", "/fixed")
    assert kept.getresponse().read() and ready(meshctl) == 200
    begun = time.monotonic()
    meshctl.send(signal.SIGTERM)
    eventually(lambda: ready(meshctl) == 503, 3, "503 at /ready")
    assert urllib.request.urlopen(f"http://{meshctl.admin}/live", timeout=10).status == 200, "it lives until it ends"
    while time.monotonic() - begun < 1.5:
        assert urllib.request.urlopen(meshctl.url("/fixed"), timeout=10).status == 200, "a new connection"
        kept.request("GET", "/fixed")
        assert kept.getresponse().read(), "a kept one"
        time.sleep(0.05)
    assert meshctl.wait() == 0
    assert 4 <= time.monotonic() - begun < 10
    assert "TOTAL" in meshctl.stdout() or "calls=" in meshctl.stdout(), "no summary"


def test_after_the_delay_new_connections_are_refused_and_open_calls_end(proxy):
    go_on = threading.Event()

    def slow(connection):
        connection.recv(4096)
        go_on.wait(20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast")

    with ScriptedServer(slow) as server:
        meshctl = proxy("--upstream", server.port, "--drain-delay", "100ms")
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            eventually(lambda: meshctl.totals()["active_calls"] == 1, 20, "the call")
            meshctl.send(signal.SIGTERM)
            meshctl.wait_for(lambda: "waiting for 1 open connections" in meshctl.stderr(), "the wait")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
            go_on.set()
            assert client.recv(4096).endswith(b"last")
        assert meshctl.wait() == 0


def test_answers_that_their_readers_take_slowly_are_finished_first(proxy):
    """Read to its end by us, an answer still waits for room at the client: the connection is not idle. Sizes differ,
    since what does not fit at the end of one may fit at that of another."""
    body = bytes(range(256)) * (24 * 1024)
    sizes = [len(body) - 45_000 * i for i in range(48)]
    received = {}

    def answer(connection):
        size = int(read_head(connection).split()[1][1:])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + body[:size])
        connection.recv(1)

    def read_slowly(client, size):
        with client:
            client.sendall(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
            told.wait(20)
            got = b""
            while part := client.recv(65_536):
                got += part
                time.sleep(0.003)
        received[size] = got.partition(b"\r\n\r\n")[2]

    with ScriptedServer(answer) as server:
        meshctl = proxy("--upstream", server.port)
        told = threading.Event()
        readers = []
        for size in sizes:
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            client.settimeout(20)
            client.connect(("127.0.0.1", meshctl.port))
            readers.append(threading.Thread(target=read_slowly, args=(client, size)))
            readers[-1].start()

        def begun():
            # The smaller ones may have been read to their end, and be calls of the past, by now.
            totals = meshctl.totals()
            return totals["calls"] + totals["active_calls"]

        eventually(lambda: begun() == len(sizes), 20, "the calls")
        meshctl.send(signal.SIGTERM)
        told.set()
        for reader in readers:
            reader.join(60)
        assert {size: len(got) for size, got in received.items()} == {size: size for size in sizes}
        assert all(got == body[:size] for size, got in received.items())
        assert meshctl.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_int_and_hup_end_without_delay(proxy, nginx, number):
    meshctl = proxy("--upstream", nginx.port, "--drain-delay", "30s")
    begun = time.monotonic()
    code, out, _ = meshctl.finish(number)
    assert code == 0 and time.monotonic() - begun < 5
    assert out, "no summary"


def test_under_nohup_a_hangup_is_nothing(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    meshctl.send(signal.SIGHUP)
    time.sleep(0.3)
    assert ready(meshctl) == 200
    assert meshctl.finish(signal.SIGINT)[0] == 0


def test_a_call_that_never_ends_is_cut_after_the_drain_timeout(proxy, tmp_path):
    def silent(connection):
        connection.recv(4096)
        with contextlib.suppress(ConnectionResetError):
            connection.recv(4096)

    with ScriptedServer(silent) as server:
        meshctl = proxy("--upstream", server.port, "--drain-timeout", "1s", "--report", tmp_path / "r.json")
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            eventually(lambda: meshctl.totals()["active_calls"] == 1, 20, "the call")
            begun = time.monotonic()
            meshctl.send(signal.SIGTERM)
            with pytest.raises((ConnectionResetError, AssertionError)):
                assert client.recv(4096), "an end without an answer"
            assert 0.9 < time.monotonic() - begun < 10
        assert meshctl.wait() == 0
        assert errors(json.loads((tmp_path / "r.json").read_text())["totals"]) == {"upstream_timeout": 1}
