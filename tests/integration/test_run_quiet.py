"""What a proxy writes into a pod's log: its start, its troubles, its summary, and no line a second."""
import signal
import subprocess

import pytest

from support.child import eventually, free_port

INTERVALS = "uptime_seconds="


def call(meshctl, path):
    return subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", meshctl.url(path)], timeout=20, check=True,
                          capture_output=True, text=True).stdout


@pytest.mark.parametrize("env", [{"POD_NAME": "web-1"}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}])
def test_in_a_pod_nothing_but_the_summary_is_on_standard_output(proxy, nginx, env):
    meshctl = proxy("--upstream", nginx.port, "--interval", "100ms", "--drain-delay", "0s", env=env)
    assert call(meshctl, "/file") == "200"
    # Ten intervals of the clock that prints.
    eventually(lambda: meshctl.stats()["uptime_seconds"] > 1, 20, "a second")
    assert meshctl.stdout() == ""
    code, printed, said = meshctl.finish()
    assert code == 0
    assert INTERVALS not in printed and printed.splitlines()[1].startswith("ROUTE ") and "\n/file " in printed
    assert said.startswith("meshctl: forwarding ")


def test_elsewhere_and_where_it_is_asked_for_there_are_lines(proxy, nginx):
    for args, env in (((), {}), (("--output", "lines"), {"POD_NAME": "web-1"}), ((), {"MESHCTL_OUTPUT": "lines", "POD_NAME": "web-1"})):
        meshctl = proxy("--upstream", nginx.port, "--interval", "100ms", *args, env=env)
        eventually(lambda: meshctl.stdout().count(INTERVALS) >= 3, 20, "three lines")
        meshctl.stop(signal.SIGINT)


def test_troubles_are_told_in_a_pod_all_the_same(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port, "--drain-delay", "0s", "--otlp", f"http://127.0.0.1:{free_port()}", "--otlp-interval", "100ms",
                    env={"POD_NAME": "web-1", "OTEL_EXPORTER_OTLP_HEADERS": "none"})
    eventually(lambda: "connection refused; trying again" in meshctl.stderr(), 20, "the collector's silence")
    assert "meshctl: warning: OTEL_EXPORTER_OTLP_HEADERS: " in meshctl.stderr()
    assert meshctl.stdout() == ""
