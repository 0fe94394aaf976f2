"""Programs that people use, with the proxy in between and without: the same results, and the right counts."""
import email.message
import os
import pathlib
import re
import shutil
import smtplib
import subprocess
import tempfile

import pytest
from aiosmtpd.controller import Controller
from support.child import eventually, free_port
from support.meshctl import errors
from support.servers import Postgres, Redis


@pytest.fixture
def redis(tmp_path, children):
    server = Redis(tmp_path)
    children.append(server)
    return server


SCRIPT = b"""SET name value
GET name
INCRBY n 41
INCR n
LPUSH l a b c
LRANGE l 0 -1
HSET h f v g w
HGETALL h
GET nothing
NO SUCH COMMAND
EVAL "return {1,2,{3,'four'}}" 0
MULTI
SET a 1
EXEC
FLUSHALL
"""


def test_redis_answers_the_same_and_counts_as_opaque(proxy, redis):
    meshctl = proxy("--upstream", redis.port)
    direct = redis.cli(redis.port, input=SCRIPT)
    through = redis.cli(meshctl.port, input=SCRIPT)
    assert through == direct and direct[1].count(b"\n") > 15
    value = os.urandom(10_000_000)
    assert redis.cli(meshctl.port, "-x", "SET", "big", input=value)[1] == b"OK\n"
    # redis-cli ends its output with a line end of its own.
    assert redis.cli(meshctl.port, "GET", "big")[1] == value + b"\n"
    eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 20, "the end of the sessions")
    stats = meshctl.stats()
    assert stats["connections"]["by_protocol"]["opaque"] == stats["connections"]["accepted"] == 3
    assert stats["connections"]["sent_bytes"] > len(value) < stats["connections"]["received_bytes"]
    assert stats["totals"]["calls"] == 0


def test_a_redis_subscriber_hears_each_message_at_once(proxy, redis):
    meshctl = proxy("--upstream", redis.port)
    listener = subprocess.Popen(["redis-cli", "-p", str(meshctl.port), "SUBSCRIBE", "news"],
                                stdout=subprocess.PIPE, text=True)
    try:
        assert [listener.stdout.readline().strip() for _ in range(3)] == ["subscribe", "news", "1"]
        for number in range(20):
            assert redis.cli(redis.port, "PUBLISH", "news", f"message {number}")[1] == b"1\n"
            assert [listener.stdout.readline().strip() for _ in range(3)] == ["message", "news", f"message {number}"]
    finally:
        listener.kill()
        listener.wait()


