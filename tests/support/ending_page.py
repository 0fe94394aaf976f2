"""An HTTP server with a way of its own to end: `ending_page.py PORT SECONDS`. After TERM it serves on for SECONDS, then ends;
`never` ignores TERM. /slow is not answered. Says `listening` when it does."""
import http.server
import signal
import sys
import threading
import time


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(3600)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page)
    server.daemon_threads = True
    if sys.argv[2] == "never":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: threading.Timer(float(sys.argv[2]), server.shutdown).start())
    print("listening", server.server_port, flush=True)
    server.serve_forever()
