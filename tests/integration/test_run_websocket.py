"""WebSocket with an independent service and clients (ws): the same messages, and the right counts."""
import json

import pytest

from support import node_peers
from support.child import Child, eventually
from support.meshctl import errors


@pytest.fixture
def echo(tmp_path, children):
    argv, environment = node_peers.command("ws_peer.js", "serve")
    server = Child(argv, tmp_path, "ws", env=environment)
    children.append(server)
    server.port = int(server.wait_for(server.stdout, "its port"))
    return server


def call(port, *args):
    return json.loads(node_peers.run("ws_peer.js", "call", port, *args))


def test_messages_are_the_same_and_counted_as_the_clients_count_them(proxy, echo, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", echo.port, "--access-log", log)
    clients = 40
    direct, seen = call(echo.port, clients), call(meshctl.port, clients)
    assert seen == direct
    assert seen["closes"] == {"1000": 10, "4001": 10, "1011": 10, "1006": 10}, "1006: none came"
    eventually(lambda: meshctl.stats()["streams"]["websocket"]["ended"] >= clients, 20, "the ends")
    stats = meshctl.stats()
    ended = stats["streams"]["websocket"]
    assert (ended["ended"], ended["active"], ended["errors"]) == (clients, 0, 10), "10 were dropped"
    messages = stats["messages"]["websocket"]
    assert messages["received"] == {"messages": seen["sent"], "bytes": seen["sentBytes"]}
    assert messages["sent"] == {"messages": seen["received"], "bytes": seen["receivedBytes"]}
    assert stats["websocket_closes"] == {"1000": 10, "_OTHER": 10, "1011": 10, "none": 10}
    totals = stats["totals"]
    assert totals["by_status"] == {"101": clients} and errors(totals) == {}
    # Each lasted 300 ms and more after its answer.
    assert ended["duration"]["min_ns"] > 300e6
    assert totals["duration"]["count"] == clients
    assert totals["duration"]["p50_seconds"] < ended["duration"]["p50_seconds"] - 0.25
    assert stats["connections"]["by_protocol"]["websocket"] == clients
    assert sum(stats["connections"]["tap_doubts"].values()) == 0
    assert [route["route"] for route in stats["routes"]] == ["/chat/{id}"]
    page = meshctl.get("/metrics")
    assert f'meshctl_stream_duration_seconds_count{{stream="websocket",http_route="/chat/{{id}}"}} 30\n' in page
    assert 'http_route="/chat/{id}",error_type="upstream_closed"} 10\n' in page or \
        'http_route="/chat/{id}",error_type="upstream_reset"} 10\n' in page

    def lines():
        return [json.loads(line) for line in log.read_text().splitlines()]
    eventually(lambda: len(lines()) >= 2 * clients, 20, "the lines of calls and streams")
    streams = [line for line in lines() if line.get("meshctl.stream") == "websocket"]
    assert len(streams) == clients and len(lines()) == 2 * clients
    assert sum(line["meshctl.received.messages"] for line in streams) == seen["sent"]
    assert "secret" not in log.read_text()


def test_compressed_messages_are_counted_by_what_passes(proxy, echo):
    meshctl = proxy("--upstream", echo.port)
    seen = call(meshctl.port, 4, "compressed")
    eventually(lambda: meshctl.stats()["streams"]["websocket"]["ended"] == 4, 20, "the ends")
    messages = meshctl.stats()["messages"]["websocket"]
    assert messages["received"]["messages"] == seen["sent"]
    assert messages["sent"]["messages"] == seen["received"]
    assert 0 < messages["sent"]["bytes"] < seen["receivedBytes"] / 10
    assert sum(meshctl.stats()["connections"]["tap_doubts"].values()) == 0
