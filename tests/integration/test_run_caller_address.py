"""An application is reached at the address that its caller used: it answers those whom it answered without the proxy, and
takes nobody for a caller at loopback who did not come by loopback."""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

from support import peer_page
from support.child import Child, eventually
from support.meshctl import binary, environment
from support.servers import as_user

LOOPBACK = ("127.0.0.1", "::1")


class Pod:
    """A pod and a caller outside it, on one wire; applications and proxies run in the pod."""

    def __init__(self, lan, children, folder):
        self.inside, self.outside = lan(2)
        self._children, self._folder = children, folder

    def start(self, name, *argv, **popen):
        child = Child(self.inside.command(*argv), self._folder, f"{name}-{len(self._children)}", **popen)
        self._children.append(child)
        return child

    def serve(self, address, port=8087):
        """An HTTP server whose page is its peer's address."""
        server = self.start("server", sys.executable, peer_page.__file__, address, port)
        server.wait_for(lambda: "listening" in server.stdout(), "its start")
        return server

    def run(self, *args, env=None):
        proxy = self.start("meshctl", binary(), "run", "--admin", "off", "--output", "none", *args, env=environment(env))
        proxy.wait_for_stderr(re.compile(r"^meshctl: forwarding", re.M))
        return proxy

    def callers(self):
        """(who, address of the pod): every way to come."""
        pod = self.inside
        return [(self.outside, pod.ip), (self.outside, pod.ip6), (pod, "127.0.0.1"), (pod, "::1"), (pod, pod.ip),
                (pod, pod.ip6)]


@pytest.fixture
def pod(lan, children, tmp_path):
    return Pod(lan, children, tmp_path)


def page(host, address, port):
    """What the caller at `host` gets; None if it is refused or reset."""
    shown = f"[{address}]" if ":" in address else address
    done = host.run("curl", "-sg", "--max-time", "10", "-w", "%{http_code}", f"http://{shown}:{port}/", check=False)
    # 7: refused; 52, 56: reset after it was taken, which is what is left where only one family listens.
    assert done.returncode in (0, 7, 52, 56), done
    return done.stdout.removesuffix("200") if done.returncode == 0 else None


@pytest.mark.parametrize("bound_to", ["0.0.0.0", "::", "127.0.0.1", "::1", "ip", "ip6"])
def test_callers_get_the_answer_that_they_get_without_the_proxy(pod, bound_to):
    server_at = getattr(pod.inside, bound_to, bound_to)
    pod.serve(server_at)
    pod.run("--forward", "*:14001=8087")
    for host, address in pod.callers():
        direct, proxied = page(host, address, 8087), page(host, address, 14001)
        if address in LOOPBACK:
            # At loopback the other family's does as well: the caller need not know which one the application took.
            own_first = sorted(LOOPBACK, key=lambda each: (":" in each) != (":" in address))
            loopback = [page(pod.inside, each, 8087) for each in own_first]
            assert proxied == next((each for each in loopback if each), None), (bound_to, address)
            continue
        assert (direct is None) == (proxied is None), (bound_to, address, direct, proxied)
        if proxied is not None:
            assert proxied == address, "the application sees the pod's own address, the one that the caller used"


def test_a_link_local_address_keeps_its_interface(pod):
    host = pod.inside
    local = re.search(r"fe80::\S+(?=/64)", host.run("ip", "-6", "address", "show", "dev", "eth0").stdout).group()
    eventually(lambda: "tentative" not in host.run("ip", "-6", "address", "show", "dev", "eth0").stdout)
    pod.serve("::")
    pod.run("--forward", "*:14001=8087")
    for caller in (pod.outside, pod.inside):
        direct = caller.run("curl", "-sg", f"http://[{local}%25eth0]:8087/", check=False)
        proxied = caller.run("curl", "-sg", f"http://[{local}%25eth0]:14001/", check=False)
        assert direct.returncode == proxied.returncode == 0, (direct, proxied)
        assert proxied.stdout.startswith("fe80::")


