"""examples/observability: the rules hold, and dashboard and rules ask for metrics that there are."""
import json
import re
import subprocess

from support import exposition
from support.meshctl import ROOT

FOLDER = ROOT / "examples/observability"
METRIC = re.compile(r"\b((?:http_server|rpc_server|meshctl|process)_\w+)")


def known_metrics():
    """The names of samples that docs/telemetry.md promises."""
    names = set()
    for name, kind in re.findall(r"^\| `(\w+)` \| (\w+) \|", (ROOT / "docs/telemetry.md").read_text(), re.M):
        names.update(name + suffix for suffix in exposition.SUFFIXES.get(kind, ("",)))
    return names


def run(*command):
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60)


def test_the_rules_are_rules_and_pass_their_tests():
    for command in ("check rules alerts.yml", "test rules alerts_test.yml"):
        done = run("promtool", *command.split())
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_ask_for_metrics_that_there_are():
    expressions = re.findall(r"^ +expr: (.*)$", (FOLDER / "alerts.yml").read_text(), re.M)
    asked = {name for each in expressions for name in METRIC.findall(re.sub(r"job:\S+", "", each))}
    assert asked and asked <= known_metrics()


def test_the_dashboard_asks_for_metrics_that_there_are_and_its_expressions_parse(tmp_path):
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for each in expressions for name in METRIC.findall(each)}
    assert len(dashboard["panels"]) == len({panel["id"] for panel in dashboard["panels"]})
    assert asked and asked <= known_metrics()
    # promtool reads expressions in rules only; Grafana's variables are not PromQL.
    rules = [{"record": f"panel:{number}", "expr": each.replace("$__rate_interval", "1m")}
             for number, each in enumerate(expressions)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = run("promtool", "check", "rules", str(tmp_path / "rules.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
