"""The figures on the dashboard's page in a real browser: each is in its place, in its unit, and said to be old when it is."""
import re
import resource
import signal

import pytest

from support.dashboard import post, push

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from support.page import by_name, loaded


def test_numbers_read_as_people_write_them(browser, still):
    loaded(browser, still)
    cases = {
        "count": {None: "-", 0: "0", 99_999: "99999", 100_000: "100 k", 1_234_567: "1.23 M", 2_000_000_000: "2 G"},
        "bytes": {None: "-", 0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1.23 kB", 45_678_000: "45.7 MB", 5 * 10**18: "5000 PB"},
        "seconds": {None: "-", 0.000_045: "45 µs", 0.0123: "12.3 ms", 0.999: "999 ms", 1: "1 s", 61.25: "61.3 s"},
        "rate": {None: "-", 0: "0", 0.25: "0.25", 12.345: "12.3", 1234: "1234"},
        "percent": {None: "-", 0: "0.0 %", 0.0004: "<0.1 %", 0.0006: "0.1 %", 0.125: "12.5 %", 1: "100.0 %"},
        "axisPercent": {0: "0 %", 0.005: "0.5 %", 0.5: "50 %"},
        "age": {None: "never", 1.9: "now", 2: "2 s ago", 119: "119 s ago", 120: "2 min ago", 7200: "2 h ago", 86_400: "24 h ago"},
    }
    for name, texts in cases.items():
        said = browser.run("const [name, values] = arguments; return import('/format.js').then(all => values.map(value => all[name](value)))",
                           name, list(texts))
        assert said == list(texts.values()), name


def test_each_figure_of_a_row_is_in_its_column(browser, still):
    loaded(browser, still)
    row = {"key": "a", "name": "a", "namespace": "", "pods": [], "routes": [], "state": "stale", "last_seen_seconds": 200, "sparkline": [0, 8, 4],
           "totals": {"calls": 11, "errors": 12, "client_aborts": 13, "request_body_bytes": 14, "response_body_bytes": 15},
           "minute": {"calls_per_second": 16, "error_rate": 0.17, "p50_seconds": 18, "p90_seconds": 19, "p99_seconds": 20},
           "open_connections": 21, "cpu": 0.22, "memory_bytes": 23}
    table = """
        return import('/table.js').then(({Table}) => {
            const place = document.querySelector('#services').appendChild(document.createElement('div'));
            new Table(place, {}).show([arguments[0]], {filter: '', sort: 'calls', down: true, open: []});
            const errors = place.querySelector('td:nth-child(6)');
            const found = [[...place.querySelectorAll('tbody tr > *')].map(each => each.innerText.trim()),
                place.querySelector('.spark').getAttribute('aria-label'), errors.title, getComputedStyle(errors).color];
            place.remove();
            return found;
        })"""
    cells, spark, title, failing = browser.run(table, row)
    assert cells[1:] == ["stale, 3 min ago", "", "11", "16", "17.0 %", "18 s", "19 s", "20 s", "14 B", "15 B", "21", "22.0 %", "23 B"]
    assert spark == "calls a second, last 2, most 4"
    assert title == "12 errors in all, 13 calls that the client left"
    row["minute"]["error_rate"] = 0.01
    assert browser.run(table, row)[3] != failing


def test_each_sum_is_on_its_card(browser, still):
    loaded(browser, still)
    sums = {"services": 1, "pods_live": 2, "pods_stale": 3, "calls": 4, "calls_per_second": 5, "error_rate": 0.06, "errors": 7, "p50_seconds": 8,
            "p99_seconds": 9, "request_bytes_per_second": 10, "response_bytes_per_second": 11, "open_connections": 12}
    said = browser.run("""
        return import('/cards.js').then(({Cards}) => {
            const place = document.createElement('dl');
            new Cards(place).show(arguments[0]);
            return Object.fromEntries([...place.children].map(each => [...each.children].map(child => child.textContent.trim())));
        })""", sums)
    assert said == {"Services": "1", "Pods": "2 + 3 stale", "Calls": "4", "Calls/s": "5", "Errors": "6.0 % 7 in all", "p50": "8 s", "p99": "9 s",
                    "In": "10 B/s", "Out": "11 B/s", "Connections": "12"}


def test_figures_are_old_when_a_dashboard_says_nothing_more(browser, shop):
    board, _ = shop
    loaded(browser, board)
    board.send(signal.SIGSTOP)
    try:
        browser.wait_for(lambda: browser.text("#connection") == "disconnected: these figures are old; trying again", "the silence", 10)
        assert by_name(browser, "shop")["Calls"] == "504"
    finally:
        board.send(signal.SIGCONT)
    browser.wait_for(lambda: browser.text("#connection") == "live", "live figures")


def test_a_dashboard_that_cannot_store_says_so(browser, dashboard):
    board = dashboard()
    assert post(board, push())[0] == 200
    loaded(browser, board)
    assert browser.text("#trouble") == ""
    resource.prlimit(board.pid, resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
    browser.wait_for(lambda: post(board, push(pod="another")) and browser.text("#trouble"), "the trouble")
    assert re.match("cannot write the data file: ", browser.text("#trouble"))
    resource.prlimit(board.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    browser.wait_for(lambda: browser.text("#trouble") == "", "an end of the trouble")
