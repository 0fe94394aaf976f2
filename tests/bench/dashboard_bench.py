#!/usr/bin/python3
"""Measures `meshctl dashboard` under the pushes of many simulated proxies; prints Markdown.

  tests/bench/dashboard_bench.py [--seconds 600] [--proxies 200] [--routes 50] [--smoke] [--meshctl BINARY]

The dashboard is alone on core 0; the proxies and the reader of the page share core 1. Each proxy pushes
each two seconds, over one connection, counts that grow; the dashboard must take every push. A client
reads the page each 100 ms meanwhile, and one watches it live. At the end the totals of the dashboard
are compared with what was pushed.
"""
import argparse
import asyncio
import http.client
import json
import math
import multiprocessing
import os
import pathlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench.report import machine, version  # noqa: E402 -- the path comes first
from support.child import rss_bytes  # noqa: E402

DASHBOARD_CORE, LOAD_CORE = {0}, {1}
INTERVAL_S = 2.0
PAGES = ("/", "/api/v1/services", "/api/v1/series?service=service-00&namespace=default&from={an_hour_ago}")
# Milliseconds of a slot of each level of the data file, and how long it is kept (docs/dashboard.md).
LEVELS = ((2_000, 16 * 60_000), (10_000, 121 * 60_000), (60_000, 24 * 3_600_000))


class SimulatedProxy:
    """A proxy whose durations are log-normal: `calls` on each route between two pushes."""

    def __init__(self, number, options):
        chance = random.Random(number)
        self.totals, self.sequence, self.rates, routes = 0, 0, [], []
        for route in range(options.routes):
            first = chance.randrange(300, 500)
            weights = [math.exp(-((i - options.bins / 2) / (options.bins / 5)) ** 2) for i in range(options.bins)]
            scale = options.calls / sum(weights)
            self.rates.append([(weight * scale, chance.random()) for weight in weights])
            bins = ",".join(f"[{first + i},%d]" for i in range(options.bins))
            routes.append(f'{{"route":"/api/things-{route}/{{id}}","calls":%d,"errors":%d,"client_aborts":0,'
                          '"request_body_bytes":%d,"response_body_bytes":%d,"by_class":[0,0,%d,0,0,%d],'
                          '"by_failure":{"500":%d},"duration":{"sum_ns":%d,"min_ns":1000,"max_ns":3600000000000,'
                          f'"bins":[{bins}]}}}}')
        self.template = (
            f'{{"format":"meshctl-push-1","service":"service-{number % options.services:02}","namespace":"default",'
            f'"pod":"pod-{number}","version":"1","instance":"{number:016x}","sequence":%d,"started_unix_ms":0,'
            '"uptime_ms":%d,"final":false,"active_calls":3,"connections":{"accepted":9,"open":5,'
            '"received_bytes":%d,"sent_bytes":%d},"process":{"cpu_ns":1,"memory_bytes":1},'
            '"node":{"cpu_busy_ns":%d,"cpu_total_ns":%d,"memory_used_bytes":1000000000,'
            '"memory_total_bytes":4000000000},"routes":[' + ",".join(routes) + "]}")

    def next_push(self):
        """The next request, whole. Bins grow each at its own pace, so none of the counts falls."""
        self.sequence += 1
        k, numbers, total = self.sequence, [], 0
        for rates in self.rates:
            counts = [int(rate * k + phase) for rate, phase in rates]
            calls = sum(counts)
            errors, total = calls // 50, total + calls
            numbers += (calls, errors, calls * 100, calls * 2000, calls - errors, errors, errors, calls * 1_000_000)
            numbers += counts
        body = self.template % (k, 2000 * k, total * 300, total * 2200, k * 10**8, k * 10**9, *numbers)
        self.totals = total
        return (f"POST /api/v1/push HTTP/1.1\r\nHost: dashboard\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Load:
    """All proxies, and who watches the page live."""

    def __init__(self, port, options):
        self.port, self.options = port, options
        self.proxies = [SimulatedProxy(number, options) for number in range(options.proxies)]
        self.pushes, self.refused, self.late, self.connections, self.events = 0, 0, 0, 0, 0

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def push_on(self, number, until):
        proxy, writer = self.proxies[number], None
        due = time.monotonic() + INTERVAL_S * number / len(self.proxies)
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if writer is None:
                reader, writer = await self.connect()
                self.connections += 1
            writer.write(proxy.next_push())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            self.pushes += 1
            self.refused += b" 200 " not in head.partition(b"\r\n")[0]
            if b"connection: close" in head.lower():
                writer.close()
                writer = None
            due += INTERVAL_S
            self.late += time.monotonic() > due
        if writer:
            writer.close()

    async def watch(self):
        reader, writer = await self.connect()
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            while block := await reader.read(1 << 20):
                self.events += block.count(b"event: services\n")
        finally:
            writer.close()

    async def run(self, seconds):
        watcher = asyncio.create_task(self.watch())
        until = time.monotonic() + seconds
        await asyncio.gather(*(self.push_on(number, until) for number in range(len(self.proxies))))
        watcher.cancel()


def read_pages(port, seconds, results):
    """Reads each page each 100 ms; sends {path: [seconds]}. A process of its own: what the simulator
    does must not look like a slow page."""
    bodies = {}
    connection, latencies = http.client.HTTPConnection("127.0.0.1", port, timeout=30), {path: [] for path in PAGES}
    due = time.monotonic()
    until = due + seconds
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        for path, each in latencies.items():
            started = time.perf_counter()
            connection.request("GET", path.format(an_hour_ago=int((time.time() - 3600) * 1000)),
                               headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            bodies[path] = answer.read()
            assert answer.status == 200, f"{path} answered {answer.status}"
            each.append(time.perf_counter() - started)
        due = max(due + 0.1, time.monotonic())
    # What was measured is a page with figures on it.
    assert sum(json.loads(bodies[PAGES[2]])["calls"]) > 0
    results.send(latencies)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def disk_bytes(data):
    return sum(path.stat().st_size for path in data.parent.glob(data.name + "*"))


async def sampled(child, data, seconds, samples):
    """Appends (seconds, CPU seconds, RSS, bytes of the data file) now and then."""
    started = time.monotonic()
    while True:
        samples.append((time.monotonic() - started, cpu_seconds(child.pid), rss_bytes(child.pid), disk_bytes(data)))
        await asyncio.sleep(min(10.0, seconds / 5))


async def under_load(child, data, load, seconds):
    samples = []
    sampler = asyncio.create_task(sampled(child, data, seconds, samples))
    await load.run(seconds)
    sampler.cancel()
    return samples


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, math.ceil(q * len(values)) - 1)]


