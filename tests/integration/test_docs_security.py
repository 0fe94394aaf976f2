"""What docs/security.md and the table of OpenTelemetry's variables say is what there is."""
import re
import subprocess

from support import kubectl
from support.kubernetes import lets_through
from support.meshctl import ROOT

SECURITY = (ROOT / "docs/security.md").read_text()
TELEMETRY = (ROOT / "docs/telemetry.md").read_text()


def test_the_network_policy_is_one_that_kubectl_reads_and_lets_only_scrapers_to_the_admin_port(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(re.search(r"^```yaml\n(.*?)^```", SECURITY, re.M | re.S).group(1))
    policy, = kubectl.decoded(kubectl.annotate(path, "json"))
    assert (policy["apiVersion"], policy["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
    spec = policy["spec"]
    # kubectl drops what it does not know.
    assert set(spec) == {"podSelector", "policyTypes", "ingress"} and spec["policyTypes"] == ["Ingress"]

    def callers(port):
        return [rule.get("from") for rule in spec["ingress"] if lets_through(rule["ports"], [], port)]

    assert callers(14001) == [None], "everybody"
    assert callers(14000) == [[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]]
    assert callers(8087) == []


def test_the_pages_of_the_admin_port_are_in_the_table(proxy, nginx):
    meshctl = proxy("--upstream", nginx.port)
    answer = subprocess.run(["curl", "-s", f"http://{meshctl.admin}/none"], capture_output=True, text=True, timeout=20, check=True).stdout
    listed = set(re.findall(r"^(/[\w.]*) +\S", answer, re.M))
    assert listed >= {"/", "/metrics", "/drain"} and all(f"GET {page}`" in SECURITY or f"POST {page}`" in SECURITY for page in listed)


def test_the_table_of_opentelemetrys_variables_has_those_that_are_read_and_no_others():
    section = TELEMETRY.split("### OpenTelemetry's variables")[1].split("\n## ")[0]
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| OTEL_")]
    told = {name for row in rows for name in re.findall(r"OTEL_\w+", row)}
    read = {name for path in (ROOT / "cli").glob("*.cpp") for name in re.findall(r'"(OTEL_\w{2,})"', path.read_text())}
    assert told == read
