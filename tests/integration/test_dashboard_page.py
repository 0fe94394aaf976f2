"""The dashboard's page in a real browser: what it shows is what was pushed, and it can be used."""
import json
import pathlib
import re
import signal
import socket
import time
import urllib.parse
import urllib.request

import pytest

from support.child import eventually, free_port
from support.dashboard import Pusher, post, push

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support.page import LABEL, by_name, charts, choose, dragged, history, loaded, reported, view

SHOTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "screenshots"
PICTURE = "return document.querySelector('canvas.heat').toDataURL()"
# How many canvases of the charts are not empty: the points under the cursor have their own.
DRAWN = """return [...document.querySelectorAll('#charts .plot canvas')].filter(each => {
    const empty = Object.assign(document.createElement('canvas'), {width: each.width, height: each.height});
    return each.toDataURL() !== empty.toDataURL();
  }).length"""


def test_figures_move_without_a_reload_and_are_what_was_pushed(browser, shop):
    board, pods = shop
    loaded(browser, board)
    browser.run("window.isTheSamePage = true")
    assert by_name(browser, "shop")["Calls"] == "504"
    assert by_name(browser, "stock")["Calls"] == "702"
    for _ in range(3):
        pods["shop-1"].call("/products/{id}", 100, bins=[[400, 100]])
        pods["shop-1"].push()
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "804", "the new calls")
    cards = dict(zip(browser.run("return [...document.querySelectorAll('#cards dt')].map(each => each.innerText)"),
                     browser.run("return [...document.querySelectorAll('#cards dd')].map(each => each.innerText)")))
    assert cards["Services"] == "3"
    assert cards["Calls"] == "1513"
    browser.wait_for(lambda: by_name(browser, "stock")["Errors"] == "10.0 %", "the slot that the calls are in")
    assert by_name(browser, "mail")["Errors"] == "0.0 %"
    assert browser.run("return window.isTheSamePage") is True
    assert browser.run("return document.querySelector('tbody .spark path').getAttribute('d').length") > 20


def test_every_column_sorts_both_ways_by_mouse_and_by_keyboard(browser, still):
    board = still
    loaded(browser, board)
    heads = browser.run("return [...document.querySelectorAll('thead th button')].map(each => each.innerText)")
    assert len(heads) >= 12
    widths = "return [...document.querySelectorAll('thead th')].map(each => each.clientWidth)"
    before, marks = browser.run(widths), {"descending": '"▾"', "ascending": '"▴"'}
    for i, head in enumerate(heads):
        button = browser.all("thead th button")[i]
        button.click()
        first = browser.run("return arguments[0].parentNode.getAttribute('aria-sort')", button)
        order = browser.names()
        assert first == ("ascending" if head in ("Service", "State") else "descending"), head
        assert browser.run("return getComputedStyle(arguments[0], '::after').content", button) == marks[first]
        assert browser.run(widths) == before
        button.send_keys(Keys.ENTER)
        assert {first, browser.run("return arguments[0].parentNode.getAttribute('aria-sort')", button)} == {"ascending", "descending"}, head
        assert len(browser.all("thead [aria-sort]")) == 1
        if head in ("Service", "Calls"):
            assert browser.names() == order[::-1], head
    browser.all("thead th button")[heads.index("Calls")].click()
    if view(browser).get("sort", "calls") != "calls":
        browser.all("thead th button")[heads.index("Calls")].click()
    assert browser.names() == ["stock", "shop", "mail"]


def test_a_filter_finds_services_pods_and_routes(browser, still):
    board = still
    loaded(browser, board)
    box = browser.one("#filter")
    box.send_keys("shop")
    assert browser.names() == ["shop"]
    assert browser.text("#shown") == "1 of 3 services"
    assert view(browser)["filter"] == "shop"
    box.send_keys("-2")
    assert browser.names() == ["shop", "shop-2", "/only/shop-2"]
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("NOTHING OF THE KIND")
    assert browser.names() == []
    assert "0 of 3 services" in browser.text("#shown")
    box.send_keys(Keys.ESCAPE)
    assert len(browser.names()) == 3


def test_a_service_opens_to_its_pods_and_routes(browser, still):
    board = still
    loaded(browser, board)
    fold = browser.one("tbody tr[data-kind=service] .fold[aria-label$='shop']")
    assert fold.get_attribute("aria-expanded") == "false"
    fold.click()
    assert browser.names() == ["stock", "shop", "shop-1", "shop-2", "/products/{id}", "/only/shop-1", "/only/shop-2", "mail"]
    assert by_name(browser, "shop-1")["Calls"] == "302"
    assert by_name(browser, "/products/{id}")["Calls"] == "500"
    fold = browser.one("tbody tr[data-kind=service] .fold[aria-label$='shop']")
    assert fold.get_attribute("aria-expanded") == "true"
    fold.send_keys(Keys.ENTER)
    assert browser.names() == ["stock", "shop", "mail"]


