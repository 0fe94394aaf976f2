"""TLS passes through; what the client offers in the clear is told. Peers: openssl and curl."""
import hashlib
import subprocess

import pytest

from support.child import Child, eventually, free_port


@pytest.fixture
def tls_server(tmp_path, children):
    """openssl s_server that serves the files of its folder (-WWW)."""
    root = tmp_path / "www"
    root.mkdir()
    (root / "big").write_bytes(bytes(range(256)) * 8000)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=a.example", "-keyout", tmp_path / "key",
                    "-out", tmp_path / "cert"], check=True, capture_output=True)
    port = free_port()
    server = Child(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", tmp_path / "cert",
                    "-key", tmp_path / "key", "-WWW", "-alpn", "http/1.1"], tmp_path, "s_server", cwd=root)
    children.append(server)
    server.port, server.root = port, root
    return server.wait_for_port(port)


def fetch(port, name, *flags):
    done = subprocess.run(["curl", "-sSk", "--resolve", f"{name}:{port}:127.0.0.1", *flags,
                           f"https://{name}:{port}/big"], capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return hashlib.sha256(done.stdout).hexdigest()


def test_bytes_pass_and_the_hello_is_told(proxy, tls_server):
    meshctl = proxy("--upstream", tls_server.port)
    whole = hashlib.sha256((tls_server.root / "big").read_bytes()).hexdigest()
    assert fetch(tls_server.port, "a.example", "--http1.1") == whole
    assert fetch(meshctl.port, "a.example", "--http1.1") == whole
    assert fetch(meshctl.port, "b.example", "--tls-max", "1.2", "--no-alpn") == whole
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{meshctl.port}", "-noservername",
                           "-alpn", "h2,http/1.1"], input=b"", capture_output=True, timeout=30)
    assert done.returncode == 0 and b"ALPN protocol: http/1.1" in done.stdout, done.stderr
    eventually(lambda: meshctl.stats()["connections"]["by_protocol"]["tls"] == 3, 20, "three connections")
    connections = meshctl.stats()["connections"]
    assert connections["tls"] == {"versions": {"1.2": 1, "1.3": 2},
                                  "alpn": {"http/1.1": 1, "h2,http/1.1": 1},
                                  "server_names": {"a.example": 1, "b.example": 1}}
    assert sum(connections["tap_doubts"].values()) == 0
    page = meshctl.get("/metrics")
    assert 'meshctl_tls_client_hellos_total{version="1.3"} 2\n' in page
    assert "example" not in page, "names that clients choose are no labels"
    assert meshctl.totals()["calls"] == 0
    code, stdout, _ = meshctl.finish()
    assert code == 0 and "a.example 1" in stdout


def test_a_handshake_that_trickles_in_is_read_and_not_held_up(proxy, tls_server, children, tmp_path):
    """Byte by byte through a slow hop: the tap sees the hello in as many reads."""
    meshctl = proxy("--upstream", tls_server.port)
    port = free_port()
    trickle = Child(["/usr/bin/python3", "-c", TRICKLE, str(port), str(meshctl.port)], tmp_path, "trickle")
    children.append(trickle)
    trickle.wait_for(trickle.stdout, "its start")
    whole = hashlib.sha256((tls_server.root / "big").read_bytes()).hexdigest()
    assert fetch(port, "slow.example", "--http1.1") == whole
    eventually(lambda: meshctl.stats()["connections"]["tls"]["server_names"] == {"slow.example": 1}, 20,
               "the name of the server")


# A hop that passes the client's first 700 bytes on one at a time, each in a packet of its own.
TRICKLE = """
import socket, sys, threading
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
client, _ = listener.accept()
server = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def back():
    while data := server.recv(65536):
        client.sendall(data)
    client.shutdown(socket.SHUT_WR)
threading.Thread(target=back, daemon=True).start()
passed = 0
while data := client.recv(65536):
    for start in range(len(data) if passed < 700 else 0):
        server.sendall(data[start:start + 1])
    if passed >= 700:
        server.sendall(data)
    passed += len(data)
"""
