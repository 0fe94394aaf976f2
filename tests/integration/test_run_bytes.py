"""Every byte passes, in order, unchanged, whatever the protocol; ends and resets pass too."""
import hashlib
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pytest

from support.child import eventually, rss_bytes
from support.servers import Postgres, ScriptedServer, Sshd, read_all, read_head, reset

MIB = 1 << 20
RSS_LIMIT = 10 * MIB


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send_cut(connection, data, rng):
    """Sends `data` in pieces of random sizes, from single bytes to large blocks."""
    view, at = memoryview(data), 0
    while at < len(data):
        size = rng.choice((1, 2, 7, 100, 4096, 70_000, 300_000))
        connection.sendall(view[at:at + size])
        at += size


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_pass_both_ways_unchanged(proxy, seed):
    rng = random.Random(seed)
    up, down = rng.randbytes(8 * MIB), rng.randbytes(8 * MIB)
    received = []

    def session(connection):
        sender = threading.Thread(target=send_cut, args=(connection, down, random.Random(seed + 99)))
        sender.start()
        received.append(read_all(connection))
        sender.join()

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            answers = []
            reader = threading.Thread(target=lambda: answers.append(read_all(client)))
            reader.start()
            send_cut(client, up, rng)
            client.shutdown(socket.SHUT_WR)
            reader.join(60)
        server.join()
    assert hashlib.sha256(received[0]).digest() == hashlib.sha256(up).digest()
    assert hashlib.sha256(answers[0]).digest() == hashlib.sha256(down).digest()


def test_an_echo_returns_each_byte_at_once(proxy):
    """A proxy that waited for more bytes would stall this exchange of single bytes."""
    def echo(connection):
        while part := connection.recv(4096):
            connection.sendall(part)

    with ScriptedServer(echo) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            for number in range(500):
                byte = bytes([number % 256])
                client.sendall(byte)
                assert client.recv(1) == byte


def test_bytes_count_while_the_connection_is_open(proxy):
    def echo(connection):
        while data := connection.recv(MIB):
            connection.sendall(data)

    with ScriptedServer(echo) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            for passed in (10_000, 20_000):
                client.sendall(b"\0" * 10_000)
                assert len(client.recv(10_000, socket.MSG_WAITALL)) == 10_000
                seen = meshctl.stats()["connections"]
                assert (seen["open"], seen["received_bytes"], seen["sent_bytes"]) == (1, passed, passed)


BIG = random.Random(1).randbytes(24 * MIB)  # more than all buffers on the way


def test_a_client_that_half_closes_gets_the_whole_answer(proxy):
    """However late it reads that."""
    def answer_after_eof(connection):
        question = read_all(connection)
        connection.sendall(question + BIG)

    with ScriptedServer(answer_after_eof) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"\0question")
            client.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            assert read_all(client) == b"\0question" + BIG


def test_a_server_that_half_closes_gets_the_whole_question(proxy):
    """However late it reads that."""
    received = []

    def greet_then_read(connection):
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        received.append(read_all(connection))

    with ScriptedServer(greet_then_read) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            assert read_all(client) == b"bye"
            client.sendall(BIG)
        server.join()
    assert received == [BIG]


@pytest.mark.parametrize("greeting", [b"", b"\0\0greeting"])
def test_a_reset_by_the_client_reaches_the_server_as_a_reset(proxy, greeting):
    ended = []

    def session(connection):
        connection.sendall(b"\0ready")
        try:
            ended.append(read_all(connection))
            ended.append("end of stream")
        except ConnectionResetError:
            ended.append("reset")

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        client = connect(meshctl.port)
        client.sendall(greeting)
        assert client.recv(6) == b"\0ready"
        reset(client)
        server.join()
    assert ended == ["reset"]


def test_a_reset_by_the_server_reaches_the_client_as_a_reset(proxy):
    def session(connection):
        connection.recv(1)
        reset(connection)

    with ScriptedServer(session) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"\0")
            with pytest.raises(ConnectionResetError):
                read_all(client)


def session_of_one(ending, answers):
    """A server that sends each of `answers`, one for each thing that it is sent, and then ends as `ending` says."""
    def session(connection):
        for answer in answers:
            connection.recv(100)
            connection.sendall(answer)
        ending(connection)
    return session