def test_a_caller_that_only_one_end_makes_local_is_not_taken_for_one(pod):
    """From 127.0.0.6 to the pod's address, as Istio's sidecar delivers; from the pod's address to loopback, as after DNAT."""
    host = pod.inside
    pod.serve("0.0.0.0")
    pod.run("--forward", "*:14001=8087")
    assert host.run("curl", "-sg", "--interface", "127.0.0.6", f"http://{host.ip}:14001/").stdout == host.ip
    assert host.run("curl", "-sg", "--interface", host.ip, "http://127.0.0.1:14001/").stdout == host.ip


def test_all_of_loopback_leads_to_one_address_of_it(pod):
    pod.serve("127.0.0.1")
    pod.run("--upstream", "8087", "--listen", "127.0.0.9:14001")
    assert page(pod.inside, "127.0.0.9", 14001) == "127.0.0.1"


def test_an_address_by_name_is_the_same_for_all_callers(pod):
    pod.serve("127.0.0.1")
    for upstream in ("127.0.0.1:8087", "localhost:8087"):
        proxy = pod.run("--forward", f"*:14001={upstream}")
        assert page(pod.outside, pod.inside.ip, 14001) == page(pod.outside, pod.inside.ip6, 14001) == "127.0.0.1"
        assert proxy.stop() == 0


def test_what_listens_on_loopback_alone_stays_private_and_the_log_says_how_to_open_it(pod):
    pod.serve("127.0.0.1")
    proxy = pod.run("--forward", "*:14001=8087")
    said = "the application listens at 127.0.0.1:8087 alone: port 14001 is open to callers at loopback alone; " \
           "with 127.0.0.1:8087 as upstream it is open to all, who are then callers at loopback to the application"
    proxy.wait_for(lambda: said in proxy.stderr(), "the line")
    assert pod.outside.run("curl", "-s", f"http://{pod.inside.ip}:14001/", check=False).returncode == 7, "refused, not reset"
    assert page(pod.inside, "127.0.0.1", 14001) == "127.0.0.1"


def test_callers_from_outside_learn_no_address(pod):
    pod.serve(pod.inside.ip, 8087)
    pod.run("--forward", "*:14001=8087", "--when-down", "answer")
    at_loopback = pod.inside.run("curl", "-s", "http://127.0.0.1:14001/").stdout
    assert at_loopback == ("meshctl: the application at port 8087 does not answer: connection refused; "
                           f"it listens at {pod.inside.ip}:8087 alone\n")
    outside = pod.outside.run("curl", "-sg", f"http://[{pod.inside.ip6}]:14001/").stdout
    assert outside == "meshctl: the application does not answer: connection refused\n"


def test_auto_chooses_the_port_once_and_the_address_follows_the_caller(pod):
    pod.serve("0.0.0.0")
    proxy = pod.run("--forward", "*:14001=auto")
    proxy.wait_for(lambda: "found the application at port 8087" in proxy.stderr(), "the port")
    for host, address in ((pod.outside, pod.inside.ip), (pod.inside, "127.0.0.1"), (pod.inside, pod.inside.ip)):
        assert page(host, address, 14001) == page(host, address, 8087).replace(pod.outside.ip, pod.inside.ip)


@pytest.mark.parametrize("args, problem", [
    (["--listen", "127.0.0.2:9000", "--upstream", "9000"], "--upstream: port 9000 is this proxy's own, by --listen"),
    (["--forward", "10.0.0.1:9000=9000"], "--forward: port 9000 is this proxy's own, by --forward"),
    (["--upstream", "14000"], "--upstream: port 14000 is this proxy's own, by --admin"),
    (["--upstream", "14001", "--listen", "*:14001"], "--upstream: port 14001 is this proxy's own, by --listen"),
])
def test_a_port_of_our_own_is_refused_at_the_start(args, problem):
    done = subprocess.run([binary(), "run", *args], capture_output=True, text=True, timeout=20, env=environment())
    assert done.returncode == 2 and problem in done.stderr, done.stderr
    # The cure is one: where we take 127.0.0.1 ourselves, no address of the application's helps.
    is_cure = "127.0.0.1:9000, or give" in done.stderr
    assert is_cure == ("9000" in problem) and "another port" in done.stderr


