"""Where `meshctl inject` reads from and what it writes where: folders, files in place, patches, gates, reports, terminals."""
import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import pytest

from support.callers_note import without_callers_note
from support.meshctl import ROOT, binary, environment

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {name}  # kept
spec:
  containers:
  - name: app
    image: nginx
    ports:
    - containerPort: 8087
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"
SKIPPED = POD.replace("  name: {name}  # kept\n",
                      "  name: {name}\n  annotations:\n    meshctl.dev/inject: 'false'\n")
BROKEN = POD.replace("    image: nginx", "   image: nginx")
JSON_POD = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "NAME"}, "spec": {"containers": [{"name": "app"}]}}'


def command(*args):
    """The command line; nothing is to be said here of Services that do not lead to the proxy."""
    traffic = ["--traffic", "none"] if args[:1] == ("inject",) else []
    return [str(binary()), *map(str, args[:1]), *traffic, *map(str, args[1:])]


def meshctl(*args, cwd=None, env=None, **popen):
    if "input" not in popen:
        popen.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command(*args), capture_output=True, cwd=cwd, timeout=60,
                          env=environment(env), **popen)


def said(run):
    """Without the note of every run that injects, which test_inject_callers_note.py has."""
    return without_callers_note(run.stderr.decode())


@pytest.fixture
def tmp_memory(tmp_path):
    """A fresh folder, in memory where there is such a place: thousands of fsync() cost nothing there."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else tmp_path) as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def tree(request):
    """Writes {path: text} below a fresh folder."""
    tmp_path = request.getfixturevalue(getattr(request, "param", "tmp_path"))

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path
    return write


def injected(text):
    run = meshctl("inject", "-q", "-", input=text if isinstance(text, bytes) else text.encode())
    assert run.returncode == 0, said(run)
    return run.stdout


def contents(folder):
    """{path: (bytes, mtime)} of every file in `folder`."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*")) if path.is_file()}


# What is read

def test_a_folder_gives_its_manifests_in_order_of_their_bytes(tree):
    top = tree({f"d/{name}": CONFIG.format(name=at) for at, name in
                enumerate(["b.yml", "B.yaml", "a.json.yml", ".hidden.yml", "notes.txt", "below/c.yml"])})
    os.mkfifo(top / "d/pipe.yml")
    run = meshctl("inject", "--messages", "json", "d/", cwd=top)
    assert [file["name"] for file in json.loads(run.stderr)["files"]] == ["d/B.yaml", "d/a.json.yml", "d/b.yml"]


def test_folders_below_are_read_with_R_and_loops_do_not_hang(tree):
    top = tree({name: CONFIG.format(name=at) for at, name in
                enumerate(["d/z.yml", "d/a/x.yml", "d/a-b/x.yml", "d/.git/x.yml", "elsewhere/x.yml"])})
    (top / "d/a/loop").symlink_to("..")
    (top / "d/linked").symlink_to("../elsewhere")
    (top / "d/linked.yml").symlink_to("../elsewhere/x.yml")
    run = meshctl("inject", "-R", "--messages", "json", "d", cwd=top)
    assert [file["name"] for file in json.loads(run.stderr)["files"]] == [
        "d/a-b/x.yml", "d/a/x.yml", "d/linked.yml", "d/z.yml"]


@pytest.mark.parametrize("args, hint", [(["d"], "; folders below it do: add -R"), (["-R", "d/none"], "")])
def test_a_folder_without_manifests_is_an_error(tree, args, hint):
    top = tree({"d/x.txt": "", "d/below/x.yml": CONFIG, "d/none/x.txt": ""})
    run = meshctl("inject", *args, cwd=top)
    assert (run.returncode, run.stdout) == (1, b"")
    assert said(run) == f"meshctl: error: {args[-1]} holds no manifests (*.yml, *.yaml, *.json){hint}\n"


def test_a_link_that_leads_nowhere_is_not_passed_over(tree):
    top = tree({"d/x.yml": CONFIG.format(name="x")})
    (top / "d/y.yml").symlink_to("gone")
    run = meshctl("inject", "d", cwd=top)
    assert (run.returncode, run.stdout) == (1, b"")
    assert said(run) == "meshctl: error: cannot read d/y.yml: no such file or directory\n"


