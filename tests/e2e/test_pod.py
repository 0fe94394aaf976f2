"""The whole way: a pod goes in, is played with its sidecar, is used, and the usage comes out."""
import json
import pathlib
import subprocess
import tarfile

from support.child import eventually
from support.meshctl import ROOT
from support.pods import WEB, fetch, ports

ARTICLE = ROOT / "examples/article/pod.yml"


def test_the_image_holds_one_file_and_is_under_8_mb(podman, image, tmp_path):
    archive = tmp_path / "image.tar"
    podman("save", "--format", "docker-archive", "-o", archive, image)
    files = []
    with tarfile.open(archive) as outer:
        (manifest,) = json.load(outer.extractfile("manifest.json"))
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(layer)) as inner:
                files += [(member.name.lstrip("/"), member.size) for member in inner
                          if not member.isdir()]
    assert [name for name, _ in files] == ["meshctl"]
    assert sum(size for _, size in files) < 8_000_000


def test_the_articles_first_pod_runs_with_a_proxy_that_waits_and_says_for_what(podman, play):
    _, admin, flags = ports()
    pod = play(pathlib.Path(ARTICLE).read_text(), *flags)
    status, _ = eventually(lambda: fetch(admin, "/ready"), 30, "an answer of the admin port")
    assert status == 200, "a proxy that waits is ready, or the pod never is"
    said = podman.logs(f"{pod}-telemetry")
    assert "auto: waiting for an application to listen" in said
    assert "Hello World!" in podman.logs(f"{pod}-my-container")
    names = podman("ps", "--format", "{{.Names}} {{.Status}}")
    assert any(line.startswith(f"{pod}-telemetry Up") for line in names.splitlines()), names


def test_a_web_pod_without_declared_ports_is_found_used_and_counted(podman, play):
    listen, admin, flags = ports()
    pod = play(WEB, *flags)
    eventually(lambda: "found the application at port 8087" in podman.logs(f"{pod}-telemetry"),
               30, "the application in the proxy's log")
    before = json.loads(fetch(admin, "/stats.json")[1])["totals"]["calls"]
    assert before == 0
    done = subprocess.run(["curl", "-s", "-w", "%{http_code} %{size_download}\\n", "-o", "/dev/null",
                           f"http://127.0.0.1:{listen}/index.html?[1-40]", "-o", "/dev/null",
                           f"http://127.0.0.1:{listen}/big?[1-5]", "-o", "/dev/null",
                           f"http://127.0.0.1:{listen}/missing?[1-3]"],
                          capture_output=True, text=True, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines()]
    status = {code: sum(row[0] == code for row in rows) for code in {row[0] for row in rows}}
    assert status == {"200": 45, "404": 3}, done.stdout
    assert fetch(listen, "/index.html") == (200, b"hello\n")

    def counted():
        totals = json.loads(fetch(admin, "/stats.json")[1])["totals"]
        return totals if totals["calls"] >= 49 else None
    totals = eventually(counted, 20, "49 calls in /stats.json")
    assert totals["calls"] == 49
    assert totals["by_status"] == {"200": 46, "404": 3}
    assert totals["response_body_bytes"] == sum(int(row[1]) for row in rows) + len(b"hello\n")
    assert "http_server_request_duration_seconds_bucket" in fetch(admin, "/metrics")[1].decode()
