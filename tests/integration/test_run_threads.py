"""Several loops count and forward as one does; the client's address is passed on where it is asked for."""
import pathlib
import signal
import socket
import urllib.request

import pytest

from integration.test_run_counts import h2load
from support.child import eventually

CALLS = 40_000


def worker_threads(process):
    """Threads of the process that are not libuv's pool for files."""
    return len(list(pathlib.Path(f"/proc/{process.pid}/task").iterdir()))


@pytest.mark.parametrize("threads", ["2", "4"])
def test_calls_over_several_loops_are_counted_exactly(proxy, nginx, threads):
    meshctl = proxy("--upstream", nginx.port, "--threads", threads)
    assert worker_threads(meshctl.process) >= int(threads)
    counted = h2load(meshctl.url("/file"), meshctl.url("/broken"), calls=CALLS, connections=50)
    assert counted["total"] == counted["succeeded"] + counted["classes"][3] == CALLS
    totals = meshctl.totals_after(CALLS)
    assert totals["calls"] == CALLS
    assert totals["by_status"] == {"200": counted["classes"][0], "503": counted["classes"][3]}
    assert totals["response_body_bytes"] == counted["body_bytes"]
    code, _, _ = meshctl.finish(signal.SIGTERM)
    assert code == 0


def test_a_connection_each_is_spread_and_ends_clean(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--threads", "3")
    clients = [socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) for _ in range(30)]
    for client in clients:
        client.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
    for client in clients:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    meshctl.totals_after(30)
    for client in clients:
        client.close()
    assert eventually(lambda: meshctl.stats()["connections"]["open"] == 0)
    code, _, _ = meshctl.finish(signal.SIGTERM)
    assert code == 0


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_nginx_reads_the_clients_address_from_the_proxy_header(proxy, nginx, version):
    meshctl = proxy("--upstream", nginx.proxy_protocol_port, "--send-proxy", version)
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) as client:
        mine = client.getsockname()
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.endswith(f"{mine[0]} {mine[1]} {meshctl.port}".encode())
    assert meshctl.totals_after(1)["by_status"] == {"200": 1}


def test_without_the_flag_no_header_is_sent(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    assert urllib.request.urlopen(meshctl.url("/file"), timeout=10).status == 200