@pytest.mark.parametrize("args, problem", [
    (["x.yml", "x.yml"], "x.yml was named twice"),
    (["-f", "x.yml", "./x.yml"], "x.yml and ./x.yml are the same file"),
    (["link.yml", "-i", "x.yml"], "link.yml and x.yml are the same file"),
    (["x.yml", "."], "./link.yml and ./x.yml are the same file"),
    (["pipe", "pipe"], "pipe was named twice"),
])
def test_a_file_that_is_named_twice_is_refused(tree, args, problem):
    top = tree({"x.yml": POD.format(name="x")})
    (top / "link.yml").symlink_to("x.yml")
    os.mkfifo(top / "pipe")
    run = meshctl("inject", *args, cwd=top)
    assert (run.returncode, run.stdout) == (2, b"")
    # Of x.yml, ./link.yml and ./x.yml the first two meet first.
    problem = problem.replace("./link.yml and ./x.yml", "x.yml and ./link.yml")
    assert said(run) == f"meshctl: error: {problem}; name each file once\n"


def test_a_process_substitution_is_a_file(tree):
    top = tree({"x.yml": POD.format(name="x")})
    run = subprocess.run(["bash", "-c", '"$0" inject -q <(cat x.yml)', binary()], cwd=top, capture_output=True,
                         timeout=30, env=environment())
    assert (run.returncode, run.stdout, run.stderr) == (0, injected(POD.format(name="x")), b"")


def test_json_and_yaml_make_a_stream_that_kubectl_reads(tree):
    top = tree({"a.json": JSON_POD.replace("NAME", "a") + "\n" + JSON_POD.replace("NAME", "b"),
                "c.yml": POD.format(name="c"), "d.json": JSON_POD.replace("NAME", "d")})
    out = top / "out"
    names = ["c", "d"]
    inputs = ["c.yml", "d.json"]
    # A file of several JSON values is read where the library takes it.
    if meshctl("inject", "a.json", cwd=top).returncode == 0:
        names, inputs = ["a", "b", *names], ["a.json", *inputs]
    run = meshctl("inject", *inputs, "-o", out, cwd=top)
    assert run.returncode == 0, said(run)
    read = subprocess.run(["kubectl", "annotate", "--local", "-f", out, "zz=1", "-o", "name"],
                          capture_output=True, text=True, timeout=60)
    assert read.stdout.split() == [f"pod/{name}" for name in names]


# -o

FORMATS = ["yaml", "json", "name", "wide", "jsonpath", "jsonpath={.a}", "jsonpath-file=x", "jsonpath-as-json={.a}",
           "go-template={{.a}}", "go-template-file=x", "template=x", "custom-columns=A:.a", "custom-columns-file=x",
           "template"]


@pytest.mark.parametrize("output", FORMATS)
def test_formats_of_oc_are_no_file_names(tree, output):
    run = meshctl("inject", "x.yml", "-o", output, cwd=tree({"x.yml": POD}))
    assert (run.returncode, run.stdout) == (2, b"")
    assert said(run) == (f"meshctl: error: -o takes a file, and '{output}' looks like a format; "
                         f"each document keeps its format; a file of that name is ./{output}\n")


def test_a_dash_is_standard_output(tree):
    top = tree({"x.yml": POD.format(name="x")})
    assert meshctl("inject", "x.yml", "-o", "-", cwd=top).stdout == injected(POD.format(name="x"))
    assert os.listdir(top) == ["x.yml"]
    with open(top / "log", "w+b") as log:
        log.write(b"# before\n")
        log.flush()
        subprocess.run([binary(), "inject", "-q", "x.yml", "-o", "/dev/stdout"], cwd=top, stdout=log, check=True)
        log.seek(0)
        assert log.read() == b"# before\n" + injected(POD.format(name="x"))


def test_a_link_stays_a_link_even_if_its_file_is_not_there_yet(tree):
    top = tree({"x.yml": POD.format(name="x"), "real/keep": ""})
    (top / "real/second").symlink_to("out.yml")
    (top / "link").symlink_to("real/second")
    for _ in range(2):
        assert meshctl("inject", "x.yml", "-o", "link", cwd=top).returncode == 0
        assert (top / "link").is_symlink() and (top / "real/second").is_symlink()
        assert (top / "real/out.yml").read_bytes() == injected(POD.format(name="x"))
    (top / "a").symlink_to("b")
    (top / "b").symlink_to("a")
    run = meshctl("inject", "x.yml", "-o", "a", cwd=top)
    assert (run.returncode, said(run)) == (1, "meshctl: error: cannot write a: too many levels of symbolic links\n")


