"""The dashboard when things go wrong: killed under load, a full disk.

MESHCTL_DASHBOARD_KILLS sets how often it is killed (20 for the proof)."""
import http.client
import http.server
import json
import math
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error

import pytest

from support.child import eventually
from support.dashboard import JSON, post, push
from support.meshctl import binary

KILLS = int(os.environ.get("MESHCTL_DASHBOARD_KILLS", 4))


def calls_by_time(board, from_ms):
    series = board.series("shop", f"&from={from_ms}")
    return dict(zip(series["times"], series["calls"])), series["step_seconds"]


# --- kills ----------------------------------------------------------------------------------------
class Pusher(threading.Thread):
    """A proxy that counts on, and pushes each 200 ms whatever became of the push before."""

    def __init__(self, number, port):
        super().__init__(daemon=True)
        self.number, self.port = number, port
        self.instance = f"{number:016x}"
        self.sequence = self.calls = self.failures = 0
        self.refusals = []
        self.ends = threading.Event()

    def document(self, final=False):
        self.sequence += 1
        return push(self.calls, pod=f"shop-{self.number}", instance=self.instance, sequence=self.sequence,
                    route=f"/{self.number % 3}", uptime_ms=self.sequence * 200) | {"final": final}

    def attempt(self, document):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("POST", "/api/v1/push", json.dumps(document), JSON)
            answer = connection.getresponse()
            words = answer.read().decode()
            if answer.status != 200:
                self.refusals.append(words)
            return True
        except OSError:
            self.failures += 1
            return False
        except http.client.HTTPException:
            self.failures += 1
            return False
        finally:
            connection.close()

    def run(self):
        chance = random.Random(self.number)
        while not self.ends.wait(0.2):
            self.calls += chance.randrange(20)
            self.attempt(self.document())
        eventually(lambda: self.attempt(self.document(final=True)), 20, "the last push")


def test_kills_under_load_lose_no_count_and_two_seconds_of_history_at_most(dashboard):
    started_ms = int(time.time() * 1000) - 5000
    board = dashboard()
    pushers = [Pusher(number, board.port) for number in range(8)]
    for each in pushers:
        each.start()
    port = board.port
    chance = random.Random(20)
    for _ in range(KILLS):
        time.sleep(chance.uniform(2.2, 3.2))  # a kill at any moment of the second that stores
        before, step = calls_by_time(board, started_ms)
        total, killed_ms = board.service("shop")["totals"]["calls"], time.time() * 1000
        board.send(signal.SIGKILL)
        board.wait()
        met_none = sum(each.failures for each in pushers)
        eventually(lambda: sum(each.failures for each in pushers) > met_none, 20, "a push that meets no dashboard")
        board = dashboard(listen=port)
        after, _ = calls_by_time(board, started_ms)
        assert step == 2, "the test is too long for the finest slots"
        for at, calls in before.items():
            age = f"the slot of {(killed_ms - at) / 1000:.1f} s before the kill"
            assert after.get(at, 0) >= calls, f"{age} lost calls that the charts had shown"
            assert after[at] == calls or at + 4000 > killed_ms, f"{age} changed"
        # Totals come back with the next push of each.
        eventually(lambda: board.service("shop")["totals"]["calls"] >= total, 20, "the totals")
    for each in pushers:
        each.ends.set()
    for each in pushers:
        each.join(30)
    assert not any(each.refusals for each in pushers), [each.refusals for each in pushers]
    counted = sum(each.calls for each in pushers)
    time.sleep(1.1)  # a document is made once a second
    shop = board.service("shop")
    assert shop["totals"]["calls"] == counted
    assert {pod["name"]: pod["totals"]["calls"] for pod in shop["pods"]} == {
        f"shop-{each.number}": each.calls for each in pushers}
    # A push brings what was counted while nobody listened: nothing of it is missing in the charts.
    eventually(lambda: sum(calls_by_time(board, started_ms)[0].values()) == counted, 20, "the history")
    print(f"{KILLS} kills: {counted} calls, all there; {sum(each.failures for each in pushers)} pushes met no dashboard")


