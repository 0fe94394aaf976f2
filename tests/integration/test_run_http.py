"""HTTP/1 as clients really speak it, seen from both ends and in the totals."""
import hashlib
import socket
import subprocess
import time

import pytest

from support.child import eventually, free_port
from support.meshctl import errors
from support.servers import BodyServer, ScriptedServer, read_all, read_head, reset


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answering(*answers):
    """A session that answers each request head with the next of `answers`, then closes."""
    def session(connection):
        for answer in answers:
            if not read_head(connection):
                return
            connection.sendall(answer)
    return session


def exchange(port, request):
    """Sends `request`, and reads to the end of the stream."""
    with connect(port) as client:
        client.sendall(request)
        return read_all(client)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_pipelined_requests_are_answered_in_order_and_all_counted(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    paths = [b"/file", b"/gone", b"/empty", b"/fixed"] * 25
    wire = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths[:-1])
    wire += b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % paths[-1]
    answer = exchange(meshctl.port, wire)
    assert answer.count(b"HTTP/1.1 200 OK") == 75
    totals = meshctl.totals_after(100)
    assert totals["calls"] == 100
    assert totals["by_status"] == {"200": 75, "404": 25}
    bodies = 50 * 100 + 25 * int(answer.split(b"404 Not Found")[1].split(b"Content-Length: ")[1]
                                 .split(b"\r\n")[0])
    assert totals["response_body_bytes"] == bodies


def test_keep_alive_connections_are_kept(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{num_connects}\\n",
                           meshctl.url("/file?[1-50]")], capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["1"] + ["0"] * 49
    assert meshctl.totals_after(50)["calls"] == 50


def test_http_1_0_ends_with_the_connection_and_counts_its_body(proxy):
    body = b"until the end" * 1000
    with ScriptedServer(answering(b"HTTP/1.0 200 OK\r\n\r\n" + body)) as server:
        meshctl = proxy("--upstream", server.port)
        answer = exchange(meshctl.port, b"GET /old HTTP/1.0\r\n\r\n")
        totals = meshctl.totals_after(1)
    assert answer.endswith(b"\r\n\r\n" + body)
    assert totals["by_status"] == {"200": 1}
    assert totals["response_body_bytes"] == len(body)
    assert errors(totals) == {}


