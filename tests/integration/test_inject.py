"""meshctl inject and uninject as users run them: real files, real pipes, decoders that are not ours."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESHCTL = os.environ.get("MESHCTL", str(ROOT / "build/dev/cli/meshctl"))
ARTICLE = ROOT / "examples/article"
GOLDEN = ROOT / "tests/golden"


def meshctl(*args, stdin=None, **options):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MESHCTL_")}
    env.update(options.pop("env", {}))
    if stdin is None:
        options.setdefault("stdin", subprocess.DEVNULL)
    else:
        options["input"] = stdin
    return subprocess.run([MESHCTL, *map(str, args)], capture_output=True, env=env, timeout=30, **options)


def shell(script, **env):
    return subprocess.run(["sh", "-c", script], capture_output=True, timeout=30, text=True,
                          env={**os.environ, "MESHCTL_BIN": MESHCTL, **{k: str(v) for k, v in env.items()}})


def decoded_all(path):
    """The objects that `oc create` would read, by kubectl's own decoder."""
    run = subprocess.run(["kubectl", "annotate", "--local", "-f", path, "zz=1", "-o", "json"],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    objects, at = [], 0
    while at < len(run.stdout.rstrip()):
        obj, at = json.JSONDecoder().raw_decode(run.stdout, at)
        del obj["metadata"]["annotations"]["zz"]
        objects.append(obj)
        at += 1  # the newline between them
    return objects


def decoded(path):
    objects = decoded_all(path)
    assert len(objects) == 1
    return objects[0]


def telemetry(forward, image="localhost/meshctl:0.1.0"):
    return {
        "name": "telemetry",
        "image": image,
        "args": ["run", "--forward", forward, "--admin", "*:14000", "--drain-timeout", "27s"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "MESHCTL_SERVICE", "value": "my-pod"},
        ],
        "ports": [{"containerPort": 14001}, {"containerPort": 14000, "name": "meshctl-admin"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 14000}},
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "500m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


@pytest.mark.parametrize("name", ["pod", "two-containers", "web-and-proxy"])
def test_article(name, tmp_path):
    source = ARTICLE / f"{name}.yml"
    out = tmp_path / "out.yml"
    run = meshctl("inject", source)
    assert run.returncode == 0
    out.write_bytes(run.stdout)

    diff = subprocess.run(["git", "diff", "--no-index", "--unified=0", source, out],
                          capture_output=True, text=True).stdout
    body = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "diff", "index", "@@"))]
    assert body and all(line.startswith("+") for line in body)

    spelled = tmp_path / "spelled.yml"
    before = tmp_path / "before.yml"
    for path, text in ((spelled, run.stdout.decode()), (before, source.read_text())):
        path.write_text(text.replace("apiversion:", "apiVersion:").replace("kind: pod", "kind: Pod"))
    pod, original = decoded(spelled), decoded(before)
    assert pod["spec"]["containers"] == original["spec"]["containers"] + [telemetry("*:14001=auto")]
    annotations = pod["metadata"].pop("annotations")
    state = annotations.pop("meshctl.dev/injected")
    assert state.startswith("0.1.0 C ")
    # podman kube play refuses a pod with a longer one.
    assert len(state) <= 63
    assert annotations == {
        "kubectl.kubernetes.io/default-container": original["spec"]["containers"][0]["name"],
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "14000",
        "prometheus.io/path": "/metrics",
    }
    pod["spec"]["containers"].pop()
    assert pod["metadata"] == {k: v for k, v in original["metadata"].items() if k != "annotations"}
    assert pod["spec"] == original["spec"]

    assert meshctl("uninject", out).stdout == source.read_bytes()
    assert meshctl("inject", out).stdout == run.stdout
    warned = [f"{source}:{n}:" for n in re.findall(r"yml:(\d+):\d+: the API server", run.stderr.decode())]
    assert len(warned) == {"pod": 0, "two-containers": 2, "web-and-proxy": 1}[name]


def test_article_mis_indented_is_refused_with_its_hint():
    source = ARTICLE / "mis-indented.yml"
    run = meshctl("inject", source)
    assert (run.returncode, run.stdout) == (1, b"")
    assert run.stderr.decode() == (
        f"meshctl: error: {source}:12:2: this item is 1 column left of its siblings\n"
        "   12 |  - name: proxy\n"
        "         ^\n"
        "hint: indent its `-` by 2 spaces, as in line 9\n")


def test_golden_outputs_decode_and_differ_by_the_sidecar_only():
    """kubectl's decoder, not ours, sees nothing but the additions."""
    for name in ("mixed-documents", "json", "crlf-bom-no-newline", "all-flags", "null-annotations",
                 "native-sidecar", "more-flags"):
        before, after = (decoded_all(GOLDEN / name / file) for file in ("in.yaml", "out.yaml"))
        assert len(before) == len(after)
        added = 0
        for old, new in zip(before, after):
            added += strip(old)[1] + strip(new)[1]
            assert strip(old)[0] == strip(new)[0]
        assert added >= 1, name


