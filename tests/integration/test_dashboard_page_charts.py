"""The charts of the dashboard's page in a real browser: what they draw, and what mouse and keys do to them."""
import time

import pytest

from support.dashboard import post, push

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support.page import LABEL, choose, history, loaded, view

# Two lines on top of each other, and figures that are far from nothing.
SERIES = {"format": "meshctl-series-1", "step_seconds": 2, "times": [1_700_000_000_000 + i * 2000 for i in range(3)], "calls": [400, 400, 400],
          "status_2xx": [200, 200, 200], "status_3xx": [0, 0, 0], "status_4xx": [0, 20, 0], "status_5xx": [200, 200, 100], "status_none": [0, 0, 0],
          "p50_seconds": [0.001, None, 0.002], "p90_seconds": [0.01, None, 0.02], "p99_seconds": [0.1, None, 0.2],
          "request_bytes": [4000, 2000, 0], "response_bytes": [8_000_000, 0, 2_000_000], "errors": {"5xx": [200, 200, 100]},
          "cpu": [0.5, 0.51, 0.5], "memory_bytes": [9 * 10**9, 9 * 10**9, 9 * 10**9], "heatmap": [[], [], []]}


def press(browser, *keys):
    ActionChains(browser.driver).send_keys(*keys).perform()


def test_axes_begin_at_nothing_and_reach_above_what_is_stacked(browser, still):
    loaded(browser, still)
    labels = dict(browser.run("""
        return import('/charts.js').then(({Charts}) => {
            const [series] = arguments, place = document.querySelector('main').appendChild(document.createElement('div'));
            new Charts(place, {onZoom() {}, onScale() {}, onCursor() {}}).show(series, [series.times[0], series.times.at(-1)]);
            return [...place.querySelectorAll('figure')].map(each => [
                each.querySelector('h3').innerText, [...each.querySelectorAll('.dygraph-axis-label-y')].map(label => label.innerText)]);
        })""", SERIES))
    assert {title: each[0] for title, each in labels.items() if each} == {
        "Calls a second, by status": "0", "Duration": "0 µs", "Payload a second": "0 B", "Errors a second, by type": "0", "Node CPU": "0 %",
        "Node memory": "0 B"}
    assert float(labels["Calls a second, by status"][-1]) >= 200
    assert all("." not in each for each in labels["Node CPU"])


def test_what_is_read_out_is_of_the_line_that_is_named(browser, still):
    loaded(browser, still)
    said = browser.run("""
        return Promise.all([import('/lines.js'), import('/readout.js')]).then(([{chartsOf}, {describe, summary}]) => {
            const [series] = arguments, charts = chartsOf(series), cell = calls => ({from: 0.001, to: 0.002, calls});
            return [[0, null], [1, cell(1)], [2, cell(20)]].map(([row, cell]) => describe(series, charts, row, cell))
                .concat(charts.slice(0, 3).map(chart => summary(series, chart)));
        })""", SERIES)
    assert [each.split("  ", 1)[1] for each in said[:3]] == [
        "calls/s: 2xx 100 4xx 0 5xx 100  duration: p50 1 ms p90 10 ms p99 100 ms  payload/s: in 2 kB out 4 MB  errors/s: 5xx 100  node CPU 50.0 %"
        "  node memory 9 GB",
        "calls/s: 2xx 100 4xx 10 5xx 100  payload/s: in 1 kB out 0 B  errors/s: 5xx 100  node CPU 51.0 %  node memory 9 GB  1 ms to 2 ms: 1 call",
        "calls/s: 2xx 100 4xx 0 5xx 50  duration: p50 2 ms p90 20 ms p99 200 ms  payload/s: in 0 B out 1 MB  errors/s: 5xx 50  node CPU 50.0 %"
        "  node memory 9 GB  1 ms to 2 ms: 20 calls"]
    assert said[3:] == ["Calls a second, by status: 2xx last 100, most 100; 4xx last 0, most 10; 5xx last 50, most 100",
                        "Duration: p50 last 2 ms, most 2 ms; p90 last 20 ms, most 20 ms; p99 last 200 ms, most 200 ms",
                        "Payload a second: in last 0 B, most 2 kB; out last 1 MB, most 4 MB"]


