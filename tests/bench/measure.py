"""What is measured: CPU time by the kernel's own accounting, latency by wrk, memory from /proc."""
import contextlib
import os
import re
import socket
import statistics
import subprocess
import threading
import time

from bench.contestants import LOAD_CORE, pinned, processes
from support.child import rss_bytes


def cpu_ns(pid):
    """CPU time, user and system, of a process and its descendants so far (/proc/PID/schedstat)."""
    total = 0
    for process in processes(pid):
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/schedstat") as stat:
                total += int(stat.read().split()[0])
    return total


def wrk(url, connections, seconds, *flags):
    """Loads a URL; (calls, bytes read, p50 in seconds)."""
    done = subprocess.run([*pinned(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                           "--latency", *flags, url], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    calls, size, unit = re.search(r"(\d+) requests in [\d.]+\w+, ([\d.]+)([KMG]?B) read",
                                  done.stdout).groups()
    p50, p50_unit = re.search(r"50% +([\d.]+)(us|ms|s)", done.stdout).groups()
    return (int(calls), float(size) * {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9}[unit],
            float(p50) * {"us": 1e-6, "ms": 1e-3, "s": 1}[p50_unit])


def cpu_and_calls(child, path, connections, seconds, *flags):
    """Microseconds of CPU that the proxy spent, and the calls that it served meanwhile."""
    before = cpu_ns(child.pid)
    calls, _, _ = wrk(f"http://127.0.0.1:{child.port}{path}", connections, seconds, *flags)
    return (cpu_ns(child.pid) - before) / 1000, calls


def cpu_per_call(child, path, connections, seconds, *flags):
    """Microseconds of CPU that the proxy spends on a call."""
    used, calls = cpu_and_calls(child, path, connections, seconds, *flags)
    return used / calls


def h2_cpu_per_call(child, path, streams, seconds, *flags):
    """The same of HTTP/2 calls on one connection, `streams` at a time."""
    before = cpu_ns(child.pid)
    done = subprocess.run([*pinned(LOAD_CORE), "h2load", "-t1", "-c1", f"-m{streams}", f"-D{seconds}", *flags,
                           f"http://127.0.0.1:{child.port}{path}"], capture_output=True, text=True, check=True)
    used = (cpu_ns(child.pid) - before) / 1000
    # What is under way when the time is over counts as neither.
    calls, failed = map(int, re.search(r"(\d+) succeeded, (\d+) failed", done.stdout).groups())
    assert calls > 0 and failed == 0, done.stdout
    return used / calls


def p50_us(port, path, seconds):
    """The median latency of one connection, in microseconds."""
    return wrk(f"http://127.0.0.1:{port}{path}", 1, seconds)[2] * 1e6


def greeting_p50_us(port, seconds):
    """The median time from the connect to the first byte of a server that speaks first."""
    end = time.monotonic() + seconds
    times = []
    while time.monotonic() < end:
        started = time.perf_counter_ns()
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            assert client.recv(64).startswith(b"220"), "no greeting came"
            times.append(time.perf_counter_ns() - started)
    return statistics.median(times) / 1000


@contextlib.contextmanager
def scraped(child, is_wanted=True):
    """Meanwhile /metrics is read each second."""
    ended = threading.Event()

    def scrape():
        while not ended.wait(1):
            child.get("/metrics")

    thread = threading.Thread(target=scrape, daemon=True)
    if is_wanted:
        thread.start()
    yield
    ended.set()
    if is_wanted:
        thread.join()


def rss_mb(child):
    return sum(rss_bytes(pid) for pid in processes(child.pid)) / 1e6


def rss_mb_with_connections(child, count):
    """Memory while `count` clients hold a connection on which one call was made."""
    clients = []
    try:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", child.port), timeout=20)
            clients.append(client)
            client.sendall(b"GET /file HTTP/1.1\r\nHost: bench\r\n\r\n")
            answer = b""
            while b"0123456789" * 10 not in answer:
                part = client.recv(4096)
                assert part, f"{child.name} closed connection {len(clients)}:\n{child.stderr()[-500:]}"
                answer += part
        return rss_mb(child)
    finally:
        for client in clients:
            client.close()