def test_redis_benchmark_pipelined_over_50_connections(proxy, redis):
    meshctl = proxy("--upstream", redis.port, "--threads", "2")
    done = subprocess.run(["redis-benchmark", "-p", str(meshctl.port), "-n", "50000", "-c", "50", "-P", "16", "-q",
                           "-t", "set,get,incr,lpush,mset"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "Error" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert len(re.findall(r"requests per second", done.stdout)) == 5
    assert redis.cli(redis.port, "GET", "counter:__rand_int__")[1] == b"50000\n", "a call was lost"


def test_pgbench_adds_up(proxy, children):
    # Not under this test's own folder: that is closed to the server's user.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="meshctl-pgbench-"))
    folder.chmod(0o755)
    try:
        server = Postgres(folder)
        children.append(server)
        meshctl = proxy("--upstream", server.port)
        shared = ["-h", "127.0.0.1", "-U", server.USER, "-p", str(meshctl.port), "postgres"]
        subprocess.run(["pgbench", "-i", "-q", *shared], check=True, capture_output=True, timeout=120)
        for mode in ("simple", "extended", "prepared"):
            done = subprocess.run(["pgbench", "-n", "-c", "8", "-t", "150", "-M", mode, *shared],
                                  capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            assert "number of transactions actually processed: 1200/1200" in done.stdout
            assert "number of failed transactions: 0" in done.stdout
        code, out, _ = server.psql(server.port, "\\t\n\\a\n"
                                   "select count(*), sum(delta) = (select sum(abalance) from pgbench_accounts) "
                                   "from pgbench_history;\n")
        assert code == 0 and b"3600|t" in out
        stats = meshctl.stats()
        assert stats["totals"]["calls"] == 0 and stats["connections"]["by_protocol"]["opaque"] >= 24
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Mailbox:
    """Keeps what arrives."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 kept"


def test_mail_goes_through_and_the_server_is_named(proxy):
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        meshctl = proxy("--upstream", server.port)
        replies = []
        for port in (server.port, meshctl.port):
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                client.ehlo("client.example")
                for number in range(3):
                    letter = email.message.EmailMessage()
                    letter["Subject"] = f"letter {number}"
                    letter.set_content("a line\n.\n..and dots\n" * 20_000)
                    client.send_message(letter, "a@example.org", ["b@example.org", "c@example.org"])
                replies.append([client.docmd(command) for command in ("NONSENSE", "MAIL to nobody", "NOOP", "RSET")])
        assert replies[0] == replies[1] and replies[0][0][0] == 500
        assert len(mailbox.letters) == 6 and mailbox.letters[:3] == mailbox.letters[3:]
        eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 20, "the end of the session")
        connections = meshctl.stats()["connections"]
        assert connections["by_protocol"]["server_first"] == 1
        assert connections["server_first"] == {"smtp": 1}
    finally:
        server.stop()


CURL = {
    "http 1.0": (["-0", "/file"], 1, 200),
    "keep-alive": (["/file", "/10k", "/no-content", "/nothing", "/big"], 5, None),
    "head": (["-I", "/big"], 1, 200),
    "a range": (["-r", "1000-1999", "/10k"], 1, 206),
    "the last bytes": (["-r", "-500", "/big"], 1, 206),
    "a range beyond the end": (["-r", "20000-", "/10k"], 1, 416),
    "if not modified": (["-z", "ROOT/10k", "/10k"], 1, 304),
    "upload that waits for 100": (["-H", "Expect: 100-continue", "-T", "DATA", "/upload/waits"], 1, None),
    "upload without waiting": (["-H", "Expect:", "-T", "DATA", "/upload/plain"], 1, None),
    "upload in chunks": (["-H", "Transfer-Encoding: chunked", "-T", "DATA", "/upload/chunked"], 1, None),
    "upload refused": (["-X", "POST", "--data-binary", "@DATA", "/nothing"], 1, None),
    "closed without an answer": (["/abort"], 1, 0),
}


@pytest.mark.parametrize("args, calls, status", CURL.values(), ids=CURL)
def test_curl_gets_the_same_from_nginx(proxy, nginx, tmp_path, args, calls, status):
    data = tmp_path / "data"
    data.write_bytes(os.urandom(3_000_000))
    meshctl = proxy("--upstream", nginx.port)
    seen = []
    for port in (nginx.port, meshctl.port):
        words = [word.replace("DATA", str(data)).replace("ROOT", str(nginx.root)) for word in args]
        words = [f"http://web.example:{port}{word}" if word.startswith("/") and word not in (str(data), f"{nginx.root}/10k") else word for word in words]
        done = subprocess.run(["curl", "-sS", "-i", "--connect-to", f"::127.0.0.1:{port}", "-H", "Host: web.example",
                               *words], capture_output=True, timeout=60)
        text = re.sub(rb"(?m)^Date: .*$", b"Date:", done.stdout)
        seen.append((done.returncode, text))
        kept = nginx.root / args[-1][1:]
        if "-T" in args:
            assert kept.read_bytes() == data.read_bytes(), "another body arrived"
            kept.unlink()
    assert seen[0] == seen[1]
    totals = meshctl.totals_after(calls)
    assert totals["calls"] == calls
    if status is not None:
        assert totals["by_status"] == {str(status): calls}
    if "-T" in args:
        assert totals["request_body_bytes"] == 3_000_000
    assert errors(totals) == ({"upstream_closed": 1} if status == 0 else {})
