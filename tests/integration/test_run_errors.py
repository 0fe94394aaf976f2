"""What goes wrong before and at the start: one line that says what to do, and the exit code."""
import fcntl
import os
import re
import socket
import subprocess
import time

import pytest

from support.child import free_port
from support.meshctl import binary, environment, run_once
from support.servers import as_user


def problem(stderr):
    """The one error line of stderr. Beside it there may be start lines before, and a hint after."""
    lines = [line for line in stderr.splitlines()
             if not re.match(r"meshctl: (forwarding|metrics at) ", line)]
    assert lines and lines[0].startswith("meshctl: "), stderr
    assert [line for line in lines[1:] if not line.startswith("hint: ")] == [], stderr
    assert len(lines) <= 2, stderr
    assert not any(line.endswith(".") for line in lines), "no full stop"
    return lines[0]


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_busy_port_is_named(busy_port):
    done = run_once("run", "--upstream", "8087", "--listen", busy_port, "--admin", "off")
    assert done.returncode == 1
    assert f"127.0.0.1:{busy_port}" in problem(done.stderr)
    assert done.stdout == ""


def test_a_busy_admin_port_is_named(busy_port):
    done = run_once("run", "--upstream", "8087", "--listen", "0", "--admin", busy_port)
    assert done.returncode == 1
    assert f"127.0.0.1:{busy_port}" in problem(done.stderr)
    assert done.stdout == ""


def test_a_busy_second_forward_is_named_and_nothing_is_served(busy_port):
    done = run_once("run", "--forward", "0=8087", "--forward", f"{busy_port}=8088", "--admin", "off")
    assert done.returncode == 1
    assert f"127.0.0.1:{busy_port}" in problem(done.stderr)


@pytest.mark.parametrize("arguments, named", [
    (["--upstream", "70000"], "70000"),
    (["--upstream", "eighty"], "eighty"),
    (["--upstream", "host:"], "host:"),
    (["--upstream", "0"], "0"),
    (["--upstream", "8087", "--listen", "99999"], "99999"),
    (["--upstream", "8087", "--admin", "maybe"], "maybe"),
    (["--upstream", "8087", "--output", "xml"], "xml"),
    (["--upstream", "8087", "--interval", "soon"], "soon"),
    (["--forward", "14001"], "14001"),
    (["--upstream", "8087", "--no-such-flag"], "--no-such-flag"),
    ([], "--upstream"),
])
def test_a_command_line_that_makes_no_sense_is_a_usage_error(arguments, named):
    done = run_once("run", *arguments)
    assert done.returncode == 2
    assert problem(done.stderr)
    assert named in done.stderr
    assert done.stdout == ""


def test_an_environment_variable_that_makes_no_sense_is_a_usage_error_too():
    done = run_once("run", env={"MESHCTL_UPSTREAM": "eighty"})
    assert done.returncode == 2
    assert "eighty" in done.stderr


def test_unknown_environment_variables_are_ignored():
    done = run_once("run", "--upstream", "eighty", env={"MESHCTL_DASHBOARD_PORT": "tcp://10.0.0.1:80"})
    assert "DASHBOARD_PORT" not in done.stderr


