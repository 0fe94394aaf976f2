"""Manifests with one oddity each, on the way to what is edited: injected as kubectl would want it, or
refused at the place."""

import re

import pytest

from support.inject_check import check_file
from support.kubectl import annotate, decoded
from support.meshctl import pass_through


ODD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: odd
  annotations: {a: b}
spec:
  template:
    metadata: {labels: {app: odd}}
    spec:
      containers:
      - name: app
        ports:
        - {containerPort: 8080, name: http}
        readinessProbe: {httpGet: {port: http}}
"""
ODDITIES = [
    ("annotations: {a: b}", "annotations: &x {a: b}\n  labels: *x"),
    ("metadata: {labels: {app: odd}}", "metadata: &m {labels: {app: odd}}\n    x: *m"),
    ("metadata: {labels: {app: odd}}", "metadata: {annotations: &m {}}\n    x: *m"),
    ("      containers:\n", "      containers: &c\n"),
    ("readinessProbe: {httpGet: {port: http}}",
     "readinessProbe: &p {httpGet: {port: http}}\n        livenessProbe: *p"),
    ("- {containerPort: 8080, name: http}", "- &h {containerPort: 8080, name: http}\n      - name: b\n        ports: [*h]"),
    ("  name: odd\n", "  name: odd\n  annotations: {c: d}\n"),
    ("    spec:\n", "    spec:\n      <<: {containers: [{name: other}]}\n"),
    ("annotations: {a: b}", "annotations: [a, b]"),
    ("annotations: {a: b}", "annotations: text"),
    ("annotations: {a: b}", "annotations: !!map {a: b}"),
    ("annotations: {a: b}", "? annotations\n  : {a: b}"),
    ("        ports:\n", "        ports: !!seq\n"),
    ("name: http}", "? name : http}"),
    ("name: http}", "name: http, name: web}"),
    ("{httpGet: {port: http}}", "{httpGet: {port: http, port: web}}"),
    ("name: http}", "name: &n http}\n        env: [{name: A, value: *n}]"),
    ("{containerPort: 8080, name: http}", "{name: http, ? containerPort : 8080}"),
    ("{containerPort: 8080, name: http}", "{containerPort: 8080, &k name: http}\n        env: [{*k : A}]"),
    ("{containerPort: 8080, name: http}", "{containerPort: 8080, name: !!str http}"),
    ("{containerPort: 8080, name: http}", "{containerPort: 8080, name: 'ht\n         tp'}"),
    ("{containerPort: 8080, name: http}", "\n            containerPort: 8080\n            name: >-\n              http\n"),
    ("{containerPort: 8080, name: http}", "\n            name: |-\n              http\n            containerPort: 8080"),
    ("{httpGet: {port: http}}", "{httpGet: {port: &n http}}\n        env: [{name: A, value: *n}]"),
    ("{httpGet: {port: http}}", "\n          httpGet:\n            port: |-\n              http\n"),
    ("{httpGet: {port: http}}", "\n          httpGet:\n            ? port\n            : http"),
    ("      containers:\n", "      initContainers: *nobody\n      containers:\n"),
    ("- {containerPort: 8080, name: http}", "- ? containerPort\n          : 8080\n          ? name\n          : http"),
]


@pytest.mark.parametrize("usual, odd", ODDITIES)
def test_an_oddity_is_injected_faithfully_or_refused_at_its_place(usual, odd, tmp_path):
    source, out = tmp_path / "odd.yaml", tmp_path / "out.yaml"
    text = ODD.replace(usual, odd)
    if "&c" in odd:
        text += "      x: *c\n"
    assert text != ODD
    source.write_text(text)
    run = pass_through("inject", source)
    said = run.stderr.decode()
    assert "own check" not in said and "bug" not in said
    if run.returncode == 0:
        out.write_bytes(run.stdout)
        old, new = (list(decoded(annotate(path, "json"))) for path in (source, out))
        check_file(odd, old, new)
        assert pass_through("uninject", out).stdout == source.read_bytes()
    else:
        assert (run.returncode, run.stdout) == (1, b"")
        for line in said.splitlines():
            if "error: " in line:
                assert re.search(r"error: standard input:\d+:\d+: ", line), line
