"""Pushes that nobody's proxy sends: refused or bounded, with a clear answer."""
import http.client
import json
import time
import urllib.error

import pytest

from support.child import eventually, rss_bytes
from support.dashboard import JSON, post, push, responds, send


def test_ten_thousand_routes_and_services_are_bounded_and_told(dashboard):
    board = dashboard()
    document = push()
    document["routes"] = [document["routes"][0] | {"route": f"/{number}"} for number in range(10_000)]
    assert post(board, document) == (400, "routes has 10000 entries; at most 500 are taken\n")
    # The same over many pushes: routes past 10,000 share a row.
    for number in range(25):
        document["routes"] = [document["routes"][0] | {"route": f"/{number}/{route}"} for route in range(500)]
        assert post(board, document | {"pod": f"shop-{number}", "instance": f"{number:016x}"})[0] == 200
    shop = board.service("shop")
    eventually(lambda: board.service("shop")["totals"]["calls"] == 12_500, 20, "the calls")
    shop = board.service("shop")
    assert len(shop["routes"]) == 10_001
    other, = (route for route in shop["routes"] if route["name"] == "{other}")
    assert other["totals"]["calls"] == 2_500
    answers = {}
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=20)
    for number in range(10_000):
        connection.request("POST", "/api/v1/push", json.dumps(push(service=f"service-{number}")), JSON)
        answer = connection.getresponse()
        answers[answer.status, answer.read()] = answers.get((answer.status, None), 0) + 1
    connection.close()
    assert {status for status, _ in answers} == {200, 503}
    words, = (words for status, words in answers if status == 503)
    assert words == (b"this dashboard already hears of 2000 proxies; past that, let Prometheus "
                     b"scrape them\n")
    assert len(board.services()["services"]) == 2000 - 25 + 1
    # Known ones go on.
    assert post(board, push(2, pod="shop-0", instance=f"{0:016x}", sequence=2))[0] in (200, 409)
    assert rss_bytes(board.pid) < 500e6
    responds(board)


RAW = json.dumps(push(1, instance="0123456789abcdef"))


@pytest.mark.parametrize("old, new, status, words", [
    ('"calls": 1', '"calls": NaN', 400, "the push is not JSON"),
    ('"calls": 1', '"calls": -Infinity', 400, "the push is not JSON"),
    ('"calls": 1', '"calls": -1', 400, "routes[0].calls must be a whole number from 0 to 2^53"),
    ('"calls": 1', '"calls": 1e3', 400, "routes[0].calls must be a whole number from 0 to 2^53"),
    ('"calls": 1', '"calls": 99999999999999999999999', 400, "routes[0].calls must be a whole number from 0 to 2^53"),
    ('"calls": 1', '"calls": 1' + "0" * 5000, 400, None),
    ('"calls": 1', '"calls": 1e99999', 400, None),
    ('"calls": 1', '"calls": "1"', 400, "routes[0].calls must be a whole number from 0 to 2^53"),
    ('"calls": 1', '"calls": null', 400, "routes[0].calls must be a whole number from 0 to 2^53"),
    ('"calls": 1', '"calls": ' + "[" * 50_000 + "]" * 50_000, 400, "the push is nested deeper than 8"),
    ('"calls": 1', '"calls": ' + '{"a":' * 50_000 + "1" + "}" * 50_000, 400, "the push is nested deeper than 8"),
    ('"active_calls": 0', '"active_calls": -5', 400, "active_calls must be a whole number from 0 to 2^32"),
    ('[[31, 1]]', '[[31, -1]]', 400, "routes[0].duration.bins[0][1] must be a whole number from 0 to 2^53"),
    ('[[31, 1]]', '[[31]]', 400, "routes[0].duration.bins[0] must be [bin, count]"),
    ('[[31, 1]]', '[[32, 1], [31, 1]]', 400, "routes[0].duration.bins[1] must be a bin below 1056, and above the one before"),
    ('"shop"', '"\\ud800"', 400, "the push is not JSON"),
    ('"service": "shop"', '"service": "shop", "service": "shop"', 200, None),  # RFC 8259, 4: the last one counts
    ('"started_unix_ms": 0', '"started_unix_ms": 99999999999999', 200, None),
    ('"started_unix_ms": 0', '"started_unix_ms": -99999999999999', 200, None),
    ('"uptime_ms": 1000', '"uptime_ms": 9007199254740992', 200, None),
    ("}]", "}", 400, "the push is not JSON"),
    ("{", "", 400, "the push is not JSON"),
], ids=lambda value: str(value)[:40])
def test_a_hostile_push_has_a_clear_answer(dashboard, old, new, status, words):
    board = dashboard()
    assert old in RAW
    got, said = send(board, RAW.replace(old, new, 1).encode())
    assert got == status, said
    if words:
        assert said == words + "\n"
    assert board.service("shop")["totals"]["calls"] == (1 if status == 200 else 0)
    responds(board)


def test_bytes_that_are_no_text_and_names_that_are_markup_go_nowhere(dashboard):
    board = dashboard()
    assert send(board, RAW.replace("shop", "sh\0p").encode())[0] == 400
    assert send(board, RAW.encode().replace(b"shop", b"sh\xffp"))[0] == 400
    assert send(board, RAW.encode().replace(b"shop", b"sh\xc0\xafp"))[0] == 400
    assert send(board, b"\xff\xfe" + RAW.encode("utf-16-le"))[0] == 400
    assert send(board, b"")[0] == 400
    name = "</script><img src=x onerror=alert(1)>\"'&\u202e"
    assert post(board, push(service=name, pod=name, route=name))[0] == 200
    text = board.get("/api/v1/services")
    found, = json.loads(text)["services"]
    assert found["name"] == found["pods"][0]["name"] == found["routes"][0]["name"] == name
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=10)
    connection.request("GET", "/api/v1/services")
    assert connection.getresponse().headers["Content-Type"] == "application/json"
    connection.close()


def test_the_charts_of_times_far_away_are_empty_and_quick(dashboard):
    board = dashboard()
    assert post(board, push())[0] == 200
    for query in ("&from=0&to=31536000000", "&from=99999999999999&to=99999999999999999", "&from=5&to=4", "&from=-1",
                  "&from=1e3", f"&from={2**63}", "&to=1", f"&from={2**63 - 2}&to={2**63 - 1}",
                  f"&from={int(time.time() * 1000) + 60_000}&to={int(time.time() * 1000) + 31_000_000_000}"):
        started = time.monotonic()
        try:
            assert board.series("shop", query)["times"] == []
        except urllib.error.HTTPError as error:
            assert error.code == 400
            assert error.read().startswith(b"from and to are milliseconds since 1970")
        assert time.monotonic() - started < 5
    responds(board)
