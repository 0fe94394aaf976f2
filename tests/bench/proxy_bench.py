#!/usr/bin/python3
"""Compares `meshctl run` with HAProxy and nginx, side by side in one run; prints Markdown.

  tests/bench/proxy_bench.py [--rounds 9] [--seconds 3] [--smoke] [--meshctl BINARY] [--only CASE...]

The proxy is alone on core 0; client and server share core 1. Every round visits every proxy, so that
what the machine does meanwhile hits all of them. A figure is the median of the rounds, with the
least and the greatest beside it.
"""
import argparse
import os
import pathlib
import resource
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench import contestants, measure  # noqa: E402 -- the path comes first
from bench.report import machine, version  # noqa: E402
from support.servers import Nginx  # noqa: E402

IDLE_CONNECTIONS = 8000


class Table:
    """Figures of one case: {contestant: [a figure a round]}."""

    def __init__(self, title, unit, command):
        self.title, self.unit, self.command = title, unit, command
        self.figures = {}

    def add(self, name, figure):
        self.figures.setdefault(name, []).append(figure)

    def print(self):
        medians = {name: statistics.median(figures) for name, figures in self.figures.items()}
        base = next(iter(medians.values()))
        print(f"\n### {self.title}\n\n`{self.command}`\n")
        print(f"| | median, {self.unit} | least - greatest | n | the first to this one |\n|---|---:|---:|---:|---:|")
        for name, figures in self.figures.items():
            ratio = base / medians[name] if medians[name] else float("nan")
            print(f"| {name} | {medians[name]:.2f} | {min(figures):.2f} - {max(figures):.2f} "
                  f"| {len(figures)} | {ratio:.2f} x |")
        sys.stdout.flush()


def cpu_case(title, path, connections, *flags):
    def run(children, _, options):
        shown = " ".join(f"'{flag}'" if " " in flag else flag for flag in flags)
        table = Table(title, "us CPU a call",
                      f"wrk -t1 -c{connections} -d{options.seconds}s {shown} http://PROXY{path}")
        for _ in range(options.rounds):
            for name, child in children.items():
                table.add(name, measure.cpu_per_call(child, path, connections, options.seconds, *flags))
        table.print()
    return run


def latency_case(children, origin, options):
    table = Table("Added latency, one connection, p50", "us above a direct connection",
                  f"wrk -t1 -c1 -d{options.seconds}s --latency http://PROXY/file")
    for _ in range(options.rounds):
        direct = measure.p50_us(origin.port, "/file", options.seconds)
        for name, child in children.items():
            table.add(name, measure.p50_us(child.port, "/file", options.seconds) - direct)
    table.print()


def greeting_case(_, __, options):
    table = Table("First byte of a new connection to a server that speaks first, p50", "us",
                  "connect, then wait for the greeting, again and again")
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        folder = pathlib.Path(folder)
        greeter, children = None, {}
        try:
            greeter = contestants.greeter(folder)
            children = contestants.start_before_greeter(folder, greeter.port)
            for _ in range(options.rounds):
                for name, child in children.items():
                    table.add(name, measure.greeting_p50_us(child.port, options.seconds))
        finally:
            for child in [*children.values(), greeter]:
                if child:
                    child.kill()
    table.print()


def grpc_case(_, __, options):
    streams = 32
    table = Table(f"gRPC over h2c, unary, {streams} streams on a connection", "us CPU a call",
                  f"h2load -t1 -c1 -m{streams} -D{options.seconds} -d MESSAGE -H 'content-type: application/grpc' "
                  "-H 'te: trailers' http://PROXY/message.grpc")
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        folder = pathlib.Path(folder)
        server, children = None, {}
        try:
            server = contestants.grpc_server(folder)
            children = contestants.start_before_grpc(folder, server.port)
            message = folder / "grpc/message.grpc"
            flags = ("-d", str(message), "-H", "content-type: application/grpc", "-H", "te: trailers")
            for _ in range(options.rounds):
                for name, child in children.items():
                    table.add(name, measure.h2_cpu_per_call(child, "/message.grpc", streams, options.seconds, *flags))
        finally:
            for child in [*children.values(), server]:
                if child:
                    child.kill()
    table.print()


def telemetry_case(_, origin, options):
    """What each way of telling costs."""
    table = Table("Telemetry's share, 100-byte answers, 32 keep-alive connections", "us CPU a call",
                  f"wrk -t1 -c32 -d{options.seconds}s http://PROXY/file; /metrics is read each second by the last one")
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        children = contestants.start_with_telemetry(pathlib.Path(folder), origin.port)
        try:
            for _ in range(options.rounds):
                for name, child in children.items():
                    with measure.scraped(child, name.startswith("all of it")):
                        table.add(name, measure.cpu_per_call(child, "/file", 32, options.seconds))
        finally:
            for child in children.values():
                child.kill()
    table.print()


def idle_memory_case(children, _, options):
    table = Table("Memory, just started", "MB RSS", "VmRSS of /proc/PID/status, all processes")
    for name, child in children.items():
        table.add(name, measure.rss_mb(child))
    table.print()