def test_all_of_it_works_by_keyboard(browser, still):
    board = still
    loaded(browser, board)

    def press(*keys):
        ActionChains(browser.driver).send_keys(*keys).perform()

    press("/")
    press("shop")
    assert browser.names() == ["shop"]
    press(Keys.ESCAPE)  # the filter
    press(Keys.ARROW_DOWN)
    assert browser.run("return document.activeElement.tagName") == "BODY", "elsewhere the key scrolls"
    press("/")
    press(Keys.ARROW_DOWN)
    press(Keys.ARROW_DOWN)
    assert browser.run("return document.activeElement.innerText") == "shop"
    press(Keys.ARROW_RIGHT)
    assert "shop-1" in browser.names()
    press(Keys.ARROW_DOWN)
    assert browser.run("return document.activeElement.innerText") == "shop-1"
    press(Keys.ARROW_UP)
    assert browser.run("return document.activeElement.innerText") == "shop"
    press(Keys.ARROW_LEFT)
    assert browser.names() == ["stock", "shop", "mail"]
    press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    press(Keys.ENTER)
    assert browser.text("#subject") == "shop › shop-1"
    press("5")
    assert browser.one("#range").get_attribute("value") == "86400"
    press("p")
    assert browser.one("#pause").get_attribute("aria-pressed") == "true"
    press("p", Keys.ESCAPE)
    assert browser.text("#detail") == ""
    # Who does not want them turns them off, for good.
    browser.one("#keys").click()
    browser.run("document.activeElement.blur()")
    press("p", "1", "/")
    loaded(browser, still)
    press("p", "1", "/")
    assert browser.one("#pause").get_attribute("aria-pressed") == "false" and "range" not in view(browser)
    browser.one("#keys").click()
    # Nothing that can be used is out of the tab's reach, and where the focus is shows.
    reached = set()
    browser.run("document.activeElement.blur()")
    for _ in range(60):
        press(Keys.TAB)
        reached.add(browser.run("const one = document.activeElement; return one.id || one.className || one.tagName"))
    assert {"range", "pause", "filter", "json", "fold", "name"} <= reached
    browser.one("#pause").send_keys("")
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_a_row_leads_to_its_history(browser, shop):
    board, pods = shop
    loaded(browser, board)
    next(name for name in browser.all("tbody .name") if name.text == "shop").click()
    browser.wait_for(lambda: len(charts(browser)) >= 6, "the charts")
    assert charts(browser)[:4] == ["Calls a second, by status", "Duration", "Payload a second", "Errors a second, by type"]
    assert any("Durations" in title for title in charts(browser))
    assert browser.text("#subject") == "shop"
    assert [key.split() for key in browser.run(
        "return [...document.querySelectorAll('#charts .key')].slice(0, 2).map(each => each.innerText.trim())")] \
        == [["2xx", "4xx", "5xx"], ["p50", "p90", "p99"]]
    # One cursor in all charts, read out as text.
    plot = browser.one("#charts .plot")
    ActionChains(browser.driver).move_to_element_with_offset(plot, plot.size["width"] // 2 - 8, 0).perform()
    said = browser.wait_for(lambda: browser.text("#readout"), "the read-out")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\s+calls/s: 2xx [\d.]+ 4xx [\d.]+ 5xx [\d.]+\s+duration: p50 .* p90 .* p99 .*\s+payload/s: in 0 B out .*"
                        r"\s+errors/s: 5xx [\d.]+(\s+node CPU [\d.]+ %)?\s+node memory 1 GB", said), said
    # The heatmap has it, too, and moves it.
    ActionChains(browser.driver).move_to_element_with_offset(plot, 0, -120).perform()
    browser.wait_for(lambda: browser.text("#readout") == "", "a read-out of nothing")
    plain, blank = browser.run(PICTURE), browser.run(DRAWN)
    heat = browser.one("canvas.heat")
    right = heat.size["width"] // 2
    browser.wait_for(lambda: any(
        ActionChains(browser.driver).move_to_element_with_offset(heat, right - left, 0).perform() or "p50" in browser.text("#readout")
        for left in range(2, 40, 2)), "a column with calls")
    assert re.search(r"\d\d:\d\d:\d\d .*2xx .*p50 .* to [\d.]+ [mµ]?s: \d+ calls?$", browser.text("#readout"))
    assert browser.run(PICTURE) != plain and browser.run(DRAWN) > blank
    # New figures leave it where it is.
    was, said = browser.run(LABEL), browser.text("#readout")

    def are_new():  # the first push may come behind a silence that is too long for the charts
        pods["shop-1"].call("/products/{id}", 999, bins=[[400, 999]])
        pods["shop-1"].push()
        time.sleep(0.3)
        return browser.run(LABEL) != was

    browser.wait_for(are_new, "new figures")
    assert browser.run(DRAWN) > blank and browser.text("#readout").split()[0] == said.split()[0]


def test_no_line_is_drawn_through_what_nobody_counted(browser, still):
    board = still
    loaded(browser, board)
    series = {"format": "meshctl-series-1", "step_seconds": 2, "times": [10_000, 12_000, 20_000, 60_000, 62_000],
              "calls": [1, 2, 3, 4, 5], "errors": {"5xx": [0, 0, 1, 0, 1]}, "heatmap": [[], [[31, 2]], [[31, 3]], [], []]}
    cut = "return import('/series.js').then(({withGaps}) => withGaps(arguments[0]))"
    # A pause within which calls are counted together is no gap.
    assert browser.run(cut, series) == series | {
        "times": [10_000, 12_000, 20_000, 22_000, 60_000, 62_000], "calls": [1, 2, 3, None, 4, 5],
        "errors": {"5xx": [0, 0, 1, None, 0, 1]}, "heatmap": [[], [[31, 2]], [[31, 3]], None, [], []]}
    coarse = series | {"step_seconds": 60, "times": [0, 60_000, 120_000, 300_000, 360_000]}
    assert browser.run(cut, coarse)["times"] == [0, 60_000, 120_000, 180_000, 300_000, 360_000]
    assert browser.run(cut, series | {"times": [0, 2000, 4000, 6000, 8000]})["calls"] == series["calls"]


