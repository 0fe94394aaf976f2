"""What applications see of their callers changes with the proxy: `inject` says so once a run."""
import json

import pytest

from support.callers_note import HINT, NOTE, PROBLEM
from support.meshctl import run_once

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME, annotations: {meshctl.dev/inject: 'WANTED'}}
spec:
  containers:
  - name: app
    ports:
    - containerPort: 53
      protocol: UDP
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


def pods(count, wanted="true"):
    return "---\n".join(POD.replace("NAME", f"p{n}").replace("WANTED", wanted) for n in range(count))


def inject(text, *args, command="inject"):
    traffic = ["--traffic", "none"] if command == "inject" else []
    return run_once(command, *traffic, *args, "-", stdin=None, input=text)


def test_it_is_said_once_for_many_workloads_before_their_lines():
    run = inject(pods(3))
    assert run.returncode == 0
    assert run.stderr.count(NOTE) == 1
    assert run.stderr.partition(NOTE)[2] == "".join(
        f"pod/p{n} injected: auto -> 14001 (found at run time)\n" for n in range(3))
    assert NOTE not in inject(pods(3), "-q").stderr


@pytest.mark.parametrize("count", [1, 60])
def test_it_is_the_last_of_the_problems_in_json_however_many_there_are(count):
    report = json.loads(inject(pods(count), "--messages", "json", "-q").stderr)
    assert report["problems"][-1] == {
        "severity": "note", "file": "", "line": 0, "column": 0, "problem": PROBLEM, "hint": HINT}
    assert [each["problem"] for each in report["problems"]].count(PROBLEM) == 1
    # The other notes, one a pod, have their limit to themselves.
    assert report["notes_left_out"] == max(0, count - 50)


@pytest.mark.parametrize("args, code", [
    (["--diff"], 0), (["--check"], 3), (["--check", "--diff"], 3), (["--emit", "workloads"], 0), (["--require-injected"], 0)])
def test_it_is_said_of_what_would_be_injected_too(args, code):
    run = inject(pods(1), *args)
    assert (run.returncode, run.stderr.count(NOTE)) == (code, 1)


@pytest.mark.parametrize("text, args, code", [
    (CONFIG, [], 0),
    (pods(1, "false"), [], 0),
    (pods(1), ["--emit", "services"], 0),
    (pods(1) + "---\n" + pods(1, "false"), ["--require-injected"], 3),
    (pods(1) + "---\n- a\n b: c\n", [], 1),
    (pods(1), ["-o", "/no/such/file"], 1),
])
def test_it_is_not_said_where_nothing_is_injected(text, args, code):
    run = inject(text, *args)
    assert (run.returncode, run.stderr.count(NOTE)) == (code, 0)


def test_it_is_not_said_where_all_is_injected_already_or_taken_out():
    done = inject(pods(2)).stdout
    assert NOTE not in inject(done, "--check").stderr
    assert NOTE not in inject(done, command="uninject").stderr
