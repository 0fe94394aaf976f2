"""Random HTTP/1.1 streams, right and wrong, cut anywhere: the bytes pass unchanged, and the calls are
those that node's http server counts."""
import collections
import json
import os
import pathlib
import random
import re
import socket
import threading
import urllib.request

import pytest

from support.child import Child, eventually
from support.servers import ScriptedServer

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
STREAMS = int(os.environ.get("MESHCTL_RANDOM_STREAMS", 300))
FIRST = int(os.environ.get("MESHCTL_RANDOM_FROM", 0))
CLIENTS = 8


class HttpCounter(Child):
    def __init__(self, folder):
        super().__init__(["node", SUPPORT / "http_counter.js"], folder, "http_counter")
        ports = self.wait_for(lambda: re.match(r"(\d+) (\d+)\n", self.stdout()), "its ports")
        self.port, self._control = int(ports[1]), int(ports[2])

    def seen(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._control}/", timeout=10) as answer:
            return json.load(answer)


class Recorder:
    """Stands between the proxy and the server, and keeps what passed: (from the proxy, to it)."""

    def __init__(self, port):
        self.passed = []
        self._port = port

    def __call__(self, connection):
        upstream = socket.create_connection(("127.0.0.1", self._port), timeout=20)
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        requests, responses = bytearray(), bytearray()
        back = threading.Thread(target=self._pump, args=(upstream, connection, responses))
        back.start()
        self._pump(connection, upstream, requests)
        back.join()
        upstream.close()
        self.passed.append((bytes(requests), bytes(responses)))

    @staticmethod
    def _pump(source, sink, kept):
        try:
            while part := source.recv(65536):
                kept += part
                sink.sendall(part)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def random_body(choose):
    size = choose.choice([0, 1, 5, 16, 300, 5000])
    body = choose.randbytes(size)
    if choose.random() < 0.5:
        return f"Content-Length: {size}\r\n", body
    framed = b""
    while body:
        cut = choose.randint(1, len(body))
        extension = choose.choice([b"", b";a=b", b';x="y z"'])
        framed += b"%x" % cut + extension + b"\r\n" + body[:cut] + b"\r\n"
        body = body[cut:]
    trailer = choose.choice([b"", b"X-Trailer: t\r\n"])
    return "Transfer-Encoding: chunked\r\n", framed + b"0\r\n" + trailer + b"\r\n"


def random_request(choose):
    method = choose.choice(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
    status = choose.choice([200, 200, 200, 201, 204, 304, 404, 500, 503])
    framing = choose.choice(["length", "chunked"])
    size = choose.choice([0, 1, 7, 1500, 20000])
    query = choose.choice(["", "?a=b", "?secret=%20x"])
    head = f"{method} /{status}/{size}/{framing}{query} HTTP/1.1\r\nHost: x\r\n"
    for number in range(choose.randint(0, 4)):
        head += f"X-Header-{number}: {'v' * choose.choice([0, 1, 50, 700])}\r\n"
    has_body = method in ("POST", "PUT", "PATCH") and choose.random() < 0.8
    length, body = random_body(choose) if has_body else ("", b"")
    return head.encode() + length.encode() + b"\r\n" + body


def random_stream(seed):
    """Pipelined requests, and whether they are as they should be."""
    choose = random.Random(seed)
    stream = b"".join(random_request(choose) for _ in range(choose.randint(1, 6)))
    if choose.random() < 0.7:
        return stream, True
    stream = bytearray(stream)
    for _ in range(choose.randint(1, 3)):
        place = choose.randrange(len(stream))
        change = choose.randrange(3)
        if change == 0:
            stream[place] = choose.randrange(256)
        elif change == 1:
            del stream[place:place + choose.randint(1, 9)]
        else:
            stream[place:place] = choose.choice([b"\r\n", b"\0", b" ", b"GET / HTTP/1.1\r\n\r\n"])
        if not stream:
            stream = bytearray(b"\r\n")
    return bytes(stream), False


def converse(port, stream, seed):
    """Sends the stream in random pieces, ends, and returns all that came back."""
    choose = random.Random(~seed)
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = threading.Thread(target=Recorder._pump, args=(client, Sink(), received))
        reader.start()
        try:
            at = 0
            while at < len(stream):
                size = choose.choice([1, 2, 10, 100, 4000])
                client.sendall(stream[at:at + size])
                at += size
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has closed on a broken request
        reader.join(30)
        assert not reader.is_alive(), "no end came"
    return bytes(received)


class Sink:
    def sendall(self, _):
        pass

    def shutdown(self, _):
        pass


def run_streams(port, seeds):
    """{(what the client sent, what it received): times}"""
    done = collections.Counter()
    lock = threading.Lock()
    seeds = list(seeds)

    def work():
        while True:
            with lock:
                if not seeds:
                    return
                seed = seeds.pop()
            stream, _ = random_stream(seed)
            received = converse(port, stream, seed)
            with lock:
                done[(stream, received)] += 1

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


@pytest.fixture
def counter(children, tmp_path):
    children.append(HttpCounter(tmp_path))
    return children[-1]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_calls_of_sound_streams_are_those_that_node_counts(proxy, counter, threads):
    seeds = [seed for seed in range(FIRST, FIRST + STREAMS) if random_stream(seed)[1]]
    recorder = Recorder(counter.port)
    with ScriptedServer(recorder) as server:
        meshctl = proxy("--upstream", server.port, "--threads", threads)
        done = run_streams(meshctl.port, seeds)
        server.join()
    assert done == collections.Counter(recorder.passed), "bytes changed on their way"
    seen = counter.seen()
    assert seen["bad"] == 0
    totals = meshctl.totals_after(seen["calls"])
    assert totals["calls"] == seen["calls"] > len(seeds)
    assert totals["by_status"] == seen["by_status"]
    assert totals["request_body_bytes"] == seen["request_body_bytes"]
    assert totals["response_body_bytes"] == seen["response_body_bytes"]
    assert sum(meshctl.stats()["connections"]["tap_doubts"].values()) == 0


def test_broken_streams_pass_unchanged_too_and_no_call_is_made_up(proxy, counter):
    seeds = [seed for seed in range(FIRST, FIRST + 3 * STREAMS) if not random_stream(seed)[1]]
    recorder = Recorder(counter.port)
    with ScriptedServer(recorder) as server:
        meshctl = proxy("--upstream", server.port)
        done = run_streams(meshctl.port, seeds)
        eventually(lambda: meshctl.stats()["connections"]["open"] == 0)
        server.join()
    for stream, received in done:
        came = [(sent, back) for sent, back in recorder.passed if back == received
                and stream.startswith(sent)]
        assert came, "bytes changed on their way"
    seen = counter.seen()
    totals = meshctl.totals()
    doubts = sum(meshctl.stats()["connections"]["tap_doubts"].values())
    assert seen["bad"] > 20 and doubts > 20

    def answered(by_status):
        """Node answers 400 to what is no request, which is then no call either."""
        return sum(count for status, count in by_status.items() if status not in ("0", "400"))

    missing = answered(seen["by_status"]) - answered(totals["by_status"])
    # A connection that the tap gave up had at most the rest of its calls in flight.
    assert 0 <= missing <= 8 * doubts