def test_a_connect_that_meets_itself_is_a_refusal(pod):
    """With few ports to choose from, a connect to one that nobody listens at soon comes from that one."""
    pod.inside.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40007", "net.ipv4.tcp_tw_reuse=1")
    pod.run("--upstream", "40004")
    answers = []
    for source in range(1, 60):
        # Each from an address of its own, so that the few ports serve all.
        done = pod.inside.run("curl", "-s", "-w", "%{http_code}", "--interface", f"127.0.1.{source}", "http://127.0.0.1:14001/")
        answers.append(done.stdout[-3:])
    assert set(answers) == {"502"}


def postgres(pod, folder):
    """PostgreSQL as its official image sets it up: loopback is trusted, all others need the password."""
    tools = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    data = folder / "cluster"
    data.mkdir(mode=0o700)
    password = folder / "password"
    password.write_text("secret\n")
    if os.geteuid() == 0:
        for path in (folder, data, password):
            shutil.chown(path, "postgres")
    subprocess.run([f"{tools}/initdb", "-D", data, "-U", "postgres", f"--pwfile={password}", "--no-sync", "--locale=C"],
                   check=True, cwd="/", capture_output=True, **as_user("postgres"))
    with open(data / "pg_hba.conf", "a") as rules:
        rules.write("host all all all scram-sha-256\n")
    as_its_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    server = pod.start("postgres", *as_its_user, f"{tools}/postgres", "-D", data, "-k", "", "-c", "listen_addresses=*",
                       "-c", "fsync=off", cwd="/")
    server.wait_for(lambda: "ready to accept connections" in server.stderr(), "its start")


def psql(host, address, port, **variables):
    return host.run("psql", "-wX", "-h", address, "-p", port, "-U", "postgres", "-Atc", "select inet_client_addr()",
                    check=False, env={**os.environ, **variables})


@pytest.fixture
def open_folder():
    """One that the user of a server can reach, which a test's own is not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="meshctl-postgres-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_asks_callers_from_outside_for_their_password(pod, open_folder):
    postgres(pod, open_folder)
    pod.run("--forward", "*:14001=5432")
    for port in (5432, 14001):
        for address in (pod.inside.ip, pod.inside.ip6):
            refused = psql(pod.outside, address, port)
            assert refused.returncode == 2 and "no password supplied" in refused.stderr, (port, address, refused)
            known = psql(pod.outside, address, port, PGPASSWORD="secret")
            assert known.returncode == 0, known.stderr
        for address in LOOPBACK:
            assert psql(pod.inside, address, port).stdout.strip() in LOOPBACK
    assert psql(pod.outside, pod.inside.ip, 14001, PGPASSWORD="secret").stdout.strip() == pod.inside.ip


def test_redis_in_protected_mode_denies_callers_from_outside(pod, tmp_path):
    server = pod.start("redis", "redis-server", "--port", "6379", "--bind", "*", "-::*", "--save", "", "--dir", tmp_path)
    server.wait_for(lambda: "Ready to accept connections" in server.stdout(), "its start")
    pod.run("--forward", "*:14001=6379")
    for port in (6379, 14001):
        outside = pod.outside.run("redis-cli", "-h", pod.inside.ip, "-p", port, "ping", check=False)
        assert "DENIED" in outside.stdout + outside.stderr, (port, outside)
        assert pod.inside.run("redis-cli", "-p", port, "ping").stdout.strip() == "PONG"
