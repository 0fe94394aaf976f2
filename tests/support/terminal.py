"""A real terminal with a shell in it: tmux, with a server of its own."""
import itertools
import os
import shutil
import subprocess
import time

from support.child import eventually
from support.meshctl import environment


class Terminal:
    """`columns` x `rows`. Everything that reaches the screen is kept as bytes, too."""

    _numbers = itertools.count()

    def __init__(self, folder, columns=80, rows=24, env=None):
        # Not below `folder`, which may be too long for a socket's name.
        # Never a name again: the server of the terminal before may still be on its way out.
        self._socket = f"meshctl-{os.getpid()}-{next(self._numbers)}"
        self.raw_file = folder / "terminal.raw"
        shell = environment({"TERM": "tmux-256color", "PS1": "ready$ ", "LC_ALL": "C.UTF-8", **(env or {})})
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   *(f"-e{name}={value}" for name, value in shell.items() if name in ("PS1", "LC_ALL")),
                   "env", "-u", "TMUX", *((f"{name}={value}" for name, value in (env or {}).items())),
                   shutil.which("bash"), "--norc", "--noprofile")
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self._tmux("pipe-pane", f"exec cat >'{self.raw_file}'")
        self.wait_for(lambda: "ready$" in self.screen(), "the shell's prompt")

    def _tmux(self, *args):
        run = subprocess.run(["tmux", "-L", self._socket, *args], capture_output=True, text=True, timeout=20,
                             env=environment())
        assert run.returncode == 0, (args, run.stderr)
        return run.stdout

    def type(self, line):
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def strike(self, key):
        """A key without Enter: `e`, `C-c`."""
        self._tmux("send-keys", key)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        """What stands there, without blanks at line ends."""
        return self._tmux("capture-pane", "-p").rstrip("\n")

    def scrolled(self):
        """The same with all that has scrolled away above it."""
        return self._tmux("capture-pane", "-p", "-S", "-").rstrip("\n")

    def raw(self):
        return self.raw_file.read_bytes()

    def wait_for(self, claim, what):
        eventually(claim, 15, what)

    def wait_for_text(self, text):
        self.wait_for(lambda: text in self.screen(), f"{text!r} on the screen:\n{self.screen()}")
        return self.screen()

    def settle(self):
        """The screen once it has stayed the same for half a second."""
        before = None
        while (now := self.screen()) != before:
            before = now
            time.sleep(0.5)
        return now

    def kill(self):
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, timeout=20)