def test_a_slot_is_drawn_when_it_is_over_and_told_of(browser, shop):
    board, _ = shop
    browser.open(board.url("/#service=shop"))
    browser.wait_for(lambda: "first figures are being gathered" in browser.text("#nothing"), "what is to be expected")
    browser.wait_for(lambda: charts(browser), "the charts")
    assert browser.text("#nothing") == ""
    series = {"step_seconds": 2, "times": [10_000, 12_000, 14_000], "calls": [1, 2, 3], "errors": {"5xx": [0, 0, 1]}, "heatmap": [[], [], []]}
    cut = "return import('/series.js').then(({whole}) => [17999, 18000, 15999, 13999].map(now => whole(arguments[0], now)))"
    results = browser.run(cut, series)
    assert [each["times"] for each in results] == [[10_000, 12_000], [10_000, 12_000, 14_000], [10_000], []]
    assert results[0] | {"times": 0} == {"step_seconds": 2, "times": 0, "calls": [1, 2], "errors": {"5xx": [0, 0]}, "heatmap": [[], []]}


HOLD_BACK = """
    const real = window.fetch;
    window.asked = [];
    window.fetch = (url, options) => {
        asked.push(url);
        if (url.includes(`service=${arguments[0]}&`)) window.signal = options.signal;
        return url.includes(`service=${arguments[0]}&`) ? new Promise(done => { window.letGo = () => done(real(url)); }) : real(url, options);
    };"""
LOST = """
    const real = window.fetch;
    const timeout = AbortSignal.timeout;
    window.restore = () => { window.fetch = real; AbortSignal.timeout = timeout; };
    AbortSignal.timeout = () => timeout.call(AbortSignal, 200);
    window.fetch = (url, {signal}) => new Promise((done, fail) => signal.addEventListener('abort', () => fail(signal.reason)));"""


def test_charts_are_those_of_the_subject_above_them(browser, still):
    board = still
    history(browser, board)
    browser.run(HOLD_BACK, "stock")
    choose(browser, "stock")
    assert (browser.text("#subject"), charts(browser), browser.text("#nothing")) == ("stock", [], "Loading")
    browser.wait_for(lambda: browser.run("return Boolean(window.letGo)"), "the question")
    choose(browser, "mail")
    browser.wait_for(lambda: "most 2.5" in (charts(browser) and browser.run(LABEL)), "the charts of the other", 5)
    assert browser.run("return signal.aborted"), "what nobody waits for is not loaded"
    browser.run("""
        window.labels = [];
        new MutationObserver(changes => labels.push(...changes.map(each => each.target.ariaLabel).filter(each => /^Calls/.test(each)))).observe(
            document.querySelector('#charts'), {attributeFilter: ['aria-label'], subtree: true});
        letGo();""")
    time.sleep(0.5)
    assert browser.text("#subject") == "mail" and all("most 2.5" in each for each in [browser.run(LABEL), *browser.run("return labels")])
    assert browser.run("return asked.filter(each => each.includes('service=stock')).length") == 1


def test_history_that_does_not_come_is_told_and_asked_for_again(browser, still):
    board = still
    history(browser, board)
    browser.run(LOST)
    browser.wait_for(lambda: browser.text("#late") == "The history did not come: no answer within 10 s", "the words")
    plot = browser.one("#charts .plot")
    ActionChains(browser.driver).move_to_element_with_offset(plot, plot.size["width"] // 2 - 8, 0).perform()
    browser.wait_for(lambda: browser.text("#readout"), "the read-out")
    assert browser.text("#late") and charts(browser)
    browser.run("restore()")
    browser.wait_for(lambda: browser.text("#late") == "", "the history")
    assert browser.text("#readout")
    # What was refused is not asked for again.
    loaded(browser, board, "#service=shop&from=1&to=99999999999999")
    browser.wait_for(lambda: "The history did not come" in browser.text("#late"), "the refusal")
    time.sleep(2.5)
    refusals = [each for each in browser.complaints() if "400" in each]
    assert len(refusals) == 1
    parsed = browser.run("return import('/location.js').then(({parse}) => ['from=5', 'to=5', 'from=9&to=5', 'from=5&to=9', 'from=1&to=Infinity']"
                         ".map(parse).map(each => [each.from, each.to]))")
    assert parsed == [[0, 0], [0, 0], [0, 0], [5, 9], [0, 0]]


def test_many_pages_can_be_open_at_once(browser, shop):
    board, pods = shop
    loaded(browser, board)
    first, tabs = browser.driver.current_window_handle, []
    try:
        for _ in range(7):
            browser.driver.switch_to.new_window("tab")
            tabs.append(browser.driver.current_window_handle)
            loaded(browser, board)
    finally:
        for tab in tabs:
            browser.driver.switch_to.window(tab)
            browser.driver.close()
        browser.driver.switch_to.window(first)
    browser.wait_for(lambda: browser.text("#connection") == "live", "live figures")
    # A page that nobody sees asks for nothing, and claims nothing.
    show = "Object.defineProperty(document, 'visibilityState', {value: arguments[0], configurable: true});" \
           "document.dispatchEvent(new Event('visibilitychange'))"
    browser.run("window.said = []; new MutationObserver(() => said.push(document.querySelector('#connection').textContent))"
                ".observe(document.querySelector('#connection'), {childList: true})")
    browser.run(show, "hidden")
    assert browser.text("#connection") == "these figures are old; asking for new ones"
    pods["shop-1"].call("/products/{id}", 11)
    pods["shop-1"].push()
    time.sleep(2.2)
    assert by_name(browser, "shop")["Calls"] == "504"
    browser.run(show, "visible")
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "515", "the new calls")
    assert browser.run("return said") == ["these figures are old; asking for new ones", "live"]


