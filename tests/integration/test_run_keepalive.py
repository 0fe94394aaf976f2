"""Connections on which nothing passes: they last as long as they would without the proxy, and no longer than the other end."""
import contextlib
import ctypes
import os
import pathlib
import re
import socket
import threading

import pytest

from support.child import Child, eventually
from support.meshctl import FORWARDING, binary, environment, run_once
from support.network import Lan, NetworkNamespace
from support.servers import ScriptedServer

SYS_PIDFD_GETFD = 438  # asm-generic/unistd.h
OPTIONS = socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT


@pytest.fixture
def run(tmp_path, children):
    """run(host, ...): a proxy on that host, at its port 14001."""

    def start(host, *args):
        children.append(Child(host.command(binary(), "run", "--listen", "*:14001", "--admin", "off", *args), tmp_path,
                              f"meshctl-{len(children)}", env=environment()))
        children[-1].wait_for_stderr(FORWARDING)
        return children[-1]

    return start


def set_keep_alive(host, idle, interval, probes):
    """The system's three values, in this namespace."""
    host.run("sysctl", "-qw", f"net.ipv4.tcp_keepalive_time={idle}", f"net.ipv4.tcp_keepalive_intvl={interval}",
             f"net.ipv4.tcp_keepalive_probes={probes}")


def listener(host, port):
    return host.do(socket.create_server, ("", port))


def echo(connection):
    while got := connection.recv(4096):
        connection.sendall(got)