def print_figures(load, samples, latencies):
    first, last = samples[0], samples[-1]
    cpu = [(b[1] - a[1]) / (b[0] - a[0]) * 100 for a, b in zip(samples, samples[1:])]
    print("\n| | |\n|---|---:|")
    print(f"| pushes, of which refused | {load.pushes:,}, {load.refused} |")
    print(f"| pushes that were answered later than the next was due | {load.late} |")
    print(f"| connections for them | {load.connections} |")
    print(f"| events to the live page | {load.events} |")
    print(f"| CPU, of one core | {(last[1] - first[1]) / (last[0] - first[0]) * 100:.1f} % "
          f"({min(cpu):.1f} - {max(cpu):.1f}) |")
    print(f"| memory, at first | {first[2] / 1e6:.1f} MB |")
    print(f"| memory, greatest | {max(sample[2] for sample in samples) / 1e6:.1f} MB |")
    print(f"| memory, at the end | {last[2] / 1e6:.1f} MB |")
    print("\n| page, each 100 ms | p50, ms | p99, ms | greatest, ms | n |\n|---|---:|---:|---:|---:|")
    for path, each in latencies.items():
        cells = (f"{figure * 1e3:.1f}" for figure in (statistics.median(each), quantile(each, 0.99), max(each)))
        print(f"| `GET {path.format(an_hour_ago='...')}` | {' | '.join(cells)} | {len(each)} |")


