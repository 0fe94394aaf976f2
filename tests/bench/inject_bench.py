#!/usr/bin/python3
"""Compares `meshctl inject` with `kubectl kustomize` that patches the same container in; prints Markdown.

  tests/bench/inject_bench.py [--rounds 9] [--smoke] [--meshctl BINARY]

Each figure is of a whole process, from its start to its end: wall clock, CPU (user and system) and
peak memory, as the kernel accounts them. Every round visits every program. A figure is the median of
the rounds, with the least and the greatest beside it. /bin/true shows what a process costs anyway.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench.report import machine, version  # noqa: E402 -- the path comes first
from support.meshctl import environment  # noqa: E402

# Numbers of documents. kustomize takes part in all but the last, which would take it minutes.
COUNTS, SMOKE_COUNTS = (1, 1000, 10_000), (1, 20, 200)

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
spec:
  replicas: 1
  selector:
    matchLabels: {{app: web-{number}}}
  template:
    metadata:
      labels: {{app: web-{number}}}
    spec:
      containers:
      - name: web
        image: example/web:1  # the application
        ports:
        - containerPort: 8080
"""

Cost = collections.namedtuple("Cost", "wall_ms cpu_ms peak_mb")


def run(argv, output):
    """Runs a program to its end, with its standard output in a file; (seconds, resource usage)."""
    with open(output, "wb") as stdout:
        started = time.perf_counter()
        child = subprocess.Popen([str(arg) for arg in argv], stdout=stdout, stderr=subprocess.DEVNULL,
                                 stdin=subprocess.DEVNULL, env=environment())
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{argv} ended with {child.returncode}"
    return wall, usage


def cost(argv, output):
    """What a program costs. Two runs: the kernel's maximum of the memory counts the process that
    started the program too, and this script is big; time(1) is small."""
    wall, usage = run(argv, output)
    peak = output.with_name("peak")
    run(["/usr/bin/time", "--format=%M", f"--output={peak}", *argv], output)
    return Cost(wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, int(peak.read_text()) * 1024 / 1e6)


def kustomization(meshctl):
    """The same additions as a JSON patch: container and annotations are taken from meshctl's own result."""
    done = subprocess.run([meshctl, "inject", "-q", "-"], input=DEPLOYMENT.format(number=0), text=True,
                          capture_output=True, check=True, env=environment())
    result = yaml.safe_load(done.stdout)
    template = result["spec"]["template"]
    patch = [
        {"op": "add", "path": "/spec/template/spec/containers/-", "value": template["spec"]["containers"][-1]},
        {"op": "add", "path": "/metadata/annotations", "value": result["metadata"]["annotations"]},
        {"op": "add", "path": "/spec/template/metadata/annotations", "value": template["metadata"]["annotations"]},
    ]
    return json.dumps({"resources": ["all.yml"],
                       "patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps(patch)}]})


def prepared(folder, count, patch):
    """A folder with `count` manifests in all.yml, and a kustomization for them."""
    folder.mkdir()
    (folder / "all.yml").write_text("---\n".join(DEPLOYMENT.format(number=number) for number in range(count)))
    (folder / "kustomization.yaml").write_text(patch)
    return folder


def measured(folder, count, with_kustomize, options):
    """{name: [a Cost a round]} for the `count` manifests in a folder."""
    commands = {"meshctl inject": [options.meshctl, "inject", folder / "all.yml"]}
    if with_kustomize:
        commands["kubectl kustomize"] = ["kubectl", "kustomize", folder]
    costs, output = collections.defaultdict(list), folder / "output.yml"
    for _ in range(options.rounds):
        for name, argv in commands.items():
            costs[name].append(cost(argv, output))
            added = output.read_bytes().count(b"name: telemetry\n")
            assert added == count, f"{name} added {added} containers to {count} pods"
        costs["an empty process (/bin/true)"].append(cost(["/bin/true"], output))
    return costs


def median(costs, field):
    return statistics.median(getattr(each, field) for each in costs)


def print_table(count, costs):
    print(f"\n### inject, {count:,} document{'s' if count > 1 else ''}\n")
    print("| | wall, ms | CPU, ms | peak memory, MB | n |\n|---|---:|---:|---:|---:|")
    for name, rounds in costs.items():
        cells = (f"{median(rounds, field):.1f} ({min(figures):.1f} - {max(figures):.1f})"
                 for field, figures in zip(Cost._fields, zip(*rounds)))
        print(f"| {name} | {' | '.join(cells)} | {len(rounds)} |")
    if "kubectl kustomize" in costs:
        ratios = (f"{median(costs['kubectl kustomize'], field) / median(costs['meshctl inject'], field):.1f} x"
                  for field in Cost._fields)
        print(f"| kustomize to meshctl | {' | '.join(ratios)} | |")
    sys.stdout.flush()


def print_growth(by_count):
    """How the cost of a document changes with their number; linear would be 1."""
    few, many = sorted(by_count)[-2:]
    wall, cpu = (median(by_count[many], field) / median(by_count[few], field) * few / many
                 for field in ("wall_ms", "cpu_ms"))
    print(f"\nFrom {few:,} to {many:,} documents the cost of one changes by a factor of {wall:.2f} (wall) and "
          f"{cpu:.2f} (CPU).")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--smoke", action="store_true", help="one round with few documents: does it still run?")
    parser.add_argument("--meshctl", type=pathlib.Path, default=ROOT / "build/release/cli/meshctl")
    options = parser.parse_args()
    options.meshctl = options.meshctl.resolve()
    options.rounds = 1 if options.smoke else options.rounds
    counts = SMOKE_COUNTS if options.smoke else COUNTS

    print(f"Machine: {machine()}. {options.rounds} alternating rounds.\n")
    print(f"Command: `tests/bench/inject_bench.py --rounds {options.rounds}`\n")
    print(f"- {version(str(options.meshctl), '--version')}")
    kubectl = version("kubectl", "version", "--client")
    print(f"- kubectl {re.search(r'v[0-9.]*[0-9]', kubectl)[0]}", flush=True)
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        folder, patch, costs = pathlib.Path(folder), kustomization(options.meshctl), {}
        trial = prepared(folder / "trial", 1, patch)
        # kubectl 1.20 has a kustomize that does not know inline patches.
        patches = subprocess.run(["kubectl", "kustomize", trial], capture_output=True).returncode == 0
        for count in counts:
            with_kustomize = patches and count < max(counts)
            costs[count] = measured(prepared(folder / str(count), count, patch), count, with_kustomize, options)
            print_table(count, costs[count])
        print_growth({count: each["meshctl inject"] for count, each in costs.items()})


if __name__ == "__main__":
    main()
