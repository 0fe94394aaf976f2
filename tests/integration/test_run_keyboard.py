"""The table reads keys, so the terminal's modes are ours meanwhile: whoever comes next finds them as they were."""
import os
import pathlib
import pty
import re
import resource
import select
import signal
import subprocess
import termios

import pytest

from support.child import eventually
from support.meshctl import binary, environment

LFLAG = 3  # the index in what tcgetattr gives


class Shell:
    """dash on a terminal of its own, which unlike bash restores no modes by itself."""

    def __init__(self):
        self.shown = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.execve("/usr/bin/dash", ["dash", "-i"], environment({"PS1": "ready$ ", "TERM": "xterm", "ENV": ""}))
        self.wait_for(b"ready$ ")
        self.modes = termios.tcgetattr(self.terminal)

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                self.shown += os.read(self.terminal, 1 << 16)
            except OSError:  # nobody has it open
                return

    def wait_for(self, text, count=1):
        def shows():
            self.read()
            return self.shown.count(text) >= count
        eventually(shows, what=f"{text!r}, {count} times, in {self.shown!r}")

    def type(self, keys):
        os.write(self.terminal, keys)

    def run(self, *argv):
        self.type(" ".join(map(str, argv)).encode() + b"\n")

    def echoes(self):
        self.read()
        return bool(termios.tcgetattr(self.terminal)[LFLAG] & termios.ECHO)

    def is_as_before(self):
        self.read()
        return termios.tcgetattr(self.terminal) == self.modes

    def next_prompt(self, action):
        """Does it, and waits for the prompt that follows."""
        self.read()
        before = self.shown.count(b"ready$ ")
        action()
        self.wait_for(b"ready$ ", before + 1)

    def status(self):
        """Of the last command."""
        self.next_prompt(lambda: self.run("echo", "status-$?-"))
        return int(re.findall(rb"status-(\d+)-", self.shown)[-1])

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)  # hangs up what still runs on it
        os.waitpid(self.pid, 0)


@pytest.fixture
def shell(children):
    children.append(Shell())
    return children[-1]


@pytest.fixture
def table(shell, nginx):
    """The shell, with the table on it."""
    shell.run(binary(), "run", "--upstream", nginx.port, "--listen", "0", "--admin", "off", "--interval", "100ms")
    eventually(lambda: not shell.echoes(), what="the modes of the table")
    shell.wait_for(b"TOTAL")
    return shell


def child_of(shell):
    return int(subprocess.run(["ps", "--ppid", str(shell.pid), "-o", "pid="], capture_output=True, text=True,
                              check=True).stdout)


@pytest.mark.parametrize("name", ["QUIT", "ABRT", "SEGV", "BUS", "ILL", "FPE", "SYS", "XCPU", "USR1", "USR2", "ALRM"])
def test_a_signal_that_ends_it_finds_the_terminal_as_it_was(table, name):
    number = signal.Signals[f"SIG{name}"]
    table.next_prompt(lambda: os.kill(child_of(table), number))
    assert table.is_as_before()
    assert table.status() == 128 + number, "it ends by the signal, as it does without a terminal"


@pytest.mark.parametrize("key, code", [(b"\x1c", 128 + signal.SIGQUIT), (b"\x03", 0)])
def test_a_key_that_ends_it_finds_the_terminal_as_it_was(table, key, code):
    table.next_prompt(lambda: table.type(key))
    assert table.is_as_before()
    assert table.status() == code


def test_a_stop_gives_the_terminal_back_and_what_goes_on_takes_it_again(table):
    for _ in range(2):
        table.next_prompt(lambda: table.type(b"\x1a"))
        assert table.is_as_before()
        assert table.status() == 128 + signal.SIGTSTP
        table.run("fg")
        eventually(lambda: not table.echoes(), what="the modes of the table")
        table.read()
        painted = table.shown.count(b"TOTAL")
        table.wait_for(b"TOTAL", painted + 1)
        table.type(b"e")
        table.wait_for("▾ERR%".encode(), table.shown.count("▾ERR%".encode()) + 1)
    table.next_prompt(lambda: table.type(b"\x1a"))
    table.next_prompt(lambda: table.run("bg"))
    assert table.is_as_before(), "a table in the background leaves the terminal alone"
    table.run("fg")
    eventually(lambda: not table.echoes(), what="the modes of the table")
    table.next_prompt(lambda: table.type(b"\x1c"))
    assert table.is_as_before()


def test_a_second_signal_while_the_summary_waits_finds_the_terminal_as_it_was(table):
    pid = child_of(table)
    table.type(b"\x13")  # Ctrl-S: the terminal takes nothing
    tasks = pathlib.Path(f"/proc/{pid}/task")
    in_poll = ("poll_schedule", "do_sys_poll", "do_poll")
    eventually(lambda: any((task / "wchan").read_text().startswith(in_poll) for task in tasks.iterdir()),
               what="a thread that waits for the terminal")
    os.kill(pid, signal.SIGINT)

    def dies_of_another():
        with open(f"/proc/{pid}/status") as status:
            caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))
        return not caught >> signal.SIGINT - 1 & 1

    eventually(dies_of_another, what="the end of the run")
    os.kill(pid, signal.SIGINT)
    table.next_prompt(lambda: table.type(b"\x11"))
    assert table.is_as_before()
    assert table.status() == 128 + signal.SIGINT