def test_services_of_the_same_name_are_told_apart_by_their_namespace(browser, shop):
    board, _ = shop
    loaded(browser, board)
    assert browser.run("return [...document.querySelectorAll('tbody small')].every(each => each.innerText === '')")
    for namespace, calls in (("blue", 41), ("green", 43)):
        pod = Pusher(board, "cart", f"cart-{namespace}", namespace)
        pod.call("/", calls)
        pod.push()
    browser.wait_for(lambda: browser.names().count("cart") == 2, "both")
    rows = {row["Service"].lstrip("▸ \n").split()[-1]: row["Calls"] for row in browser.rows()}
    assert (rows["blue"], rows["green"]) == ("41", "43")
    browser.one("#filter").send_keys("green cart-g")
    assert browser.names() == ["cart", "cart-green"]
    next(name for name in browser.all("tbody .name") if name.text == "cart").click()
    assert browser.text("#subject") == "green / cart"
    assert len(browser.all("tbody [aria-current]")) == 1
    # A long name leaves room for the namespace.
    pod = Pusher(board, "a-service-with-a-name-of-forty-letters-00", "cart-long", "purple")
    pod.call("/", 1)
    pod.push()
    for width in (1280, 390):
        loaded(browser, board, "#filter=forty", width=width)
        browser.wait_for(browser.names, "the row")
        cell, name, space = browser.run("""
            return ['tbody th', 'tbody .name', 'tbody small'].map(each => document.querySelector(each)).map(each => {
                const at = each.getBoundingClientRect();
                return {left: at.left, right: at.right, isCut: each.scrollWidth > each.clientWidth};
            })""")
        assert name["right"] - name["left"] > 100 and name["isCut"]
        assert name["right"] <= space["left"] < space["right"] <= cell["right"] and not space["isCut"], width


def ranges(browser):
    """Those that can be chosen."""
    return browser.run("return [...document.querySelector('#range').options].filter(each => !each.disabled).map(each => each.text)")


@pytest.mark.parametrize("retention, last", [("1h", "1 hour"), ("2h", "6 hours"), ("25h", "7 days"), ("31d", "31 days")])
def test_the_ranges_are_those_of_what_is_kept(browser, dashboard, retention, last):
    board = dashboard("--retention", retention)
    reported(board)
    loaded(browser, board, "#service=shop")
    assert ranges(browser)[-1] == last
    for key, range_ in (("9", "900"), (str(len(ranges(browser))), browser.run("return [...document.querySelectorAll('#range :enabled')].at(-1).value"))):
        ActionChains(browser.driver).send_keys(key).perform()
        assert browser.one("#range").get_attribute("value") == range_
    arrived(browser)


def arrived(browser):
    """Waits for the history. The first step of a long range is over long after the first call."""
    browser.wait_for(lambda: charts(browser) or "being gathered" in browser.text("#nothing"), "charts, or when they come")


def test_a_link_to_a_range_that_is_not_kept_leads_to_the_longest_that_is(browser, still):
    loaded(browser, still, "#range=2678400")
    assert browser.one("#range").get_attribute("value") == "86400"


def test_names_that_look_like_parts_of_others_are_rows_of_their_own(browser, dashboard):
    board = dashboard()
    assert post(board, push(service="shop", pod="p", namespace="n"))[0] == 200
    loaded(browser, board, "#open=n/shop")
    browser.wait_for(lambda: browser.names() == ["shop", "p", "/"], "the opened service")
    for service in ("shop pods", "shop/pod/p", "shop/route//"):
        assert post(board, push(service=service, pod="p", namespace="n"))[0] == 200
    browser.wait_for(lambda: sorted(browser.names()) == sorted(["shop", "p", "/", "shop pods", "shop/pod/p", "shop/route//"]), "the others")
    groups = [each.text for each in browser.all("tbody tr") if each.get_attribute("class") == "group" or "shop" in each.text.split("\n")[0]]
    assert groups.index("Routes") == groups.index("Pods") + 1
    assert browser.text("#connection") == "live" and browser.complaints() == []


def test_a_page_that_cannot_go_on_says_so(browser, still):
    loaded(browser, still)
    browser.run("document.querySelector('tbody .name').remove()")
    browser.wait_for(lambda: browser.text("#connection") == "this page failed; reload it", "the words")
    time.sleep(1.5)  # another event has come
    assert browser.text("#connection") == "this page failed; reload it"
    browser.complaints()


