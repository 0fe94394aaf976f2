"""The dashboard and callers that are many, slow or silent: bounded, and nobody else waits."""
import json
import socket
import time

from support.child import eventually, rss_bytes
from support.dashboard import post, push, responds


def connect(board):
    return socket.create_connection(("127.0.0.1", board.port), timeout=20)


def test_a_thousand_idle_live_pages_are_bounded_with_a_clear_answer(dashboard):
    board = dashboard()
    for pod in range(20):
        assert post(board, push(pod=f"shop-{pod}"))[0] == 200
    callers, answers = [], []
    try:
        for _ in range(1000):
            callers.append(connect(board))
            callers[-1].sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for each in callers:
            answers.append(each.recv(256))
        taken = [answer for answer in answers if answer.startswith(b"HTTP/1.1 200 ")]
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503 ")]
        assert (len(taken), len(refused)) == (100, 900)
        assert all(b"Retry-After: 10\r\n" in answer for answer in refused)
        for _ in range(20):
            responds(board)
            assert post(board, push(pod="another"))[0] == 200
        assert rss_bytes(board.pid) < 150e6
    finally:
        for each in callers:
            each.close()
    # Whoever comes later finds room.
    eventually(lambda: b"event: services" in first_bytes(board), 20, "a stream")


def first_bytes(board):
    with connect(board) as caller:
        caller.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while b"event: services" not in got and not got.startswith(b"HTTP/1.1 503"):
            got += caller.recv(4096)
        return got


def fill(board, routes=400, services=12):
    """Makes the document of all services about a megabyte long."""
    for number in range(services):
        document = push(service=f"service-{number}", pod=f"pod-{number}")
        document["routes"] = [document["routes"][0] | {"route": f"/some/where/{route}"} for route in range(routes)]
        assert post(board, document)[0] == 200
    eventually(lambda: len(board.get("/api/v1/services")) > 1 << 20, 20, "a long document")


def test_readers_that_read_nothing_cost_a_bounded_memory_and_nobody_else_time(dashboard):
    board = dashboard()
    fill(board)
    board.get("/api/v1/services")
    callers = []
    try:
        for number in range(600):
            callers.append(socket.socket())
            callers[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            callers[-1].connect(("127.0.0.1", board.port))
            path = b"/api/v1/services" if number % 10 else b"/api/v1/events"
            callers[-1].sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        responds(board, within_s=15)  # behind 600 answers, of more than a gigabyte
        for _ in range(10):
            responds(board)
        assert board.services()
        # What the kernel does not take is held, 256 MiB for all.
        assert rss_bytes(board.pid) < 450e6
    finally:
        for each in callers:
            each.close()
    responds(board)


def test_a_request_that_comes_byte_by_byte_holds_nobody_up(dashboard):
    board = dashboard()
    body = json.dumps(push(7)).encode()
    wire = (b"POST /api/v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body)
    with connect(board) as caller:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(wire)):
            caller.sendall(wire[at:at + 1])
            if at % 100 == 0:
                responds(board)
        assert caller.recv(100).startswith(b"HTTP/1.1 200 ")
    # One that never ends is closed.
    with connect(board) as caller:
        started = time.monotonic()
        caller.sendall(wire[:-1])
        assert caller.recv(1) == b""
        assert 5 < time.monotonic() - started < 20


def test_a_body_of_100_mb_is_refused_before_it_is_there(dashboard):
    board = dashboard()
    before = rss_bytes(board.pid)
    sent, answer = 0, b""
    with connect(board) as caller:
        caller.sendall(b"POST /api/v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                       b"Content-Length: 104857600\r\n\r\n")
        caller.settimeout(0.01)
        block = b" " * 65536
        while sent < 100 << 20 and not answer:
            try:
                sent += caller.send(block)
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
            try:
                answer = caller.recv(4096)
            except TimeoutError:
                pass
    assert answer.startswith(b"HTTP/1.1 413 ") and b"the body of the request is too large\n" in answer
    assert sent < 20 << 20
    assert rss_bytes(board.pid) - before < 40e6
    responds(board)


def begin(caller, length, fields=b"Expect: 100-Continue\r\n", version=b"1.1", body=b""):
    """Sends the head of a push, and what comes with it; what comes back within half a second."""
    caller.sendall(b"POST /api/v1/push HTTP/" + version + b"\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields
                   + b"Content-Length: " + str(length).encode() + b"\r\n\r\n" + body)
    caller.settimeout(0.5)
    try:
        return caller.recv(4096)
    except TimeoutError:
        return b""
    finally:
        caller.settimeout(20)


def test_who_asks_before_it_sends_a_body_is_told_at_once(dashboard):
    board = dashboard()
    for number in range(2):  # twice on one connection
        body = json.dumps(push(7, pod=f"shop-{number}")).encode()
        if number == 0:
            caller = connect(board)
        assert begin(caller, len(body)) == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.sendall(body)
        assert caller.recv(4096).startswith(b"HTTP/1.1 200 ")
    caller.close()
    assert board.service("shop")["totals"]["calls"] == 14

    with connect(board) as caller:  # the body is not worth sending
        answer = begin(caller, 104857600)
        assert answer.startswith(b"HTTP/1.1 413 ") and b"Connection: close\r\n" in answer
    # Whoever does not ask, does not wait, or could not understand it (RFC 9110, 10.1.1) gets no interim answer.
    for fields, version, begun in ((b"", b"1.1", b""), (b"Expect: 100-continue\r\n", b"1.0", b""),
                                   (b"Expect: 100-continue\r\n", b"1.1", body[:1])):
        with connect(board) as caller:
            assert begin(caller, len(body), fields, version, begun) == b""
            caller.sendall(body[len(begun):])
            assert caller.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_bodies_that_never_end_are_bounded_together(dashboard):
    board = dashboard()
    callers, block = [], b" " * (6 << 20)
    try:
        refused = 0
        for _ in range(60):  # 360 MB
            callers.append(connect(board))
            callers[-1].sendall(b"POST /api/v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                b"Content-Length: 8000000\r\n\r\n")
            try:
                callers[-1].sendall(block)
                callers[-1].settimeout(0.02)
                refused += callers[-1].recv(100).startswith(b"HTTP/1.1 503 ")
            except TimeoutError:
                pass
            except OSError:
                refused += 1
        assert refused > 5
        assert rss_bytes(board.pid) < 450e6
        responds(board)
    finally:
        for each in callers:
            each.close()
