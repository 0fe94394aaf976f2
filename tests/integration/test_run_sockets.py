"""What is done to sockets and limits: no delay, descriptors, waiting connections, memory of uploads."""
import ctypes
import os
import re
import resource
import socket
import subprocess
import time

import pytest

from support.child import eventually, rss_bytes
from support.meshctl import binary, environment, errors
from support.servers import ScriptedServer


PIDFD_GETFD = 438


def connected_sockets(pid):
    """The TCP sockets with a peer of another process, as copies (pidfd_getfd, Linux 5.6)."""
    process = os.pidfd_open(pid)
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            continue
        copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, int(name), 0)
        assert copy >= 0, os.strerror(ctypes.get_errno())
        each = socket.socket(fileno=copy)
        try:
            each.getpeername()
            found.append(each)
        except OSError:
            each.close()
    os.close(process)
    return found


def test_both_legs_send_without_delay(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
        client.sendall(b"GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096)
        legs = connected_sockets(meshctl.pid)
        assert len(legs) == 2
        for leg in legs:
            with leg:
                assert leg.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_the_limit_of_open_files_is_raised(proxy, nginx):
    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 4096))

    meshctl = proxy("--upstream", nginx.port, preexec_fn=lower)
    with open(f"/proc/{meshctl.pid}/limits") as limits:
        assert re.search(r"^Max open files\s+4096\s+4096", limits.read(), re.M)
    clients = [socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) for _ in range(300)]
    try:
        for client in clients:
            client.sendall(b"GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients:
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_connections_beyond_the_most_wait_for_a_place(proxy, nginx, threads):
    meshctl = proxy("--upstream", nginx.port, "--max-connections", "3", "--threads", threads)
    ask = b"GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) for _ in range(5)]
    try:
        for client in clients:
            client.sendall(ask)
        for client in clients[:3]:
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        clients[3].settimeout(0.5)
        with pytest.raises(TimeoutError):
            clients[3].recv(4096)
        assert meshctl.stats()["connections"]["open"] == 3
        for leaving, waiting in ((0, 3), (1, 4)):
            clients[leaving].close()
            clients[waiting].settimeout(20)
            assert clients[waiting].recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        for client in clients:
            client.close()


def test_an_upload_to_an_application_that_does_not_read_costs_no_memory(proxy):
    go_on = []

    def lazy(connection):
        eventually(lambda: go_on, 60, "the end of the pause")
        got = 0
        while block := connection.recv(1 << 20):
            got += len(block)
        go_on.append(got)

    with ScriptedServer(lazy) as server:
        meshctl = proxy("--upstream", server.port)
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"opaque")
            client.setblocking(False)
            sent = 6
            # Until the kernel's buffers and ours are full, and nothing has moved for half a second.
            still = time.monotonic()
            while time.monotonic() - still < 0.5:
                try:
                    sent += client.send(bytes(1 << 16))
                    still = time.monotonic()
                except BlockingIOError:
                    time.sleep(0.01)
            assert sent < 64_000_000, "nothing held the client back"
            assert rss_bytes(meshctl.pid) < 12_000_000
            go_on.append(True)
            client.setblocking(True)
            client.sendall(b"last")
            client.shutdown(socket.SHUT_WR)
            eventually(lambda: len(go_on) > 1, 20, "all bytes")
            assert go_on[-1] == sent + 4


@pytest.mark.parametrize("choice, calls, named", [
    ("tcp", 0, {"opaque": 1}), ("http", 1, {"http1": 1}), ("auto", 1, {"http1": 1})])
def test_the_protocol_may_be_given(proxy, nginx, choice, calls, named):
    meshctl = proxy("--upstream", nginx.port, "--protocol", choice)
    subprocess.run(["curl", "-sf", "-o", "/dev/null", meshctl.url("/fixed")], check=True, timeout=20)
    eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 20, "the end")
    stats = meshctl.stats()
    assert stats["totals"]["calls"] == calls
    assert {name: count for name, count in stats["connections"]["by_protocol"].items() if count} == named


def test_an_answer_that_is_none_is_a_protocol_error_and_passes(proxy):
    def nonsense(connection):
        connection.recv(4096)
        connection.sendall(b"this is no HTTP\r\n\r\nat all")

    with ScriptedServer(nonsense) as server:
        meshctl = proxy("--upstream", server.port)
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while block := client.recv(4096):
                got += block
        assert got == b"this is no HTTP\r\n\r\nat all"
        assert errors(meshctl.totals_after(1)) == {"protocol_error": 1}
        assert meshctl.stats()["connections"]["tap_doubts"]["malformed_response"] == 1


@pytest.mark.parametrize("files", [9, 12, 14])
def test_a_limit_that_leaves_no_room_for_a_connection_is_told(files):
    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    done = subprocess.run([binary(), "run", "--upstream", "9", "--listen", "0", "--admin", "0"], preexec_fn=lower,
                          capture_output=True, text=True, timeout=20, env=environment(), stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (1, "meshctl: error: the limit of open files leaves no room for a "
                                              "connection; raise it, as by `ulimit -n 1024`\n")
