"""The table on a real terminal: tmux is one, and says what stands on its screen."""
import re
import socket
import urllib.error
import urllib.request

import pytest

from support.child import accepts, eventually, free_port
from support.meshctl import binary
from support.terminal import Terminal


@pytest.fixture
def terminal(tmp_path, children):
    def start(columns=80, rows=24, env=None):
        children.append(Terminal(tmp_path, columns, rows, env))
        return children[-1]

    return start


@pytest.fixture
def run(terminal, nginx):
    """A terminal in which `meshctl run` shows its table; its port is `.port`."""

    def start(*args, columns=80, rows=24, env=None):
        screen = terminal(columns, rows, env)
        screen.port = free_port()
        screen.type(f"{binary()} run --upstream {nginx.port} --listen {screen.port} --admin off --interval 200ms "
                    + " ".join(args))
        screen.wait_for_text("TOTAL")
        return screen

    return start


def get(port, *paths):
    for path in paths:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            error.read()


def table_of(screen):
    """The lines from the title on."""
    lines = screen.split("\n")
    begin = max(i for i, line in enumerate(lines) if re.match(r"meshctl \d", line))
    return lines[begin:]


@pytest.mark.parametrize("columns, rows", [(80, 24), (140, 40), (50, 12)])
def test_the_table_is_painted_over_the_last_one(run, columns, rows):
    screen = run(columns=columns, rows=rows)
    get(screen.port, *["/fixed"] * 7)
    screen.wait_for_text("/fixed")
    screen.wait_for(lambda: screen.raw().count(b"TOTAL") > 10, "ten tables")
    shown = screen.scrolled()
    assert shown.count("ROUTE ") == 1 and shown.count("TOTAL") == 1, shown
    assert len(re.findall(r"^meshctl \d", shown, re.M)) == 1, shown
    table = table_of(screen.screen())
    assert all(len(line) <= columns for line in table)
    assert table[2].split()[:2] == ["/fixed", "7"]
    assert any(line.startswith("calls/s  ") and line.endswith("at most") for line in table), table
    assert b"\x1b[2J" not in screen.raw().partition(b"meshctl: forwarding")[2], "it flickers"
    screen.strike("C-c")
    last = screen.wait_for_text("status  200 7")
    assert last.count("TOTAL") == 1
    assert last.endswith("ready$"), "the prompt stands below the summary"


def test_more_routes_than_rows(run):
    screen = run(rows=14)
    names = ["fixed", "file", "empty", "10k", "100k", "big", "10m", "no-content", "broken", "nowhere"]
    get(screen.port, *(f"/{name}" for name in names), "/fixed")
    screen.wait_for_text(" more)")
    painted = screen.raw().count(b"TOTAL")
    screen.wait_for(lambda: screen.raw().count(b"TOTAL") > painted + 5, "five more tables")
    assert screen.scrolled().count("TOTAL") == 1
    assert len(table_of(screen.screen())) == 13, "all rows but the cursor's are used"


def test_a_key_sorts_the_table_at_once(run):
    screen = run("--sort", "route")
    get(screen.port, "/fixed", "/fixed", "/nothing/here")
    screen.wait_for(lambda: "{not_found}" in screen.screen() and "/fixed" in screen.screen(), "both routes")
    assert "ROUTE▾" in screen.screen()
    for key, head in [("r", "▾RPS"), ("e", "▾ERR%"), ("p", "▾P95"), ("i", "▾IN"), ("o", "▾OUT"), ("n", "ROUTE▾")]:
        screen.strike(key)
        screen.wait_for_text(head)
    screen.strike("c")
    screen.wait_for(lambda: "▾" not in screen.screen(), "the order by calls")
    assert [line.split()[0] for line in table_of(screen.screen())[2:4]] == ["/fixed", "{not_found}"]
    screen.strike("x")  # no such key
    assert screen.scrolled().count("TOTAL") == 1


def test_the_terminal_is_as_it_was_after_each_end(run):
    before = None
    for end in (["C-c"], ["C-z"], ["C-\\"]):
        screen = run("--drain-timeout", "60s")
        screen.strike(end[0])
        screen.wait_for(lambda: screen.screen().endswith("ready$"), "the prompt")
        screen.type("clear; stty -a | grep -o -- '-*icanon\\|-*echo\\b'; echo told")
        modes = screen.wait_for_text("told\n").splitlines()
        assert "icanon" in modes and "echo" in modes, (end, modes)
        assert b"\x1b[?25l" not in screen.raw(), "the cursor was hidden"
        if end == ["C-z"]:
            screen.type("fg")
            screen.wait_for_text("TOTAL")
            screen.strike("e")
            screen.wait_for_text("▾ERR%")
        before = before or modes
    assert before


def test_messages_stand_above_the_table(run):
    screen = run("--drain-timeout", "60s")
    with socket.create_connection(("127.0.0.1", screen.port)) as client:
        client.sendall(b"GET /fixed HTTP/1.1\r\nHost: x\r\nX-Half: ")
        screen.wait_for_text("open 1")
        screen.strike("C-c")
        told = "meshctl: waiting for 1 open connections to end; a second signal ends them now"
        screen.wait_for(lambda: re.search(re.escape(told) + r"\nmeshctl \d", screen.screen()), "the message above")
        screen.wait_for(lambda: screen.raw().count(b"TOTAL") > 10, "ten tables")
        shown = screen.scrolled()
        assert shown.count(told) == 1 and shown.count("TOTAL") == 1, shown
        assert len(re.findall(r"^meshctl \d", shown, re.M)) == 1, shown
        screen.strike("C-c")
    last = screen.settle()
    assert last.count("TOTAL") == 1 and last.count(told) == 1, last


def test_the_table_follows_the_terminal_s_size(run):
    screen = run(columns=120, rows=30)
    get(screen.port, "/fixed")
    screen.wait_for_text("/fixed")
    for columns, rows in [(60, 30), (100, 12), (40, 20), (140, 40)]:
        screen.resize(columns, rows)
        painted = screen.raw().count(b"TOTAL")
        screen.wait_for(lambda: screen.raw().count(b"TOTAL") > painted + 2, "tables of the new size")
        shown = screen.screen()
        assert shown.count("TOTAL") == 1, (columns, rows, shown)
        assert all(len(line) <= columns for line in shown.split("\n"))


def test_a_dumb_terminal_gets_lines(terminal, nginx):
    screen = terminal(env={"TERM": "dumb"})
    screen.type(f"{binary()} run --upstream {nginx.port} --listen 0 --admin off --interval 200ms")
    screen.wait_for_text("uptime_seconds=")
    assert b"\x1b[" not in screen.raw().partition(b"meshctl: forwarding")[2]


@pytest.mark.parametrize("env, coloured", [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_only_where_it_is_liked(run, env, coloured):
    screen = run(env=env)
    port = free_port()
    screen.strike("C-c")
    screen.wait_for_text("ready$")
    screen.type(f"clear; {binary()} run --upstream {free_port()} --listen {port} --admin off --interval 200ms")
    eventually(lambda: accepts(port), what="the proxy")  # a table of the run before may still be there
    get(port, "/")
    screen.wait_for_text("100.0")
    assert (b"\x1b[31m" in screen.raw()) == coloured