@pytest.mark.parametrize("answers", [[b"\0data"], [b"\0one", b"two"]], ids=["first", "second"])
def test_a_reset_right_behind_bytes_of_the_server_is_one_for_the_client(proxy, answers):
    """Both come in one wake-up, after which libuv tells of an orderly end."""
    for _ in range(20):
        with ScriptedServer(session_of_one(reset, answers)) as server:
            meshctl = proxy("--upstream", server.port)
            with connect(meshctl.port) as client:
                with pytest.raises((ConnectionResetError, BrokenPipeError)):
                    for _ in answers:
                        client.sendall(b"\0")
                        time.sleep(0.02)
                    read_all(client)
        meshctl.kill()


def test_a_reset_right_behind_bytes_of_the_client_is_one_for_the_server(proxy):
    ended = []

    def session(connection):
        connection.sendall(b"\0ready")
        try:
            read_all(connection)
            ended.append("end of stream")
        except ConnectionResetError:
            ended.append("reset")

    for _ in range(20):
        with ScriptedServer(session) as server:
            meshctl = proxy("--upstream", server.port)
            client = connect(meshctl.port)
            assert client.recv(6, socket.MSG_WAITALL) == b"\0ready"
            client.sendall(b"abc")
            reset(client)
            server.join()
        meshctl.kill()
    assert ended == ["reset"] * 20


def test_who_writes_on_to_a_server_that_has_closed_learns_of_it(proxy):
    """A shipper of logs reads nothing: only a failing write tells it to connect anew."""
    with ScriptedServer(lambda connection: connection.recv(1)) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"\0")
            assert client.recv(1) == b""  # from here on, the end is known to the proxy
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                for _ in range(50):
                    client.sendall(b"a line\n")
                    time.sleep(0.02)
        eventually(lambda: meshctl.stats()["connections"]["open"] == 0)


