"""TCP's urgent bytes: whoever gets them finds them as without the proxy."""
import contextlib
import fcntl
import select
import socket
import struct
import threading

import pytest

from support.child import eventually
from support.servers import ScriptedServer, read_all, read_head

SIOCATMARK = 0x8905  # asm-generic/sockios.h


def is_at_mark(connection):
    return struct.unpack("i", fcntl.ioctl(connection, SIOCATMARK, struct.pack("i", 0)))[0] == 1


def send(connection, steps):
    """`abc` as it is, `!X` as an urgent byte."""
    for step in steps:
        connection.send(step[1:].encode(), socket.MSG_OOB) if step[0] == "!" else connection.sendall(step.encode())


class Inline:
    """Keeps urgent bytes in the stream, and asks where the mark is, as a Telnet server does."""

    def __init__(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self.connection = connection
        self.text = ""

    def read(self):
        select.select([self.connection], [], [], 20)  # before, there is no mark to see
        at_mark = is_at_mark(self.connection)
        got = self.connection.recv(1 if at_mark else 4096).decode()
        self.text += "!" * at_mark + got
        return got


class OutOfBand:
    """Fetches urgent bytes apart, as they come."""

    def __init__(self, connection):
        self.connection = connection
        self.text = ""
        self.urgent = ""

    def read(self):
        _, _, urgent = select.select([], [], [self.connection], 0)
        if urgent:
            with contextlib.suppress(BlockingIOError, OSError):
                self.urgent += self.connection.recv(1, socket.MSG_OOB).decode()
        got = self.connection.recv(4096).decode()
        self.text += got
        return got


class Careless(OutOfBand):
    """Has never heard of urgent bytes, as most programs have not."""

    def read(self):
        got = self.connection.recv(4096).decode()
        self.text += got
        return got


def outcome(reader):
    return reader.text, getattr(reader, "urgent", "")


def steps_to(reader, sender, steps):
    """Sends one step, waits until all plain bytes so far are there, and so on."""
    for step in steps:
        send(sender, [step])
        if step[0] == "!":
            eventually(lambda: select.select([], [], [reader.connection], 0)[2], what="the urgent byte")
        else:
            while step not in reader.text:
                assert reader.read()


SYNCED = ["abc", "!X", "def", "ghi", "!Y", "jkl"]
EXPECTED = {Inline: ("abc!Xdefghi!Yjkl", ""), OutOfBand: ("abcdefghijkl", "XY"), Careless: ("abcdefghijkl", "")}


class Pair:
    """Both ends of a connection to a server, straight or through a proxy."""

    def __init__(self, port, accepted):
        self.client = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = eventually(lambda: accepted and accepted.pop(), what="the connection")
        self.server.settimeout(20)


@pytest.fixture
def connect(proxy):
    """connect(through, args): a Pair."""
    accepted, is_over = [], threading.Event()

    def serve(connection):
        accepted.append(connection)
        is_over.wait(60)

    with ScriptedServer(serve) as server, contextlib.ExitStack() as clients:
        def start(is_through, *args):
            port = proxy("--upstream", server.port, *args).port if is_through else server.port
            pair = Pair(port, accepted)
            clients.enter_context(pair.client)
            return pair

        yield start
        is_over.set()


@pytest.mark.parametrize("reader", [Inline, OutOfBand, Careless])
@pytest.mark.parametrize("is_to_server", [True, False])
@pytest.mark.parametrize("through, args", [(False, []), (True, []), (True, ["--protocol", "tcp"]), (True, ["--threads", "2"])])
def test_each_reader_finds_urgent_bytes_as_without_the_proxy(connect, reader, is_to_server, through, args):
    pair = connect(through, *args)
    sender, receiver = (pair.client, pair.server) if is_to_server else (pair.server, pair.client)
    # What is not known yet, or is HTTP, has no urgent bytes: the first bytes tell.
    sender.sendall(b"\x00")
    assert receiver.recv(1) == b"\x00"
    got = reader(receiver)
    steps_to(got, sender, SYNCED)
    assert outcome(got) == EXPECTED[reader]


@pytest.mark.parametrize("args", [[], ["--protocol", "tcp"]])
def test_bytes_that_come_all_at_once_keep_their_mark(connect, args):
    """Before the application is connected to, too."""
    for _ in range(20):
        pair = connect(True, *args)
        send(pair.client, ["abc", "!X", "def"])
        pair.client.shutdown(socket.SHUT_WR)
        got = Inline(pair.server)
        while got.read():
            pass
        assert got.text == "abc!Xdef"


def test_a_web_server_hears_of_no_urgent_byte_as_without_the_proxy(proxy):
    def serve(connection):
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    heads = []
    with ScriptedServer(serve) as server:
        meshctl = proxy("--upstream", server.port)
        for port in (server.port, meshctl.port):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                send(client, ["GET /file HTTP/1.1\r\nHost: x\r\nX-Note: a", "!X", "b\r\n\r\n"])
                assert read_all(client).startswith(b"HTTP/1.1 204 ")
    assert heads == [b"GET /file HTTP/1.1\r\nHost: x\r\nX-Note: ab\r\n\r\n"] * 2
    assert meshctl.totals_after(1)["by_status"] == {"204": 1}
