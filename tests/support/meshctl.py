"""The program under test, seen from outside: its command line, its streams, its admin port."""
import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.request

from support.child import Child, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]

FORWARDING = re.compile(r"^meshctl: forwarding (\S+) -> (.+)$", re.M)
METRICS = re.compile(r"^meshctl: metrics at http://(\S+)/metrics$", re.M)


def binary():
    """The binary to test; MESHCTL names another one than the dev preset's."""
    path = pathlib.Path(os.environ.get("MESHCTL", ROOT / "build/dev/cli/meshctl"))
    assert path.exists(), f"{path} is not there: build it (cmake --build --preset dev), or set MESHCTL"
    return path.resolve()


def environment(extra=None):
    """This process's environment without the MESHCTL_* variables of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESHCTL")}
    kept["NO_COLOR"] = "1"
    return {**kept, **(extra or {})}


def run_once(*args, env=None, timeout=20, **popen):
    """Runs meshctl to its end; the CompletedProcess, with text streams."""
    popen.setdefault("stdin", subprocess.DEVNULL)
    if "stdout" not in popen and "stderr" not in popen:
        popen["capture_output"] = True
    return subprocess.run([str(binary()), *map(str, args)], text=True, timeout=timeout,
                          env=environment(env), **popen)


def pass_through(command, path):
    """`meshctl COMMAND <PATH`: the CompletedProcess, with byte streams."""
    with open(path, "rb") as stdin:
        return subprocess.run([binary(), command], stdin=stdin, capture_output=True, timeout=240,
                              env=environment())


class Proxy(Child):
    """`meshctl run`, started and listening."""

    def __init__(self, folder, *args, env=None, name="meshctl", admin=True, **popen):
        argv = [binary(), "run", *args]
        if admin:
            argv += ["--admin", "0"]
        super().__init__(argv, folder, name, env=environment(env), **popen)
        self.admin = None
        try:
            forwards = len([arg for arg in args if arg == "--forward"]) or 1
            self.wait_for(lambda: len(FORWARDING.findall(self.stderr())) >= forwards,
                          "its start line")
            if admin:
                self.admin = self.wait_for_stderr(METRICS).group(1)
        except BaseException:
            self.kill()
            raise
        self.forwards = FORWARDING.findall(self.stderr())
        self.ports = [int(address.rpartition(":")[2]) for address, _ in self.forwards]

    @property
    def port(self):
        return self.ports[0]

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        """Text of a page of the admin port."""
        with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=10) as answer:
            return answer.read().decode()

    def stats(self):
        return json.loads(self.get("/stats.json"))

    def totals(self):
        return self.stats()["totals"]

    def totals_after(self, calls):
        """The totals once `calls` calls are complete. The client may see the last byte of an answer
        a moment before the proxy has booked it; a count beyond `calls` comes back as it is."""
        eventually(lambda: self.totals()["calls"] >= calls, 10, f"call number {calls} in the totals")
        return self.totals()

    def finish(self, number=signal.SIGTERM, deadline_s=20):
        """Ends it as an operator would; (exit code, stdout, stderr)."""
        code = self.stop(number, deadline_s)
        return code, self.stdout(), self.stderr()


def errors(totals):
    """The kinds of transport errors that happened, from `totals`, with their counts."""
    return {name: count for name, count in totals["by_error"].items() if count}