def test_mode_and_owner_are_kept(tree):
    top = tree({"x.yml": POD.format(name="x"), "out.yml": "old"})
    (top / "out.yml").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(top / "out.yml", 1234, 2345)
    before = (top / "out.yml").stat()
    assert meshctl("inject", "x.yml", "-o", "out.yml", cwd=top).returncode == 0
    after = (top / "out.yml").stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_file_size_limit_leaves_nothing_behind(tree):
    top = tree({"x.yml": POD.format(name="x") + "#" * 20_000 + "\n", "out.yml": "old"})
    run = subprocess.run(["bash", "-c", 'ulimit -f 8; exec "$0" inject -q x.yml -o out.yml', binary()], cwd=top,
                         capture_output=True, text=True, timeout=30, env=environment())
    assert (run.returncode, run.stderr) == (1, "meshctl: error: cannot write out.yml: file too large\n")
    assert sorted(os.listdir(top)) == ["out.yml", "x.yml"]
    assert (top / "out.yml").read_text() == "old"


# -i

def test_in_place_replaces_what_changes_and_nothing_else(tree):
    texts = {"d/pod.yml": POD.format(name="pod"), "d/config.yml": CONFIG.format(name="config"),
             "d/crlf.json": JSON_POD.replace(", ", ",\r\n")}
    top = tree(texts)
    (top / "d/pod.yml").chmod(0o600)
    before = contents(top)
    run = meshctl("inject", "-i", "d", cwd=top)
    assert (run.returncode, run.stdout) == (0, b"")
    assert said(run) == ("pod/NAME injected: auto -> 14001 (found at run time)\npod/pod injected: 8087 -> 14001\n")
    after = contents(top)
    assert after[top / "d/config.yml"] == before[top / "d/config.yml"]
    for name in ("d/pod.yml", "d/crlf.json"):
        assert after[top / name][0] == injected(texts[name])
    assert stat.S_IMODE((top / "d/pod.yml").stat().st_mode) == 0o600
    meshctl("inject", "-i", "d", cwd=top)
    assert contents(top) == after
    meshctl("uninject", "-i", "d", cwd=top)
    assert {path: text for path, (text, _) in contents(top).items()} == {
        path: text for path, (text, _) in before.items()}


def test_in_place_replaces_the_file_behind_a_link(tree):
    top = tree({"real/x.yml": POD.format(name="x")})
    (top / "x.yml").symlink_to("real/x.yml")
    assert meshctl("inject", "-i", "x.yml", cwd=top).returncode == 0
    assert (top / "x.yml").is_symlink()
    assert (top / "real/x.yml").read_bytes() == injected(POD.format(name="x"))


@pytest.mark.parametrize("args, problem", [
    (["-i"], "-i replaces files, and standard input is none; name the files"),
    (["-i", "x.yml", "-"], "-i replaces files, and standard input is none; name the files"),
    (["-i", "x.yml", "-f", "-"], "-i replaces files, and standard input is none; name the files"),
    (["-i", "x.yml", "-o", "y"],
     "-i and -o were both given; -i writes each result into its own file, -o all of them into one"),
    (["-i", "x.yml", "--diff"], "-i and --diff were both given; -i writes files, --diff writes none"),
    (["-i", "x.yml", "--check"], "-i and --check were both given; -i writes files, --check writes none"),
    (["-i", "/dev/null"], "-i replaces files, and /dev/null is none; write it to -o FILE"),
    (["--diff", "x.yml", "-o", "y"], "-o and --diff were both given; --diff writes to standard output; redirect it with >"),
    (["--check", "x.yml", "-o", "y"], "-o and --check were both given; --check writes no manifests"),
    (["--emit", "pods", "x.yml"], "--emit: there is no part 'pods'; it is all, workloads or services"),
    (["--emit", "services", "-i", "x.yml"],
     "--emit and -i do not go together; the files would lose the documents left out"),
    (["--emit", "workloads", "--diff", "x.yml"],
     "--emit and --diff do not go together; the files would lose the documents left out"),
    (["--emit", "services", "--check", "x.yml"],
     "--emit and --check do not go together; without the documents left out every file would be another"),
    (["--messages", "xml", "x.yml"], "--messages: there is no format 'xml'; write text or json"),
    (["--image", "", "x.yml"], "inject: --image needs a value; see meshctl inject --help"),
    (["--image=", "x.yml"], "inject: --image needs a value; see meshctl inject --help"),
    (["--upstream", "", "x.yml"], "inject: --upstream needs a value; see meshctl inject --help"),
    (["--output", "", "x.yml"], "inject: --output needs a value; see meshctl inject --help"),
    (["-f", ""], "inject: --filename needs a value; see meshctl inject --help"),
    ([""], "a file name is empty; is a variable not set?"),
    (["--upstream", "1", "--upstream", "2", "x.yml"], "inject: --upstream was given twice; give it once"),
    (["-o", "a", "--output", "b", "x.yml"], "inject: --output was given twice; give it once"),
    (["--image", "a\x1b[31m b", "x.yml"],
     "--image: 'a\\x1b[31m b' is not the name of an image; write it as registry/name:tag"),
])
def test_usage_errors_say_why(tree, args, problem):
    top = tree({"x.yml": POD.format(name="x")})
    before = contents(top)
    run = meshctl("inject", *args, cwd=top)
    assert (run.returncode, run.stdout, said(run)) == (2, b"", f"meshctl: error: {problem}\n")
    assert contents(top) == before


