"""OpenTelemetry's variables belong to the application as often as to us: none of them stops the proxy, and what cannot be done is one warning."""
import re
import subprocess

import pytest

from support.child import eventually
from support.collector import Collector

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def warnings(meshctl):
    return re.findall(r"^meshctl: warning: (.*)$", meshctl.stderr(), re.M)


def forwards(meshctl):
    subprocess.run(["curl", "-sf", "-o", "/dev/null", meshctl.url("/file")], timeout=20, check=True)


@pytest.mark.parametrize("variables, warning", [
    ({ENDPOINT: "https://collector.example:4318"}, f"{ENDPOINT}: the URL is https://"),
    ({ENDPOINT: "collector:4317"}, f"{ENDPOINT}: the URL has no http://"),
    ({ENDPOINT: "http://user:secret@collector"}, f"{ENDPOINT}: the URL has a user or password"),
    ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "https://collector"}, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: the URL is https://"),
    ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not supported"),
    ({"OTEL_METRICS_EXPORTER": "prometheus"}, "OTEL_METRICS_EXPORTER: it asks for prometheus alone"),
    ({"OTEL_CONFIG_FILE": "/etc/otel.yaml"}, "OTEL_CONFIG_FILE: this file is not read here"),
    ({"OTEL_SDK_DISABLED": "true"}, None),
    ({"OTEL_METRICS_EXPORTER": "none"}, None),
])
def test_what_forbids_the_push_or_asks_for_what_cannot_be_starts_the_proxy_without_it(proxy, nginx, variables, warning):
    with Collector() as collector:
        meshctl = proxy("--upstream", nginx.port, "--otlp-interval", "100ms", env={ENDPOINT: collector.url, **variables})
        forwards(meshctl)
        assert meshctl.finish()[0] == 0
        assert collector.requests == []
    told = warnings(meshctl)
    assert len(told) == (warning is not None) and all(line.startswith(warning) for line in told)
    assert "secret" not in meshctl.stderr()
    assert all("--otlp off" in line for line in told), "the cure"


@pytest.mark.parametrize("variables, warning", [
    ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, None),
    ({"OTEL_EXPORTER_OTLP_PROTOCOL": "thrift"}, "OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' is not known"),
    ({"OTEL_EXPORTER_OTLP_HEADERS": "secret"}, "OTEL_EXPORTER_OTLP_HEADERS: not a valid header list"),
    ({"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}, "OTEL_EXPORTER_OTLP_COMPRESSION: gzip is not done here"),
    ({"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, "OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' is no time"),
    ({"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"}, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: delta is not done"),
    ({"OTEL_SDK_DISABLED": "yes"}, "OTEL_SDK_DISABLED: 'yes' counts as false"),
])
def test_what_changes_the_push_is_followed_or_warned_of_once_and_the_push_goes_on(proxy, nginx, variables, warning):
    with Collector() as collector:
        meshctl = proxy("--upstream", nginx.port, "--otlp-interval", "100ms", env={ENDPOINT: collector.url, **variables})
        forwards(meshctl)
        eventually(lambda: len(collector.requests) >= 3, 20, "three pushes")
        assert meshctl.finish()[0] == 0
        assert {path for _, path, _, _ in collector.requests} == {"/v1/metrics"}
        assert {headers["Content-Type"] for _, _, headers, _ in collector.requests} == {"application/json"}
    told = warnings(meshctl)
    assert len(told) == (warning is not None) and all(line.startswith(warning) for line in told)
    assert "secret" not in meshctl.stderr()


def test_the_interval_and_the_timeout_are_those_of_the_variables(proxy, nginx):
    with Collector(lambda handler: handler.rfile.read(1), 200) as collector:
        meshctl = proxy("--upstream", nginx.port, env={ENDPOINT: collector.url, "OTEL_METRIC_EXPORT_INTERVAL": "100",
                                                       "OTEL_EXPORTER_OTLP_TIMEOUT": "300"})
        eventually(lambda: "it did not answer in time; trying again" in meshctl.stderr(), 20, "the end of an attempt")
        eventually(lambda: len(collector.requests) >= 5, 20, "five pushes: one each 10 s would be too late")
        assert warnings(meshctl) == []


def test_a_flag_wins_over_all_of_them_and_off_warns_of_nothing(proxy, nginx):
    others = {ENDPOINT: "https://other", "OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_METRICS_EXPORTER": "none"}
    with Collector() as collector:
        for args, env in ((("--otlp", collector.url), {}), ((), {"MESHCTL_OTLP": collector.url})):
            count = len(collector.requests)
            meshctl = proxy("--upstream", nginx.port, *args, env={**others, **env})
            assert meshctl.finish()[0] == 0
            assert len(collector.requests) == count + 1 and warnings(meshctl) == []
        meshctl = proxy("--upstream", nginx.port, "--otlp", "off", env=others)
        assert meshctl.finish()[0] == 0
        assert len(collector.requests) == 2 and warnings(meshctl) == []