def test_a_history_that_cannot_be_given_is_asked_for_less_and_less_often(browser, still):
    history(browser, still)
    browser.run("""
        window.asked = [];
        const real = window.fetch;
        window.restore = () => { window.fetch = real; };
        window.fetch = () => { asked.push(performance.now()); return Promise.resolve(new Response('no room', {status: 503})); };""")
    browser.wait_for(lambda: "no room" in browser.text("#late") and browser.run("return asked.length") >= 4, "four refusals", 40)
    waits = browser.run("return asked.slice(1).map((at, i) => at - asked[i])")
    assert waits[2] > 1900
    # What else is wanted is asked for at once.
    before = browser.run("return asked.length")
    Select(browser.one("#range")).select_by_value("3600")
    browser.wait_for(lambda: browser.run("return asked.length") > before, "another range", 2)
    browser.run("restore()")
    browser.wait_for(lambda: browser.text("#late") == "", "the history", 40)


def test_a_long_range_is_asked_for_when_it_can_have_changed(browser, still):
    loaded(browser, still, "#service=shop&range=86400")
    asked = "return performance.getEntriesByType('resource').filter(each => each.name.includes('/series')).length"
    arrived(browser)
    before = browser.run(asked)
    time.sleep(4)
    assert browser.run(asked) <= before + 1
    browser.wait_for(lambda: browser.run(asked) > before, "what may have come later")


def test_ranges_zoom_and_back(browser, still):
    board = still
    history(browser, board)
    select = Select(browser.one("#range"))
    assert ranges(browser) == ["5 minutes", "15 minutes", "1 hour", "6 hours", "24 hours"]
    shown = "return Dygraph && document.querySelectorAll('#charts .plot').length"
    assert browser.run(shown) >= 4

    def window():
        return browser.run("return [...document.querySelectorAll('.dygraph-axis-label-x')].map(each => each.innerText).join(' ')")

    select.select_by_value("300")
    first = browser.wait_for(window, "the time axis")
    assert view(browser)["range"] == "300"
    select.select_by_value("86400")
    browser.wait_for(lambda: window() != first, "another time axis")
    select.select_by_value("300")
    dragged(browser, 120, 260)
    zoomed = browser.wait_for(lambda: "from" in view(browser) and view(browser), "the zoom")
    assert 1000 < int(zoomed["to"]) - int(zoomed["from"]) < 300_000
    assert browser.text("#unzoom") == "Reset zoom"
    browser.one("#unzoom").click()
    assert "from" not in view(browser)
    assert browser.text("#unzoom") == ""
    # The heatmap zooms as the charts do.
    browser.wait_for(lambda: charts(browser), "the charts")
    dragged(browser, 120, browser.one("canvas.heat").size["width"] - 2, "canvas.heat")
    zoomed = browser.wait_for(lambda: "from" in view(browser) and view(browser), "the zoom")
    assert 1000 < int(zoomed["to"]) - int(zoomed["from"]) < 299_000
    dragged(browser, 200, 204, "canvas.heat")
    assert view(browser) == zoomed, "a click is no zoom"
    # Another subject is shown in the same window.
    choose(browser, "stock")
    browser.wait_for(lambda: charts(browser), "the charts")
    assert view(browser) == zoomed | {"service": "stock"}
    plot = browser.one("#charts .plot")
    ActionChains(browser.driver).double_click(plot).perform()
    assert "from" not in view(browser)
    # Nothing else moves a chart.
    axes = "return [...document.querySelectorAll('#charts .plot')].slice(0, 1).map(each => each.innerText).join()"
    browser.run("location.hash = arguments[0]", urllib.parse.urlencode(zoomed))
    browser.wait_for(lambda: charts(browser) and browser.text("#subject") == "shop", "the charts")
    before = browser.run(axes)
    ActionChains(browser.driver).move_to_element(browser.one("#charts .plot")).click_and_hold().move_by_offset(3, 60).release().perform()
    ActionChains(browser.driver).key_down(Keys.SHIFT).move_to_element(browser.one("#charts .plot")).click_and_hold().move_by_offset(90, 0) \
        .release().key_up(Keys.SHIFT).perform()
    assert browser.run(axes) == before and view(browser) == zoomed