def test_a_bad_value_of_a_variable_names_the_variable(tree):
    run = meshctl("inject", "x.yml", cwd=tree({"x.yml": POD}), env={"MESHCTL_IMAGE": "a b"})
    assert (run.returncode, run.stdout) == (2, b"")
    assert said(run) == ("meshctl: error: MESHCTL_IMAGE: 'a b' is not the name of an image; "
                         "write it as registry/name:tag\n")


def test_one_broken_file_of_500_leaves_every_file_untouched(tree):
    kinds = [POD, CONFIG, SKIPPED]
    files = {f"d/{n:03}.yml": kinds[n % 3].format(name=f"x{n}") for n in range(500)}
    files["d/250.yml"] = BROKEN.format(name="x250")
    top = tree(files)
    before = contents(top)
    for args in (["-i"], [], ["-o", "out.yml"], ["--diff"], ["--check"]):
        run = meshctl("inject", *args, "d", cwd=top)
        assert (run.returncode, run.stdout) == (1, b""), args
        lines = said(run).splitlines()
        assert re.match(r"meshctl: error: d/250\.yml:8:\d+: ", lines[0])
        assert lines[1] == "    8 |    image: nginx"
        assert said(run).count("error:") == 1
        assert contents(top) == before


def test_no_space_for_one_result_leaves_every_file_untouched(tree):
    top = tree({"a.yml": POD.format(name="a"), "b.yml": POD.format(name="b") + "#" * 20_000 + "\n"})
    before = contents(top)
    run = subprocess.run(["bash", "-c", 'ulimit -f 8; exec "$0" inject -q -i a.yml b.yml', binary()], cwd=top,
                         capture_output=True, text=True, timeout=30, env=environment())
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == ("meshctl: error: cannot write b.yml: file too large\n"
                          "meshctl: no file was replaced\n")
    assert contents(top) == before


@pytest.mark.skipif(subprocess.run(["sh", "-c", "strace true"], capture_output=True).returncode != 0,
                    reason="needs strace, and leave to trace")
def test_results_are_on_disk_before_any_takes_the_place_of_its_file(tree):
    top = tree({"a.yml": POD.format(name="a"), "b.yml": POD.format(name="b")})
    for args, calls in ((["-i", "a.yml", "b.yml"], "fsync fsync rename rename fsync"),
                        (["a.yml", "-o", "b.yml"], "fsync rename fsync")):
        run = subprocess.run(["strace", "-f", "-o", "log", "-e", "trace=fsync,rename,renameat,renameat2",
                              *command("inject", "-q", *args)], cwd=top, capture_output=True, timeout=60,
                             env=environment({"ASAN_OPTIONS": "detect_leaks=0"}))
        assert run.returncode == 0, said(run)
        made = re.findall(r"^\d+ +(fsync|rename)\w*\(.*= 0$", (top / "log").read_text(), re.M)
        assert " ".join(made) == calls


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_a_failure_in_the_middle_says_which_files_are_done(tree):
    top = tree({name: POD.format(name=name[0]) for name in ("a.yml", "b.yml", "c.yml")})
    shutil.copy(binary(), top / "meshctl")
    for path in [top, *top.parents]:
        if path != pathlib.Path("/tmp") and path.is_relative_to("/tmp"):
            path.chmod(0o755)
    # In a sticky folder anyone may write into b.yml, but only its owner may replace it.
    top.chmod(0o1777)
    for name in ("a.yml", "c.yml"):
        os.chown(top / name, 65534, 65534)
    (top / "b.yml").chmod(0o666)
    run = subprocess.run([top / "meshctl", "inject", "--traffic", "none", "-i", "--messages", "text", "a.yml", "b.yml", "c.yml"],
                         cwd=top, capture_output=True, text=True, timeout=30, env=environment(), user=65534, group=65534)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == ("meshctl: error: cannot write b.yml: operation not permitted\n"
                          "meshctl: a.yml was replaced\nmeshctl: b.yml was not replaced\n"
                          "meshctl: c.yml was not replaced\n")
    assert (top / "a.yml").read_bytes() == injected(POD.format(name="a"))
    for name in ("b.yml", "c.yml"):
        assert (top / name).read_text() == POD.format(name=name[0])
    assert sorted(os.listdir(top)) == ["a.yml", "b.yml", "c.yml", "meshctl"]


