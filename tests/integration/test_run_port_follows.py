"""In a pod our port is open only while the application's is: balancers and health checks see what they would see without us."""
import json
import re
import shutil
import signal
import socket
import sys

import pytest

from support import peer_page
from support.callers import Callers
from support.child import Child, eventually
from support.meshctl import binary, environment

APPLICATION, PROXY = 8087, 14001


class Pod:
    """An application and a proxy before it, on a host of their own."""

    def __init__(self, host, children, folder):
        self.host = host
        self._children, self._folder = children, folder
        self.application = self.proxy = None

    def start(self, name, *argv, **popen):
        child = Child(self.host.command(*argv), self._folder, f"{name}-{len(self._children)}", **popen)
        self._children.append(child)
        return child

    def start_application(self, address="0.0.0.0"):
        self.application = self.start("server", sys.executable, peer_page.__file__, address, APPLICATION)
        self.application.wait_for(lambda: "listening" in self.application.stdout(), "its start")

    def start_proxy(self, *args, upstream=APPLICATION, env=None):
        self.proxy = self.start("meshctl", binary(), "run", "--forward", f"*:{PROXY}={upstream}", "--admin", "*:14000",
                                "--output", "none", *args, env=environment(env))
        self.proxy.wait_for_stderr(re.compile(r"^meshctl: metrics at", re.M))

    def is_open(self, port):
        """Whether a TCP health check of the port passes."""
        try:
            self.host.connect((self.host.ip, port), timeout=5).close()
            return True
        except ConnectionError:  # refused, or reset before connect() was through
            return False


@pytest.fixture
def pod(lan, children, tmp_path):
    return Pod(lan(1)[0], children, tmp_path)


def test_the_port_is_closed_until_the_application_listens_and_the_pod_ready_all_the_same(pod):
    pod.start_proxy()
    assert not pod.is_open(PROXY)
    assert pod.host.get(f"http://{pod.host.ip}:14000/ready") == "ready\n", "what listens nowhere must roll out"
    assert "the application does not listen at port 8087: port 14001 is closed until it does" in pod.proxy.stderr()
    pod.start_application()
    eventually(lambda: pod.is_open(PROXY), what="the open port")
    assert pod.host.get(f"http://{pod.host.ip}:{PROXY}/") == pod.host.ip


def test_the_port_goes_with_the_application_and_comes_back_with_it(pod):
    pod.start_application()
    pod.start_proxy()
    for _ in range(3):
        assert pod.is_open(PROXY)
        pod.application.kill()
        # The first caller tells the proxy, by a reset; every later one is refused.
        eventually(lambda: not pod.is_open(PROXY), what="the closed port")
        pod.start_application()
        eventually(lambda: pod.is_open(PROXY), what="the open port")
    assert pod.proxy.stderr().count("port 14001 is closed until it does") == 3
    assert pod.proxy.stderr().count("port 14001 is open\n") == 3


def test_the_caller_that_finds_the_application_gone_gets_a_reset_whatever_it_speaks(pod):
    for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b""):
        pod.start_application()
        if pod.proxy is None:
            pod.start_proxy()
        eventually(lambda: pod.is_open(PROXY), what="the open port")
        pod.application.kill()
        with pytest.raises(ConnectionError):
            caller = pod.host.connect((pod.host.ip, PROXY))
            caller.sendall(said)
            while caller.recv(1000):
                pass
            raise AssertionError("an orderly end")


def test_the_application_may_listen_on_loopback_first_and_for_all_later(pod):
    pod.start_proxy()
    pod.start_application("127.0.0.1")
    eventually(lambda: pod.host.get(f"http://127.0.0.1:{PROXY}/"), what="the page at loopback")
    assert not pod.is_open(PROXY)
    pod.application.kill()
    pod.start_application()
    eventually(lambda: pod.is_open(PROXY), what="the open port")


def test_where_ipv6_is_off_a_caller_at_loopback_finds_out_too(pod):
    pod.host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.lo.disable_ipv6=1")
    pod.start_application()
    pod.start_proxy()
    assert pod.host.get(f"http://127.0.0.1:{PROXY}/")
    pod.application.kill()
    eventually(lambda: pod.host.run("curl", "-s", f"http://127.0.0.1:{PROXY}/", check=False).returncode == 7,
               what="a refused caller at loopback")


def test_a_closed_port_is_nobody_elses(pod):
    pod.start_proxy()
    for address in ("0.0.0.0", pod.host.ip, "127.0.0.1"):
        with pytest.raises(OSError, match="in use"):
            pod.host.do(socket.create_server, (address, PROXY))  # with SO_REUSEADDR, as nearly every server
    again = pod.host.run(binary(), "run", "--forward", f"*:{PROXY}={APPLICATION}", "--admin", "off", check=False,
                         env=environment())
    assert again.returncode == 1 and "in use by another program" in again.stderr


def test_an_application_at_another_address_than_our_port_is_not_reached_by_it(pod):
    pod.host.run("ip", "address", "add", "10.99.77.1/32", "dev", "lo")
    pod.start_application("10.99.77.1")
    proxy = pod.start("meshctl", binary(), "run", "--upstream", APPLICATION, "--listen", f"{pod.host.ip}:{PROXY}",
                      "--output", "none", env=environment())
    proxy.wait_for_stderr(re.compile(r"^meshctl: metrics at", re.M))
    assert not pod.is_open(PROXY)


def test_it_can_be_told_to_answer_while_the_application_is_down(pod):
    pod.start_proxy("--when-down", "answer")
    assert pod.is_open(PROXY)
    assert pod.host.get(f"http://{pod.host.ip}:{PROXY}/") == "meshctl: the application does not answer: connection refused\n"


