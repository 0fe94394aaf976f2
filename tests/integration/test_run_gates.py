"""Gates, reports, and the command that a run lasts for."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree

import pytest

from support.child import Child, eventually, free_port
from support.meshctl import ROOT, binary, environment, run_once
from support.servers import ScriptedServer, read_head

CALL = "import urllib.request, os; url = os.environ['MESHCTL_PROXY_URL']\n"


def calling(*paths, code=0):
    """A command that calls each path and ends with `code`; a 5xx does not stop it."""
    lines = [CALL + "import urllib.error"]
    for path in paths:
        lines.append(f"try: urllib.request.urlopen(url + '{path}', timeout=10).read()\n"
                     "except urllib.error.HTTPError as error: error.read()")
    return ["/usr/bin/python3", "-c", "\n".join(lines) + f"\nraise SystemExit({code})"]


def run(*args, command, cwd=None):
    return run_once("run", "--listen", "0", "--admin", "off", *args, "--", *command, cwd=cwd)


def gates_told(done):
    return [line.removeprefix("meshctl: error: gate broken: ") for line in done.stderr.splitlines()
            if "gate broken" in line]


def test_gates_that_hold_leave_the_commands_success(nginx, tmp_path):
    done = run("--upstream", nginx.port, "--fail-on", "error_rate>1%", "--fail-on", "p99>10s",
               "--fail-on", "calls<3", "--report", "r.json", "--report", "r.md", "--report", "r.xml",
               command=calling("/file", "/fixed", "/file"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert gates_told(done) == []
    assert "TOTAL" in done.stdout, "the summary"
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["totals"]["calls"] == 3 and report["final"]
    assert [gate["broken"] for gate in report["gates"]] == [False] * 3
    assert (tmp_path / "r.md").read_text().startswith("### Usage of the application: all gates hold")
    suite = xml.etree.ElementTree.parse(tmp_path / "r.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")


@pytest.mark.parametrize("gate, was", [
    ("errors>0", "1"), ("error_rate>1%", "33.33 % (1 of 3 calls)"), ("calls<4", "3"),
    ("p50>1us", None), ("max>1us", None), ("mean > 1us", None), ("calls<2 on /broken", "1"),
    ("error_rate>=100% on /broken", "100.00 % (1 of 1 calls)")])
def test_each_broken_gate_is_named_and_fails_the_run(nginx, tmp_path, gate, was):
    done = run("--upstream", nginx.port, "--fail-on", gate, "--fail-on", "calls>3", "--report", "r.xml",
               command=calling("/file", "/broken", "/fixed"), cwd=tmp_path)
    assert done.returncode == 3
    told, = gates_told(done)
    assert told == f"{gate}: it was {was}" if was else told.startswith(f"{gate}: it was ")
    suite = xml.etree.ElementTree.parse(tmp_path / "r.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite.find("testcase").get("name") == gate


def test_a_gate_on_a_route_that_nobody_called_is_told(nginx):
    done = run("--upstream", nginx.port, "--fail-on", "errors>0 on /typo", command=calling("/file"))
    assert done.returncode == 0
    assert "the gate errors>0 on /typo had nothing to judge: no call came to that route" in done.stderr


def test_when_its_time_is_up_the_command_gets_a_signal(nginx, tmp_path):
    done = run("--upstream", nginx.port, "--duration", "500ms",
               command=["sh", "-c", "trap 'echo ended >told; exit 4' INT; while :; do sleep 0.1; done"], cwd=tmp_path)
    assert done.returncode == 4
    assert (tmp_path / "told").read_text() == "ended\n"


def test_the_commands_own_failure_comes_first(nginx):
    done = run("--upstream", nginx.port, "--fail-on", "calls<9", command=calling("/file", code=7))
    assert done.returncode == 7
    assert gates_told(done) == ["calls<9: it was 1"], "the gate is told all the same"
    assert run("--upstream", nginx.port, command=["sh", "-c", "kill -9 $$"]).returncode == 128 + 9


def test_a_command_keeps_its_own_flags(nginx):
    done = run("--upstream", nginx.port, "--output", "none", command=["printf", "%s\\n", "--help", "-q", "--"])
    assert (done.returncode, done.stdout) == (0, "--help\n-q\n--\n")


def test_the_command_waits_for_the_application(tmp_path, children):
    port = free_port()
    serve = f"import time; time.sleep(0.7); import http.server; " \
            f"http.server.test(port={port}, bind='127.0.0.1')"
    children.append(Child(["/usr/bin/python3", "-c", serve], tmp_path, "late"))
    done = run("--upstream", port, "--output", "none", command=calling("/"))
    assert done.returncode == 0, done.stderr


def test_an_application_that_never_comes_is_an_error():
    done = run("--upstream", free_port(), "--start-timeout", "200ms", command=["true"])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(" within 200 ms; the command did not run")


def test_a_command_that_is_not_there_is_an_error(nginx):
    done = run("--upstream", nginx.port, command=["/no/such/command"])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == ("meshctl: error: cannot run '/no/such/command': "
                                            "no such file or directory; the command did not run")


def test_a_signal_goes_to_the_command_and_the_run_ends_with_it(nginx, tmp_path, children):
    script = "trap 'echo stopped; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    child = Child([binary(), "run", "--upstream", nginx.port, "--listen", "0", "--admin", "off",
                   "--output", "none", "--", "sh", "-c", script], tmp_path, "wrapped",
                  env=environment())
    children.append(child)
    eventually(lambda: "ready" in child.stdout())
    child.send(signal.SIGTERM)
    assert child.wait(10) == 5
    assert child.stdout() == "ready\nstopped\n"


def test_a_run_of_some_time_is_judged_too(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--duration", "600ms", "--fail-on", "calls<1")
    assert meshctl.wait(10) == 3
    assert "gate broken: calls<1: it was 0" in meshctl.stderr()


@pytest.mark.parametrize("args, line", [
    (["--fail-on", "p99>250"], "meshctl: error: --fail-on: '250' is no value for p99; write a number and a "
                               "unit, such as 250ms or 2s"),
    (["--report", "a.html"], "meshctl: error: --report: 'a.html' tells no form by its name; let it end in "
                             ".json, .md, or .xml for JUnit")])
def test_nonsense_is_told_before_anything_starts(args, line):
    done = run_once("run", "--upstream", "1", *args)
    assert (done.returncode, done.stderr) == (2, line + "\n")


def test_a_report_that_cannot_be_written_is_told_before_anything_starts(tmp_path):
    done = run_once("run", "--upstream", "1", "--report", tmp_path / "none" / "r.md")
    assert done.returncode == 1
    assert done.stderr == (f"meshctl: error: cannot write {tmp_path}/none/r.md: no such file or directory; "
                           "name a file in a folder that this user may write with --report\n")


def test_the_example_step(nginx, tmp_path):
    step = ROOT / "examples/ci-gate/run-tests.sh"

    def run_step(*paths, port=nginx.port):
        return subprocess.run([step, str(port), *calling(*paths)], cwd=tmp_path, text=True,
                              env=environment({"MESHCTL": str(binary())}), capture_output=True, timeout=60)

    def answer_late(connection):
        while read_head(connection):
            time.sleep(0.4)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    good = run_step("/file", "/fixed")
    assert good.returncode == 0, good.stderr
    assert "all gates hold" in (tmp_path / "usage.md").read_text()
    bad = run_step("/file", "/broken")
    assert bad.returncode == 3
    assert gates_told(bad) == ["error_rate>1%: it was 50.00 % (1 of 2 calls)"]
    assert "1 of 3 gates broken" in (tmp_path / "usage.md").read_text()
    assert gates_told(run_step()) == ["calls<1: it was 0"]
    with ScriptedServer(answer_late) as slow:
        late = run_step("/file", port=slow.port)
    assert late.returncode == 3
    told, = gates_told(late)
    assert told.startswith("p99>250ms: it was 4")
