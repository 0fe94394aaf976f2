"""Calls of all protocols, many: counts equal the clients' own, no byte differs, memory does not grow.

MESHCTL_SOAK_CALLS sets how many (1,000,000 for the proof); -s shows the figures of each tenth."""
import collections
import hashlib
import json
import os
import re
import subprocess
import time

import pytest

from support import node_peers
from support.child import Child, eventually, free_port, rss_bytes
from support.servers import Redis, ScriptedServer

CALLS = int(os.environ.get("MESHCTL_SOAK_CALLS", 20_000))
PARTS = 10
# What each protocol gets of a part; the rest of it are Redis commands.
SHARES = {"h1": 0.35, "h2": 0.25, "grpc": 0.15, "h1 compared": 0.03, "h1 closed": 0.03, "h2 compared": 0.03,
          "uploads": 0.01, "websocket": 0.05}
GRPC_MESSAGE = bytes((0, 0, 0, 0, 95)) + b"m" * 95
PAGE = os.urandom(5_000)


class Seen(collections.Counter):
    """What the clients counted, by name."""

    def h2load(self, kind, calls, *args):
        done = subprocess.run(["h2load", "-t1", "-n", str(calls), *args], capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        total, failed = map(int, re.search(r"(\d+) total, .* (\d+) errored, ", done.stdout).groups())
        classes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done.stdout).groups()
        assert total == calls and failed == 0 and sum(map(int, classes)) == calls, done.stdout
        for name, count in zip(("2xx", "3xx", "4xx", "5xx"), map(int, classes)):
            self[f"{kind} {name}"] += count
        self[f"{kind} body"] += int(re.search(r"\((\d+)\) data", done.stdout)[1])

    def curl(self, kind, calls, page, *args):
        """Each of the `calls` bodies that come back is `page`, byte by byte."""
        with subprocess.Popen(["curl", "-sS", "-f", *args], stdout=subprocess.PIPE) as curl:
            got, size = hashlib.sha256(), 0
            while block := curl.stdout.read(1 << 20):
                got.update(block)
                size += len(block)
        assert curl.returncode == 0
        want = hashlib.sha256()
        for _ in range(calls):
            want.update(page)
        assert size == calls * len(page) and got.digest() == want.digest(), f"{kind}: other bytes arrived"
        self[f"{kind} 2xx"] += calls
        self[f"{kind} body"] += size


    def node_h2(self, kind, calls, page, port):
        """The same over HTTP/2."""
        got = json.loads(node_peers.run("h2_client.js", port, "/page", calls, timeout=600))
        assert got["bodies"] == {hashlib.sha256(page).hexdigest(): calls}, f"{kind}: other bytes arrived"
        self[f"{kind} 2xx"] += calls
        self[f"{kind} body"] += got["bytes"]


def echo(connection):
    while block := connection.recv(1 << 16):
        connection.sendall(block)


@pytest.fixture
def servers(tmp_path, children, nginx):
    """{name: port} of what the calls go to."""
    (nginx.root / "page").write_bytes(PAGE)
    root = tmp_path / "h2"
    root.mkdir()
    (root / "page").write_bytes(PAGE)
    (root / "message.grpc").write_bytes(GRPC_MESSAGE)
    types = tmp_path / "types"
    types.write_text("application/grpc grpc\n")
    ports = {"h1": nginx.port, "h2": free_port(), "grpc": free_port()}
    for name, more in (("h2", ()), ("grpc", ("--mime-types-file", types, "--trailer", "grpc-status: 0"))):
        server = Child(["/usr/sbin/nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", root, *more, str(ports[name])],
                       tmp_path, f"nghttpd-{name}")
        children.append(server)
        server.wait_for_port(ports[name])
    redis = Redis(tmp_path)
    children.append(redis)
    argv, environment = node_peers.command("ws_peer.js", "serve")
    websocket = Child(argv, tmp_path, "ws", env=environment)
    children.append(websocket)
    ports |= {"redis": redis.port, "websocket": int(websocket.wait_for(websocket.stdout, "its port"))}
    with ScriptedServer(echo) as opaque:
        yield ports | {"echo": opaque.port}


