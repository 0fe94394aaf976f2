"""The container that `inject` adds, as kubectl's decoder reads it: one test a setting or a kind."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESHCTL = os.environ.get("MESHCTL", str(ROOT / "build/dev/cli/meshctl"))

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
       "spec": {"containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 8087}]}]}}

PROBE = {"httpGet": {"path": "/ready", "port": 14000}}
DRAIN = ["--drain-timeout", "27s"]
STARTUP_PROBE = {**PROBE, "periodSeconds": 1, "failureThreshold": 30}


def meshctl(*args, stdin):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MESHCTL_")}
    return subprocess.run([MESHCTL, *map(str, args)], input=stdin, capture_output=True, text=True,
                          env=env, timeout=30)


def decoded(text, tmp_path):
    """The one object in `text`, by kubectl's own decoder."""
    path = tmp_path / "decoded.yml"
    path.write_text(text)
    run = subprocess.run(["kubectl", "annotate", "--local", "-f", path, "zz=1", "-o", "json"],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def injected(obj, tmp_path, *args):
    """What `inject` makes of `obj`, a dict or a text, and that `uninject` restores it."""
    text = obj if isinstance(obj, str) else json.dumps(obj)
    run = meshctl("inject", *args, stdin=text)
    assert run.returncode == 0, run.stderr
    assert meshctl("uninject", stdin=run.stdout).stdout == text
    return decoded(run.stdout, tmp_path), run.stderr


def sidecar(pod):
    found = [each for each in pod["spec"]["containers"] if each["name"] == "telemetry"]
    assert len(found) == 1
    return found[0]


def test_the_container_by_default(tmp_path):
    pod, _ = injected(POD, tmp_path)
    assert sidecar(pod) == {
        "name": "telemetry",
        "image": "localhost/meshctl:0.1.0",
        "args": ["run", "--forward", "*:14001=8087", "--admin", "*:14000", *DRAIN],
        "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "MESHCTL_SERVICE", "value": "p"}],
        "ports": [{"containerPort": 14001}, {"containerPort": 14000, "name": "meshctl-admin"}],
        "readinessProbe": PROBE,
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"},
                      "limits": {"cpu": "500m", "memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                            "readOnlyRootFilesystem": True, "runAsNonRoot": True,
                            "seccompProfile": {"type": "RuntimeDefault"}}}


@pytest.mark.parametrize("args, key, want", [
    (["--image", "r/i:2"], "image", "r/i:2"),
    (["--image-pull-policy", "Always"], "imagePullPolicy", "Always"),
    (["--arg", "--drain-delay=2s", "--arg=--interval=1s"], "args",
     ["run", "--forward", "*:14001=8087", "--admin", "*:14000", *DRAIN, "--drain-delay=2s", "--interval=1s"]),
    (["--arg", "--drain-timeout=5s"], "args",
     ["run", "--forward", "*:14001=8087", "--admin", "*:14000", "--drain-timeout=5s"]),
    (["--listen-base", "20000", "--admin-port", "20001"], "args",
     ["run", "--forward", "*:20000=8087", "--admin", "*:20001", *DRAIN]),
    (["--upstream", "1,${PORT}"], "args",
     ["run", "--forward", "*:14001=1", "--forward", "*:14002=${PORT}", "--admin", "*:14000", *DRAIN]),
    (["--upstream", "127.0.0.1:8087,[::1]:9090,localhost:${PORT}"], "args",
     ["run", "--forward", "*:14001=127.0.0.1:8087", "--forward", "*:14002=[::1]:9090",
      "--forward", "*:14003=localhost:${PORT}", "--admin", "*:14000", *DRAIN]),
    (["--cpu-request", "1e-1", "--cpu-limit", "100m", "--memory-request", "1Ki", "--memory-limit", "2k"],
     "resources", {"requests": {"cpu": "1e-1", "memory": "1Ki"}, "limits": {"cpu": "100m", "memory": "2k"}}),
])
def test_a_flag_changes_its_own_part_only(args, key, want, tmp_path):
    plain, _ = injected(POD, tmp_path)
    pod, _ = injected(POD, tmp_path, *args)
    assert sidecar(pod)[key] == want
    # A port stands in three places.
    ports = {"ports", "readinessProbe"}
    changed = {k for k, v in sidecar(pod).items() if sidecar(plain).get(k) != v}
    assert changed - ports == {key}


NASTY = ["it's", 'a "b"', "$(POD_NAME)", "# no comment", "a: b", " spaced ", "", "=", "yes", "1e3", "ünïcode", "{{x}}", "-", "!t", "\\n"]


def test_variables_arrive_as_they_were_given(tmp_path):
    args = [word for i, text in enumerate(NASTY) for word in ("--env", f"V{i}={text}")]
    for obj in (POD, "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n"):
        pod, _ = injected(obj, tmp_path, *args)
        assert sidecar(pod)["env"][2:] == [
            {"name": f"V{i}", "value": text} for i, text in enumerate(NASTY)]


def test_the_token_comes_from_a_secret_whose_lack_stops_no_pod(tmp_path):
    for args, name, key in ((["meshctl-dashboard"], "meshctl-dashboard", "token"), (["team.a/true"], "team.a", "true")):
        pod, said = injected(POD, tmp_path, "--dashboard", "http://d:8080", "--token-secret", *args, "--env", "A=1")
        assert sidecar(pod)["env"][-2:] == [
            {"name": "MESHCTL_TOKEN",
             "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": True}}},
            {"name": "A", "value": "1"}]
    refused = meshctl("inject", "--token-secret", "s", "--env", "MESHCTL_TOKEN=x", stdin=json.dumps(POD))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the token is given twice" in refused.stderr


