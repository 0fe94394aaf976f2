"""Where connections are taken, and which address of the application is tried."""
import re
import socket
import subprocess

import pytest

from support.child import Child, eventually, free_port
from support.meshctl import binary, environment
from support.network import NetworkNamespace
from support.servers import ScriptedServer

TAKEN = {"http://127.0.0.1:{}/": "loopback", "http://[::1]:{}/": "loopback, IPv6", "http://10.99.0.1:{}/": "beyond loopback"}


@pytest.fixture
def run(pod_network, children, tmp_path):
    (tmp_path / "index.html").write_text("found\n")
    web = Child(pod_network.command("busybox", "httpd", "-f", "-p", "[::]:8087", "-h", tmp_path), tmp_path, "httpd")
    children.append(web)
    web.wait_for(lambda: pod_network.get("http://127.0.0.1:8087/"), "its page")

    def start(*args, env=None):
        child = Child(pod_network.command(binary(), "run", *args), tmp_path, "meshctl", env=environment(env))
        children.append(child)
        child.wait_for_stderr(re.compile(r"^meshctl: metrics at", re.M))
        return child

    return start


def reached(network, port):
    return {name for url, name in TAKEN.items() if network.get(url.format(port)) is not None}


@pytest.mark.parametrize("args, env", [(["--upstream", "8087"], {}), ([], {"MESHCTL_UPSTREAM": "8087"})])
def test_without_an_address_it_is_loopback(run, pod_network, args, env):
    meshctl = run(*args, env=env)
    assert re.fullmatch(r"meshctl: forwarding 127\.0\.0\.1:14001 -> 127\.0\.0\.1:8087\n"
                        r"meshctl: metrics at http://127\.0\.0\.1:14000/metrics\n", meshctl.stderr())
    assert reached(pod_network, 14001) == reached(pod_network, 14000) == {"loopback"}


@pytest.mark.parametrize("args, env", [
    (["--forward", "*:14001=8087", "--admin", "*:14000"], {}),
    (["--upstream", "8087", "--listen", "*:14001"], {"MESHCTL_ADMIN": "*:14000"}),
    ([], {"MESHCTL_FORWARD": "*:14001=8087,*:14002=127.0.0.1:8087", "MESHCTL_ADMIN": "*:14000"}),
])
def test_a_star_is_every_interface_of_both_families(run, pod_network, args, env):
    run(*args, env=env)
    assert reached(pod_network, 14001) == reached(pod_network, 14000) == set(TAKEN.values())


def test_without_ipv6_a_star_is_every_interface_of_ipv4(run, pod_network, children, tmp_path):
    off = Child(pod_network.command("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"), tmp_path, "sysctl")
    assert off.wait() == 0, off.stderr()
    run("--forward", "*:14001=8087", "--admin", "*:14000")
    assert reached(pod_network, 14001) == reached(pod_network, 14000) == {"loopback", "beyond loopback"}


def serving(address, port):
    """A server at this address alone, which answers with it."""
    def answer(connection):
        connection.recv(1000)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + address.encode())

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ScriptedServer(answer, socket.create_server((address, port), family=family))


@pytest.mark.parametrize("there, answer", [
    (["127.0.0.1"], b"127.0.0.1"), (["::1"], b"::1"), (["127.0.0.1", "::1"], b"127.0.0.1")])
def test_a_port_alone_is_tried_at_127_0_0_1_then_at_1(proxy, there, answer):
    port = free_port()
    servers = []
    try:
        servers += [serving(address, port) for address in there]
        meshctl = proxy("--upstream", port)
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            got = b""
            while block := client.recv(1000):
                got += block
        assert got.endswith(b"\r\n\r\n" + answer)
    finally:
        for server in servers:
            server.close()


@pytest.mark.parametrize("host, is_asked", [("127.0.0.1", False), (NetworkNamespace.OTHER, True)])
def test_an_application_beyond_loopback_is_asked_whether_it_lives(run, pod_network, children, tmp_path, host, is_asked):
    """A machine that dies says nothing; on our own the kernel tells of a process that ends."""
    peers = {"server": "s = socket.create_server(('', 8088)); c = s.accept(); time.sleep(60)",
             "client": "s = socket.create_connection(('127.0.0.1', 14001)); time.sleep(60)"}

    def start(name):
        code = f"import socket, time; {peers[name]}"
        children.append(Child(pod_network.command("python3", "-c", code), tmp_path, name))

    def sockets(*filters):
        return subprocess.run(pod_network.command("ss", "-Htno", *filters), capture_output=True, text=True,
                              check=True).stdout

    start("server")
    eventually(lambda: sockets("state", "listening", "sport", "=", ":8088"), what="the server")
    run("--upstream", f"{host}:8088")
    start("client")
    leg = eventually(lambda: sockets("state", "established", "dport", "=", ":8088"), what="the connection")
    assert ("timer:(keepalive" in leg) == is_asked