# --- the connection of a proxy --------------------------------------------------------------------
class PushPeer(http.server.ThreadingHTTPServer):
    """Takes pushes, and closes a connection that is idle for `idle_s`."""

    daemon_threads = True

    def __init__(self, idle_s):
        self.connections, self.sequences = set(), []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, timeout = "HTTP/1.1", idle_s

            def do_POST(self):
                peer.connections.add(self.client_address)
                peer.sequences.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["sequence"])
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("idle_s, connections", [(60, 1), (0.5, 3)], ids=["kept", "closed by the server meanwhile"])
def test_pushes_share_a_connection_and_one_that_was_closed_costs_neither_a_push_nor_a_line(proxy, nginx, idle_s,
                                                                                           connections):
    with PushPeer(idle_s) as peer:
        meshctl = proxy("--upstream", nginx.port, "--dashboard", f"http://127.0.0.1:{peer.server_address[1]}")
        eventually(lambda: len(peer.sequences) >= 3, 15, "three pushes")
        assert peer.sequences[:3] == [1, 2, 3]
        assert len(peer.connections) == connections
        code, _, err = meshctl.finish()
        assert code == 0 and "cannot send" not in err and err.count("usage goes to the dashboard") == 1


def test_a_silent_name_server_does_not_hold_up_the_end(nginx, tmp_path):
    """Nothing can stop a thread that asks it."""
    if os.geteuid() != 0:
        pytest.skip("this user may not mount another resolv.conf")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.53\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.53", 53))
        started = time.monotonic()
        done = subprocess.run(["unshare", "-m", "sh", "-c", f'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec "$@"', "sh", binary(), "run",
                               "--upstream", str(nginx.port), "--listen", "0", "--admin", "off", "--output", "none",
                               "--dashboard", "http://dashboard.example:80", "--duration", "3s"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert 3 <= time.monotonic() - started < 8.5, "its end may take 3 s, a name server's silence takes ten"
    assert "the last usage did not reach the dashboard at http://dashboard.example:80" in done.stderr


# --- percentiles ----------------------------------------------------------------------------------
def bin_of(ns):
    """docs/telemetry.md, Durations."""
    ns = min(max(ns, 1000), 3_600_000_000_000)
    octave = ns.bit_length() - 1
    return (octave - 9) * 32 + (ns >> (octave - 5)) - 32


def exact(durations, q):
    return sorted(durations)[math.ceil(q * len(durations)) - 1] / 1e9


def test_percentiles_of_five_unlike_pods_are_those_of_all_durations_together(dashboard):
    board, chance, together = dashboard(), random.Random(5), []
    draws = [lambda: chance.lognormvariate(math.log(20e6), 0.7), lambda: chance.lognormvariate(math.log(150e6), 0.3),
             lambda: chance.expovariate(1 / 5e6), lambda: chance.uniform(1e6, 400e6),
             lambda: chance.choice((3e6, 900e6)) * chance.uniform(0.9, 1.1)]
    for pod, draw in enumerate(draws):
        durations = [max(1000, int(draw())) for _ in range(10_000 + 1000 * pod)]
        counts = {}
        for each in durations:
            counts[bin_of(each)] = counts.get(bin_of(each), 0) + 1
        document = push(len(durations), pod=f"shop-{pod}", bins=sorted(counts.items()))
        document["routes"][0]["duration"] |= {"sum_ns": sum(durations), "min_ns": min(durations), "max_ns": max(durations)}
        assert post(board, document)[0] == 200
        together += durations
    minute = board.minute("shop", len(together))
    for name, q in (("p50_seconds", 0.5), ("p90_seconds", 0.9), ("p99_seconds", 0.99)):
        want = exact(together, q)
        assert minute[name] == pytest.approx(want, rel=0.02), name
    eventually(lambda: sum(board.series("shop")["calls"]) == len(together), 20, "the history")
    # In one slot of a day's range, unless a minute of the clock ended meanwhile.
    series = board.series("shop", f"&from={int(time.time() * 1000) - 86_000_000}")
    if len(series["times"]) == 1:
        for name, q in (("p50_seconds", 0.5), ("p90_seconds", 0.9), ("p99_seconds", 0.99)):
            assert series[name][0] == pytest.approx(exact(together, q), rel=0.02), name
    # What the slots hold together is the same histogram in any case.
    heat = board.series("shop", "&heatmap=1")["heatmap"]
    merged = {}
    for slot in heat:
        for index, count in slot:
            merged[index] = merged.get(index, 0) + count
    want = {}
    for each in together:
        want[bin_of(each)] = want.get(bin_of(each), 0) + 1
    assert merged == want


# --- disks ----------------------------------------------------------------------------------------
def trouble(board):
    try:
        board.get("/healthz")
        return ""
    except urllib.error.HTTPError as error:
        assert error.code == 503
        return error.read().decode()


def test_a_full_disk_is_told_and_what_came_meanwhile_is_stored_when_there_is_room(dashboard, tmp_path, children):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk],
                                           capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        board = dashboard(data=disk / "meshctl.db")
        one, sequence, calls = "0123456789abcdef", 0, 0

        def count_on():
            nonlocal sequence, calls
            sequence, calls = sequence + 1, calls + 10
            assert post(board, push(calls, instance=one, sequence=sequence, uptime_ms=sequence * 100))[0] == 200
            return True

        count_on()
        eventually(lambda: sum(board.series("shop")["calls"]) == calls, 20, "the history")
        ballast = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
        with pytest.raises(OSError):
            while True:
                os.write(ballast, b"x" * 4096)
        os.close(ballast)
        eventually(lambda: count_on() and trouble(board), 15, "the trouble")
        assert "full" in trouble(board)
        count_on()
        time.sleep(1.1)
        assert board.service("shop")["totals"]["calls"] == calls  # the page goes on
        assert "cannot store figures in" in board.stderr()
        (disk / "ballast").unlink()
        eventually(lambda: trouble(board) == "", 15, "an end of the trouble")
        assert board.stderr().count("cannot store figures in") == 1
        assert board.stderr().count("figures are stored again") == 1
        eventually(lambda: sum(board.series("shop")["calls"]) == calls, 20, "the history, with no gap")
        board.send(signal.SIGKILL)
        board.wait()
        board = dashboard(data=disk / "meshctl.db")
        assert board.service("shop")["totals"]["calls"] == calls
        assert sum(board.series("shop")["calls"]) == calls
    finally:
        for child in children:
            child.kill()
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_may_grow_no_further_is_told_and_is_no_end(dashboard):
    board = dashboard()
    assert post(board, push())[0] == 200
    eventually(lambda: sum(board.series("shop")["calls"]) == 1, 20, "the history")
    resource.prlimit(board.pid, resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))

    def push_more():
        assert post(board, push(pod="another"))[0] == 200
        return trouble(board)

    eventually(push_more, 15, "the trouble")
    resource.prlimit(board.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: trouble(board) == "", 15, "an end of the trouble")


def test_a_data_folder_that_vanishes_is_told_and_the_page_goes_on(dashboard, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    board = dashboard(data=folder / "meshctl.db")
    assert post(board, push())[0] == 200
    eventually(lambda: sum(board.series("shop")["calls"]) == 1, 20, "the history")
    shutil.rmtree(folder)
    said = eventually(lambda: trouble(board), 20, "the trouble")
    assert said == "cannot write the data file: it was moved or deleted; start the dashboard again to make a new one\n"
    assert post(board, push(2, service="billing"))[0] == 200
    eventually(lambda: board.service("billing")["totals"]["calls"] == 2, 20, "the page")
    board.send(signal.SIGTERM)
    assert board.wait() == 1  # the last figures could not be stored
