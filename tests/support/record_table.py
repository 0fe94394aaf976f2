#!/usr/bin/env python3
"""Records the table of `meshctl run` from a real terminal into README.md.

usage: tests/support/record_table.py [FILE]     (default: README.md; needs tmux and a build)

A small shop is served, called for some seconds with reads, writes, failures, a slow route and a stream of
events, and what stands on a terminal of 80 and of 140 columns replaces the text between the marks
`<!-- table N columns -->` and `<!-- end -->`."""
import http.server
import pathlib
import random
import re
import shlex
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.child import eventually, free_port  # noqa: E402
from support.meshctl import ROOT, binary  # noqa: E402
from support.terminal import Terminal  # noqa: E402

SIZES = {80: 24, 140: 30}
SECONDS = 8


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, size, wait_s=0.0):
        time.sleep(wait_s)
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * size)

    def do_GET(self):
        if self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for _ in range(20 * SECONDS):
                self.wfile.write(b"data: tick\n\n")
                time.sleep(0.05)
            self.close_connection = True
        elif self.path.startswith("/search"):
            self.answer(200, 4200, random.uniform(0.02, 0.09))
        elif self.path.startswith("/cart"):
            self.answer(random.choice([200] * 30 + [503]), 350)
        elif self.path.startswith(("/products/", "/api/")):
            self.answer(200, 1900)
        else:
            self.answer(404, 30)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, 90, random.uniform(0.001, 0.004))


def call(port, method, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except (urllib.error.URLError, ConnectionError):
        pass


def shop_around(port, ends):
    while time.monotonic() < ends:
        for _ in range(random.randint(1, 9)):
            call(port, "GET", f"/products/{random.randint(1, 9999)}")
        call(port, "GET", f"/search?q={random.random()}")
        call(port, "GET", "/cart")
        call(port, "GET", f"/api/v2/customers/{random.randint(1, 999)}/addresses/{random.randint(1, 3)}/preferred")
        if random.random() < 0.4:
            call(port, "POST", f"/cart/{random.randint(1, 999)}/orders", b"y" * random.randint(200, 900))
        if random.random() < 0.05:
            call(port, "GET", "/wp-login.php")
        time.sleep(random.uniform(0, 0.05))


def recorded(columns, rows):
    """The screen in the midst of the traffic."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        link = pathlib.Path(folder) / "meshctl"
        link.symlink_to(binary())
        terminal = Terminal(pathlib.Path(folder), columns, rows, {"MESHCTL_SERVICE": "shop"})
        try:
            terminal.type(f"PATH={shlex.quote(folder)}:$PATH; clear; "
                          f"meshctl run --upstream {server.server_port} --listen {port} --admin off")
            terminal.wait_for_text("TOTAL")
            ends = time.monotonic() + SECONDS
            callers = [threading.Thread(target=shop_around, args=(port, ends), daemon=True) for _ in range(3)]
            callers.append(threading.Thread(target=call, args=(port, "GET", "/events"), daemon=True))
            for caller in callers:
                caller.start()
            eventually(lambda: time.monotonic() > ends - 0.6, SECONDS + 5, "the traffic")
            screen = terminal.screen()
            for caller in callers[:-1]:
                caller.join()
        finally:
            terminal.kill()
            server.shutdown()
    lines = screen.split("\n")
    begin = next(i for i, line in enumerate(lines) if re.match(r"meshctl \d", line))
    return "\n".join(line.rstrip() for line in lines[begin:]).rstrip()


def block(columns, text):
    return f"<!-- table {columns} columns -->\n```text\n{text}\n```\n<!-- end -->"


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "README.md"
    text = path.read_text()
    for columns, rows in SIZES.items():
        mark = re.compile(rf"<!-- table {columns} columns -->.*?<!-- end -->", re.S)
        if not mark.search(text):
            sys.exit(f"{path}: there is no mark `<!-- table {columns} columns -->`")
        print(f"recording {columns} columns", file=sys.stderr)
        shown = block(columns, recorded(columns, rows))
        text = mark.sub(lambda _, shown=shown: shown, text)
    path.write_text(text)


if __name__ == "__main__":
    main()