def test_a_finger_scrolls_over_a_chart_and_sets_the_cursor(browser, still):
    board = still
    history(browser, board, width=390, height=800)
    plot = browser.one("#charts .plot")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", plot)
    assert browser.run("return getComputedStyle(arguments[0]).touchAction", plot) == "pan-y pinch-zoom"
    box = browser.run("const at = arguments[0].getBoundingClientRect(); return [at.right, at.top + at.height / 2]", plot)
    browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        before = browser.run("return scrollY")
        for kind, points in (("touchStart", [{"x": int(box[0] - 20), "y": int(box[1])}]), ("touchEnd", [])):
            browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        browser.wait_for(lambda: "calls/s" in browser.text("#readout"), "the read-out")
        for kind, up in (("touchStart", 0), *(("touchMove", up) for up in range(10, 160, 10)), ("touchEnd", None)):
            points = [] if up is None else [{"x": int(box[0] - 20), "y": int(box[1]) - up}]
            browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        browser.wait_for(lambda: browser.run("return scrollY") > before + 50, "the page scrolled")
        assert "from" not in view(browser)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_a_long_table_scrolls_by_itself_and_a_row_leads_to_its_charts(browser, dashboard):
    board = dashboard()
    for number in range(40):
        pod = Pusher(board, f"service-{number:02}", f"pod-{number}")
        pod.call("/", 100 - number, bins=[[400, 1]])
        pod.push()
    time.sleep(4)  # the first slots are over
    for width in (1280, 390):
        loaded(browser, board, width=width)
        browser.wait_for(lambda: len(browser.names()) == 40, "the rows")
        assert browser.run("return document.querySelector('#table').clientHeight / innerHeight") <= 0.6
        at = "return ['#table', 'thead th', 'tbody th'].map(each => document.querySelector(each).getBoundingClientRect()).map(each => [each.left, each.top])"
        browser.run("document.querySelector('#table').scrollTo(200, 300)")
        table, head, row = browser.run(at)
        assert abs(head[1] - table[1]) < 3 and row[1] < table[1]
        assert (abs(row[0] - table[0]) < 3) == (width == 390 or browser.run("return document.querySelector('#table').scrollLeft") == 0)
        browser.run("document.querySelector('#table').scrollTo(0, 0)")
        choose(browser, "service-00")
        browser.wait_for(lambda: len(charts(browser)) > 2, "the charts")
        assert -3 < browser.run("return document.querySelector('#detail').getBoundingClientRect().top") < 40


def test_the_way_past_the_head_keeps_the_view(browser, still):
    board = still
    history(browser, board)
    browser.one(".skip").send_keys(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "services"
    browser.run("location.hash = '#elsewhere'")
    time.sleep(0.2)
    assert browser.text("#subject") == "shop"
    assert browser.driver.title == "shop · meshctl"


def test_texts_say_what_they_mean(browser, shop):
    board, pods = shop
    loaded(browser, board)
    assert browser.run("return [...document.querySelectorAll('#cards dd')].map(each => each.innerText)[4]").split()[-3:] == ["73", "in", "all"]
    assert "node" in browser.run("return [...document.querySelectorAll('thead th')].find(each => each.innerText === 'CPU').title")
    # A figure that somebody has selected stays selected.
    browser.run("getSelection().selectAllChildren(document.querySelectorAll('#cards dd')[2])")
    pods["shop-1"].call("/products/{id}", 100)
    pods["shop-1"].push()
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "604", "the new calls")
    assert browser.run("return document.querySelectorAll('#cards dd')[2].contains(getSelection().anchorNode)")
    said = browser.run("""
        return Promise.all([import('/cards.js'), import('/format.js')]).then(([{firstCommand}, {axisBytes, bytes, count, rate, seconds, timeLabel, when}]) => {
            const now = new Date().setHours(12, 0, 0, 0), day = 86_400_000;
            return [firstCommand({protocol: 'https:', origin: 'https://mesh.test'}), [0, 0.2, 0.6, 1, 2500].map(axisBytes),
                    [when(now), when(now - 3 * day), timeLabel(now, [now - 900_000, now]), timeLabel(now, [now - 2 * day, now])],
                    [count(99999), count(999_999), count(1_234_567), bytes(999.7), bytes(999_999), seconds(0.9999996), seconds(0.00099999),
                     seconds(0.0123456), rate(0.0004), rate(0), rate(12.345)]];
        })""")
    assert said[0] == "meshctl inject --dashboard http://meshctl-dashboard:8080 pod.yml"
    assert said[1] == ["0 B", "", "", "1 B", "2.5 kB"]
    assert said[2][0] == said[2][2] == "12:00:00"
    assert all(re.search(r"[A-Z][a-z]{2}.*12:00", each) for each in (said[2][1], said[2][3]))
    assert said[3] == ["99999", "1 M", "1.23 M", "1 kB", "1 MB", "1 s", "1 ms", "12.3 ms", "<0.001", "0", "12.3"]


def test_a_pause_holds_everything_still(browser, shop):
    board, pods = shop
    history(browser, board)
    browser.one("#pause").click()
    assert browser.text("#connection") == "paused"
    assert browser.driver.title == "paused · shop · meshctl"
    window = browser.one("#csv").get_attribute("href")
    pods["shop-1"].call("/products/{id}", 11)
    pods["shop-1"].push()
    eventually(lambda: board.service("shop")["totals"]["calls"] == 515, 20, "the calls")
    time.sleep(2.2)  # two events of the stream
    assert by_name(browser, "shop")["Calls"] == "504"
    assert browser.one("#csv").get_attribute("href") == window
    browser.one("#pause").click()
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "515", "the new calls")
    assert browser.text("#connection") == "live"
    browser.one("#pause").click()
    browser.driver.refresh()
    browser.wait_for(lambda: browser.text("#connection") == "paused", "the pause that the address keeps")


