"""A dashboard under test, and pushes that no proxy made."""
import http.client
import json
import re
import secrets
import time
import urllib.request

from support.child import Child, eventually
from support.meshctl import binary, environment

JSON = {"Content-Type": "application/json"}


class Dashboard(Child):
    def __init__(self, folder, *args, env=None, name="dashboard", listen="0"):
        super().__init__([binary(), "dashboard", "--listen", str(listen), *map(str, args)], folder, name,
                         env=environment(env or {}))
        self.port = int(re.search(r":(\d+)/", self.wait_for_stderr(re.compile(r"dashboard at (http://\S+)"))[0])[1])

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        return urllib.request.urlopen(self.url(path), timeout=20).read().decode()

    def services(self):
        return json.loads(self.get("/api/v1/services"))

    def service(self, name):
        found = [each for each in self.services()["services"] if each["name"] == name]
        return found[0] if found else {"totals": {"calls": 0}, "pods": [], "routes": []}

    def minute(self, service, calls):
        """The last minute of a service, once the slots of so many calls are over."""
        def found():
            row = self.service(service)
            return row["minute"] if sum(row.get("sparkline", [])) == calls else None
        return eventually(found, 20, f"{calls} calls in the last minute")

    def series(self, service, query=""):
        return json.loads(self.get(f"/api/v1/series?service={service}{query}"))


def push(calls=1, service="shop", pod="shop-1", instance=None, sequence=1, route="/", bins=None, **more):
    """The document of a proxy that counted `calls` on one route, `bins` [[bin, count]] long."""
    return {"format": "meshctl-push-1", "service": service, "namespace": "", "pod": pod, "version": "1",
            "instance": instance or secrets.token_hex(8), "sequence": sequence, "started_unix_ms": 0, "uptime_ms": 1000,
            "final": False, "active_calls": 0,
            "connections": {"accepted": 1, "open": 1, "received_bytes": 10, "sent_bytes": 10},
            "process": {"cpu_ns": 1, "memory_bytes": 1},
            "routes": [{"route": route, "calls": calls, "errors": 0, "client_aborts": 0, "request_body_bytes": 0,
                        "response_body_bytes": 0, "by_class": [0, 0, calls, 0, 0, 0], "by_failure": {},
                        "duration": {"sum_ns": calls * 1000, "min_ns": 1000, "max_ns": 10**9,
                                     "bins": bins if bins is not None else [[31, calls]]}}], **more}


class Pusher:
    """One proxy that nobody started: counts the calls that it is told of, and pushes their sums."""

    def __init__(self, board, service, pod, namespace=""):
        self.board = board
        self.sequence = 0
        self.routes = {}
        self.origin = {"service": service, "pod": pod, "namespace": namespace, "instance": secrets.token_hex(8)}

    def call(self, route, calls, status=2, bins=None, sent=0):
        """`calls` calls of `route` with a status of the class `status`, as long as `bins` [[bin, count]] say, of `sent` bytes each."""
        one = self.routes.setdefault(route, {"calls": 0, "errors": 0, "client_aborts": 0, "request_body_bytes": 0, "response_body_bytes": 0,
                                             "by_class": [0] * 6, "by_failure": {}, "bins": {}})
        one["calls"] += calls
        one["by_class"][status] += calls
        one["response_body_bytes"] += calls * sent
        if status == 5 and calls:
            one["errors"] += calls
            one["by_failure"]["5xx"] = one["by_failure"].get("5xx", 0) + calls
        for index, count in bins if bins is not None else [[400, calls]]:
            one["bins"][index] = one["bins"].get(index, 0) + count

    def document(self, final=False):
        self.sequence += 1
        routes = []
        for name, one in sorted(self.routes.items()):
            bins = [[index, count] for index, count in sorted(one["bins"].items()) if count]
            count = sum(each for _, each in bins)
            routes.append({"route": name, **{key: value for key, value in one.items() if key != "bins"},
                           "duration": {"sum_ns": count * 10**6, "min_ns": 1000, "max_ns": 10**11, "bins": bins}})
        return {**push(), **self.origin, "sequence": self.sequence, "final": final, "routes": routes,
                "node": {"cpu_busy_ns": self.sequence * 10**9, "cpu_total_ns": self.sequence * 4 * 10**9, "memory_used_bytes": 10**9,
                         "memory_total_bytes": 4 * 10**9}}

    def push(self, final=False):
        body = json.dumps(self.document(final)).encode()
        request = urllib.request.Request(self.board.url("/api/v1/push"), body, {"Content-Type": "application/json"})
        assert urllib.request.urlopen(request, timeout=20).status == 200


def send(board, body, headers=None):
    """(status, words) of a push of these bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=20)
    try:
        connection.request("POST", "/api/v1/push", body, {**JSON, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def post(board, document):
    return send(board, json.dumps(document).encode())


def responds(board, within_s=2.0):
    started = time.monotonic()
    assert board.get("/healthz") == "ok\n"
    assert time.monotonic() - started < within_s