def connections_of(child):
    """What its TCP connections are set to, by the peer's address."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = {}
    pidfd = os.pidfd_open(child.pid)
    for link in pathlib.Path(f"/proc/{child.pid}/fd").iterdir():
        if not os.readlink(link).startswith("socket:"):
            continue
        copy = libc.syscall(SYS_PIDFD_GETFD, pidfd, int(link.name), 0)
        assert copy >= 0, os.strerror(ctypes.get_errno())
        with socket.socket(fileno=copy) as own:
            try:
                peer = own.getpeername()[0].removeprefix("::ffff:")
            except OSError:
                continue  # no connection
            if own.family in (socket.AF_INET, socket.AF_INET6):
                found[peer] = (own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                               *(own.getsockopt(socket.IPPROTO_TCP, option) for option in OPTIONS))
    os.close(pidfd)
    return found


@pytest.mark.parametrize("args, values", [
    ([], (777, 55, 7)),
    (["--keepalive", "90s"], (90, 10, 9)),
    (["--keepalive", "1m"], (60, 7, 9)),
    (["--keepalive", "300ms"], (1, 1, 9)),
])
def test_both_legs_have_the_system_s_values_unless_told(lan, run, args, values):
    caller, host, application = lan(3)
    set_keep_alive(host, 777, 55, 7)
    with ScriptedServer(echo, listener(application, 8087)):
        meshctl = run(host, "--upstream", f"{application.ip}:8087", "--threads", "2", *args)
        with caller.connect((host.ip, 14001)) as first, caller.connect((host.ip, 14001)) as second:
            for client in (first, second):
                client.sendall(b"\x00hello")
                assert client.recv(4096) == b"\x00hello"
            assert connections_of(meshctl) == {caller.ip: (1, *values), application.ip: (1, *values)}


@pytest.mark.parametrize("value", ["0", "32768s", "soon"])
def test_a_time_that_the_kernel_does_not_take_is_refused(value):
    done = run_once("run", "--upstream", "1", "--admin", "off", "--keepalive", value)
    assert done.returncode == 2 and f"--keepalive: '{value}'" in done.stderr, done.stderr


class Router(NetworkNamespace):
    """Between two wires; its address is the ninth on each."""

    SETUP = "ip link set lo up"
    NUMBER = 9

    def __init__(self, *wires):
        super().__init__()
        for index, wire in enumerate(wires):
            wire.run("ip", "link", "add", "router", "type", "veth", "peer", "name", f"eth{index}", "netns",
                     self.holder.pid)
            wire.run("ip", "link", "set", "router", "master", "bridge", "up")
            self.run("ip", "address", "add", f"{wire.ip(self.NUMBER)}/24", "dev", f"eth{index}")
            self.run("ip", "link", "set", f"eth{index}", "up")
        self.forward(True)

    def forward(self, does):
        self.run("sysctl", "-qw", f"net.ipv4.ip_forward={int(does)}")


@pytest.fixture
def routed(children):
    """(a host, a router, a host behind it)."""
    wires = [Lan(1), Lan(2)]
    children.extend(wires)
    if not all(wire.works for wire in wires):
        pytest.skip("this user may not make a network namespace")
    hosts = [wire.host() for wire in wires]
    router = Router(*wires)
    children.append(router)
    for host, wire in zip(hosts, wires):
        host.run("ip", "route", "add", "default", "via", wire.ip(Router.NUMBER))
    return hosts[0], router, hosts[1]


# What each client says, and what it is told at first and later.
SESSIONS = {
    "websocket": (b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                  b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                  b"\x81\x05again"),
    "event stream": (b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n",
                     b"data: again\n\n"),
    "database": (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"N", b"A again"),
}


class Sessions:
    """A server that greets each client, and tells it something later, once `is_later`."""

    def __init__(self):
        self.is_later = threading.Event()

    def __call__(self, connection):
        said = connection.recv(4096)
        _, greeting, later = next(session for session in SESSIONS.values() if session[0] == said)
        connection.sendall(greeting)
        assert self.is_later.wait(60)
        connection.sendall(later)


def unanswered(host):
    """How many probes are without an answer, of each connection of the proxy with a caller."""
    out = host.run("ss", "-Htno", "state", "established", "sport", "=", ":14001").stdout
    return [int(count) for count in re.findall(r"timer:\(keepalive,[^,]*,(\d+)\)", out)]


def test_idle_sessions_outlive_an_outage_as_they_do_without_the_proxy(routed, run):
    """More than ten probes, a second apart, stay without an answer: as many as the system allows, and more than ten."""
    caller, router, host = routed
    set_keep_alive(host, 1, 1, 60)
    sessions = Sessions()
    with ScriptedServer(sessions, listener(host, 8087)), contextlib.ExitStack() as open_clients:
        run(host, "--upstream", f"{host.ip}:8087")
        clients = []
        for port in (8087, 14001):
            for said, greeting, later in SESSIONS.values():
                client = open_clients.enter_context(caller.connect((host.ip, port)))
                client.sendall(said)
                assert client.recv(4096) == greeting
                clients.append((client, later))
        router.forward(False)
        eventually(lambda: min(unanswered(host), default=0) > 10, 30, "the eleventh probe")
        router.forward(True)
        eventually(lambda: unanswered(host) == [0, 0, 0], what="the answers")
        sessions.is_later.set()
        for client, later in clients:
            assert client.recv(4096) == later
            assert client.recv(1) == b""


def test_a_caller_that_vanished_gives_its_session_back(lan, run):
    caller, host = lan(2)
    set_keep_alive(host, 1, 1, 2)
    ended = threading.Event()

    def serve(connection):
        connection.sendall(connection.recv(100))
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""
        ended.set()

    with ScriptedServer(serve, listener(host, 8087)):
        run(host, "--upstream", f"{host.ip}:8087")
        with caller.connect((host.ip, 14001)) as client:
            client.sendall(b"\x00hello")
            assert client.recv(100) == b"\x00hello"
            caller.run("ip", "link", "set", "eth0", "down")
            assert ended.wait(30), "the application still waits"


def test_an_application_s_host_that_vanished_ends_the_caller_s_connection(lan, run):
    caller, host, application = lan(3)
    set_keep_alive(host, 1, 1, 2)
    is_over = threading.Event()

    def serve(connection):
        connection.sendall(connection.recv(100))
        is_over.wait(60)

    with ScriptedServer(serve, listener(application, 8087)):
        run(host, "--upstream", f"{application.ip}:8087")
        with caller.connect((host.ip, 14001)) as client:
            client.sendall(b"\x00hello")
            assert client.recv(100) == b"\x00hello"
            application.run("ip", "link", "set", "eth0", "down")
            with pytest.raises(ConnectionResetError):
                client.recv(100)
        is_over.set()
