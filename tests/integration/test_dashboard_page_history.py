"""The history on the dashboard's page in a real browser: whose it is, of what time, and what is said where it does not come."""
import json
import re
import time
import urllib.parse
import urllib.request

import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support.page import LABEL, charts, choose, dragged, history, loaded, reported, view

ASKED = "return performance.getEntriesByType('resource').filter(each => each.name.includes('/series')).length"
PICTURE = "return document.querySelector('canvas.heat').toDataURL()"
# How many canvases of the charts are not empty: the points under the cursor have their own.
DRAWN = """return [...document.querySelectorAll('#charts .plot canvas')].filter(each => {
    const empty = Object.assign(document.createElement('canvas'), {width: each.width, height: each.height});
    return each.toDataURL() !== empty.toDataURL();
  }).length"""


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
    arrived(browser)
    before = browser.run(ASKED)
    time.sleep(4)
    assert browser.run(ASKED) <= before + 1
    browser.wait_for(lambda: browser.run(ASKED) > before, "what may have come later")


def test_what_is_over_is_asked_for_once(browser, still):
    now = still.services()["at_unix_ms"]
    for to in (now - 60_000, now - 86_400_000):
        loaded(browser, still, f"#service=shop&from={to - 600_000}&to={to}")
        browser.wait_for(lambda: browser.text("#nothing") == "No data in this range.", "the words")
        before = browser.run(ASKED)
        time.sleep(2.5)
        assert browser.run(ASKED) == before


def test_another_range_does_not_wait_for_the_one_before(browser, still):
    history(browser, still)
    browser.run("""
        const real = window.fetch;
        window.fetch = (url, options) => new Promise((done, fail) => {
            options.signal.addEventListener('abort', () => { window.isAborted = true; fail(options.signal.reason); });
            window.isAsked = true;
        });
        window.restore = () => { window.fetch = real; };""")
    browser.wait_for(lambda: browser.run("return window.isAsked"), "a question without an answer")
    browser.run("restore()")
    before = browser.run(ASKED)
    Select(browser.one("#range")).select_by_value("300")
    browser.wait_for(lambda: browser.run("return window.isAborted") and browser.run(ASKED) > before, "the other range", 2)


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
