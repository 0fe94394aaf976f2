"""What must be in no output: query strings, header values, bodies. What paths must do to none: break out of it."""
import html.parser
import json
import re
import socket
import struct
import subprocess
import time
import unicodedata
import xml.etree.ElementTree

import pytest

from support import exposition
from support.child import Child, eventually, free_port
from support.collector import Collector
from support.servers import ScriptedServer, read_head

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, SETTINGS, DATA = 1, 4, 0
END_STREAM, END_HEADERS, ACK = 1, 4, 1


class Chain:
    """Three proxies in a row see the same calls, so that each form of output can be had."""

    def __init__(self, proxy, collector, folder, upstream):
        self.folder, self.collector = folder, collector
        self.members = []
        for form in ("table", "lines", "json"):
            reports = [word for kind in ("md", "json", "xml") for word in ("--report", folder / f"{form}.{kind}")]
            self.members.append(proxy("--upstream", upstream, "--output", form, "--interval", "200ms", "--fail-on", "calls>1000000",
                                      "--access-log", folder / f"{form}.log",
                                      "--access-log-format", "text" if form == "lines" else "json", "--otlp", collector.url,
                                      "--otlp-interval", "200ms", *reports))
            upstream = self.members[-1].port
        self.port = upstream

    def outputs(self, calls):
        """{name: bytes} of all that is said of `calls` calls; ends the proxies."""
        said = {}
        for i, meshctl in enumerate(self.members):
            meshctl.totals_after(calls)
            for page in ("/metrics", "/stats.json", "/"):
                said[f"{i} {page}"] = meshctl.get(page).encode()
            said[f"{i} OpenMetrics"] = subprocess.run(
                ["curl", "-s", "-H", "Accept: application/openmetrics-text", f"http://{meshctl.admin}/metrics"],
                capture_output=True, timeout=20, check=True).stdout
        time.sleep(0.3)  # an interval, for the live views
        for i, meshctl in enumerate(self.members):
            assert meshctl.stop() == 0
            said[f"{i} stdout"] = meshctl.stdout_path.read_bytes()
            said[f"{i} stderr"] = meshctl.stderr_path.read_bytes()
        for path in self.folder.iterdir():
            said[path.name] = path.read_bytes()
        said["OTLP"] = b"".join(request[3] for request in self.collector.requests)
        assert len(said) == 3 * 6 + 3 * 4 + 1 and all(said[name] for name in said if "stderr" not in name)
        return said


@pytest.fixture
def chain(proxy, tmp_path):
    folder = tmp_path / "said"
    folder.mkdir()
    with Collector() as collector:
        yield lambda upstream: Chain(proxy, collector, folder, upstream)


SECRETS = [f"secret-{name}-4711" for name in (
    "query", "fragment", "authorization", "cookie", "body", "state", "userinfo", "answer-header", "answer-body",
    "trailer", "h2-query", "h2-header", "h2-body", "h2-file", "opaque", "reason", "extension",
    "parameter", "hash")]


def leaks(said):
    return {(secret, name) for secret in SECRETS for name, text in said.items() if secret.encode() in text}


def test_no_query_no_header_and_no_body_is_in_any_output(chain, children, tmp_path):
    query, fragment, authorization, cookie, body, state, user, header, answer, trailer = SECRETS[:10]
    h2_query, h2_header, h2_body, h2_file, opaque, reason, extension, parameter, hash_ = SECRETS[10:]
    size = len(answer)

    def serve(connection):
        while head := read_head(connection):
            if head.startswith(b"POST"):
                connection.recv(len(body), socket.MSG_WAITALL)
            connection.sendall(f"HTTP/1.1 500 {reason}\r\nSet-Cookie: id={header}\r\nTransfer-Encoding: chunked\r\n"
                               f"Trailer: X-Sum\r\n\r\n{size:x};{extension}\r\n{answer}\r\n0\r\nX-Sum: {trailer}\r\n\r\n".encode())

    requests = [
        f"GET /orders;v={parameter}/7?token={query} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {authorization}\r\n\r\n",
        f"GET /orders/8?#{fragment} HTTP/1.1\r\nHost: shop\r\nCookie: id={cookie}\r\n"
        f"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a={state}\r\n\r\n",
        f"GET /orders/9#{hash_} HTTP/1.1\r\nHost: shop\r\n\r\n",
        f"POST http://user:{user}@shop/upload?{query} HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n\r\n{body}",
    ]
    with ScriptedServer(serve) as server:
        row = chain(server.port)
        with socket.create_connection(("127.0.0.1", row.port), timeout=20) as client:
            for request in requests:
                client.sendall(request.encode())
                received = b""
                while not received.endswith(b"\r\n\r\n") or b"X-Sum: " not in received:
                    received += client.recv(4096)
        with socket.create_connection(("127.0.0.1", row.port), timeout=20) as client:
            client.sendall(f"\0{opaque}".encode())
            client.shutdown(socket.SHUT_WR)
            client.recv(1)
        said = row.outputs(4)
    assert not leaks(said)
    assert b"/orders/7" in said["0 /stats.json"] and b"4bf92f3577b34da6a3ce929d0e0e4736" in said["0 OpenMetrics"]


def test_nor_is_what_http2_carries(chain, children, tmp_path):
    query, header, body, file = SECRETS[10:14]
    root = tmp_path / "www"
    root.mkdir()
    (root / "page").write_text(file)
    (tmp_path / "upload").write_text(body)
    port = free_port()
    server = Child(["/usr/sbin/nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", root, str(port)], tmp_path, "nghttpd")
    children.append(server)
    server.wait_for_port(port)
    row = chain(port)
    for more in ([], ["-d", tmp_path / "upload"]):
        subprocess.run(["nghttp", "-n", "-H", f"authorization: {header}", *more, f"http://127.0.0.1:{row.port}/page?{query}"],
                       check=True, timeout=20, capture_output=True)
    assert not leaks(row.outputs(2))