def test_a_cell_of_the_heatmap_is_where_it_is_drawn(browser, still):
    loaded(browser, still)
    label, cells, left = browser.run("""
        return import('/heatmap.js').then(({Heatmap}) => {
            let said = null;
            const heat = new Heatmap({onPoint: (...what) => { said = what; }}), canvas = heat.canvas;
            document.querySelector('main').append(canvas);
            heat.draw({times: [0, 10_000, 20_000], step_seconds: 10, heatmap: [[[400, 3], [401, 4]], [], [[400, 70], [480, 1]]]}, [0, 30_000]);
            const box = canvas.getBoundingClientRect(), cells = [];
            const {data, width} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            for (const column of [0, 1, 2]) {
                for (let band = 0; band < 11; ++band) {
                    const [x, y] = [64 + (box.width - 64) * (column + 0.4) / 3, 160 - 160 / 11 * (band + 0.5)].map(Math.round);
                    canvas.dispatchEvent(new MouseEvent('mousemove', {clientX: box.left + x, clientY: box.top + y}));
                    cells.push({column, band, said, alpha: data[4 * (y * width + x) + 3]});
                }
            }
            canvas.dispatchEvent(new MouseEvent('mouseleave'));
            return [canvas.getAttribute('aria-label'), cells, said];
        })""")
    assert label == "durations from 3.15 ms to 21 ms"
    strong = {}
    for each in cells:
        row, cell = each["said"]
        assert row == each["column"]
        assert (each["alpha"] > 0) == (cell["calls"] > 0)
        if cell["calls"]:
            strong[row, each["band"]] = (cell["calls"], each["alpha"])
            low = 400 + 8 * each["band"]
            bounds = [(32 + bin_ % 32) * 2 ** (bin_ // 32 + 4) / 1e9 for bin_ in (low, low + 8)]  # docs/telemetry.md, Durations
            assert [cell["from"], cell["to"]] == pytest.approx(bounds)
    assert {place: calls for place, (calls, _) in strong.items()} == {(0, 0): 7, (2, 0): 70, (2, 10): 1}
    assert strong[2, 0][1] > strong[0, 0][1] > strong[2, 10][1]
    assert left == [-1, None]


def test_charts_are_read_and_zoomed_by_keyboard(browser, shop):
    board, pods = shop
    pods["shop-1"].call("/products/{id}", 10)
    time.sleep(2)
    pods["shop-1"].push()
    history(browser, board, "#service=shop&range=300")
    browser.wait_for(lambda: "last 5," in browser.run(LABEL), "both slots")

    for place in ("#charts .plot", "canvas.heat"):
        browser.run("document.querySelector(arguments[0]).focus()", place)
        press(browser, Keys.ARROW_LEFT)
        first = browser.wait_for(lambda: browser.text("#readout"), "the read-out")
        press(browser, Keys.ARROW_LEFT)
        assert browser.text("#readout").split()[0] < first.split()[0]
        press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        assert browser.text("#readout") == first, "the last is the last"
        assert browser.one("#readout").get_attribute("aria-live") == "polite"
        press(browser, "+")
        zoomed = view(browser)
        assert int(zoomed["to"]) - int(zoomed["from"]) == 150_000
        press(browser, "-")
        assert "from" not in view(browser)
        press(browser, "+", "+", Keys.ESCAPE)
        assert "from" not in view(browser) and browser.text("#subject") == "shop"
        press(browser, "+", "0")
        assert "from" not in view(browser)
        press(browser, *"+" * 12)
        zoomed = view(browser)
        assert 1000 <= int(zoomed["to"]) - int(zoomed["from"]) < 2000
        press(browser, Keys.ESCAPE, Keys.ARROW_LEFT)
        browser.wait_for(lambda: browser.text("#readout"), "the read-out")
        browser.run("document.activeElement.blur()")
        assert browser.text("#readout") == "", "who leaves takes the cursor along"
        browser.run("document.querySelector(arguments[0]).focus()", place)
        press(browser, Keys.ARROW_LEFT, Keys.ESCAPE)
        assert browser.text("#readout") == "" and browser.text("#subject") == "shop"


def test_each_type_of_error_has_a_line_of_its_own(browser, dashboard):
    board = dashboard()
    types = ["5xx", "grpc", "upstream_refused", "upstream_timeout", "upstream_reset", "upstream_closed", "client_abort", "protocol_error"]
    for name, failures in (("all", types), ("one", types[3:4])):
        document = push(calls=len(failures), service=name, pod=name)
        document["routes"][0]["by_failure"] = {each: 1 for each in failures}
        assert post(board, document)[0] == 200
    marks = """return [...[...document.querySelectorAll('#charts figure')].find(each => each.innerText.startsWith('Errors'))
        .querySelectorAll('.key li')].map(each => [each.innerText.trim(), ...['stroke', 'stroke-dasharray'].map(
            name => each.querySelector('path').getAttribute(name))])"""
    history(browser, board, "#service=all")
    found = browser.run(marks)
    assert [name for name, _, _ in found] == types
    assert len({colour for _, colour, _ in found}) == len({dashes for _, _, dashes in found}) == len(types)
    assert browser.run("return getComputedStyle(document.querySelector('.key svg')).forcedColorAdjust") == "none"
    history(browser, board, "#service=one")
    assert browser.run(marks) == [found[3]]


def test_a_drag_marks_what_will_be_shown(browser, still):
    history(browser, still)
    plot = browser.one("#charts .plot")
    half = plot.size["width"] / 2
    mark = "return [...document.querySelectorAll('.plot, .band')].filter(each => each.className === 'band' || each === arguments[0])" \
           ".map(each => [each.getBoundingClientRect().toJSON(), each.hidden, getComputedStyle(each).backgroundColor])"

    def move(x):
        return ActionChains(browser.driver).move_to_element_with_offset(plot, int(x - half), 0)

    move(200).click_and_hold().perform()
    for x, left, right in ((340, 200, 340), (100, 100, 200)):
        move(x).perform()
        (whole, _, _), (band, hidden, colour) = browser.run(mark, plot)
        assert [band["left"] - whole["left"], band["right"] - whole["left"]] == pytest.approx([left, right], abs=2)
        assert [band["top"], band["bottom"]] == pytest.approx([whole["top"], whole["bottom"]], abs=2)
        assert not hidden and colour != "rgba(0, 0, 0, 0)"
    move(205).perform()
    assert browser.run(mark, plot)[1][1], "this would be a click"
    ActionChains(browser.driver).release().perform()
    assert browser.all(".band") == [] and "from" not in view(browser)
    # Other buttons are the browser's.
    for button in (1, 2):
        browser.run("""
            const [plot, button] = arguments, {left, top} = plot.getBoundingClientRect();
            for (const [kind, x] of [['mousedown', 200], ['mousemove', 340], ['mouseup', 340]])
                plot.dispatchEvent(new MouseEvent(kind, {button, clientX: left + x, clientY: top + 50, bubbles: true}));""",
                    browser.one("#charts .plot"), button)
        assert "from" not in view(browser)


def test_another_range_and_escape_lead_out_of_a_zoom(browser, still):
    now = int(time.time() * 1000)
    zoomed = f"#service=shop&from={now - 60_000}&to={now}"
    history(browser, still)
    for leave in (lambda: Select(browser.one("#range")).select_by_value("3600"), lambda: press(browser, "1"), lambda: press(browser, Keys.ESCAPE)):
        browser.run("document.activeElement.blur(); location.hash = arguments[0]", zoomed)
        browser.wait_for(lambda: browser.text("#unzoom"), "the zoom")
        leave()
        assert "from" not in view(browser) and browser.text("#subject") == "shop"
    press(browser, Keys.ESCAPE)
    assert browser.text("#detail") == "" and "service" not in view(browser)
    choose(browser, "stock")
    assert browser.text("#subject") == "stock"
    browser.one("#close").click()
    assert browser.text("#detail") == "" and "service" not in view(browser)
    browser.driver.back()
    browser.wait_for(lambda: browser.text("#subject") == "stock", "what was closed")


def test_keys_of_the_browser_are_left_to_it(browser, still):
    loaded(browser, still)
    for keys in ({"key": "p", "ctrlKey": True}, {"key": "p", "metaKey": True}, {"key": "1", "altKey": True}, {"key": "/", "ctrlKey": True}):
        assert browser.run("return document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...arguments[0]}))",
                           keys), "not prevented"
    assert browser.run("return document.activeElement.tagName") == "BODY"
    assert view(browser) == {} and browser.text("#connection") == "live"


def test_other_colours_leave_the_cursor_and_the_focus_where_they_are(browser, still):
    browser.emulate(prefers_color_scheme="light")
    history(browser, still)
    focused = "return document.activeElement.getAttribute('aria-label')"
    stroke = "return document.querySelector('#charts .key path').getAttribute('stroke')"
    light = browser.run(stroke)
    browser.run("document.querySelectorAll('#charts .plot')[1].focus()")
    press(browser, Keys.ARROW_LEFT)
    said = browser.wait_for(lambda: browser.text("#readout"), "the read-out")
    for scheme in ("dark", "light"):
        browser.emulate(prefers_color_scheme=scheme)
        browser.wait_for(lambda: (browser.run(stroke) == light) == (scheme == "light"), "the other colours")
        assert browser.run(focused).startswith("Duration: ")
        assert browser.text("#readout") == said


def test_the_read_out_stays_in_sight_of_the_chart(browser, still):
    history(browser, still, width=390, height=700)
    browser.run("const heat = document.querySelector('canvas.heat'); heat.focus({preventScroll: true}); heat.scrollIntoView({block: 'end'})")
    press(browser, Keys.ARROW_LEFT)
    browser.wait_for(lambda: browser.text("#readout"), "the read-out")
    top, bottom, height = browser.run("const {top, bottom} = document.querySelector('#readout').getBoundingClientRect();"
                                      " return [top, bottom, innerHeight]")
    assert browser.run("return scrollY") > 300
    assert 0 <= top < bottom < height / 2
