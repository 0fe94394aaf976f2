"""WebSockets that end without a Close frame: by whose name, however the ends meet."""
import pathlib
import re
import signal
import socket
import threading

import pytest

from support.child import eventually
from support.servers import ScriptedServer, read_head, reset

ASK = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
TAKE = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
FRAME = b"\x81\x83mmmmabc"


def close(connection):
    connection.close()


def half_close(connection):
    connection.shutdown(socket.SHUT_WR)


def has_ended(connection):
    """Waits for the other end of it."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass


def stop(meshctl):
    """What happens from now on it finds all at once."""
    meshctl.send(signal.SIGSTOP)
    eventually(lambda: pathlib.Path(f"/proc/{meshctl.pid}/stat").read_text().split()[2] == "T", what="the stop")


def name_of(meshctl):
    """Of the one WebSocket that has ended."""
    eventually(lambda: meshctl.stats()["streams"]["websocket"]["ended"] == 1, what="the end")
    (labels,) = re.findall(r"^meshctl_stream_duration_seconds_count\{(.*)\} 1$", meshctl.get("/metrics"), re.M)
    return re.search(r'error_type="(.*)"', labels)[1]


@pytest.fixture
def pair(proxy):
    """A WebSocket through a proxy: (the proxy, the client's end, the application's end)."""
    ends = []
    is_over = threading.Event()

    def serve(connection):
        read_head(connection)
        ends.append(connection)
        connection.sendall(TAKE)
        is_over.wait(60)

    with ScriptedServer(serve) as server:
        meshctl = proxy("--upstream", server.port)
        client = socket.create_connection(("127.0.0.1", meshctl.port), timeout=20)
        client.sendall(ASK)
        read_head(client)
        ends[0].settimeout(20)
        yield meshctl, client, ends[0]
        client.close()
        is_over.set()


@pytest.mark.parametrize("by_client", [close, half_close, reset])
@pytest.mark.parametrize("by_application", [close, reset])
@pytest.mark.parametrize("client_is_first", [True, False])
def test_both_at_once_is_the_client_s(pair, by_client, by_application, client_is_first):
    meshctl, client, application = pair
    stop(meshctl)
    for is_client in (client_is_first, not client_is_first):
        by_client(client) if is_client else by_application(application)
    meshctl.send(signal.SIGCONT)
    assert name_of(meshctl) == "client_abort"


@pytest.mark.parametrize("first", [close, half_close, reset])
@pytest.mark.parametrize("then", [close, reset])
def test_a_client_that_ends_first_is_named(pair, first, then):
    meshctl, client, application = pair
    first(client)
    has_ended(application)
    then(application)
    assert name_of(meshctl) == "client_abort"


@pytest.mark.parametrize("first, name", [(close, "upstream_closed"), (half_close, "upstream_closed"),
                                         (reset, "upstream_reset")])
@pytest.mark.parametrize("then", [close, reset])
def test_an_application_that_ends_first_is_named(pair, first, name, then):
    meshctl, client, application = pair
    first(application)
    has_ended(client)
    then(client)
    assert name_of(meshctl) == name


@pytest.mark.parametrize("frames", [1, 2, 20])
def test_an_application_that_has_closed_and_then_refuses_frames_has_closed(pair, frames):
    meshctl, client, application = pair
    stop(meshctl)
    application.close()
    client.sendall(frames * FRAME)
    meshctl.send(signal.SIGCONT)
    with pytest.raises(OSError):
        while True:
            client.sendall(FRAME)
    assert name_of(meshctl) == "upstream_closed"
