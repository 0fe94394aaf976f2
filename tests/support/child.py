"""Programs that a test starts: found ready by what they say, stopped by their own pid."""
import re
import signal
import socket
import subprocess
import time

DEADLINE_S = 20.0


def free_port():
    """A loopback port that nobody listens on now, for programs that cannot pick one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(claim, deadline_s=DEADLINE_S, what="the awaited state"):
    """Polls until `claim()` is true; returns its value, or fails naming what it waited for."""
    end = time.monotonic() + deadline_s
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {deadline_s} s")
        time.sleep(0.01)


def accepts(port, host="127.0.0.1"):
    """Whether somebody listens on the port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False


class Child:
    """A child process with its output in files, so that no full pipe can stop it."""

    def __init__(self, argv, folder, name, **popen):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.stdout_path = folder / f"{name}.stdout"
        self.stderr_path = folder / f"{name}.stderr"
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            popen.setdefault("stdout", out)
            popen.setdefault("stderr", err)
            popen.setdefault("stdin", subprocess.DEVNULL)
            self.process = subprocess.Popen([str(arg) for arg in argv], **popen)

    @property
    def pid(self):
        return self.process.pid

    def stdout(self):
        return self.stdout_path.read_text(errors="replace")

    def stderr(self):
        return self.stderr_path.read_text(errors="replace")

    def wait_for(self, claim, what, deadline_s=DEADLINE_S):
        """Waits for `claim()` as long as the child lives; shows what it said when it does not come."""

        def check():
            value = claim()
            if not value and self.process.poll() is not None:
                value = claim()
                if not value:
                    raise AssertionError(f"{self.name} ended with {self.process.returncode} before "
                                         f"{what}:\n{self.stdout()}{self.stderr()}")
            return value

        try:
            return eventually(check, deadline_s, what)
        except AssertionError as missing:
            raise AssertionError(f"{missing}; {self.name} said:\n{self.stderr()}") from None

    def wait_for_stderr(self, pattern, deadline_s=DEADLINE_S):
        """The first match of `pattern` in the complete lines of stderr."""
        def complete_lines():
            text = self.stderr()
            return text[:text.rfind("\n") + 1]
        return self.wait_for(lambda: re.search(pattern, complete_lines()),
                             f"a line like {pattern.pattern}", deadline_s)

    def wait_for_port(self, port):
        self.wait_for(lambda: accepts(port), f"port {port} to answer")
        return self

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, deadline_s=DEADLINE_S):
        """Its exit code."""
        return self.process.wait(deadline_s)

    def stop(self, number=signal.SIGTERM, deadline_s=DEADLINE_S):
        """Ends it if it still runs; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not end within {deadline_s} s of {number!r}; "
                                 f"it said:\n{self.stderr()}") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def rss_bytes(pid):
    """Resident memory now."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no resident memory: it ended")