def test_on_loopback_it_can_be_told_to_refuse(pod):
    pod.start_application()
    proxy = pod.start("meshctl", binary(), "run", "--upstream", APPLICATION, "--when-down", "refuse", "--output", "none",
                      env=environment())
    proxy.wait_for_stderr(re.compile(r"^meshctl: metrics at", re.M))
    def called():
        return pod.host.run("curl", "-s", f"http://127.0.0.1:{PROXY}/", check=False).returncode

    assert called() == 0
    pod.application.kill()
    eventually(lambda: called() == 7, what="a refused caller")


def test_an_upstream_elsewhere_cannot_be_followed(pod):
    done = pod.host.run(binary(), "run", "--upstream", "192.0.2.1:80", "--when-down", "refuse", "--admin", "off", check=False,
                        env=environment())
    assert done.returncode == 1
    assert "--when-down refuse: 192.0.2.1:80 is not an address of this machine" in done.stderr


def test_with_a_named_upstream_the_port_follows_too(pod):
    pod.start_proxy(upstream=f"127.0.0.1:{APPLICATION}")
    assert not pod.is_open(PROXY)
    pod.start_application("127.0.0.1")
    eventually(lambda: pod.is_open(PROXY), what="the open port")
    assert pod.host.get(f"http://{pod.host.ip}:{PROXY}/") == "127.0.0.1", "by name, whoever calls"


NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
events {{ worker_connections 1000; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {upstreams}
}}"""
HAPROXY = """
defaults
  mode http
  timeout connect 200ms
  timeout client 20s
  timeout server 20s
  option redispatch
{listens}"""
FRONTS = {8001: APPLICATION, 8002: PROXY}  # port of the balancer: port of the pods


def balancer(kind, front, pods, children, folder):
    """nginx or HAProxy with its default retries before both pods: at 8001 direct, at 8002 through the proxies."""
    folder.mkdir()
    servers = {at: [f"{pod.host.ip}:{port}" for pod in pods] for at, port in FRONTS.items()}
    file = folder / "config"
    if kind == "nginx":
        file.write_text(NGINX.format(folder=folder, upstreams="".join(
            f"upstream u{at} {{ {''.join(f'server {each};' for each in each_server)} }}"
            f"server {{ listen {at}; location / {{ proxy_pass http://u{at}; }} }}" for at, each_server in servers.items())))
        argv = ["/usr/sbin/nginx", "-p", folder, "-c", file, "-e", "stderr"]
    else:
        file.write_text(HAPROXY.format(listens="".join(
            f"listen l{at}\n  bind :{at}\n" + "".join(f"  server s{i} {each}\n" for i, each in enumerate(each_server))
            for at, each_server in servers.items())))
        argv = [shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-db", "-f", file]
    child = Child(front.command(*argv), folder, kind)
    children.append(child)
    child.wait_for(lambda: all(front.run("curl", "-s", f"http://127.0.0.1:{at}/", check=False).returncode == 0 for at in FRONTS),
                   "its answers")


def more_calls(*groups):
    """Waits until each group of callers has made some."""
    before = [group.calls() for group in groups]
    eventually(lambda: all(group.calls() > had + 20 for group, had in zip(groups, before)), what="more calls")


def failed(callers):
    return sum(callers.outcomes.values()) - callers.outcomes["200"]


def broken_off(pod):
    """Calls that the application had taken and did not end: they fail without a proxy, too."""
    by_error = json.loads(pod.host.get(f"http://{pod.host.ip}:14000/stats.json"))["totals"]["by_error"]
    return by_error["upstream_reset"] + by_error["upstream_closed"]


@pytest.fixture(params=["nginx", "haproxy"])
def balanced(request, lan, children, tmp_path):
    """Two pods behind a balancer: (them, the balancer's host)."""
    front, *hosts = lan(3)
    pods = [Pod(host, children, tmp_path) for host in hosts]
    for pod in pods:
        pod.start_application()
        pod.start_proxy()
    balancer(request.param, front, pods, children, tmp_path / "balancer")
    return pods, front


KILLS = (signal.SIGKILL, signal.SIGTERM) * 3


def test_behind_a_balancer_at_most_one_call_finds_out_that_an_application_has_gone(balanced):
    pods, front = balanced
    with Callers(8001, path="/", threads=1, keep_alive=False, host=front) as direct, \
            Callers(8002, path="/", threads=1, keep_alive=False, host=front) as proxied:
        for number in KILLS:
            more_calls(direct, proxied)
            with direct.paused(), proxied.paused():
                pods[0].application.stop(number)
            more_calls(direct, proxied)
            pods[0].start_application()
            eventually(lambda: pods[0].is_open(PROXY), what="the open port")
    assert failed(direct) == 0 and direct.outcomes["200"] > 100
    # The one that finds out.
    assert failed(proxied) <= len(KILLS), (proxied.outcomes, proxied.lost_by)


def test_under_load_no_more_calls_fail_than_without_us(balanced):
    pods, front = balanced
    with Callers(8001, path="/", threads=1, keep_alive=False, host=front) as direct, \
            Callers(8002, path="/", threads=1, keep_alive=False, host=front) as proxied:
        for number in KILLS:
            more_calls(direct, proxied)
            pods[0].application.stop(number)
            more_calls(direct, proxied)
            pods[0].start_application()
            eventually(lambda: pods[0].is_open(PROXY), what="the open port")
    # What the application had taken when it was killed is lost with or without a proxy, by chance of either.
    assert failed(proxied) - broken_off(pods[0]) <= len(KILLS), (direct.outcomes, proxied.outcomes, broken_off(pods[0]))