HOSTILE = [b"/\x1b[31mred\x1b]0;title\x07", b'/"quoted"\\', b"/a\nb\r\nc", b"/]]><x/>", b"/<script>alert(1)</script>",
           b"/a|b|c", "/\u202eevil\u2066".encode(), b"/\xff\xfe\xc0\xaf", b"/`tick`*bold*_it_[a](b)", b"/\x9b31m", b"/\x7f\x00nul",
           b"/=cmd()", b"/%0a%1b[2J", b"/{braces}", b"/'; DROP TABLE--", b"/&amp;&lt;", "/\u2028line".encode(), b"/" + b"x" * 3000]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A field without Huffman or table (RFC 7541, 6.2.2)."""
    def text(octets):
        if len(octets) < 127:
            return bytes([len(octets)]) + octets
        more = len(octets) - 127
        return bytes([127]) + (bytes([more]) if more < 128 else bytes([more % 128 | 128, more // 128])) + octets
    return b"\0" + text(name) + text(value)


def answer_h2(connection):
    """Answers each stream with 503 and nothing else."""
    stream = connection.makefile("rb")
    assert stream.read(len(PREFACE)) == PREFACE
    connection.sendall(frame(SETTINGS, 0, 0))
    while head := stream.read(9):
        length, kind, number = int.from_bytes(head[:3], "big"), head[3], int.from_bytes(head[5:], "big")
        stream.read(length)
        if kind == HEADERS:
            connection.sendall(frame(HEADERS, END_STREAM | END_HEADERS, number, literal(b":status", b"503")))


def call_h2(port, paths, *fields):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(PREFACE + frame(SETTINGS, 0, 0))
        for i, path in enumerate(paths):
            head = literal(b":method", b"GET") + literal(b":scheme", b"http") + literal(b":path", path)
            head += b"".join(literal(*field) for field in fields)
            client.sendall(frame(HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, head))
        answers = client.makefile("rb")
        done = 0
        while done < len(paths):
            head = answers.read(9)
            answers.read(int.from_bytes(head[:3], "big"))
            done += head[3] == HEADERS


def is_plain(text):
    """Nothing that a terminal obeys, and nothing that turns text around."""
    return all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp", "Cs") for char in text)


def test_hostile_paths_break_out_of_no_format(chain):
    with ScriptedServer(answer_h2) as server:
        row = chain(server.port)
        call_h2(row.port, HOSTILE)
        call_h2(row.port, HOSTILE, (b"content-type", b"application/grpc"))
        calls = 2 * len(HOSTILE)
        said = row.outputs(calls)
    texts = {name: content.decode() for name, content in said.items()}  # all of it is UTF-8
    for name, text in texts.items():
        assert is_plain(text), f"{name}: {text!r}"
    for i in range(3):
        for page in ("/metrics", "OpenMetrics"):
            exposition.parse(texts[f"{i} {page}"])
        checked = subprocess.run(["promtool", "check", "metrics"], input=texts[f"{i} /metrics"], capture_output=True,
                                 text=True, timeout=60)
        assert checked.returncode == 0, checked.stderr
        assert json.loads(texts[f"{i} /stats.json"])["totals"]["calls"] == calls
        assert tags_of(texts[f"{i} /"]) <= PAGE_TAGS
    assert all(json.loads(line) for form in ("table", "json") for line in texts[f"{form}.log"].splitlines())
    assert all(line.isascii() and line.count(" ") == 11 for line in texts["lines.log"].splitlines())
    for form in ("table", "lines", "json"):
        assert texts[f"{form}.log"].count("\n") == len(texts[f"{form}.log"].splitlines()) == calls
        assert json.loads(texts[f"{form}.json"])["totals"]["calls"] == calls
        suite = xml.etree.ElementTree.fromstring(texts[f"{form}.xml"])
        assert [case.tag for case in suite.iter() if case.tag not in ("testsuites", "testsuite", "properties", "property")] \
            == ["testcase"]
        check_markdown(texts[f"{form}.md"])
    assert all(json.loads(line)["totals"]["calls"] <= calls for line in texts["2 stdout"].splitlines())
    assert all(re.fullmatch(r"(\w+=[\d.]+ ?)+", line) for line in texts["1 stdout"].splitlines()
               if line.startswith("uptime_seconds"))


PAGE_TAGS = {"html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "p", "a", "table", "caption", "thead",
             "tbody", "tfoot", "tr", "th", "td", "div", "span", "dl", "dt", "dd", "code", "section", "small", "bdi", "ul", "li"}


def tags_of(page):
    """The tags that a browser would make of the page."""
    class Tags(html.parser.HTMLParser):
        found = set()

        def handle_starttag(self, tag, attrs):
            self.found.add(tag)
            assert not any(name.startswith("on") for name, _ in attrs), attrs

    tags = Tags()
    tags.feed(page)
    tags.close()
    assert {"table", "td"} <= tags.found
    return tags.found


def check_markdown(text):
    """Each row of a table has the cells of its head, and no markup comes from a path."""
    cells = 0
    for line in text.splitlines():
        pipes = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|"):
            cells = cells or pipes
            assert pipes == cells, line
        else:
            cells = 0
        assert not re.search(r"(?<!\\)[<`]", line), line