def connections_memory_case(children, _, options):
    count = 200 if options.smoke else IDLE_CONNECTIONS
    table = Table(f"Memory with {count} idle connections", "MB RSS",
                  "one call on each connection, then all of them kept open")
    for name, child in children.items():
        table.add(name, measure.rss_mb_with_connections(child, count))
    table.print()


def size_case(title, column, sizes):
    """A row a size: `sizes` is [(what the row says, path, connections)]."""

    def run(children, _, options):
        chosen = {name: children[name] for name in ("meshctl run", "HAProxy mode http", "HAProxy mode tcp")}
        print(f"\n### {title}\n\n`wrk -t1 -cCONNECTIONS -d{options.seconds}s http://PROXY/FILE`, "
              "median of us CPU a call\n")
        print(f"| {column} | {' | '.join(chosen)} | to http | to tcp |\n|---|{'---:|' * 5}")
        for label, path, connections in sizes:
            figures = {name: [] for name in chosen}
            for _ in range(options.rounds):
                for name, child in chosen.items():
                    figures[name].append(
                        measure.cpu_per_call(child, path, connections, options.seconds))
            ours, http, tcp = (statistics.median(each) for each in figures.values())
            print(f"| {label} | {ours:.1f} | {http:.1f} | {tcp:.1f} | {ours / http:.2f} x | "
                  f"{ours / tcp:.2f} x |")
            sys.stdout.flush()
    return run


def loops_case(_, origin, options):
    """Both cores for the proxy: what several loops cost and bring, against HAProxy with as many."""
    count = os.cpu_count()
    table = Table("100-byte answers, 64 connections, by loops", "us CPU a call",
                  f"wrk -t1 -c64 -d{options.seconds}s http://PROXY/file, the proxy on all cores")
    calls = {}
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        children = contestants.start_with_loops(pathlib.Path(folder), origin.port, [1, count])
        try:
            for _ in range(options.rounds):
                for name, child in children.items():
                    used, made = measure.cpu_and_calls(child, "/file", 64, options.seconds)
                    table.add(name, used / made)
                    calls.setdefault(name, []).append(made / options.seconds)
        finally:
            for child in children.values():
                child.stop()
    table.print()
    for name, rates in calls.items():
        print(f"\n{name}: {statistics.median(rates):.0f} calls a second")


CASES = {
    "idle-memory": idle_memory_case,  # first: it wants them as they started
    "small": cpu_case("100-byte answers, 32 keep-alive connections", "/file", 32),
    "big": cpu_case("1 MB bodies, 8 keep-alive connections", "/big", 8),
    "connection-a-call": cpu_case("A connection a call", "/file", 32, "-H", "Connection: close"),
    "grpc": grpc_case,
    "telemetry": telemetry_case,
    "latency": latency_case,
    "greeting": greeting_case,
    "connections-memory": connections_memory_case,
    "by-connections": size_case("Cost against the number of connections", "connections",
                                [(str(count), "/file", count) for count in (1, 10, 100, 1000)]),
    "by-size": size_case("Cost against the size of the answer", "bytes",
                         [("100", "/file", 8), ("10 K", "/10k", 8), ("100 K", "/100k", 8),
                          ("1 M", "/big", 8), ("10 M", "/10m", 8)]),
    "loops": loops_case,
}


def print_machine(options):
    print(f"Machine: {machine()}. Proxy on core {contestants.PROXY_CORE}, client and server on "
          f"core {contestants.LOAD_CORE}. {options.rounds} alternating rounds of {options.seconds} s.")
    print(f"\nCommand: `tests/bench/proxy_bench.py --rounds {options.rounds} "
          f"--seconds {options.seconds}`\n")
    for line in (f"meshctl: {version(str(options.meshctl), '--version')}", version("/usr/sbin/haproxy", "-v"),
                 version("/usr/sbin/nginx", "-v"), version("wrk", "-v"), version("h2load", "--version")):
        print(f"- {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="one round of a second: does it still run?")
    parser.add_argument("--meshctl", type=pathlib.Path, default=ROOT / "build/release/cli/meshctl")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    options = parser.parse_args()
    options.meshctl = options.meshctl.resolve()
    if options.smoke:
        options.rounds, options.seconds = 1, 1
    os.environ["MESHCTL"] = str(options.meshctl)
    os.sched_setaffinity(0, {contestants.LOAD_CORE})
    if os.cpu_count() < 2:
        sys.exit("proxy_bench: needs two cores, one of them for the proxy alone")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    print_machine(options)
    with tempfile.TemporaryDirectory(prefix="meshctl-bench-") as folder:
        folder = pathlib.Path(folder)
        origin, children = None, {}
        try:
            origin = contestants.pin(Nginx(folder), contestants.LOAD_CORE)
            children = contestants.start_all(folder, origin.port, options.meshctl)
            for name in options.only:
                CASES[name](children, origin, options)
        finally:
            for child in [*children.values(), origin]:
                if child:
                    child.stop()


if __name__ == "__main__":
    main()