def test_a_link_leads_to_the_same_view(browser, still):
    board = still
    loaded(browser, board)
    browser.one("tbody tr[data-kind=service] .fold[aria-label$='shop']").click()
    next(each for each in browser.all("thead th button") if each.text == "Service").click()
    next(name for name in browser.all("tbody .name") if name.text == "/products/{id}").click()
    Select(browser.one("#range")).select_by_value("3600")
    names, address = browser.names(), browser.driver.current_url
    browser.driver.switch_to.new_window("tab")
    try:
        browser.open(address)
        browser.wait_for(lambda: browser.names() == names, "the same rows")
        assert browser.text("#subject") == "shop › /products/{id}"
        assert browser.one("#range").get_attribute("value") == "3600"
        assert browser.one("thead [aria-sort]").text == "Service"
        assert [each.text for each in browser.all("[aria-current]")] == ["/products/{id}"]
        backs = "return [...document.querySelectorAll('tbody .name')].map(each => getComputedStyle(each.parentNode).backgroundColor)"
        assert [name for name, back in zip(browser.names(), browser.run(backs)) if back != browser.run(backs)[0]] == ["/products/{id}"]
        browser.driver.back()
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(browser.driver.window_handles[0])
    # The browser's own way back closes the history.
    browser.driver.back()
    browser.wait_for(lambda: browser.text("#detail") == "" and browser.names(), "the way back")
    # What makes no sense is no view.
    loaded(browser, board, "#range=17&sort=nothing&from=x&open=%00")
    assert browser.names() == ["stock", "shop", "mail"]


def test_nothing_yet_says_what_to_do(browser, dashboard):
    board = dashboard()
    loaded(browser, board)
    assert "No service has reported yet" in browser.text("#empty")
    assert f"meshctl run --upstream PORT --dashboard {board.url()}" in browser.text("#empty")
    browser.screenshot(SHOTS / "empty.png")
    pod = Pusher(board, "first", "first-1")
    pod.call("/", 1)
    pod.push()
    browser.wait_for(lambda: browser.names() == ["first"], "the first service")
    assert browser.text("#empty") == ""


def test_a_pod_that_fell_silent_is_told_in_words(browser, shop):
    board, pods = shop
    loaded(browser, board)
    assert by_name(browser, "mail")["State"] == "live"

    def told():
        for pod in ("shop-1", "shop-2", "stock-1"):
            pods[pod].push()
        time.sleep(0.5)
        return re.fullmatch(r"stale, \d+ s ago", by_name(browser, "mail")["State"])

    browser.wait_for(told, "the stale pod", 25)
    assert by_name(browser, "shop")["State"] == "live"
    assert "+ 1 stale" in browser.text("#cards")
    pods["mail-1"].push(final=True)
    browser.wait_for(lambda: by_name(browser, "mail")["State"].startswith("gone"), "the end")


def test_a_dashboard_that_restarts_is_found_again(browser, dashboard):
    port = free_port()
    board = dashboard(listen=port)
    pod = Pusher(board, "shop", "shop-1")
    pod.call("/", 40)
    pod.push()
    loaded(browser, board)
    assert by_name(browser, "shop")["Calls"] == "40"
    browser.run("""
        window.said = [];
        window.tried = [];
        new MutationObserver(() => said.push(document.querySelector('#connection').textContent))
            .observe(document.querySelector('#connection'), {childList: true});
        window.EventSource = class extends EventSource { constructor(url) { super(url); tried.push(performance.now()); } };""")
    board.send(signal.SIGKILL)
    board.wait()
    browser.wait_for(lambda: browser.text("#connection").startswith("disconnected"), "the break")
    assert browser.driver.title == "disconnected · meshctl"
    browser.wait_for(lambda: browser.run("return tried.length") == 1, "the first try")
    assert by_name(browser, "shop")["Calls"] == "40"
    board = dashboard(listen=port)
    pod.call("/", 2)
    pod.push()
    browser.wait_for(lambda: browser.text("#connection") == "live", "the way back", 30)
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "42", "the new figures")
    assert browser.run("return tried.length === 2 && tried[1] - tried[0]") > 3900
    assert browser.run("return said") == ["disconnected: these figures are old; trying again", "live"]
    assert browser.driver.title == "meshctl"
    board.send(signal.SIGKILL)
    board.wait()
    browser.wait_for(lambda: browser.text("#connection").startswith("disconnected"), "the next break")
    browser.wait_for(lambda: browser.run("return tried.length") == 3, "a first try that is as soon as before", 5)


def test_names_are_text_whatever_they_hold(browser, dashboard):
    board = dashboard()
    hostile = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>'\"&amp;"
    pod = Pusher(board, hostile, hostile, namespace="<b>n</b>")
    pod.call("/" + hostile, 3, status=5)
    pod.push()
    loaded(browser, board)
    browser.one("tbody .fold").click()
    assert browser.names() == [hostile, hostile, "/" + hostile]
    browser.all("tbody .name")[2].click()
    browser.wait_for(lambda: charts(browser), "the charts")
    assert hostile in browser.text("#subject")
    assert browser.run("return window.broken") is None
    assert browser.all("main img, main script, main b") == []


