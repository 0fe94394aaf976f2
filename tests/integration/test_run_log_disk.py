"""The access log on a disk that is full, and has room again: no half line, and each lost one counted."""
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import threading
import urllib.request

import pytest

from support.child import eventually

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000  # linux/sched.h, sys/mount.h
FAILING = ("meshctl: cannot write the access log: no space left on device; calls are missing from it; "
           "trying again once a second\n")
AGAIN = "meshctl: the access log is written again\n"


class Disk:
    """A small disk that a child alone sees, mounted as it starts; here it is at `path`."""

    def __init__(self, folder, size):
        self.size = size
        self.inside = folder / "disk"
        self.inside.mkdir()
        self.path = None

    def mount(self):
        """In the child, before its program is run."""
        libc = ctypes.CDLL(None, use_errno=True)
        done = libc.unshare(CLONE_NEWNS) == 0 \
            and libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0 \
            and libc.mount(b"tmpfs", os.fsencode(self.inside), b"tmpfs", 0, f"size={self.size}".encode()) == 0
        if not done:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def mount_for_output(self):
        """The same, and standard output is a file there."""
        self.mount()
        os.dup2(os.open(self.inside / "log", os.O_WRONLY | os.O_CREAT), 1)

    def seen_by(self, child):
        self.path = f"/proc/{child.pid}/root{self.inside}"

    def fill(self):
        """Takes all the room that there is."""
        with open(f"{self.path}/ballast", "ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(1 << 16)):
                pass

    def make_room(self):
        os.remove(f"{self.path}/ballast")

    def read(self, name="log"):
        with open(f"{self.path}/{name}", "rb") as file:
            return file.read()


@pytest.fixture
def run(proxy, nginx, tmp_path):
    """A proxy that sees a disk; (it, the disk)."""

    def start(*args, size="64m", before=Disk.mount):
        disk = Disk(tmp_path, size)
        try:
            meshctl = proxy("--upstream", nginx.port, *args, preexec_fn=lambda: before(disk))
        except subprocess.SubprocessError:
            pytest.skip("this user may not mount a disk")
        disk.seen_by(meshctl)
        return meshctl, disk

    return start


def lines_of(log):
    """Its lines; each must be whole."""
    assert log == b"" or log.endswith(b"\n"), log[-300:]
    return [json.loads(line)["url.path"] for line in log.splitlines()]


def holds_removed_file(child):
    for link in pathlib.Path(f"/proc/{child.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if str(link.readlink()).endswith(" (deleted)"):
                return True
    return False


def load(meshctl, *args):
    return subprocess.Popen(["h2load", "--h1", *args, meshctl.url("/fixed")], stdout=subprocess.DEVNULL)


def call(meshctl, path):
    with urllib.request.urlopen(meshctl.url(path), timeout=20) as answer:
        answer.read()


def last(stdout):
    """(calls, lost lines) of the whole run."""
    stats = json.loads(stdout.splitlines()[-1])
    assert stats["final"]
    return stats["totals"]["calls"], stats["access_log"]["dropped_lines"]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_new_file_takes_the_next_calls_at_once(run, threads, tmp_path):
    meshctl, disk = run("--access-log", tmp_path / "disk/log", "--threads", threads, "--output", "json", size="1m")
    assert load(meshctl, "-c10", "-n20000").wait(60) == 0
    meshctl.totals_after(20_000)
    eventually(lambda: meshctl.stats()["access_log"]["dropped_lines"] > 0, what="a full disk")
    before = lines_of(disk.read())
    assert len(before) > 3000
    os.remove(f"{disk.path}/log")
    meshctl.send(signal.SIGHUP)
    eventually(lambda: not holds_removed_file(meshctl), what="the new file, in each thread")
    for i in range(3):
        call(meshctl, f"/file?{i}")
    eventually(lambda: lines_of(disk.read()) == ["/file"] * 3, what="the three calls")
    code, out, err = meshctl.finish()
    calls, dropped = last(out)
    assert (code, calls) == (0, 20_003) and len(before) + 3 + dropped == calls
    assert err.count(FAILING) == err.count(AGAIN) == 1, err


@pytest.mark.parametrize("threads", [1, 3])
def test_a_disk_with_room_again_is_written_to_again(run, threads, tmp_path):
    meshctl, disk = run("--access-log", tmp_path / "disk/log", "--threads", threads, "--output", "json")
    call(meshctl, "/file?0")
    eventually(lambda: lines_of(disk.read()) == ["/file"], what="the first line")
    disk.fill()
    made = 1
    while meshctl.stats()["access_log"]["dropped_lines"] == 0:
        call(meshctl, "/file?1")
        made += 1
    # What is left of the last page has taken some.
    taken = len(lines_of(disk.read()))
    disk.make_room()

    def is_written():
        nonlocal made
        call(meshctl, "/file?2")
        made += 1
        return len(lines_of(disk.read())) > taken

    eventually(is_written, what="a line")
    meshctl.totals_after(made)
    eventually(lambda: len(lines_of(disk.read())) + meshctl.stats()["access_log"]["dropped_lines"] == made,
               what="the last line")
    code, out, err = meshctl.finish()
    assert code == 0 and last(out)[0] == made
    assert err.count(FAILING) == err.count(AGAIN) == 1, err


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("args, before", [(["--access-log", "log", "--output", "none"], Disk.mount),
                                          (["--access-log", "-"], Disk.mount_for_output)])
def test_lines_and_lost_lines_are_the_calls_whenever_the_disk_is_full(run, tmp_path, threads, args, before):
    """Under load, full again and again, in the middle of lines. Of a file that was handed to us the last line may be
    cut while the disk is full: it is completed before any other."""
    report = tmp_path / "usage.json"
    args = [tmp_path / "disk/log" if arg == "log" else arg for arg in args]
    meshctl, disk = run(*args, "--threads", threads, "--report", report, before=before)
    running = load(meshctl, "-c3", "-D4")
    while running.poll() is None:
        written, said = len(disk.read()), meshctl.stderr().count(FAILING)
        eventually(lambda: running.poll() is not None or len(disk.read()) > written, what="a line")
        disk.fill()
        eventually(lambda: running.poll() is not None or meshctl.stderr().count(FAILING) > said, what="a full disk")
        disk.make_room()

    def is_whole():
        # A call more, for what is cut is completed by who writes next.
        call(meshctl, "/file")
        log = disk.read()
        return log.endswith(b"\n") and b'"/file"' in log

    eventually(is_whole, what="a whole last line")
    with open(f"{disk.path}/log", "rb") as log:  # open it before the disk goes with the process
        assert meshctl.finish()[0] == 0
        lines = lines_of(log.read())
    stats = json.loads(report.read_text())
    assert stats["access_log"]["dropped_lines"] > 0
    assert len(lines) + stats["access_log"]["dropped_lines"] == stats["totals"]["calls"]


def test_a_fifo_whose_reader_is_started_again_gets_whole_lines(proxy, nginx, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    first = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    meshctl = proxy("--upstream", nginx.port, "--access-log", fifo, "--threads", "2", "--output", "json")
    running = load(meshctl, "-c10", "-n5000")
    # It takes nothing, and ends: the lines in the pipe are the next reader's.
    eventually(lambda: "connections" in meshctl.get("/stats.json") and meshctl.totals()["calls"] > 2000, what="some calls")
    os.close(first)
    assert running.wait(60) == 0
    meshctl.totals_after(5000)
    eventually(lambda: "broken pipe" in meshctl.stderr(), what="the failure")
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()

    def is_written():
        call(meshctl, "/file")
        return AGAIN in meshctl.stderr()

    eventually(is_written, what="that it is written again")
    code, out, _ = meshctl.finish()
    reader.join(20)
    calls, dropped = last(out)
    assert code == 0 and dropped > 0 and len(lines_of(got[0])) + dropped == calls


def test_a_fifo_that_nobody_reads_does_not_hold_up_the_end_of_several_threads(proxy, nginx, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        meshctl = proxy("--upstream", nginx.port, "--access-log", fifo, "--threads", "3", "--output", "json")
        assert load(meshctl, "-c10", "-n5000").wait(60) == 0
        meshctl.totals_after(5000)
        code, out, err = meshctl.finish()
        got = bytearray()
        with contextlib.suppress(BlockingIOError):
            while part := os.read(reader, 1 << 16):
                got += part
    finally:
        os.close(reader)
    calls, dropped = last(out)
    assert code == 0 and err.count("nobody reads the access log: calls are missing from it") == 1
    assert got.count(b"\n") + dropped == calls
