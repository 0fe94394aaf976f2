"""What the integration tests share: a proxy that is stopped at the end, whatever happened."""
import pytest

pytest.register_assert_rewrite("support.inject_check", "support.traffic")

from support.dashboard import Dashboard
from support.meshctl import Proxy
from support.network import Lan, NetworkNamespace
from support.servers import Nginx


@pytest.fixture
def children():
    """Started programs; those still alive at the end of the test are killed."""
    started = []
    yield started
    for child in reversed(started):
        child.kill()
    for said in [child.stderr() for child in started if isinstance(child, Proxy)]:
        assert "Sanitizer" not in said and "runtime error:" not in said, said


@pytest.fixture
def proxy(tmp_path, children):
    """Starts `meshctl run` with free ports: proxy("--upstream", 8087)."""

    def start(*args, **options):
        if "--forward" not in args and "--listen" not in args:
            args = (*args, "--listen", "0")
        child = Proxy(tmp_path, *args, name=f"meshctl-{len(children)}", **options)
        children.append(child)
        return child

    return start


@pytest.fixture(scope="session")
def nginx(tmp_path_factory):
    """One web server for all tests that only read from it."""
    server = Nginx(tmp_path_factory.mktemp("nginx"))
    yield server
    server.kill()


@pytest.fixture
def dashboard(children, tmp_path):
    """Starts `meshctl dashboard` at a free port, with a data file of the test's own."""

    def start(*args, data=tmp_path / "meshctl.db", **options):
        child = Dashboard(tmp_path, "--data", data, *args, name=f"dashboard-{len(children)}", **options)
        children.append(child)
        return child

    return start


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of the dashboard's page; they take it as `browser`."""
    pytest.importorskip("selenium", reason="python3-selenium is not installed")
    from support.browser import Browser
    browser = Browser()
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """A browser whose console stays silent, whatever the test does with the page."""
    chromium.emulate()
    chromium.complaints()
    yield chromium
    assert chromium.complaints() == []
    chromium.driver.get("about:blank")


@pytest.fixture
def shop(dashboard):
    """A dashboard that three services reported to: (it, the pushers by pod)."""
    from support.page import reported
    board = dashboard()
    return board, reported(board)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """The same for all tests that only look, some time after the pushes."""
    from support.page import reported
    folder = tmp_path_factory.mktemp("still")
    board = Dashboard(folder, "--data", folder / "meshctl.db")
    reported(board)
    yield board
    board.kill()


@pytest.fixture
def pod_network(children):
    """A network in which nothing else listens."""
    network = NetworkNamespace()
    children.append(network)
    if not network.works:
        pytest.skip("this user may not make a network namespace")
    return network


@pytest.fixture
def lan(children):
    """lan(2): that many hosts on one wire, each a network namespace of its own."""

    def start(count):
        wire = Lan()
        children.append(wire)
        if not wire.works:
            pytest.skip("this user may not make a network namespace")
        return [wire.host() for _ in range(count)]

    return start