def test_an_annotation_holds_a_line_a_value_and_wins(tmp_path):
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "annotations": {"meshctl.dev/env": "A=1\nB=2\n",
                                                  "meshctl.dev/image-pull-policy": "Never"}},
        "spec": {"selector": {}, "template": {
            "metadata": {"annotations": {"meshctl.dev/arg": "--interval=9s",
                                         "meshctl.dev/image-pull-policy": "Always"}},
            "spec": POD["spec"]}}}
    found, _ = injected(deployment, tmp_path, "--env", "C=3", "--arg", "--drain-delay=1s")
    container = sidecar(found["spec"]["template"])
    assert container["env"][2:] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert container["args"][5:] == [*DRAIN, "--interval=9s"]
    assert container["imagePullPolicy"] == "Always"


def test_annotations_that_contradict_each_other_are_refused_in_their_place():
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations: {meshctl.dev/cpu-request: '2'}\n" \
          "spec: {containers: [{name: a}]}\n"
    run = meshctl("inject", stdin=pod)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == ("meshctl: error: standard input:5:42: cpu-request 2 is more than cpu-limit 500m\n"
                          "    5 |   annotations: {meshctl.dev/cpu-request: '2'}\n"
                          "                                                 ^\n"
                          "hint: a container cannot ask for more than it may use\n")


@pytest.mark.parametrize("kind, api_version", [("Job", "batch/v1"), ("CronJob", "batch/v1"),
                                               ("CronJob", "batch/v1beta1")])
def test_a_job_gets_a_native_sidecar_behind_its_init_containers(kind, api_version, tmp_path):
    spec = {"template": {"spec": {**POD["spec"], "restartPolicy": "Never",
                                  "initContainers": [{"name": "i", "image": "b"}]}}}
    if kind == "CronJob":
        spec = {"schedule": "@daily", "jobTemplate": {"spec": spec}}
    job, said = injected({"apiVersion": api_version, "kind": kind, "metadata": {"name": "j"}, "spec": spec},
                         tmp_path)
    template = job["spec"]["jobTemplate"]["spec"]["template"] if kind == "CronJob" else job["spec"]["template"]
    assert template["spec"]["containers"] == POD["spec"]["containers"]
    first, native = template["spec"]["initContainers"]
    assert first["name"] == "i"
    regular = sidecar(injected(POD, tmp_path)[0])
    regular["env"][1]["value"] = "j"
    assert native == {**regular, "restartPolicy": "Always", "startupProbe": STARTUP_PROBE}
    assert f"{kind.lower()}/j gets a native sidecar, which needs Kubernetes 1.29\n" in said


def test_never_keeps_the_regular_container_and_warns(tmp_path):
    pod = {**POD, "spec": {**POD["spec"], "restartPolicy": "Never"}}
    found, said = injected(pod, tmp_path, "--native-sidecar", "never")
    assert "initContainers" not in found["spec"]
    assert sidecar(found)["args"][2] == "*:14001=8087"
    assert "meshctl: warning: standard input:1:154: pod/p will not complete: " in said


@pytest.mark.parametrize("grace, drain", [
    ("0", "0s"), ("1", "500ms"), ("5", "4500ms"), ("036", "27s"), ("0o36", "27s"), ("300", "295s"), ("~", "27s"), ("604800", "86400s")])
def test_run_takes_the_drain_timeout_of_each_grace_period(grace, drain, tmp_path):
    pod, _ = injected("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: a}]\n"
                      f"  terminationGracePeriodSeconds: {grace}\n", tmp_path)
    args = sidecar(pod)["args"]
    assert args[5:] == ["--drain-timeout", drain]
    # It reads all durations before it finds one too short.
    tried = meshctl("run", "--upstream", "1", "--interval", "1ms", *args[5:], stdin="")
    assert (tried.returncode, "--interval: '1ms' is too short" in tried.stderr) == (2, True), tried.stderr


NUMBERS = ["017623", "0o17", "14_001", "0x36b0", "+80", "8087.0", "8e3", "080", "0b1010", "!!int \"80\""]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_the_one_that_kubectl_reads(number, tmp_path):
    pod, _ = injected("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n"
                      f"    ports:\n    - containerPort: {number}\n", tmp_path)
    theirs = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
    listen = sidecar(pod)["args"][2].partition("=")[0]
    assert sidecar(pod)["args"][2] == f"{listen}={theirs}"
    assert listen != f"*:{theirs}"