def print_disk(samples, data, options):
    marks, step = [], samples[-1][0] / 5
    for sample in samples:
        if sample[0] >= len(marks) * step:
            marks.append(sample)
    print("\n| after, s | data file with its log, MB |\n|---:|---:|")
    for sample in marks:
        print(f"| {sample[0]:.0f} | {sample[3] / 1e6:.1f} |")
    with sqlite3.connect(data) as file:
        slots = dict(file.execute("SELECT level, avg(length(data)) FROM slot GROUP BY level"))
        pushes, = file.execute("SELECT sum(length(push)) FROM instance").fetchone()
        size, = file.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
        stored, = file.execute("SELECT sum(length(data)) FROM slot").fetchone()
    # The key and the fill of pages come on top of the contents; measured on the file as it is.
    overhead = size / (stored + pushes)
    subjects = options.services * (options.routes + 1) + options.proxies
    print(f"\n{subjects:,} rows are called in every slot. Bytes of a slot: "
          + ", ".join(f"{slots.get(level, 0):.0f} of {millis // 1000} s" for level, (millis, _) in enumerate(LEVELS))
          + f"; the file is {overhead:.2f} x its contents. With the retention of 24 h it grows to")
    full = [subjects * kept / millis * slots.get(level, max(slots.values())) * overhead
            for level, (millis, kept) in enumerate(LEVELS)]
    print(" + ".join(f"{each / 1e6:.0f} MB" for each in full)
          + f" = {(sum(full) + pushes * overhead) / 1e9:.2f} GB, and no further.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--proxies", type=int, default=200)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument("--routes", type=int, default=50)
    parser.add_argument("--calls", type=int, default=20, help="on each route of each proxy between two pushes")
    parser.add_argument("--bins", type=int, default=40, help="of the histogram of each route")
    parser.add_argument("--smoke", action="store_true", help="few proxies for 5 s: does it still run?")
    parser.add_argument("--meshctl", type=pathlib.Path, default=ROOT / "build/release/cli/meshctl")
    options = parser.parse_args()
    options.meshctl = options.meshctl.resolve()
    if options.smoke:
        options.seconds, options.proxies, options.services = 5.0, 5, 2
    os.environ["MESHCTL"] = str(options.meshctl)
    from support.dashboard import Dashboard  # it takes the binary from the environment

    print(f"Machine: {machine()}. Dashboard on core 0, proxies and readers on core 1. {options.proxies} proxies of "
          f"{options.services} services,\n{options.routes} routes each, {options.calls} calls on each in 2 s, in "
          f"{options.bins} bins; a push each 2 s; {options.seconds:.0f} s.\n")
    print(f"Command: `tests/bench/dashboard_bench.py --seconds {options.seconds:.0f}`\n")
    print(f"- {version(str(options.meshctl), '--version')}", flush=True)
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        data = pathlib.Path(folder) / "meshctl.db"
        os.sched_setaffinity(0, DASHBOARD_CORE)  # the child has it from us
        child = Dashboard(pathlib.Path(folder), "--data", data)
        os.sched_setaffinity(0, LOAD_CORE)
        try:
            load = Load(child.port, options)
            mine, theirs = multiprocessing.Pipe()
            reader = multiprocessing.Process(target=read_pages, args=(child.port, options.seconds, theirs))
            reader.start()
            theirs.close()  # or its end would not be ours to see
            samples = asyncio.run(under_load(child, data, load, options.seconds))
            latencies = mine.recv()
            reader.join()
            pushed = sum(proxy.totals for proxy in load.proxies)
            # A document is made once a second.
            time.sleep(1.1)
            said = child.services()["summary"]
        finally:
            assert child.stop() == 0, child.stderr()
        print_figures(load, samples, latencies)
        print_disk(samples, data, options)
    assert said["calls"] == pushed, f"{pushed} calls were pushed, the page says {said['calls']}"
    assert load.refused == 0, f"{load.refused} pushes were refused"
    print(f"\nCalls that were pushed, and that the page shows: {pushed:,}, {said['calls']:,}.")


if __name__ == "__main__":
    main()