def temporary_files(folder):
    return [name for name in os.listdir(folder) if name.startswith(".meshctl-")]


def start_in_place(top):
    """`meshctl inject -i d`, at the moment of its first temporary file, or later."""
    child = subprocess.Popen([binary(), "inject", "-i", "-q", "d"], cwd=top, env=environment(), stdin=subprocess.DEVNULL)
    while child.poll() is None and not temporary_files(top / "d"):
        pass
    return child


@pytest.mark.parametrize("tree", ["tmp_memory"], indirect=True)
def test_killed_at_any_moment_each_file_is_old_or_new(tree):
    old = {f"d/{n:03}.yml": POD.format(name=f"x{n}").encode() for n in range(500)}
    top = tree(old)
    assert meshctl("inject", "-i", "-q", "d", cwd=top).returncode == 0
    new = {name: (top / name).read_bytes() for name in old}
    assert new["d/007.yml"] == injected(old["d/007.yml"])
    tree(old)
    child = start_in_place(top)
    start = time.monotonic()
    child.wait()
    writing = time.monotonic() - start
    seen = set()
    for seed in range(10):
        tree(old)
        child = start_in_place(top)
        time.sleep(random.Random(seed).uniform(0, writing) if seed > 0 else 0)
        child.kill()
        child.wait()
        now = {name: (top / name).read_bytes() for name in old}
        assert all(now[name] in (old[name], new[name]) for name in old)
        replaced = sum(now[name] == new[name] for name in old)
        seen.add("none" if replaced == 0 else "all" if replaced == 500 else "some")
        left = sorted(set(os.listdir(top / "d")) - {name[2:] for name in old})
        assert left == sorted(temporary_files(top / "d"))
        # What was left behind is no manifest, whatever is in it.
        report = json.loads(meshctl("inject", "--check", "-R", "--messages", "json", "d", cwd=top).stderr)
        assert [file["name"] for file in report["files"]] == sorted(old)
        for name in left:
            os.unlink(top / "d" / name)
    assert seen & {"none", "some"}, "no kill came before the end"


@pytest.mark.parametrize("tree", ["tmp_memory"], indirect=True)
def test_ended_by_a_signal_it_leaves_no_temporary_file(tree):
    old = {f"d/{n:03}.yml": POD.format(name=f"x{n}").encode() for n in range(500)}
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        top = tree(old)
        child = start_in_place(top)
        child.send_signal(number)
        assert child.wait() in (-number, 0)
        assert temporary_files(top / "d") == []


# --diff

def test_a_patch_leads_to_the_real_result(tree):
    files = {"d/a b.yml": POD.format(name="a"), "d/crlf.yml": POD.format(name="crlf").replace("\n", "\r\n"),
             "d/no-newline.json": JSON_POD, "d/config.yml": CONFIG.format(name="config"),
             "d/bom.yml": "\ufeff" + POD.format(name="bom"), "d/caf\u00e9.yml": POD.format(name="cafe")}
    for path in (ROOT / "tests/golden").iterdir():
        if (path / "out.yaml").exists():
            files[f"golden/{path.name}.yml"] = (path / "in.yaml").read_bytes()
    for program in (["patch", "-p1", "--binary"], ["patch", "-p1"], ["git", "apply"]):
        top = tree(files)
        before = contents(top)
        run = meshctl("inject", "--diff", "-R", ".", cwd=top)
        assert run.returncode == 0, said(run)
        assert contents(top) == before
        assert run.stdout.startswith(b"--- a/d/a b.yml\t\n+++ b/d/a b.yml\t\n@@ -2,9 +2,")
        assert b"d/config.yml" not in run.stdout
        applied = subprocess.run(program, cwd=top, input=run.stdout, capture_output=True, timeout=30)
        assert applied.returncode == 0, applied
        patched = {path: text for path, (text, _) in contents(top).items()}
        tree(files)
        meshctl("inject", "-i", "-R", ".", cwd=top)
        assert patched == {path: text for path, (text, _) in contents(top).items()}, program