def one_part(ports, calls, seen, tmp_path):
    """A tenth: `calls` calls, in these protocols."""
    shares = {name: int(calls * share) for name, share in SHARES.items()}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    seen.h2load("h1", shares["h1"], "--h1", "-c32", *(url["h1"] + path for path in ("/file", "/10k", "/nothing", "/broken")))
    seen.h2load("h2", shares["h2"], "-c8", "-m32", f"{url['h2']}/page", f"{url['h2']}/nothing")
    message = tmp_path / "message"
    message.write_bytes(GRPC_MESSAGE)
    seen.h2load("grpc", shares["grpc"], "-c4", "-m32", "-d", str(message), "-H", "content-type: application/grpc",
                "-H", "te: trailers", f"{url['grpc']}/message.grpc")
    seen.curl("h1", shares["h1 compared"], PAGE, f"{url['h1']}/page?[1-{shares['h1 compared']}]")
    seen.curl("h1", shares["h1 closed"], PAGE, "-H", "Connection: close", f"{url['h1']}/page?[1-{shares['h1 closed']}]")
    seen.node_h2("h2", shares["h2 compared"], PAGE, ports["h2"])
    uploads = shares["uploads"]
    body = tmp_path / "body"
    body.write_bytes(PAGE)
    subprocess.run(["curl", "-sS", "-f", "-T", str(body), f"{url['h1']}/upload/soak/[1-{uploads}]"], check=True, timeout=600)
    seen["h1 2xx"] += uploads
    seen["h1 sent"] += uploads * len(PAGE)
    burst = json.loads(node_peers.run("ws_peer.js", "burst", ports["websocket"], 4, shares["websocket"], timeout=600))
    seen["websocket handshakes"] += 4
    seen["websocket messages"] += burst["sent"]
    seen["websocket bytes"] += burst["sentBytes"]
    assert burst["received"] == burst["sent"] and burst["receivedBytes"] == burst["sentBytes"]
    commands = calls - sum(shares.values())
    done = subprocess.run(["redis-benchmark", "-p", str(ports["redis"]), "-n", str(commands), "-c", "20", "-q", "-t", "incr"],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and "Error" not in done.stdout, done.stdout
    seen["redis commands"] += commands
    compare_opaque(ports["echo"], calls * 100)


def compare_opaque(port, size):
    """`size` random bytes to a server that returns them, by a client that knows nothing of the proxy."""
    data = os.urandom(1 << 16) * (size // (1 << 16) + 1)
    done = subprocess.run(["busybox", "nc", "127.0.0.1", str(port)], input=data, capture_output=True, timeout=600)
    assert done.stdout == data, "other bytes came back"


def check(stats, seen):
    totals = stats["totals"]
    in_2xx, in_4xx, in_5xx = (sum(seen[f"{kind} {name}"] for kind in ("h1", "h2", "grpc")) for name in ("2xx", "4xx", "5xx"))
    by_class = collections.Counter()
    for status, calls in totals["by_status"].items():
        by_class[status[0]] += calls
    assert +by_class == +collections.Counter({"1": seen["websocket handshakes"], "2": in_2xx, "4": in_4xx, "5": in_5xx})
    assert totals["calls"] == seen["websocket handshakes"] + in_2xx + in_4xx + in_5xx
    assert totals["by_grpc_status"] == {"OK": seen["grpc 2xx"]}
    assert totals["response_body_bytes"] == sum(seen[f"{kind} body"] for kind in ("h1", "h2", "grpc"))
    assert totals["request_body_bytes"] == seen["h1 sent"] + seen["grpc 2xx"] * len(GRPC_MESSAGE)
    assert totals["errors"] == in_5xx
    assert totals["active_calls"] == 0 and stats["connections"]["open"] == 0
    websocket = stats["messages"]["websocket"]
    both = {"messages": seen["websocket messages"], "bytes": seen["websocket bytes"]}
    assert websocket == {"received": both, "sent": both}
    assert stats["messages"]["grpc"]["sent"]["messages"] == seen["grpc 2xx"]
    assert sum(stats["connections"]["tap_doubts"].values()) == 0


@pytest.mark.parametrize("threads", ["1", "2"])
def test_counts_bytes_and_memory_hold(proxy, servers, nginx, tmp_path, threads):
    forwards = [word for port in servers.values() for word in ("--forward", f"0={port}")]
    meshctl = proxy(*forwards, "--threads", threads, "--access-log", "/dev/null")
    ports = dict(zip(servers, meshctl.ports))
    seen, memory, calls = Seen(), [], CALLS // 2 if CALLS < 100_000 else CALLS
    if threads == "2" and CALLS >= 100_000:
        pytest.skip("the long form is for one loop")
    for part in range(PARTS):
        begun = time.monotonic()
        one_part(ports, calls // PARTS, seen, tmp_path)
        for kept in (nginx.root / "upload/soak").iterdir():
            assert kept.read_bytes() == PAGE, "another body arrived"
            kept.unlink()
        eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 20, "the end of the connections")
        check(meshctl.stats(), seen)
        memory.append(rss_bytes(meshctl.pid) // 1024)
        print(f"part {part + 1}: {sum(seen[key] for key in seen if re.search('xx|commands|messages', key))} calls and "
              f"messages, {memory[-1]} KiB, {time.monotonic() - begun:.1f} s")
    # The first part fills the heap, or the first three when they are short; from then on nothing is kept of a call.
    settled = memory[0 if CALLS >= 100_000 else 2]
    assert memory[-1] - settled <= 1024, f"memory grew: {memory} KiB"