def strip(obj):
    """`obj` without what inject may add, and how many telemetry containers were in it."""
    ours = ("meshctl.dev/injected", "kubectl.kubernetes.io/default-container")
    if isinstance(obj, list):
        parts = [strip(x) for x in obj if not (isinstance(x, dict) and x.get("name") == "telemetry")]
        found = sum(isinstance(x, dict) and x.get("name") == "telemetry" for x in obj)
        return [p[0] for p in parts], found + sum(p[1] for p in parts)
    if not isinstance(obj, dict):
        return obj, 0
    result, found = {}, 0
    for key, value in obj.items():
        if key in ours or key.startswith("prometheus.io/"):
            continue
        value, count = strip(value)
        found += count
        if key in ("annotations", "metadata", "initContainers", "creationTimestamp") and not value:
            continue
        result[key] = value
    return result, found


def test_an_injected_object_from_a_cluster_is_restored(tmp_path):
    """The API server orders keys its own way; uninject goes by name."""
    out = tmp_path / "out.yml"
    out.write_bytes(meshctl("inject", ARTICLE / "pod.yml").stdout)
    live = tmp_path / "live.yml"
    live.write_text(subprocess.run(["kubectl", "annotate", "--local", "-f", out, "later=1", "-o", "yaml"],
                                   capture_output=True, text=True).stdout)
    back = tmp_path / "back.yml"
    back.write_bytes(meshctl("uninject", live).stdout)
    pod, original = decoded(back), decoded(ARTICLE / "pod.yml")
    assert pod["metadata"].pop("annotations") == {"later": "1"}
    original["metadata"].pop("annotations", None)
    assert pod == original


def test_several_files_make_one_stream(tmp_path):
    out = tmp_path / "out.yml"
    run = meshctl("inject", "-f", ARTICLE / "pod.yml", "-", stdin=(GOLDEN / "json/in.yaml").read_bytes())
    assert run.returncode == 0
    out.write_bytes(run.stdout)
    assert [item["metadata"]["name"] for item in decoded_all(out)] == ["my-pod", "p"]
    assert run.stderr.decode().splitlines()[-2:] == [
        "pod/my-pod injected: auto -> 14001 (found at run time)",
        "pod/p injected: auto -> 14001 (found at run time)"]


def test_standard_input_without_arguments_and_quiet():
    text = (ARTICLE / "pod.yml").read_bytes()
    run = meshctl("inject", "-q", stdin=text)
    assert (run.returncode, run.stderr) == (0, b"")
    assert meshctl("uninject", "-q", stdin=run.stdout).stdout == text


def test_image_comes_from_flag_then_environment():
    for args, env, want in (([], {"MESHCTL_IMAGE": "r/env:1"}, "r/env:1"),
                            (["--image", "r/flag:1"], {"MESHCTL_IMAGE": "r/env:1"}, "r/flag:1")):
        run = meshctl("inject", *args, ARTICLE / "pod.yml", env=env)
        assert f"image: {want}\n" in run.stdout.decode()


def test_output_file_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out.yml"
    out.write_text("old")
    out.chmod(0o640)
    assert meshctl("inject", ARTICLE / "mis-indented.yml", "-o", out).returncode == 1
    assert out.read_text() == "old"
    run = meshctl("inject", ARTICLE / "pod.yml", "-o", out)
    assert (run.returncode, run.stdout) == (0, b"")
    assert out.read_bytes() == meshctl("inject", ARTICLE / "pod.yml").stdout
    assert out.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["out.yml"]


def test_nothing_to_inject_passes_through_with_a_warning():
    text = (GOLDEN / "nothing-to-inject/in.yaml").read_bytes()
    run = meshctl("inject", stdin=text)
    assert (run.returncode, run.stdout) == (0, text)
    assert run.stderr.decode() == ("meshctl: warning: there is nothing to inject; "
                                   "no document is a Pod, Deployment or other workload\n")


POD = ARTICLE / "pod.yml"