def test_the_answer_to_head_has_no_body_whatever_its_length_says(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    wire = (b"HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n"
            b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = exchange(meshctl.port, wire)
    assert answer.count(b"Content-Length: 100") == 2
    totals = meshctl.totals_after(2)
    assert totals["by_status"] == {"200": 2}
    assert totals["response_body_bytes"] == 100


def test_a_204_and_a_304_have_no_body(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    etag = subprocess.run(["curl", "-sI", meshctl.url("/file")], capture_output=True, text=True,
                          check=True, timeout=20).stdout.split("ETag: ")[1].split()[0]
    done = subprocess.run(["curl", "-s", "-w", "%{http_code} ", meshctl.url("/no-content"),
                           "--next", "-s", "-w", "%{http_code} ", "-H", f"If-None-Match: {etag}",
                           meshctl.url("/file")], capture_output=True, text=True, timeout=20)
    assert done.stdout.split() == ["204", "304"]
    totals = meshctl.totals_after(3)
    assert totals["by_status"] == {"200": 1, "204": 1, "304": 1}
    assert totals["response_body_bytes"] == 0


def test_a_chunked_answer_with_trailers_counts_body_bytes_only(proxy):
    wire = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
            b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-End: yes\r\n\r\n")
    with ScriptedServer(answering(wire, OK)) as server:
        meshctl = proxy("--upstream", server.port)
        answer = exchange(meshctl.port, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        totals = meshctl.totals_after(2)
    assert answer == wire + OK
    assert totals["response_body_bytes"] == 11 + 2


def test_interim_answers_pass_and_are_not_the_answer(proxy):
    interim = (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
               b"HTTP/1.1 102 Processing\r\n\r\n")
    with ScriptedServer(answering(interim + OK)) as server:
        meshctl = proxy("--upstream", server.port)
        answer = exchange(meshctl.port, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        totals = meshctl.totals_after(1)
    assert answer == interim + OK
    assert totals["calls"] == 1
    assert totals["by_status"] == {"200": 1}


def test_an_upload_that_waits_for_100_continue_goes_through(proxy, tmp_path):
    body = bytes(range(256)) * 8192
    (tmp_path / "upload").write_bytes(body)
    with BodyServer() as server:
        meshctl = proxy("--upstream", server.port)
        started = time.monotonic()
        done = subprocess.run(["curl", "-sS", "-v", "-H", "Expect: 100-continue",
                               "--expect100-timeout", "30", "-T", tmp_path / "upload",
                               meshctl.url("/upload")], capture_output=True, timeout=60, check=True)
        totals = meshctl.totals_after(1)
    assert b"100 Continue" in done.stderr
    assert time.monotonic() - started < 20, "curl gave up waiting for 100 Continue"
    assert done.stdout.decode() == f"{len(body)} {hashlib.sha256(body).hexdigest()}\n"
    assert totals["calls"] == 1
    assert totals["by_status"] == {"200": 1}
    assert totals["request_body_bytes"] == len(body)


def test_bytes_after_an_upgrade_pass_both_ways(proxy):
    def session(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n"
                           b"Connection: Upgrade\r\n\r\n")
        while part := connection.recv(4096):
            connection.sendall(part)

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\n"
                           b"Connection: Upgrade\r\n\r\n")
            assert read_head(client).startswith(b"HTTP/1.1 101")
            for part in (b"\0\1\2", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 1000):
                client.sendall(part)
                got = b""
                while len(got) < len(part):
                    got += client.recv(4096)
                assert got == part


def test_an_answer_before_the_end_of_its_request_passes(proxy):
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def session(connection):
        read_head(connection)
        connection.sendall(refusal)
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nstart")
            assert read_all(client) == refusal
        server.join()
        assert meshctl.totals_after(1)["by_status"] == {"413": 1}


def test_busybox_clients_get_their_answer(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    wget = subprocess.run(["busybox", "wget", "-qO-", meshctl.url("/file")], capture_output=True,
                          timeout=20)
    assert wget.stdout == b"0123456789" * 10
    # nc half-closes after its request, and then waits for the answer.
    nc = subprocess.run(["busybox", "nc", "127.0.0.1", str(meshctl.port)], capture_output=True,
                        input=b"GET /file HTTP/1.0\r\n\r\n", timeout=20)
    assert nc.stdout.endswith(b"\r\n\r\n" + b"0123456789" * 10)
    assert meshctl.totals_after(2)["by_status"] == {"200": 2}


def test_an_http_client_of_a_missing_upstream_gets_a_502_with_a_one_line_reason(proxy):
    nobody = free_port()
    meshctl = proxy("--upstream", nobody)
    done = subprocess.run(["curl", "-sS", "-w", "%{stderr}%{http_code}", meshctl.url("/a")],
                          capture_output=True, text=True, timeout=20)
    assert done.stderr == "502"
    assert str(nobody) in done.stdout
    assert len(done.stdout.splitlines()) == 1
    totals = meshctl.totals_after(1)
    assert totals["calls"] == 1
    assert errors(totals) == {"upstream_refused": 1}


def test_a_head_that_comes_in_parts_gets_its_502_too(proxy):
    meshctl = proxy("--upstream", free_port())
    with connect(meshctl.port) as client:
        client.sendall(b"GET /split HTT")
        time.sleep(0.4)
        client.sendall(b"P/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 502")
    assert errors(meshctl.totals_after(1)) == {"upstream_refused": 1}


def test_another_client_of_a_missing_upstream_gets_a_reset(proxy):
    meshctl = proxy("--upstream", free_port())
    with connect(meshctl.port) as client:
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(b"\x16\x03\x01\x02\x00")
            assert client.recv(100) != b"", "an orderly end instead of a reset"


def test_the_next_connection_finds_an_upstream_that_came_up(proxy):
    port = free_port()
    meshctl = proxy("--upstream", port)
    assert b" 502 " in exchange(meshctl.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    listener = socket.create_server(("127.0.0.1", port))
    with listener, connect(meshctl.port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        upstream, _ = listener.accept()
        with upstream:
            assert read_head(upstream).startswith(b"GET /")
            upstream.sendall(OK)
            assert client.recv(len(OK), socket.MSG_WAITALL) == OK
    assert meshctl.totals_after(2)["calls"] == 2


@pytest.mark.parametrize("end, error_type", [("close", "upstream_closed"), ("reset", "upstream_reset")])
def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(proxy, end, error_type):
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500

    def session(connection):
        read_head(connection)
        connection.sendall(half)
        if end == "reset":
            connection.recv(1)  # the client's sign that it has read the half
            reset(connection)

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(len(half), socket.MSG_WAITALL) == half
            if end == "reset":
                client.sendall(b"G")
                with pytest.raises(ConnectionResetError):
                    client.recv(1)
            else:
                assert client.recv(1) == b""
        totals = meshctl.totals_after(1)
    assert errors(totals) == {error_type: 1}
    assert totals["response_body_bytes"] == 500


def test_a_client_that_leaves_in_mid_answer_is_an_abort_of_the_client(proxy):
    def session(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        try:
            read_all(connection)
        except ConnectionResetError:
            pass

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        client = connect(meshctl.port)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        read_head(client)
        reset(client)
        totals = meshctl.totals_after(1)
    assert errors(totals) == {"client_abort": 1}


@pytest.mark.parametrize("request_bytes, answer, error", [
    (b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", b"", "client_abort"),
    (b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", b"", "client_abort"),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "upstream_closed")],
    ids=["waiting", "uploading", "reading"])
def test_a_client_that_gives_up_in_order_is_no_error_of_the_service(proxy, request_bytes, answer, error):
    """It closes while it waits or sends, and the application follows. One that reads an answer shows that it is there."""
    def session(connection):
        connection.recv(4096)
        connection.sendall(answer)
        read_all(connection)

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(request_bytes)
            eventually(lambda: meshctl.totals()["active_calls"] == 1)
            time.sleep(0.1)
            client.shutdown(socket.SHUT_WR)
            read_all(client)
        totals = meshctl.totals_after(1)
    assert errors(totals) == {error: 1}
    assert totals["errors"] == (0 if error == "client_abort" else 1)


def test_a_call_that_is_no_http_after_all_is_forwarded_and_ends_the_reading(proxy):
    def echo(connection):
        while part := connection.recv(4096):
            connection.sendall(part)

    wire = b"GET /looks like http but\0is not\r\n\r\n" + bytes(range(256)) * 100
    with ScriptedServer(echo) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(wire)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == wire
