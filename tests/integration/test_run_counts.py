"""Counts equal the client's own, quantiles are those of the recorded durations."""
import hashlib
import json
import math
import re
import subprocess
import urllib.request

import pytest

from support.meshctl import errors
from support.servers import BodyServer

CALLS = 100_000


def h2load(url, *more, calls=CALLS, connections=32):
    """Loads with h2load over HTTP/1.1; its own counts."""
    done = subprocess.run(["h2load", "--h1", "-n", str(calls), "-c", str(connections), "-t1",
                           url, *more], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    requests = re.search(r"requests: (\d+) total, .* (\d+) succeeded, (\d+) failed", done.stdout)
    classes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done.stdout)
    data = re.search(r"headers \(space savings .*?, [^(]*\((\d+)\) data", done.stdout)
    return {"total": int(requests[1]), "succeeded": int(requests[2]),
            "classes": [int(count) for count in classes.groups()], "body_bytes": int(data[1])}


def curl_range(url):
    """Fetches a URL range with one curl; {status: calls} and the payload bytes that it counted."""
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download}\\n",
                           url], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    status, body_bytes = {}, 0
    for line in done.stdout.splitlines():
        code, size = line.split()
        status[code] = status.get(code, 0) + 1
        body_bytes += int(size)
    return status, body_bytes


def quantile(ordered, q):
    """The nearest-rank quantile of a sorted list."""
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def test_100000_calls_over_32_connections_are_counted_exactly(proxy, nginx, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", nginx.port, "--access-log", log)
    counted = h2load(meshctl.url("/file"), meshctl.url("/nothing-here"), meshctl.url("/fixed"),
                     meshctl.url("/broken"))
    assert counted["total"] == sum(counted["classes"]) == CALLS
    totals = meshctl.totals_after(CALLS)
    assert totals["calls"] == CALLS
    in_2xx, _, in_4xx, in_5xx = counted["classes"]
    assert totals["by_status"] == {"200": in_2xx, "404": in_4xx, "503": in_5xx}
    assert min(in_2xx, in_4xx, in_5xx) > CALLS // 5, "h2load was to take turns"
    assert totals["response_body_bytes"] == counted["body_bytes"]
    assert totals["request_body_bytes"] == 0
    assert totals["errors"] == in_5xx, "a 503 is an error, a 404 is not"
    assert errors(totals) == {}

    code, _, _ = meshctl.finish()
    assert code == 0
    check_quantiles(totals, log)


def test_100000_calls_of_one_curl_are_counted_exactly(proxy, nginx, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", nginx.port, "--access-log", log)
    status, body_bytes = curl_range(meshctl.url(f"/file?[1-{CALLS}]"))
    assert status == {"200": CALLS}
    totals = meshctl.totals_after(CALLS)
    assert totals["calls"] == CALLS
    assert totals["by_status"] == status
    assert totals["response_body_bytes"] == body_bytes == 100 * CALLS
    assert errors(totals) == {}
    assert meshctl.finish()[0] == 0
    check_quantiles(totals, log)


def check_quantiles(totals, log):
    """The histogram's p50 and p99 are within 2 % of the exact durations in the access log."""
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(calls) == totals["calls"], "the access log misses calls"
    exact = sorted(call["duration_ns"] for call in calls)
    for name, q in (("p50", 0.50), ("p99", 0.99)):
        want = quantile(exact, q) / 1e9
        assert totals["duration"][f"{name}_seconds"] == pytest.approx(want, rel=0.02), name


@pytest.mark.parametrize("size", [0, 1, 100, 65_536, 3_000_001])
@pytest.mark.parametrize("framing", ["content-length", "chunked"])
def test_payload_bytes_of_uploads_are_body_bytes_without_framing(proxy, tmp_path, framing, size):
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    upload = tmp_path / "upload"
    upload.write_bytes(body)
    chunked = ["-H", "Transfer-Encoding: chunked"] if framing == "chunked" else []
    with BodyServer() as server:
        meshctl = proxy("--upstream", server.port)
        answer = subprocess.run(["curl", "-sS", "--data-binary", f"@{upload}", *chunked,
                                 meshctl.url("/upload")], capture_output=True, timeout=60, check=True)
        totals = meshctl.totals_after(1)
    assert answer.stdout.decode() == f"{size} {hashlib.sha256(body).hexdigest()}\n"
    assert totals["calls"] == 1
    assert totals["by_status"] == {"200": 1}
    assert totals["request_body_bytes"] == size
    assert totals["response_body_bytes"] == len(answer.stdout)


def test_an_access_log_line_describes_its_call_and_keeps_queries_out(proxy, nginx, tmp_path):
    log = tmp_path / "access.log"
    meshctl = proxy("--upstream", nginx.port, "--access-log", log)
    urllib.request.urlopen(meshctl.url("/file?token=secret"), timeout=10).read()
    meshctl.totals_after(1)
    meshctl.finish()
    (line,) = log.read_text().splitlines()
    assert "secret" not in line
    call = json.loads(line)
    assert call["duration_ns"] >= call["ttfb_ns"] > 0
    assert call["http.request.method"] == "GET"
    assert call["url.path"] == "/file"
    assert call["http.response.status_code"] == 200
    assert call["http.request.body.size"] == 0
    assert call["http.response.body.size"] == 100


def test_the_final_summary_names_what_was_counted(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    curl_range(meshctl.url("/file?[1-7]"))
    curl_range(meshctl.url("/gone?[1-3]"))
    meshctl.totals_after(10)
    code, out, _ = meshctl.finish()
    assert code == 0
    assert re.search(r"\b10\b", out), out


def test_output_none_keeps_stdout_empty(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--output", "none")
    curl_range(meshctl.url("/file?[1-7]"))
    meshctl.totals_after(7)
    assert meshctl.finish()[:2] == (0, "")


def test_output_json_is_one_json_document_a_line(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--output", "json", "--interval", "0.1")
    curl_range(meshctl.url("/file?[1-7]"))
    meshctl.totals_after(7)
    code, out, _ = meshctl.finish()
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines, "no final summary"
    assert lines[-1]["totals"]["calls"] == 7


def test_flags_come_from_the_environment_too(proxy, nginx, tmp_path):
    log = tmp_path / "from-env.log"
    meshctl = proxy(env={"MESHCTL_UPSTREAM": str(nginx.port), "MESHCTL_ACCESS_LOG": str(log),
                         "MESHCTL_OUTPUT": "none"})
    curl_range(meshctl.url("/file?[1-2]"))
    meshctl.totals_after(2)
    assert meshctl.finish()[:2] == (0, "")
    assert len(log.read_text().splitlines()) == 2


def test_two_forwards_serve_two_upstreams(proxy, nginx):
    with BodyServer() as second:
        meshctl = proxy("--forward", f"0={nginx.port}", "--forward", f"0=127.0.0.1:{second.port}")
        assert len(set(meshctl.ports)) == 2
        first_url, second_url = (f"http://127.0.0.1:{port}/file" for port in meshctl.ports)
        assert urllib.request.urlopen(first_url, timeout=10).read() == b"0123456789" * 10
        assert urllib.request.urlopen(second_url, b"x", timeout=10).read().startswith(b"1 ")
        assert meshctl.totals_after(2)["calls"] == 2
