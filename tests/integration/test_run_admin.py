"""The admin port under callers that mean no good: it answers, stays small, and out of the way."""
import base64
import hashlib
import html.parser
import re
import socket
import subprocess
import threading
import time

import pytest

from support.child import eventually, free_port, rss_bytes
from support.meshctl import run_once


def exchange(admin, request, shut=True):
    """All that the admin port sends for `request` until it closes."""
    host, _, port = admin.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as caller:
        caller.sendall(request)
        if shut:
            caller.shutdown(socket.SHUT_WR)
        answer = b""
        while part := caller.recv(65536):
            answer += part
    return answer


def test_a_flood_of_pipelined_requests_gets_one_answer(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    # One call on each of many routes, so that /metrics is long.
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/fixed?[1-5]")], timeout=20, check=True)
    before = rss_bytes(meshctl.pid)
    answer = exchange(meshctl.admin, b"GET /metrics HTTP/1.1\r\nHost: [::1]\r\n\r\n" * 5000, shut=False)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert rss_bytes(meshctl.pid) - before < 3_000_000
    assert "alive" in meshctl.get("/live")


def test_silent_callers_do_not_lock_out_a_probe(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    host, _, port = meshctl.admin.rpartition(":")
    callers = [socket.create_connection((host, int(port)), timeout=10) for _ in range(100)]
    try:
        for _ in range(3):
            assert meshctl.get("/ready") == "ready\n"
    finally:
        for caller in callers:
            caller.close()


def test_what_is_no_plain_request_gets_one_refusal(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for request, status in (
            (b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"405"),
            (b"GET / HTTP/1.1\r\nHost: 1\r\nHost: 27.0.0.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
            (b"POST /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", b"405"),
            (b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
            (b"GET /drain HTTP/1.1\r\nHost: localhost\r\n\r\n", b"405"),
            (b"POST /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000, b"413"),
            (b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70000 + b"\r\n\r\n", b"431"),
            (b"\x16\x03\x01", b"400")):
        answer = exchange(meshctl.admin, request)
        assert answer.startswith(b"HTTP/1.1 " + status), (request, answer)
        assert len(re.findall(rb"HTTP/1\.1 \d", answer)) == 1, (request, answer)


def test_a_proxy_before_itself_does_not_start():
    port = free_port()
    done = run_once("run", "--upstream", port, "--listen", port, "--admin", "off")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"meshctl: error: --upstream: port {port} is this proxy's own, by --listen; "
                           "give --listen another port\n")


@pytest.mark.parametrize("listen, admin", [("own", "off"), ("0", "own")])
def test_an_address_of_our_own_is_refused_too(listen, admin):
    port = str(free_port())
    place = {"own": port}
    done = run_once("run", "--upstream", f"127.0.0.1:{port}", "--listen", place.get(listen, listen), "--admin", place.get(admin, admin))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"meshctl: error: the upstream 127.0.0.1:{port} is this proxy itself; "
                           "name the port that the application listens at with --upstream\n")


@pytest.mark.parametrize("host", ["127.0.0.1:", ""], ids=["the only address", "then ::1, which refuses"])
def test_an_application_that_accepts_too_late_is_not_spoken_to(proxy, host):
    """A full backlog: the connect hangs, the client gets its 502; when there is room again, the
    pair is over all the same. The wait is what is told, whatever the next address said."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        meshctl = proxy("--upstream", f"{host}{port}", "--connect-timeout", "0.3")
        with socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) as client:
            client.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 502 ")
            totals = meshctl.totals_after(1)
            assert totals["by_error"]["upstream_timeout"] == 1
            for filler in fillers:
                filler.close()
            full.settimeout(0.2)
            try:
                while True:
                    full.accept()[0].close()
            except TimeoutError:
                pass
            eventually(lambda: meshctl.stats()["connections"]["open"] == 0, 20, "the end of the pair")


class Page(html.parser.HTMLParser):
    """What a browser would see: tags, their attributes, the text of the table's rows."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.rows, self.style, self.attributes = [], [], "", []
        self.open = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        if "th" in self.open or "td" in self.open:
            self.rows[-1][-1] += data


def head_and_body(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return lines[0], dict(line.split(": ", 1) for line in lines[1:]), body


def request(admin, method, path, *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return head_and_body(exchange(admin, "\r\n".join(lines).encode()))


def test_the_page_shows_the_figures_of_the_table(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--route", "/fi{what}", "--route", "/file")
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/file?[1-7]")], timeout=20, check=True)
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/none")], timeout=20, check=True)
    meshctl.totals_after(8)
    status, headers, body = request(meshctl.admin, "GET", "/")
    assert status == "HTTP/1.1 200 OK"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(body.decode())
    assert page.rows[0] == ["ROUTE", "CALLS", "RPS", "ERR%", "P50", "P95", "P99", "IN", "OUT"]
    assert page.rows[1][:2] == ["/file", "7"] and page.rows[1][-1] == "700 B"
    assert page.rows[-1][:2] == ["TOTAL", "8"]
    assert "script" not in page.tags
    assert ("http-equiv", "refresh") in page.attributes
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ") and f"style-src 'sha256-{digest}';" in policy
    assert "prefers-color-scheme" in page.style
    assert re.search(rb"status\s+200 7\s+404 1", body)


def test_head_says_what_get_says_without_a_body(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for path in ("/", "/metrics", "/stats.json", "/ready", "/live"):
        status, headers, body = request(meshctl.admin, "HEAD", path)
        assert (status, body) == ("HTTP/1.1 200 OK", b"") and int(headers["Content-Length"]) > 0, path


def test_refusals_tell_what_there_is(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    _, _, body = request(meshctl.admin, "GET", "/none")
    for path in (b"/metrics", b"/stats.json", b"/ready", b"/live", b"/drain"):
        assert path in body
    assert request(meshctl.admin, "POST", "/metrics")[1]["Allow"] == "GET, HEAD"
    assert request(meshctl.admin, "GET", "/drain")[1]["Allow"] == "POST"


def test_a_page_of_another_site_may_not_drain(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    for header in ("Origin: http://evil.example", "Origin: null", "Origin: https://localhost",
                   "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"):
        assert request(meshctl.admin, "POST", "/drain", header)[0] == "HTTP/1.1 403 Forbidden", header
    assert meshctl.get("/ready") == "ready\n"
    status, _, _ = request(meshctl.admin, "POST", "/drain", "Origin: http://localhost", "Sec-Fetch-Site: same-origin")
    assert status == "HTTP/1.1 202 Accepted"
    assert meshctl.wait(20) == 0


def test_drain_does_what_term_does_and_a_second_one_no_more(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--drain-delay", "1s")
    assert request(meshctl.admin, "POST", "/drain")[0] == "HTTP/1.1 202 Accepted"
    assert request(meshctl.admin, "POST", "/drain")[0] == "HTTP/1.1 202 Accepted"
    assert request(meshctl.admin, "GET", "/ready")[0] == "HTTP/1.1 503 Service Unavailable"
    assert b"draining" in request(meshctl.admin, "GET", "/")[2]
    with socket.create_connection(("127.0.0.1", meshctl.port), timeout=10) as client:
        client.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert meshctl.wait(20) == 0


def test_admin_host_lets_a_name_in(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--admin-host", "proxy.test")
    for host, status in (("proxy.test", b"200"), ("PROXY.test:1", b"200"), ("other.test", b"421")):
        answer = exchange(meshctl.admin, f"GET /live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 " + status), (host, answer)


def test_a_request_that_trickles_is_closed(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    host, _, port = meshctl.admin.rpartition(":")
    begin = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=20) as caller:
        caller.sendall(b"GET /live HTTP/1.1\r\n")
        assert caller.recv(4096) == b""
    assert 8 < time.monotonic() - begin < 15


def test_scrapes_at_once_are_all_whole(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url("/fixed?[1-5]")], timeout=20, check=True)
    meshctl.totals_after(5)
    wrong = []

    def scrape():
        for _ in range(20):
            text = meshctl.get("/metrics")
            if not text.endswith("\n") or "meshctl_build_info{" not in text:
                wrong.append(text)

    threads = [threading.Thread(target=scrape) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
