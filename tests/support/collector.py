"""An OpenTelemetry collector that answers as it is told, and keeps what it was sent."""
import http.server
import json
import threading
import time


class Collector(http.server.ThreadingHTTPServer):
    """`answers` are used one a request, the last one on and on: a status, a (status, headers, body),
    or a function of the handler that answers by itself."""

    daemon_threads = True

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.answers = list(answers) or [200]
        self.requests = []  # (when, path, headers, body)
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def next_answer(self):
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def last(self):
        return json.loads(self.requests[-1][3])

    def handle_error(self, *_):
        pass  # a client that went away

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        with server.lock:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((time.monotonic(), self.path, dict(self.headers), body))
            answer = server.next_answer()
            if callable(answer):
                self.close_connection = True
                return answer(self)
            status, headers, text = answer if isinstance(answer, tuple) else (answer, {}, "{}")
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())
        finally:
            with server.lock:
                server.at_once -= 1

    def log_message(self, *_):
        pass


def metrics(request):
    """The metrics of an export request by name."""
    return {metric["name"]: metric for metric in
            request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]}


def points(request, name):
    """Pairs of attributes and point."""
    metric = metrics(request).get(name, {})
    data = metric.get("histogram") or metric.get("sum") or {"dataPoints": []}
    return [(attributes(point), point) for point in data["dataPoints"]]


def attributes(holder):
    return {each["key"]: next(iter(each["value"].values())) for each in holder.get("attributes", [])}