def test_names_in_a_patch(tree):
    top = tree({"x.yml": POD.format(name="x")})
    assert meshctl("inject", "--diff", top / "x.yml").stdout.startswith(f"--- a{top}/x.yml\n+++ b{top}/x.yml\n".encode())
    run = meshctl("inject", "--diff", input=POD.format(name="x").encode())
    assert run.stdout.startswith(b"--- a/stdin\n+++ b/stdin\n@@ -2,9 +2,")
    assert said(run) == "pod/x injected: 8087 -> 14001\n"
    meshctl("inject", "-i", "x.yml", cwd=top)
    assert meshctl("inject", "--diff", "x.yml", cwd=top).stdout == b""
    assert b"\n-  annotations:\n" in meshctl("uninject", "--diff", "x.yml", cwd=top).stdout


# Gates

def test_check_tells_what_would_change_and_exits_3(tree):
    top = tree({"d/a.yml": POD.format(name="a"), "d/b.yml": POD.format(name="b"), "d/c.yml": CONFIG.format(name="c")})
    meshctl("inject", "-i", "d/b.yml", cwd=top)
    before = contents(top)
    run = meshctl("inject", "--check", "d", cwd=top)
    assert (run.returncode, run.stdout) == (3, b"")
    assert said(run) == "pod/a injected: 8087 -> 14001\nmeshctl: 1 of 3 files would change\n"
    assert said(meshctl("inject", "--check", "-q", "d", cwd=top)) == ""
    run = meshctl("inject", "--check", "d/b.yml", "d/c.yml", cwd=top)
    assert (run.returncode, run.stdout, said(run)) == (0, b"", "meshctl: none of 2 files would change\n")
    run = meshctl("inject", "--check", "d/b.yml", cwd=top)
    assert (run.returncode, run.stdout, said(run)) == (0, b"", "meshctl: d/b.yml would not change\n")
    run = meshctl("inject", "--check", input=POD.format(name="x").encode())
    assert (run.returncode, run.stdout) == (3, b"")
    assert said(run) == "pod/x injected: 8087 -> 14001\nmeshctl: standard input would change\n"
    run = meshctl("uninject", "--check", "d/b.yml", cwd=top)
    assert (run.returncode, run.stdout, said(run)) == (3, b"", "pod/b restored\nmeshctl: d/b.yml would change\n")
    run = meshctl("inject", "--check", "--diff", "d", cwd=top)
    assert (run.returncode, run.stdout[:11]) == (3, b"--- a/d/a.y")
    assert contents(top) == before


@pytest.mark.parametrize("mode", [[], ["-i"], ["-o", "out.yml"], ["--diff"], ["--check"], ["-q"]])
def test_a_workload_that_was_left_out_fails_when_all_are_required(tree, mode):
    top = tree({"a.yml": POD.format(name="a"), "s.yml": SKIPPED.format(name="s") + "---\n" + SKIPPED.format(name="t"),
                "c.yml": CONFIG.format(name="c")})
    before = contents(top)
    run = meshctl("inject", "--require-injected", *mode, "a.yml", "s.yml", "c.yml", cwd=top)
    assert (run.returncode, run.stdout) == (3, b"")
    assert said(run) == "".join(
        f'meshctl: error: s.yml: pod/{name} skipped: meshctl.dev/inject is "false"; '
        "--require-injected lets no workload be left out\n" for name in "st")
    assert contents(top) == before
    run = meshctl("inject", "-q", "--require-injected", *mode, "c.yml", cwd=top)
    assert (run.returncode, run.stdout) == (3, b"")
    assert said(run).splitlines()[-1] == (
        "meshctl: error: there is no workload to inject; --require-injected wants at least one")
    run = meshctl("inject", "--require-injected", *mode, "a.yml", "c.yml", cwd=top)
    assert run.returncode == (3 if mode == ["--check"] else 0)


def test_a_workload_of_a_kind_that_is_also_one_of_the_core_counts_when_all_are_required(tree):
    knative = ("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\n"
               "spec: {template: {spec: {containers: [{name: a}]}}}\n")
    left_out = knative.replace("name: k", "name: k, annotations: {meshctl.dev/inject: 'false'}")
    top = tree({"k.yml": knative, "s.yml": left_out})
    args = ["--require-injected", "--pod-spec-path", "Service.serving.knative.dev=spec.template.spec"]
    run = meshctl("inject", *args, "k.yml", cwd=top)
    assert run.returncode == 0
    assert b"name: telemetry" in run.stdout or b'"telemetry"' in run.stdout
    run = meshctl("inject", *args, "k.yml", "s.yml", cwd=top)
    assert (run.returncode, run.stdout) == (3, b"")
    assert said(run) == ('meshctl: error: s.yml: service/k skipped: meshctl.dev/inject is "false"; '
                         "--require-injected lets no workload be left out\n")


