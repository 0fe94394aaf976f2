"""What lasts as long as somebody listens: server-sent events and tunnels. And services that speak first."""
import http.client
import socket
import subprocess
import threading

from support.child import eventually
from support.servers import ScriptedServer, Sshd


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(4096)
        if not data:
            return b""
        head += data
    return head


def test_events_are_a_stream_and_no_slow_answer(proxy):
    go_on = threading.Event()

    def events(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(3):
            connection.sendall(b"data: %d\n\n" % number)
        go_on.wait(20)
        connection.sendall(b"data: last\n\n")

    with ScriptedServer(events) as server:
        meshctl = proxy("--upstream", server.port)
        with subprocess.Popen(["curl", "-sSN", meshctl.url("/events?token=x")], stdout=subprocess.PIPE) as curl:
            first = b"".join(curl.stdout.readline() for _ in range(6))
            assert first == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
            eventually(lambda: meshctl.stats()["streams"]["event_stream"]["active"] == 1, what="a stream")
            go_on.set()
            assert curl.stdout.read() == b"data: last\n\n"
        totals = meshctl.totals_after(1)
        assert totals["calls"] == 1 and totals["errors"] == totals["client_aborts"] == 0
        assert totals["duration"]["count"] == 0 and totals["time_to_first_byte"]["count"] == 1
        ended = meshctl.stats()["streams"]["event_stream"]
        assert (ended["active"], ended["ended"], ended["errors"]) == (0, 1, 0)
        page = meshctl.get("/metrics")
        assert 'meshctl_stream_duration_seconds_count{stream="event_stream",http_route="/events"} 1\n' in page
        assert "http_server_request_duration_seconds_count{" not in page


def test_a_listener_that_has_had_enough_is_no_error(proxy):
    def events(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        connection.recv(1)

    with ScriptedServer(events) as server:
        meshctl = proxy("--upstream", server.port)
        client = http.client.HTTPConnection("127.0.0.1", meshctl.port, timeout=20)
        client.request("GET", "/events")
        client.getresponse().read(5)
        client.close()
        totals = meshctl.totals_after(1)
        assert totals["client_aborts"] == totals["errors"] == 0
        assert meshctl.stats()["streams"]["event_stream"]["ended"] == 1


def test_a_tunnel_is_a_stream_of_bytes(proxy):
    def relay(connection):
        assert read_head(connection).startswith(b"CONNECT ")
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while data := connection.recv(65536):
            connection.sendall(data)

    with ScriptedServer(relay) as server:
        meshctl = proxy("--upstream", server.port)
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"CONNECT far:443 HTTP/1.1\r\nHost: far:443\r\n\r\n")
            assert read_head(client).startswith(b"HTTP/1.1 200 ")
            sent = b"anything\x00at all"
            client.sendall(sent)
            received = b""
            while len(received) < len(sent):
                received += client.recv(100)
            assert received == sent
            assert meshctl.stats()["streams"]["tunnel"]["active"] == 1
        eventually(lambda: meshctl.stats()["streams"]["tunnel"]["ended"] == 1, what="the end")
        stats = meshctl.stats()
        assert stats["streams"]["tunnel"]["errors"] == 0
        assert stats["totals"]["by_status"] == {"200": 1}
        assert stats["connections"]["by_protocol"]["tunnel"] == 1


def test_services_that_speak_first_are_named(proxy, tmp_path, children):
    sshd = Sshd(tmp_path)
    children.append(sshd)

    def smtp(connection):
        connection.sendall(b"220 mail.example ESMTP\r\n")
        assert connection.recv(100) == b"QUIT\r\n"
        connection.sendall(b"221 bye\r\n")

    with ScriptedServer(smtp) as mail:
        meshctl = proxy("--forward", f"0={sshd.port}", "--forward", f"0={mail.port}")
        done = subprocess.run(sshd.ssh_command(meshctl.ports[0], "echo", "through"), capture_output=True,
                              timeout=60)
        assert done.stdout == b"through\n", done.stderr
        with socket.create_connection(("127.0.0.1", meshctl.ports[1]), timeout=20) as client:
            assert client.recv(100) == b"220 mail.example ESMTP\r\n"
            client.sendall(b"QUIT\r\n")
            assert client.recv(100) == b"221 bye\r\n"
        eventually(lambda: len(meshctl.stats()["connections"]["server_first"]) == 2, what="two names")
        connections = meshctl.stats()["connections"]
        assert connections["server_first"] == {"smtp": 1, "ssh": 1}
        assert connections["by_protocol"]["server_first"] == 2
