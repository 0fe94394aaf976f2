"""Raw paths can hold secrets (/reset/TOKEN): they are on the terminal and with callers over loopback, and in nothing that is sent away or kept."""
import json
import subprocess

import pytest

from support import dashboard as pushes
from support.child import eventually
from support.collector import Collector
from support.terminal import Terminal
from support.meshctl import binary

TOKEN = "Zm9vYmFyMTIzNDU2Nzg5MA"


def call(meshctl):
    subprocess.run(["curl", "-s", "-o", "/dev/null", meshctl.url(f"/reset/{TOKEN}")], timeout=20, check=True)
    meshctl.totals_after(1)


@pytest.mark.parametrize("form", ["json", "table", "lines", "summary"])
def test_no_raw_path_is_in_output_that_is_no_terminal_in_reports_or_pushes(proxy, nginx, tmp_path, form):
    reports = [tmp_path / f"usage.{kind}" for kind in ("json", "md", "xml")]
    with Collector() as collector:
        meshctl = proxy("--upstream", nginx.port, "--route", "/reset/{token}", "--output", form, "--interval", "100ms", "--otlp", collector.url, "--otlp-interval", "100ms",
                        "--dashboard", collector.url, *(word for path in reports for word in ("--report", path)))
        call(meshctl)
        assert TOKEN in meshctl.get("/stats.json") and TOKEN in meshctl.get("/")
        _, printed, said = meshctl.finish()
        sent = {path: body.decode() for _, path, _, body in collector.requests}
    assert set(sent) == {"/v1/metrics", "/api/v1/push"}
    texts = {"stdout": printed, "stderr": said, **sent, **{path.name: path.read_text() for path in reports}}
    assert [name for name, text in texts.items() if TOKEN in text] == []
    # What they are called under is there, so the call was told of.
    assert all("/reset/{token}" in texts[name] for name in ("/v1/metrics", "/api/v1/push", "usage.json"))
    assert json.loads(texts["usage.json"])["top_paths"] is None
    if form == "json":
        assert all(json.loads(line)["top_paths"] is None for line in printed.splitlines())


def test_json_on_a_terminal_has_the_raw_paths(nginx, tmp_path):
    terminal = Terminal(tmp_path, columns=200)
    try:
        terminal.type(f"{binary()} run --upstream {nginx.port} --listen 0 --admin off --output json --interval 200ms -- "
                      f"sh -c 'curl -s -o /dev/null $MESHCTL_PROXY_URL/reset/{TOKEN}'")
        terminal.wait_for(lambda: f'"top_paths":[{{"path":"/reset/{TOKEN}"'.encode() in terminal.raw(), "the path")
    finally:
        terminal.kill()


def test_a_push_with_raw_paths_is_taken_without_them(dashboard, tmp_path):
    """No proxy of ours sends them; one that did would be believed for the rest."""
    board = dashboard()
    paths = [{"path": f"/reset/{TOKEN}", "calls_at_most": 3, "calls_at_least": 3}]
    assert pushes.post(board, pushes.push(calls=3, top_paths=paths))[0] == 200
    eventually(lambda: board.service("shop")["totals"]["calls"] == 3, 20, "the calls")
    told = board.get("/api/v1/services") + json.dumps(board.series("shop"))
    assert board.stop() == 0
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("meshctl.db*"))
    assert TOKEN not in told and TOKEN.encode() not in kept and b"shop" in kept