@pytest.mark.parametrize("args, code, said", [
    (["bogus"], 2, "there is no command 'bogus'; the commands are "),
    (["injct"], 2, "there is no command 'injct'; did you mean inject?"),
    (["help", "inject"], 2, "there is no command 'help'; the commands are "),
    ([], 2, "no command was given; the commands are "),
    (["--vresion"], 2, "there is no option '--vresion'; did you mean --version?"),
    (["inject", "--imgae", "x"], 2, "inject has no option '--imgae'; did you mean --image?"),
    (["inject", "--image"], 2, "inject: --image needs a value; see meshctl inject --help"),
    (["inject", "--upstream", "http", POD], 2,
     "--upstream: 'http' is not a port number; write 8087, or 127.0.0.1:8087, or 8087,9090, or auto"),
    (["inject", "--upstream", "8087,db:5432", POD], 2,
     "--upstream: 'db' is neither an IP literal nor localhost; "
     "the application is in this pod: write its port, or 127.0.0.1:8087"),
    (["inject", "--dashboard", "https://d", POD], 2,
     "--dashboard: 'https://d' is https, which the proxy does not speak; use http:// inside the cluster"),
    (["inject", "-o", "yaml", POD], 2,
     "-o takes a file, and 'yaml' looks like a format; each document keeps its format; a file of that name is ./yaml"),
    (["inject", "-q", POD, "-o", "-q"], 2,
     "-o takes a file, and '-q' looks like an option; a file of that name is ./-q"),
    (["inject", "--image", "-q", POD], 2,
     "--image: '-q' is not the name of an image; write it as registry/name:tag"),
    (["inject", "-f", "https://x.example/pod.yml"], 1,
     "cannot read https://x.example/pod.yml: no such file or directory; "
     "fetch it first, as in `curl -fL URL | meshctl inject -`"),
    (["inject", "-", "-"], 2, "standard input was named twice; it can be read only once"),
    (["inject", "no-such.yml"], 1, "cannot read no-such.yml: no such file or directory"),
    (["uninject", "no-such.yml"], 1, "cannot read no-such.yml: no such file or directory"),
    (["inject", "/dev/null"], 1, "/dev/null: this is empty; did the command that wrote it fail?"),
    (["inject", "-q", POD, "-o", "/no/such/out.yml"], 1, "cannot write /no/such/out.yml: no such file or directory"),
    (["inject", "-q", POD, "-o", "/dev/full"], 1, "cannot write /dev/full: no space left on device"),
    (["inject", "-q", POD, "-o", "/tmp"], 1, "cannot write /tmp: is a directory"),
])
def test_errors_are_one_line_that_says_what_to_do(args, code, said):
    run = meshctl(*args)
    stderr = run.stderr.decode()
    assert (run.returncode, run.stdout) == (code, b"")
    assert stderr.count("\n") == 1 and stderr.endswith("\n")
    if said.endswith(" "):
        assert stderr.startswith("meshctl: error: " + said)
    else:
        assert stderr == f"meshctl: error: {said}\n"


@pytest.mark.parametrize("redirection, said", [
    (">&-", "standard output is closed; write it to -o FILE"),
    (">/dev/full", "cannot write standard output: no space left on device"),
    ("| true", "cannot write standard output: its reader went away"),
    ("<&-", None),
])
def test_standard_streams_that_do_not_work(redirection, said):
    # The reader of the pipe is gone before meshctl writes: it waits for its input until then.
    run = subprocess.run(
        ["bash", "-c", f'( sleep 0.2; cat "$POD" ) | "$MESHCTL_BIN" inject -q - {redirection}; '
                       'exit "${PIPESTATUS[1]}"' if said else
                       f'"$MESHCTL_BIN" inject -q - {redirection}'],
        capture_output=True, text=True, timeout=30, env={**os.environ, "MESHCTL_BIN": MESHCTL, "POD": str(POD)})
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"meshctl: error: {said or 'standard input is closed; name a file'}\n"


def test_files_that_may_not_be_read_or_written(tmp_path):
    secret = tmp_path / "secret.yml"
    secret.write_text(POD.read_text())
    secret.chmod(0)
    script = '"$MESHCTL_BIN" inject "$FILE"'
    if os.geteuid() == 0:
        # nobody needs a binary and folders that it can reach
        binary = tmp_path / "meshctl"
        binary.write_bytes(pathlib.Path(MESHCTL).read_bytes())
        binary.chmod(0o755)
        for folder in [tmp_path, *tmp_path.parents]:
            if folder != pathlib.Path("/tmp") and folder.is_relative_to("/tmp"):
                folder.chmod(0o755)
        script = f'runuser -u nobody -- {binary} inject "$FILE"'
    run = shell(script, FILE=secret)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"meshctl: error: cannot read {secret}: permission denied\n"


def test_several_bad_documents_are_all_reported_and_nothing_is_written(tmp_path):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(POD.read_text())
    bad.write_text("---\n".join([(ARTICLE / "mis-indented.yml").read_text()] * 30))
    run = meshctl("inject", good, bad)
    assert (run.returncode, run.stdout) == (1, b"")
    stderr = run.stderr.decode()
    assert stderr.count(": this item is 1 column left of its siblings\n") == 20
    assert stderr.endswith("meshctl: error: and 10 more errors\n")


def test_no_argument_on_a_terminal_is_a_usage_error():
    import pty
    master, slave = pty.openpty()
    run = subprocess.run([MESHCTL, "inject"], stdin=slave, capture_output=True, text=True, timeout=30)
    os.close(master)
    os.close(slave)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == ("meshctl: error: no manifest was named; "
                          "give a file or a folder, or - for standard input\n")


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["inject", "--help"]])
def test_help_that_cannot_be_written_is_a_failure(args):
    with open("/dev/full", "wb") as full:
        run = subprocess.run([MESHCTL, *args], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    assert (run.returncode, run.stderr) == (
        1, "meshctl: error: cannot write standard output: no space left on device\n")


def test_help_shows_every_default():
    text = meshctl("inject", "--help").stdout.decode()
    for default in ("localhost/meshctl:0.1.0", "14001", "14000", "10m", "16Mi", "500m", "64Mi"):
        assert default in text
    assert meshctl("--version").stdout == b"meshctl 0.1.0\n"
