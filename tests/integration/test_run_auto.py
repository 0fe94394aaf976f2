"""`auto` finds the application among the listening ports of the network that it shares with us."""
import re

import pytest

from support.child import Child
from support.meshctl import binary, environment


@pytest.fixture
def run(pod_network, children, tmp_path):
    def start(*args, env=None):
        child = Child(pod_network.command(binary(), "run", *args, "--admin", "*:14000"), tmp_path,
                      f"meshctl-{len(children)}", env=environment(env))
        children.append(child)
        child.wait_for_stderr(re.compile(r"^meshctl: metrics at", re.M))
        return child

    return start


@pytest.fixture
def serve(pod_network, children, tmp_path):
    """serve("0.0.0.0", 8087): an application whose page says its port."""

    def start(address, port):
        folder = tmp_path / f"{port}"
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text(f"this is {port}\n")
        child = Child(pod_network.command("busybox", "httpd", "-f", "-p", f"{address}:{port}", "-h", folder), tmp_path,
                      f"httpd-{len(children)}")
        children.append(child)
        child.wait_for(lambda: pod_network.get(f"http://{address}:{port}/index.html"), "its page")
        return child

    return start


def said(child, text):
    return child.wait_for_stderr(re.compile(f"^meshctl: {re.escape(text)}$", re.M))


PAGE = "http://127.0.0.1:14001/index.html"


def test_it_waits_for_the_application_and_then_finds_it(run, serve, pod_network):
    meshctl = run("--forward", "*:14001=auto")
    assert re.search(r"^meshctl: forwarding \S+ -> auto: waiting for an application to listen$", meshctl.stderr(), re.M)
    assert pod_network.get("http://127.0.0.1:14000/ready") == "ready\n", "a proxy that waits is ready, or the pod never is"
    serve("0.0.0.0", 8087)
    said(meshctl, "found the application at port 8087")
    assert pod_network.get(PAGE) == "this is 8087\n"
    assert meshctl.stop() == 0


def test_an_application_that_comes_back_at_another_port_is_found_again(run, serve, pod_network):
    first = serve("0.0.0.0", 8087)
    meshctl = run("--upstream", "auto")
    assert pod_network.get(PAGE) == "this is 8087\n"
    first.kill()
    pod_network.get(PAGE)  # finds nobody
    serve("0.0.0.0", 9090)
    said(meshctl, "found the application at port 9090")
    assert pod_network.get(PAGE) == "this is 9090\n"


def test_of_several_a_pod_takes_the_lowest_and_says_so(run, serve, pod_network):
    for port in (9090, 8087, 9091):
        serve("0.0.0.0", port)
    meshctl = run("--forward", "*:14001=auto", env={"POD_NAME": "web-1"})
    assert pod_network.get(PAGE) == "this is 8087\n"
    said(meshctl, "several ports are listened at (8087, 9090, 9091): taking the lowest; --upstream PORT names another")
    assert meshctl.stderr().count("several ports") == 1


def test_of_several_elsewhere_none_is_taken(run, serve, pod_network):
    serve("0.0.0.0", 9090)
    other = serve("0.0.0.0", 8087)
    meshctl = run("--forward", "*:14001=auto")
    said(meshctl, "several ports are listened at (8087, 9090): name the application's with --upstream PORT")
    assert pod_network.get(PAGE) is None, "our port is closed while no application is known"
    other.kill()
    said(meshctl, "found the application at port 9090")
    assert pod_network.get(PAGE) == "this is 9090\n"


def test_beyond_loopback_only_what_is_reachable_there_counts(run, serve, pod_network):
    serve("127.0.0.1", 8087)  # an agent, a debugger: callers from outside could not reach it before
    meshctl = run("--forward", "*:14001=auto")
    serve("0.0.0.0", 9090)
    said(meshctl, "found the application at port 9090")
    assert pod_network.get(PAGE) == "this is 9090\n"


def test_on_loopback_what_listens_on_loopback_counts(run, serve, pod_network):
    serve("127.0.0.1", 8087)
    meshctl = run("--upstream", "auto")
    assert pod_network.get(PAGE) == "this is 8087\n"
    assert "found the application at port 8087" in meshctl.stderr()


def test_only_the_port_is_found_the_address_is_the_callers(run, serve, pod_network):
    serve(pod_network.OTHER, 8087)
    meshctl = run("--forward", "*:14001=auto")
    said(meshctl, "found the application at port 8087")
    assert pod_network.get(f"http://{pod_network.OTHER}:14001/index.html") == "this is 8087\n"
    for port in (8087, 14001):
        assert pod_network.run("curl", "-s", f"http://127.0.0.1:{port}/", check=False).returncode in (7, 56)


def test_auto_takes_no_port_of_our_own(run, serve, pod_network):
    """An application at a port of ours, at another address: called at our own address, it would be ourselves."""
    serve(pod_network.OTHER, 14001)
    meshctl = run("--listen", "14001", "--upstream", "auto")
    assert pod_network.get("http://127.0.0.1:14001/") == "meshctl: no application listens here yet\n"
    assert "found the application" not in meshctl.stderr()


def test_an_application_that_goes_is_told_and_so_is_the_closed_port(run, serve, pod_network):
    server = serve("0.0.0.0", 8087)
    meshctl = run("--forward", "*:14001=auto")
    assert pod_network.get(PAGE) == "this is 8087\n"
    server.kill()
    pod_network.run("curl", "-s", PAGE, check=False)  # finds nobody
    said(meshctl, "no application listens: port 14001 is closed until one does")
