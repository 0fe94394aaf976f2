"""Which route a call is counted under: templates, an OpenAPI document, guesses, and their bounds under attack."""
import json
import os
import random
import re
import socket
import string

import pytest

from support.meshctl import run_once
from support.servers import ScriptedServer

# MESHCTL_ATTACK_CALLS=1000000 is the long form, whose figures -s shows.
ATTACK_CALLS = int(os.environ.get("MESHCTL_ATTACK_CALLS", 50_000))
BATCH = 500
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MOST_ROUTES = 202  # with {other} and {not_found}


def answer_all(connection):
    """Answers 200 to each request; none may have a body."""
    rest = b""
    while part := connection.recv(1 << 20):
        rest += part
        requests = rest.count(b"\r\n\r\n")
        connection.sendall(ANSWER * requests)
        if requests:
            rest = rest[rest.rindex(b"\r\n\r\n") + 4:]


@pytest.fixture
def server():
    with ScriptedServer(answer_all) as running:
        yield running


def call(port, paths):
    """Calls each path, BATCH at a time in one write, on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for begin in range(0, len(paths), BATCH):
            batch = paths[begin:begin + BATCH]
            connection.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in batch))
            left = len(ANSWER) * len(batch)
            while left:
                part = connection.recv(min(left, 1 << 20))
                assert part, "the connection ended early"
                left -= len(part)


def routes_of(meshctl):
    return {row["route"]: row["calls"] for row in meshctl.stats()["routes"]}


def word(rng):
    return "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(3, 12)))


def hostile(rng):
    """A path that was not there before, in one of several shapes."""
    number = rng.getrandbits(48)
    return rng.choice([
        lambda: f"/a/{number}",
        lambda: f"/{number}-{word(rng)}/x",
        lambda: "/" + "/".join(word(rng) for _ in range(rng.randint(1, 14))),
        lambda: f"/shop/{word(rng)}",
        lambda: f"/{word(rng)}?{number}",
        lambda: "/%" + "/%".join(f"{rng.randrange(256):02x}" for _ in range(rng.randint(1, 20))),
    ])().encode()


def most_rss_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def series_of(text):
    """{series: value} of the counters in a metrics page."""
    rows = re.findall(r"^(http_server_\w+_(?:count|bucket)\{.*\}) (\d+)$", text, re.M)
    return {name: int(value) for name, value in rows}


@pytest.mark.parametrize("threads", ["1", "2"])
def test_distinct_paths_cost_no_memory_no_series_and_no_count(proxy, server, threads):
    meshctl = proxy("--upstream", server.port, "--threads", threads, "--route", "/orders/{order}")
    rng = random.Random(4)
    call(meshctl.port, [b"/api/health"] * 150)  # in use before the attack
    halves = []
    for _ in range(2):
        before = cpu_seconds(meshctl.pid)
        paths = [hostile(rng) for _ in range(ATTACK_CALLS // 2)]
        for begin in range(0, len(paths), 50 * BATCH):  # a connection each, so that all threads get some
            call(meshctl.port, paths[begin:begin + 50 * BATCH])
        cpu = (cpu_seconds(meshctl.pid) - before) / len(paths)
        text = [meshctl.get("/metrics") for _ in range(10)][-1]
        # At its most: the allocator may keep what the page took, or give it back.
        halves.append((most_rss_kib(meshctl.pid), series_of(text), len(text), cpu))
    call(meshctl.port, [b"/api/health", b"/orders/late", b"/orders/later"])
    totals = meshctl.totals_after(ATTACK_CALLS + 153)
    routes = routes_of(meshctl)
    assert totals["calls"] == ATTACK_CALLS + 153
    assert sum(routes.values()) == totals["calls"]
    assert len(routes) <= MOST_ROUTES
    assert routes["/api/health"] == 151, "a word in use was lost"
    assert routes["/orders/{order}"] == 2, "a declared route found no place"
    (rss, series, size, _), (later_rss, later_series, later_size, cpu) = halves
    # What a page takes depends on the moment; a leak of 16 bytes a call would be more.
    assert later_rss - rss <= max(2048, ATTACK_CALLS // 64 // 2), "memory grew in the second half"
    assert all(later_series[name] >= value for name, value in series.items()), "a counter went back"
    assert len({re.search('http_route="([^"]*)"', name)[1] for name in later_series}) <= MOST_ROUTES
    assert sum(value for name, value in later_series.items()
               if name.startswith("http_server_request_duration_seconds_count")) == totals["calls"] - 3
    print(f"\nthreads {threads}: RSS {rss} then {later_rss} KiB; /metrics {size} then {later_size} bytes; "
          f"{len(routes)} routes; {cpu * 1e9:.0f} ns of CPU a call")


def test_a_scanner_leaves_one_row(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    rng = random.Random(5)
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as connection:
        for _ in range(300):
            connection.sendall(b"GET /%s.php HTTP/1.1\r\nHost: x\r\n\r\n" % word(rng).encode())
            assert connection.recv(65536).startswith(b"HTTP/1.1 404")
    meshctl.totals_after(300)
    assert routes_of(meshctl) == {"{not_found}": 300}


def test_templates_of_flags_and_document_are_what_calls_are_counted_under(proxy, server, tmp_path):
    document = tmp_path / "openapi.yaml"
    document.write_text("openapi: 3.0.3\nservers: [{url: 'https://example.com/v1'}]\n"
                        "paths:\n  /users/{userId}: {}\n  /users/me: {}\n  /points/{lat},{lon}: {}\n")
    meshctl = proxy("--upstream", server.port, "--routes-from", document,
                    "--route", "/v1/users/{who}", "--route", "/health")
    call(meshctl.port, [b"/v1/users/alice", b"/v1/users/bob", b"/v1/users/me", b"/v1/points/5,6", b"/health",
                        b"/users/alice"])
    meshctl.totals_after(6)
    assert routes_of(meshctl) == {"/v1/users/{who}": 2, "/v1/users/me": 1, "/v1/points/{lat},{lon}": 1,
                                  "/health": 1, "/users/alice": 1}


def test_the_twin_has_one_template_a_line(proxy, server):
    meshctl = proxy("--upstream", server.port, "--routes", "explicit",
                    env={"MESHCTL_ROUTE": "/users/{id}\n/points/{lat},{lon}"})
    call(meshctl.port, [b"/users/alice", b"/points/5,6", b"/health"])
    meshctl.totals_after(3)
    assert routes_of(meshctl) == {"/users/{id}": 1, "/points/{lat},{lon}": 1, "{other}": 1}


def test_routes_off_counts_all_calls_under_one(proxy, server):
    meshctl = proxy("--upstream", server.port, "--routes", "off")
    call(meshctl.port, [b"/users/1", b"/b", b"*"])
    meshctl.totals_after(3)
    assert routes_of(meshctl) == {"{all}": 3}


def test_a_document_with_a_mistake_is_refused_before_anything_listens(tmp_path):
    document = tmp_path / "openapi.yaml"
    document.write_text("openapi: 3.0.3\npaths:\n  users: {}\n")
    done = run_once("run", "--upstream", "1", "--listen", "0", "--routes-from", document)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"meshctl: error: {document}:3:3: `users` does not begin with '/'\n"
                           "    3 |   users: {}\n          ^\nhint: write a path such as `/users/{id}`\n")
    done = run_once("run", "--upstream", "1", "--listen", "0", "--routes-from", tmp_path / "none.yaml")
    assert done.returncode == 1
    assert "none.yaml: no such file" in done.stderr
    done = run_once("run", "--upstream", "1", "--listen", "0", "--route", "users")
    assert done.returncode == 2


def test_more_than_200_templates_are_a_warning(proxy, server, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({"openapi": "3.0.3", "paths": {f"/p/{'x' * n}": {} for n in range(1, 121)}
                                    | {f"/q/{'x' * n}": {} for n in range(1, 121)}}))
    meshctl = proxy("--upstream", server.port, "--routes-from", document)
    assert "meshctl: warning: 240 routes are declared: the first 200 that are called" in meshctl.stderr()
    call(meshctl.port, [f"/{way}/{'x' * n}".encode() for n in range(1, 121) for way in "pq"])
    meshctl.totals_after(240)
    assert routes_of(meshctl)["{other}"] == 40


def test_raw_paths_are_in_the_live_view_alone(proxy, server, tmp_path):
    meshctl = proxy("--upstream", server.port, "--output", "json", "--interval", "100ms")
    call(meshctl.port, [b"/users/4711?token=secret"] * 3 + [b"/caf\xe9"])
    meshctl.totals_after(4)
    assert meshctl.stats()["top_paths"] == [
        {"path": "/users/4711", "calls_at_least": 3, "calls_at_most": 3},
        {"path": "/caf%E9", "calls_at_least": 1, "calls_at_most": 1}]
    assert "4711" not in meshctl.get("/metrics")
    _, stdout, stderr = meshctl.finish()
    assert "secret" not in stdout + stderr
