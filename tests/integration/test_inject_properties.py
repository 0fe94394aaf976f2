"""Random manifests, seen by kubectl's decoder and by a model of what they have to become that shares
nothing with cli/inject. MESHCTL_RANDOM_MANIFESTS sets how many, MESHCTL_RANDOM_FROM the first one."""

import copy
import json
import os
import re
import subprocess

import pytest

from support import inject_model as model
from support.inject_check import check_file, tidy
from support.kubectl import annotate, decoded, decoded_folder, json_values
from support.meshctl import binary, pass_through
from support.traffic import check_traffic

TOOL = binary().parents[1] / "tests/cli/random_manifests"
FROM = int(os.environ.get("MESHCTL_RANDOM_FROM", 0))
COUNT = int(os.environ.get("MESHCTL_RANDOM_MANIFESTS", 1000))


@pytest.fixture(scope="module")
def manifests(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    subprocess.run([TOOL, folder, str(FROM), str(COUNT)], check=True, timeout=600)
    return folder


@pytest.fixture(scope="module")
def before(manifests):
    return decoded_folder(manifests / "in")


@pytest.fixture(scope="module")
def after(manifests):
    return decoded_folder(manifests / "out")


def said(path):
    """The problems that a file was injected or refused with, as `severity: problem`."""
    return path.with_suffix(".txt").read_text().splitlines()


def test_every_object_becomes_what_kubernetes_needs(manifests, before, after, record_property):
    assert before.keys() == after.keys()
    led = 0
    for name, old in before.items():
        warnings = check_file(name, old, after[name])
        told = [line for line in said(manifests / "out" / name) if re.match("warning: service/", line)]
        assert sorted(told) == sorted(f"warning: {w}" for w in warnings), name
        led += check_traffic(old, after[name])
    record_property("objects", sum(len(list(model.parts(objects))) for objects in before.values()))
    record_property("service_ports_that_lead_to_a_proxy", led)
    assert led > COUNT / 20


def test_only_what_has_to_be_is_refused(manifests):
    refused = decoded_folder(manifests / "refused")
    assert len(refused) < COUNT / 6
    for name, objects in refused.items():
        with pytest.raises(model.Refused) as why:
            model.injected(objects)
        errors = [line for line in said(manifests / "refused" / name) if line.startswith("error: ")]
        assert any(str(why.value) in line for line in errors), (name, errors)


def check_restored(live, before, decode, tmp_path):
    """What uninject makes of `live` is what was there before, in the order of the files."""
    given, back = tmp_path / "live.yaml", tmp_path / "back.yaml"
    given.write_text(live)
    run = pass_through("uninject", given)
    assert run.returncode == 0, run.stderr.decode()
    back.write_bytes(run.stdout)
    originals = [obj for name in sorted(before) for obj in before[name]]
    for original, restored in zip(originals, decode(back), strict=True):
        for one, other in zip(model.parts([original]), model.parts([restored]), strict=True):
            assert tidy(other) == tidy(copy.deepcopy(one))


def test_what_a_cluster_gives_back_as_yaml_is_restored(manifests, before, tmp_path):
    """Keys in another order, comments gone, block and flow style changed: uninject goes by name."""
    live = annotate(manifests / "out", "yaml")
    check_restored(live, before, lambda back: decoded(annotate(back, "json")), tmp_path)


def test_what_a_cluster_gives_back_as_json_is_restored(before, after, tmp_path):
    live = [json.dumps(obj, indent=4) for name in sorted(after) for obj in after[name]]
    check_restored("\n".join(live), before, lambda back: json_values(back.read_text()), tmp_path)


def test_the_program_does_what_the_library_does(manifests):
    sample = sorted((manifests / "in").glob("*.yaml"))
    for path in sample[::max(1, len(sample) // 40)]:
        run = pass_through("inject", path)
        assert run.returncode == 0, run.stderr.decode()
        out = manifests / "out" / path.name
        assert run.stdout == out.read_bytes(), path.name
        assert pass_through("uninject", out).stdout == path.read_bytes(), path.name