# --messages json

def test_messages_as_json(tree):
    top = tree({"a.yml": POD.format(name="a"), "s.yml": SKIPPED.format(name="s"),
                "u.yml": POD.format(name="u").replace("8087", "53\n      protocol: UDP")})
    run = meshctl("inject", "--messages", "json", "a.yml", "s.yml", "u.yml", cwd=top)
    assert run.returncode == 0
    def pod(file, action, ports, reason=""):
        return {"file": f"{file}.yml", "line": 1, "column": 1, "apiVersion": "v1", "kind": "Pod", "namespace": "",
                "name": file, "action": action, "ports": ports, "reason": reason}
    report = json.loads(run.stderr)
    problems = report.pop("problems")
    assert report == {
        "version": 1,
        "objects": [pod("a", "injected", [{"from": "8087", "to": "14001"}]),
                    pod("s", "skipped", [], 'meshctl.dev/inject is "false"'),
                    pod("u", "injected", [{"from": "auto", "to": "14001"}])],
        "files": [{"name": "a.yml", "changed": True}, {"name": "s.yml", "changed": False},
                  {"name": "u.yml", "changed": True}],
        "errors_left_out": 0, "warnings_left_out": 0, "notes_left_out": 0, "exit_code": 0}
    assert [(each["severity"], each["file"], each["line"]) for each in problems] == [("note", "u.yml", 10), ("note", "", 0)]
    assert set(problems[0]) == {"severity", "file", "line", "column", "problem", "hint"}


@pytest.mark.parametrize("args, code, problem", [
    (["broken.yml"], 1, {"file": "broken.yml", "line": 8}),
    (["gone.yml"], 1, {"file": "gone.yml", "line": 0, "column": 0, "hint": "",
                       "problem": "cannot read gone.yml: no such file or directory"}),
    (["a.yml", "-o", "/no/such"], 1, {"file": "/no/such", "problem": "cannot write /no/such: no such file or directory"}),
    (["a.yml", "a.yml"], 2, {"file": "", "problem": "a.yml was named twice", "hint": "name each file once"}),
    (["s.yml", "--require-injected"], 3, {"file": "s.yml", "problem": 'pod/s skipped: meshctl.dev/inject is "false"'}),
])
def test_refusals_and_failures_as_json(tree, args, code, problem):
    top = tree({"a.yml": POD.format(name="a"), "broken.yml": BROKEN.format(name="b"), "s.yml": SKIPPED.format(name="s")})
    run = meshctl("inject", "--messages=json", *args, cwd=top)
    assert (run.returncode, run.stdout) == (code, b"")
    report = json.loads(run.stderr)
    assert report["exit_code"] == code
    (found,) = report["problems"]
    assert found["severity"] == "error"
    assert {key: found[key] for key in problem} == problem
    assert [file["changed"] for file in report["files"]] in ([], [False], [True])


def test_names_that_are_no_utf8_do_not_break_the_document(tree):
    top = tree({b"\xff.yml".decode("utf-8", "surrogateescape"): POD.format(name="a")})
    run = meshctl("inject", "--messages", "json", ".", cwd=top)
    assert run.returncode == 0
    assert json.loads(run.stderr)["files"] == [{"name": "./\ufffd.yml", "changed": True}]


# Errors by the dozen, and names that would obey themselves

def test_the_first_20_errors_are_printed_and_the_others_counted(tree):
    top = tree({f"{n:02}.yml": BROKEN.format(name="x") for n in range(22)})
    run = meshctl("inject", ".", cwd=top)
    assert said(run).count("meshctl: error: ./") == 20
    assert said(run).endswith("meshctl: error: and 2 more errors\n")
    run = meshctl("inject", *[f"no-{n}" for n in range(21)])
    assert said(run).endswith("cannot read no-19: no such file or directory\nmeshctl: error: and 1 more error\n")


def test_control_characters_in_names_are_shown_not_obeyed(tree):
    top = tree({"a\x1b[2J\n.yml": POD.format(name='"p\\e[31m\\nx"'), "b\r.yml": BROKEN})
    run = meshctl("inject", "a\x1b[2J\n.yml", cwd=top)
    assert said(run) == "pod/p\\x1b[31m\\x0ax injected: 8087 -> 14001\n"
    assert said(meshctl("inject", "b\r.yml", cwd=top)).startswith("meshctl: error: b\\x0d.yml:8:")
    assert said(meshctl("inject", "c\x07.yml", cwd=top)) == "meshctl: error: cannot read c\\x07.yml: no such file or directory\n"
    assert said(meshctl("inject", "--n\x1bo", cwd=top)).startswith("meshctl: error: inject has no option '--n\\x1bo'")