@pytest.mark.parametrize("fragment, calls", [("service=shop", 504), ("service=shop&pod=shop-2", 202), ("service=shop&route=%2Fonly%2Fshop-1", 2)])
def test_what_can_be_downloaded_is_what_is_shown(browser, still, fragment, calls):
    board = still
    history(browser, board, f"#{fragment}&range=3600")

    def downloaded(link):
        return urllib.request.urlopen(browser.one(link).get_attribute("href"), timeout=10).read().decode()

    assert [each["name"] for each in json.loads(downloaded("#json"))["services"]] == ["mail", "shop", "stock"]
    csv = downloaded("#csv").split("\r\n")
    assert csv[0].startswith("time_unix_ms,step_seconds,calls,")
    assert sum(int(line.split(",")[2]) for line in csv[1:] if line) == calls
    assert sum(json.loads(downloaded("#series"))["calls"]) == calls
    most = float(re.search(r"2xx.* most ([\d.]+)|4xx.* most ([\d.]+)", browser.run(LABEL))[0].split()[-1])
    assert 0 < most <= calls / 2
    # A time in which nothing was called.
    now = int(time.time() * 1000)
    loaded(browser, board, f"#{fragment}&from={now - 7_200_000}&to={now - 3_600_000}")
    browser.wait_for(lambda: browser.text("#nothing") == "No data in this range.", "the words")
    assert len(downloaded("#csv").strip().split("\r\n")) == 1 and json.loads(downloaded("#series"))["calls"] == []


CONTRAST = """
    // WCAG 2.1, relative luminance and contrast ratio
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const backOf = node => {
        for (; node; node = node.parentElement) {
            const [r, g, b, a = 1] = numbers(getComputedStyle(node).backgroundColor);
            if (a > 0) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const worst = {};
    for (const node of document.querySelectorAll('body *')) {
        const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim() !== '');
        if (!own || !node.checkVisibility() || node.closest('noscript, .skip')) continue;
        const [a, b] = [luminance(numbers(getComputedStyle(node).color)), luminance(backOf(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) worst[`${node.tagName}.${node.className}#${node.id}`] = ratio;
    }
    return worst;"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_right_on_a_desk_and_on_a_phone(browser, shop, scheme):
    board, pods = shop
    browser.emulate(prefers_color_scheme=scheme)
    for _ in range(3):  # some slots of history
        for pod, push in pods.items():
            push.call("/products/{id}", 40 + len(pod), bins=[[390, 20], [410, 10 + len(pod)], [520, 10]], sent=50_000)
            push.push()
        time.sleep(2)
    opened = "&".join(f"open={urllib.parse.quote(each['key'], safe='')}" for each in board.services()["services"] if each["name"] == "shop")
    for width, height in ((1280, 1700), (390, 2600)):
        history(browser, board, f"#service=shop&range=300&{opened}", width=width, height=height)
        time.sleep(1)
        browser.screenshot(SHOTS / f"{scheme}-{width}.png")
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), width
        for plot in browser.run("return [...document.querySelectorAll('#charts figure')].map(each => {const at = each.getBoundingClientRect();"
                                " return [at.left, at.right, innerWidth]})"):
            assert 0 <= plot[0] < plot[1] <= plot[2]
        browser.driver.set_window_size(width + 200, height)
        browser.wait_for(lambda: browser.run("const heat = document.querySelector('canvas.heat'); return heat.width === heat.clientWidth"), "the heatmap", 1)
    back = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", back)[:3])) < 80) == (scheme == "dark")
    assert browser.run(CONTRAST) == {}


def test_it_can_be_used_without_eyes(browser, still):
    board = still
    history(browser, board)
    nameless = browser.run("""
        return [...document.querySelectorAll('button, input, select, a, canvas, svg, section')].filter(node => node.checkVisibility() && !node.closest('.plot, [aria-hidden]'))
            .filter(node => !(node.innerText || node.getAttribute('aria-label') || node.labels?.length)).map(node => node.outerHTML)""")
    assert nameless == []
    assert browser.run("return [...document.querySelectorAll('th')].every(each => ['col', 'row'].includes(each.scope))")
    assert browser.run("return document.documentElement.lang") == "en"
    assert browser.run("const at = document.querySelector('caption').getBoundingClientRect(); return at.left >= 0 && at.height > 10")
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    # What a chart shows is there as text, too.
    assert browser.run("return [...document.querySelectorAll('#charts .plot')].every(each => each.getAttribute('role') === 'application'"
                       " && /most/.test(each.getAttribute('aria-label')))")


def test_the_page_is_small_and_asks_nobody_else(browser, still):
    board = still
    browser.driver.get_log("performance")
    history(browser, board)
    asked = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    urls = {message["params"]["request"]["url"] for message in asked if message["method"] == "Network.requestWillBeSent"}
    others = {url for url in urls if not url.startswith((board.url("/"), "data:", "about:"))}
    assert others == set()
    files = {url for url in urls if url.startswith("http") and "/api/" not in url}
    weight = 0
    for url in files:
        request = urllib.request.Request(url.split("#")[0], headers={"Accept-Encoding": "gzip"})
        weight += len(urllib.request.urlopen(request, timeout=10).read())
    assert len(files) >= 5
    assert 20_000 < weight <= 100_000


def test_a_dashboard_with_no_room_for_a_page_is_asked_again(browser, still):
    board = still
    waiting = []
    while True:
        caller = socket.create_connection(("127.0.0.1", board.port), timeout=10)
        caller.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        waiting.append(caller)
        if b" 503 " in caller.recv(64):
            break
    assert len(waiting) == 101
    browser.open(board.url("/"))
    browser.wait_for(lambda: browser.text("#connection").startswith("disconnected"), "the refusal")
    for caller in waiting:
        caller.close()
    browser.wait_for(lambda: browser.text("#connection") == "live", "live figures")
    assert any("503" in each for each in browser.complaints())