def test_an_access_log_that_cannot_be_written_is_named(tmp_path):
    log = tmp_path / "no such folder" / "access.log"
    done = run_once("run", "--upstream", "8087", "--listen", "0", "--admin", "off",
                    "--access-log", log)
    assert done.returncode == 1
    assert str(log) in problem(done.stderr)
    assert done.stdout == ""
    assert not log.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_an_access_log_without_permission_is_named(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("/")
        done = run_as_nobody("run", "--upstream", "8087", "--listen", "0", "--admin", "off",
                             "--access-log", "/var/log/meshctl-test.log")
    assert done.returncode == 1
    assert "/var/log/meshctl-test.log" in problem(done.stderr)
    assert not os.path.exists("/var/log/meshctl-test.log")


def privileged_ports_start():
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as limit:
        return int(limit.read())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
@pytest.mark.skipif(privileged_ports_start() <= 7, reason="this machine lets anybody have port 7")
def test_a_port_without_permission_is_named():
    done = run_as_nobody("run", "--upstream", "8087", "--listen", "7", "--admin", "off")
    assert done.returncode == 1
    assert "127.0.0.1:7" in problem(done.stderr)


def run_as_nobody(*args):
    """As run_once, but for a user with no rights; the binary is handed over as standard input's
    neighbour /proc/self/fd, since its folder may be closed to that user."""
    descriptor = os.open(binary(), os.O_RDONLY)
    try:
        return subprocess.run([f"/proc/self/fd/{descriptor}", *map(str, args)], text=True,
                              capture_output=True, timeout=20, stdin=subprocess.DEVNULL, cwd="/",
                              env=environment(), pass_fds=[descriptor], **as_user("nobody"))
    finally:
        os.close(descriptor)


def test_a_full_stdout_at_the_end_is_an_error(proxy):
    with open("/dev/full", "w") as full:
        meshctl = proxy("--upstream", free_port(), "--output", "lines", stdout=full)
    code, _, err = meshctl.finish()
    assert code == 1
    assert re.search(r"^meshctl: .*standard output", problem(err), re.I), err


def test_a_reader_that_left_stdout_is_an_error_and_no_signal(proxy):
    read_end, write_end = os.pipe()
    meshctl = proxy("--upstream", free_port(), "--output", "lines", stdout=write_end)
    os.close(write_end)
    os.close(read_end)
    code, _, err = meshctl.finish()
    assert code == 1, "not ended by SIGPIPE, and not a success"
    assert re.search(r"^meshctl: .*standard output", problem(err), re.I), err


@pytest.mark.parametrize("output", ["lines", "json"])
def test_a_stdout_that_nobody_reads_does_not_hold_up_the_end(proxy, tmp_path, output):
    """Neither that nor the report."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    os.write(write_end, b"x" * 4096)
    meshctl = proxy("--upstream", free_port(), "--output", output, "--report", tmp_path / "r.json",
                    "--fail-on", "calls<1", "--interval", "100ms", stdout=write_end)
    os.close(write_end)
    time.sleep(0.5)
    begun = time.monotonic()
    code, _, err = meshctl.finish()
    assert time.monotonic() - begun < 10
    assert code == 3
    assert "nobody reads standard output" in err
    assert (tmp_path / "r.json").exists()
    os.close(read_end)


def test_an_access_log_at_a_fifo_without_a_reader_is_named(tmp_path):
    os.mkfifo(tmp_path / "calls.log")
    done = run_once("run", "--upstream", "8087", "--listen", "0", "--admin", "off", "--access-log", tmp_path / "calls.log")
    assert done.returncode == 1
    assert "calls.log" in problem(done.stderr)


def test_an_access_log_at_a_fifo_with_a_reader_that_stopped_does_not_hold_up_the_end(proxy, nginx, tmp_path):
    fifo = tmp_path / "calls.log"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    meshctl = proxy("--upstream", nginx.port, "--access-log", fifo)
    subprocess.run(["wrk", "-t1", "-c4", "-d1s", meshctl.url("/file")], check=True, capture_output=True, timeout=20)
    begun = time.monotonic()
    assert meshctl.finish()[0] == 0
    assert time.monotonic() - begun < 10
    os.close(reader)


def test_a_closed_stdout_is_an_error_and_no_file_gets_its_bytes(tmp_path):
    script = f'exec "{binary()}" run --upstream {free_port()} --listen 0 --admin 0 >&-'
    child = subprocess.Popen(["sh", "-c", script], stderr=subprocess.PIPE, text=True,
                             stdin=subprocess.DEVNULL, env=environment(), cwd=tmp_path)
    try:
        said = ""
        while "metrics at" not in said and (line := child.stderr.readline()):
            said += line
        child.terminate()
        said += child.communicate(timeout=20)[1]
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 1, said
    assert re.search(r"^meshctl: .*standard output", problem(said), re.I), said
    assert list(tmp_path.iterdir()) == []