# On a terminal

def on_terminal(args, cwd, env=None, stdout=subprocess.DEVNULL, act=lambda seen: None):
    """Runs meshctl with standard error on a terminal; (exit code, what the terminal got). `act` hears of all so far."""
    ours, theirs = pty.openpty()
    environ = {**environment(env), "TERM": "xterm", **(env or {})}
    if "NO_COLOR" not in (env or {}):
        environ.pop("NO_COLOR", None)
    child = subprocess.Popen(command(*args), cwd=cwd, stdin=subprocess.DEVNULL, stderr=theirs, env=environ,
                             stdout=theirs if stdout == "terminal" else stdout)
    os.close(theirs)
    seen = b""
    deadline = time.monotonic() + 30
    while select.select([ours], [], [], deadline - time.monotonic())[0]:
        try:
            read = os.read(ours, 65536)
        except OSError:  # the terminal has no other end any more
            break
        if not read:
            break
        seen += read
        act(seen)
    os.close(ours)
    return child.wait(10), without_callers_note(seen.decode().replace("\r\n", "\n"))


def test_labels_are_coloured_on_a_terminal_only(tree):
    top = tree({"u.yml": POD.format(name="u").replace("8087", "53\n      protocol: UDP"), "c.yml": CONFIG.format(name="c"), "b.yml": BROKEN})
    colours = {"b.yml": ("error", 31), "c.yml": ("warning", 33), "u.yml": ("note", 34)}
    for file, (label, number) in colours.items():
        code, seen = on_terminal(["inject", file], top)
        assert seen.startswith(f"meshctl: \x1b[1;{number}m{label}:\x1b[m ")
        assert seen.count("\x1b") == 2
        plain = said(meshctl("inject", file, cwd=top))
        assert seen.replace(f"\x1b[1;{number}m", "").replace("\x1b[m", "") == plain
        for off in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            assert on_terminal(["inject", file], top, env=off) == (code, plain)
        assert "\x1b" in on_terminal(["inject", file], top, env={"NO_COLOR": ""})[1]
    assert on_terminal(["inject", "--nope"], top)[1].startswith("meshctl: \x1b[1;31merror:\x1b[m inject has no option")


def test_a_patch_is_coloured_on_a_terminal_only(tree):
    top = tree({"x.yml": POD.format(name="x")})
    code, seen = on_terminal(["inject", "--diff", "x.yml"], top, stdout="terminal")
    assert code == 0
    assert seen.startswith("\x1b[1m--- a/x.yml\x1b[m\n\x1b[1m+++ b/x.yml\x1b[m\n\x1b[36m@@ -2,9 +2,")
    assert "\n\x1b[32m+  annotations:\x1b[m\n" in seen
    code, seen = on_terminal(["inject", "-q", "--diff", "x.yml"], top, stdout="terminal", env={"NO_COLOR": "1"})
    assert seen == meshctl("inject", "--diff", "x.yml", cwd=top).stdout.decode()


def test_progress_comes_on_a_terminal_when_it_takes_long_and_goes(tree):
    top = tree({"a.yml": POD.format(name="a")})
    pipe = top / "pipe"
    os.mkfifo(pipe)
    written = []

    def feed(seen):
        if b"of 2 files" in seen and not written:
            written.append(1)
            pipe.write_text(POD.format(name="slow"))

    code, seen = on_terminal(["inject", "a.yml", "pipe"], top, act=feed)
    assert code == 0
    assert "\r\x1b[Kmeshctl: reading 1 of 2 files\r\x1b[K" in seen
    assert seen.endswith("\r\x1b[Kpod/a injected: 8087 -> 14001\npod/slow injected: 8087 -> 14001\n")
    # Soon done, or not for people: nothing.
    assert on_terminal(["inject", "a.yml"], top) == (0, "pod/a injected: 8087 -> 14001\n")


def test_no_progress_where_nobody_watches(tree):
    top = tree({})
    os.mkfifo(top / "pipe")
    child = subprocess.Popen(command("inject", "pipe"), cwd=top, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             env=environment(), text=True)
    with open(top / "pipe", "w") as pipe:
        time.sleep(0.5)
        pipe.write(POD.format(name="slow"))
    assert without_callers_note(child.communicate(timeout=30)[1]) == "pod/slow injected: 8087 -> 14001\n"