def test_an_answer_before_the_end_of_its_request_is_read_in_peace(proxy):
    """The server refuses an upload and closes; the client writes on for a while, and then reads."""
    def refuse(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    with ScriptedServer(refuse) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
            server.join()
            for _ in range(10):
                client.sendall(b"x" * 1000)
                time.sleep(0.02)
            assert client.recv(65536).startswith(b"HTTP/1.1 413")
            begun = time.monotonic()
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                while time.monotonic() < begun + 10:
                    client.sendall(b"x" * 1000)
                    time.sleep(0.02)
            assert time.monotonic() < begun + 5
        eventually(lambda: meshctl.stats()["connections"]["open"] == 0)


def test_what_the_server_wrote_before_it_closed_arrives_whole(proxy):
    """The last bytes of a server that writes more than the socket buffers hold, and closes."""
    data = random.Random(1).randbytes(4 * MIB)
    with ScriptedServer(lambda connection: connection.sendall(data)) as server:
        meshctl = proxy("--upstream", server.port)
        with connect(meshctl.port) as client:
            time.sleep(0.2)  # the server is to be done and gone before the client reads
            assert hashlib.sha256(read_all(client)).digest() == hashlib.sha256(data).digest()


def test_idle_connections_do_not_disturb_one_another(proxy):
    def echo(connection):
        while part := connection.recv(4096):
            connection.sendall(part)

    with ScriptedServer(echo) as server:
        meshctl = proxy("--upstream", server.port)
        clients = [connect(meshctl.port) for _ in range(200)]
        for number, client in enumerate(clients):
            client.sendall(f"client {number}\n".encode())
        for number, client in reversed(list(enumerate(clients))):
            assert client.makefile("rb").readline() == f"client {number}\n".encode()
        for client in clients:
            client.close()


class Generator:
    """Serves `size` bytes over HTTP: random blocks, each rotated by its number, so that a lost,
    repeated or moved block changes the hash."""

    def __init__(self, size):
        self.size = size
        self.block = random.Random(7).randbytes(4 * MIB)
        self.digest = hashlib.sha256()

    def blocks(self):
        for number in range(self.size // len(self.block)):
            cut = number % len(self.block)
            yield self.block[cut:] + self.block[:cut]

    def __call__(self, connection):
        while not connection.recv(65536).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.size)
        for block in self.blocks():
            self.digest.update(block)
            connection.sendall(block)


def test_a_1_gb_download_passes_unchanged(proxy):
    source = Generator(1024 * MIB)
    with ScriptedServer(source) as server:
        meshctl = proxy("--upstream", server.port)
        curl = subprocess.Popen(["curl", "-sS", meshctl.url("/big")], stdout=subprocess.PIPE)
        digest, size = hashlib.sha256(), 0
        while part := curl.stdout.read(MIB):
            digest.update(part)
            size += len(part)
        assert curl.wait(20) == 0
        server.join()
        totals = meshctl.totals_after(1)
    assert size == source.size
    assert digest.digest() == source.digest.digest()
    assert totals["response_body_bytes"] == source.size
    assert rss_bytes(meshctl.pid) < RSS_LIMIT


class RssWatch:
    """The most resident memory that a process had while the block ran."""

    def __init__(self, pid):
        self.most = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._done.wait(0.02):
            self.most = max(self.most, rss_bytes(self._pid))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


def test_a_slow_reader_of_1_gb_costs_no_memory(proxy):
    source = Generator(1024 * MIB)
    with ScriptedServer(source) as server:
        meshctl = proxy("--upstream", server.port)
        digest, size = hashlib.sha256(), 0
        with RssWatch(meshctl.pid) as rss, connect(meshctl.port) as client:
            client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_head(client).startswith(b"HTTP/1.1 200")
            slow_until = time.monotonic() + 4
            while size < source.size:
                slow = time.monotonic() < slow_until
                if slow:
                    time.sleep(0.01)  # about 6 MB/s, while the server offers a GB/s
                part = client.recv(65_536 if slow else MIB)
                assert part, f"the stream ended after {size} bytes"
                digest.update(part)
                size += len(part)
        server.join()
    assert digest.digest() == source.digest.digest()
    assert 0 < rss.most < RSS_LIMIT, f"{rss.most / MIB:.1f} MiB at most"


SESSION = """
create table numbers as select g as n, md5(g::text) as hash from generate_series(1, 200000) g;
select count(*), sum(n), md5(string_agg(hash, '' order by n)) from numbers;
create table copied (like numbers);
\\copy numbers to '{file}'
\\copy copied from '{file}'
select count(*), md5(string_agg(hash, '' order by n)) from copied;
copy (select * from copied order by n limit 100000) to stdout;
select this is no sql;
begin; insert into copied values (-1, 'gone'); rollback;
select count(*) from copied where n < 0;
select repeat('x', 5000000);
drop table numbers, copied;
"""


def test_a_postgresql_session_gives_the_same_output_with_and_without_the_proxy(
        proxy, children):
    # Not under this test's own folder: that is closed to the server's user.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="meshctl-postgres-"))
    folder.chmod(0o755)
    try:
        server = Postgres(folder)
        children.append(server)
        script = SESSION.format(file=folder / "copy.tsv")
        direct = server.psql(server.port, script)
        meshctl = proxy("--upstream", server.port)
        through = server.psql(meshctl.port, script)
        assert direct[0] == 0 and b"syntax error" in direct[2]
        assert len(direct[1]) > 8_000_000
        assert through == direct
        assert meshctl.totals()["calls"] == 0, "PostgreSQL's protocol is no HTTP"
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_ssh_session_whose_server_speaks_first_passes(proxy, children, tmp_path):
    server = Sshd(tmp_path)
    children.append(server)
    meshctl = proxy("--upstream", server.port)
    greeting = subprocess.run(server.ssh_command(meshctl.port, "echo", "hello", "there"),
                              capture_output=True, text=True, timeout=60)
    assert (greeting.returncode, greeting.stdout) == (0, "hello there\n"), greeting.stderr

    data = random.Random(3).randbytes(10_000_000)
    want = hashlib.sha256(data).hexdigest()
    up = subprocess.run(server.ssh_command(meshctl.port, "sha256sum"), input=data,
                        capture_output=True, timeout=60, check=True)
    assert up.stdout.split()[0].decode() == want
    (tmp_path / "data").write_bytes(data)
    down = subprocess.run(server.ssh_command(meshctl.port, "cat", f"{tmp_path}/data"),
                          capture_output=True, timeout=60, check=True)
    assert hashlib.sha256(down.stdout).hexdigest() == want
