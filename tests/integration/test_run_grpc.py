"""gRPC with another implementation than test_run_http2.py (@grpc/grpc-js): streams apart from calls."""
import json
import subprocess

import pytest

from support import node_peers
from support.child import Child, eventually

COUNT = 30


@pytest.fixture
def service(tmp_path, children):
    argv, environment = node_peers.command("grpc_peer.js", "serve")
    server = Child(argv, tmp_path, "grpc-js", env=environment)
    children.append(server)
    server.port = int(server.wait_for(server.stdout, "its port"))
    return server


def call(port):
    return json.loads(node_peers.run("grpc_peer.js", "call", port, COUNT))


def test_unary_calls_are_calls_and_streams_are_streams(proxy, service):
    meshctl = proxy("--upstream", service.port)
    direct, seen = call(service.port), call(meshctl.port)
    assert seen.pop("Watch")["codes"] == {"CANCELLED": 1}
    direct.pop("Watch")
    assert seen == direct
    assert seen["Unary"]["codes"] == {"OK": COUNT}
    calls = 5 * COUNT + 1
    totals = meshctl.totals_after(calls)
    assert totals["calls"] == calls
    assert totals["by_grpc_status"] == {"": 1, "OK": 4 * COUNT, "NOT_FOUND": 10, "INTERNAL": 10,
                                        "UNAVAILABLE": 10}
    assert (totals["errors"], totals["client_aborts"]) == (20, 1)
    assert totals["duration"]["count"] == 2 * COUNT, "of Unary and Fail"
    stats = meshctl.stats()
    ended = stats["streams"]["grpc"]
    assert (ended["ended"], ended["active"], ended["errors"]) == (3 * COUNT + 1, 0, 0)
    # Of Watch, the client stops at ten; how many more were on their way is a race.
    messages = stats["messages"]["grpc"]
    assert messages["received"]["messages"] == sum(each["sent"] for each in seen.values()) + 1
    assert messages["sent"]["messages"] >= sum(each["received"] for each in seen.values()) + 10
    assert messages["sent"]["messages"] <= sum(each["received"] for each in seen.values()) + 20
    page = meshctl.get("/metrics")
    assert (f'meshctl_stream_duration_seconds_count{{stream="grpc",http_route="/test.Node/Talk"}} {COUNT}\n'
            in page)
    assert 'stream="grpc",http_route="/test.Node/Watch",error_type="client_abort"} 1\n' in page
    assert 'rpc_method="test.Node/Unary"' in page and 'rpc_method="test.Node/Talk"' not in page
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True,
                             timeout=20)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_an_open_stream_is_seen_while_it_lasts(proxy, service):
    meshctl = proxy("--upstream", service.port)
    script = ("const grpc = require('@grpc/grpc-js'); const same = (value) => value;"
              f"const client = new grpc.Client('127.0.0.1:{meshctl.port}', grpc.credentials.createInsecure());"
              "client.makeServerStreamRequest('/test.Node/Watch', same, same, Buffer.from('w'))"
              ".on('data', () => {}).on('error', () => {});")
    argv, environment = node_peers.command("")
    watcher = subprocess.Popen([argv[0], "-e", script], env=environment)
    try:
        eventually(lambda: meshctl.stats()["streams"]["grpc"]["active"] == 1, what="an active stream")
        first = meshctl.stats()["messages"]["grpc"]["sent"]["messages"]
        eventually(lambda: meshctl.stats()["messages"]["grpc"]["sent"]["messages"] > first + 3,
                   what="more messages of the open stream")
        assert meshctl.totals()["duration"]["count"] == 0
    finally:
        watcher.kill()
        watcher.wait()
    eventually(lambda: meshctl.stats()["streams"]["grpc"]["active"] == 0, what="the end of the stream")
    assert meshctl.totals_after(1)["client_aborts"] == 1
