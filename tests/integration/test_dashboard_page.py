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
from support.dashboard import Pusher

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

SHOTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "screenshots"


@pytest.fixture
def shop(dashboard):
    """A dashboard that three services reported to: (it, the pushers by pod)."""
    board = dashboard()
    pods = {}
    for service, pod, calls, errors in (("shop", "shop-1", 300, 3), ("shop", "shop-2", 200, 0), ("stock", "stock-1", 700, 70),
                                        ("mail", "mail-1", 5, 0)):
        pods[pod] = Pusher(board, service, pod)
        pods[pod].call("/products/{id}", calls - errors, bins=[[400, calls - errors]], sent=1000)
        pods[pod].call("/products/{id}", errors, status=5, bins=[[480, errors]])
        pods[pod].call(f"/only/{pod}", 2, status=4, bins=[[300, 2]])
        pods[pod].push()
    return board, pods


def by_name(browser, name):
    return next(row for row in browser.rows() if row["Service"].lstrip("▸▾ \n") == name)


def loaded(browser, board, fragment="", **size):
    browser.open(board.url("/" + fragment), **size)
    browser.wait_for(lambda: browser.text("#connection") in ("live", "paused"), "live figures")


def charts(browser):
    return browser.run("return [...document.querySelectorAll('#charts figure')].filter(each => !each.hidden)"
                       ".map(each => each.querySelector('h3').innerText)")


def history(browser, board, fragment="#service=shop", **size):
    loaded(browser, board, fragment, **size)
    browser.wait_for(lambda: "Duration" in charts(browser), "the charts")


def dragged(browser, x_from, x_to, chart="#charts .plot"):
    plot = browser.one(chart)
    half = plot.size["width"] / 2
    ActionChains(browser.driver).move_to_element_with_offset(plot, int(x_from - half), 0).click_and_hold() \
        .move_to_element_with_offset(plot, int((x_from + x_to) / 2 - half), 0) \
        .move_to_element_with_offset(plot, int(x_to - half), 0).release().perform()


PICTURE = "return document.querySelector('canvas.heat').toDataURL()"
LABEL = "return document.querySelector('#charts .plot').getAttribute('aria-label')"
# How many canvases of the charts are not empty: the points under the cursor have their own.
DRAWN = """return [...document.querySelectorAll('#charts .plot canvas')].filter(each => {
    const empty = Object.assign(document.createElement('canvas'), {width: each.width, height: each.height});
    return each.toDataURL() !== empty.toDataURL();
  }).length"""


def view(browser):
    """What the address keeps."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(browser.driver.current_url).fragment, keep_blank_values=True))


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
    assert by_name(browser, "stock")["Errors"] == "10.0 %"
    assert by_name(browser, "mail")["Errors"] == "0.0 %"
    assert browser.run("return window.isTheSamePage") is True
    assert browser.run("return document.querySelector('tbody .spark path').getAttribute('d').length") > 20


def test_every_column_sorts_both_ways_by_mouse_and_by_keyboard(browser, shop):
    board, _ = shop
    loaded(browser, board)
    heads = browser.run("return [...document.querySelectorAll('thead th button')].map(each => each.innerText)")
    assert len(heads) >= 12
    for i, head in enumerate(heads):
        button = browser.all("thead th button")[i]
        button.click()
        first = browser.run("return arguments[0].parentNode.getAttribute('aria-sort')", button)
        order = browser.names()
        button.send_keys(Keys.ENTER)
        assert {first, browser.run("return arguments[0].parentNode.getAttribute('aria-sort')", button)} == {"ascending", "descending"}, head
        assert len(browser.all("thead [aria-sort]")) == 1
        if head in ("Service", "Calls"):
            assert browser.names() == order[::-1], head
    browser.all("thead th button")[heads.index("Calls")].click()
    if view(browser).get("sort", "calls") != "calls":
        browser.all("thead th button")[heads.index("Calls")].click()
    assert browser.names() == ["stock", "shop", "mail"]


def test_a_filter_finds_services_pods_and_routes(browser, shop):
    board, _ = shop
    loaded(browser, board)
    box = browser.one("#filter")
    box.send_keys("shop")
    assert browser.names() == ["shop"]
    assert browser.text("#shown") == "1 of 3 services"
    box.send_keys("-2")
    assert browser.names() == ["shop", "shop-2", "/only/shop-2"]
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("NOTHING OF THE KIND")
    assert browser.names() == []
    assert "0 of 3 services" in browser.text("#shown")
    box.send_keys(Keys.ESCAPE)
    assert len(browser.names()) == 3


def test_a_service_opens_to_its_pods_and_routes(browser, shop):
    board, _ = shop
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


def test_all_of_it_works_by_keyboard(browser, shop):
    board, _ = shop
    loaded(browser, board)

    def press(*keys):
        ActionChains(browser.driver).send_keys(*keys).perform()

    press("/")
    press("shop")
    assert browser.names() == ["shop"]
    press(Keys.ESCAPE)  # the filter
    browser.run("document.activeElement.blur()")
    press(Keys.ARROW_DOWN)
    press(Keys.ARROW_DOWN)
    assert browser.run("return document.activeElement.innerText") == "shop"
    press(Keys.ARROW_RIGHT)
    assert "shop-1" in browser.names()
    press(Keys.ARROW_DOWN)
    assert browser.run("return document.activeElement.innerText") == "shop-1"
    press(Keys.ENTER)
    assert browser.text("#subject") == "shop › shop-1"
    press("5")
    assert browser.one("#range").get_attribute("value") == "86400"
    press("p")
    assert browser.one("#pause").get_attribute("aria-pressed") == "true"
    press("p", Keys.ESCAPE)
    assert browser.text("#detail") == ""
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
        "return [...document.querySelectorAll('#charts .key')].slice(0, 2).map(each => each.innerText.replaceAll('━', ''))")] \
        == [["2xx", "4xx", "5xx"], ["p50", "p90", "p99"]]
    # One cursor in all charts, read out as text.
    plot = browser.one("#charts .plot")
    ActionChains(browser.driver).move_to_element_with_offset(plot, plot.size["width"] // 2 - 8, 0).perform()
    assert re.search(r"\d\d:\d\d:\d\d .*2xx .*p50 ", browser.wait_for(lambda: browser.text("#readout"), "the read-out"))
    # The heatmap has it, too, and moves it.
    ActionChains(browser.driver).move_to_element_with_offset(plot, 0, -120).perform()
    browser.wait_for(lambda: browser.text("#readout") == "", "a read-out of nothing")
    plain, blank = browser.run(PICTURE), browser.run(DRAWN)
    heat = browser.one("canvas.heat")
    right = heat.size["width"] // 2
    browser.wait_for(lambda: any(
        ActionChains(browser.driver).move_to_element_with_offset(heat, right - left, 0).perform() or "p50" in browser.text("#readout")
        for left in range(2, 40, 2)), "a column with calls")
    assert re.search(r"\d\d:\d\d:\d\d .*2xx .*p50 ", browser.text("#readout"))
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


def test_no_line_is_drawn_through_what_nobody_counted(browser, shop):
    board, _ = shop
    loaded(browser, board)
    series = {"format": "meshctl-series-1", "step_seconds": 2, "times": [10_000, 12_000, 20_000, 60_000, 62_000],
              "calls": [1, 2, 3, 4, 5], "errors": {"5xx": [0, 0, 1, 0, 1]}, "heatmap": [[], [[31, 2]], [[31, 3]], [], []]}
    cut = "return import('/charts.js').then(({withGaps}) => withGaps(arguments[0]))"
    # A pause within which calls are counted together is no gap.
    assert browser.run(cut, series) == series | {
        "times": [10_000, 12_000, 20_000, 22_000, 60_000, 62_000], "calls": [1, 2, 3, None, 4, 5],
        "errors": {"5xx": [0, 0, 1, None, 0, 1]}, "heatmap": [[], [[31, 2]], [[31, 3]], None, [], []]}
    coarse = series | {"step_seconds": 60, "times": [0, 60_000, 120_000, 300_000, 360_000]}
    assert browser.run(cut, coarse)["times"] == [0, 60_000, 120_000, 180_000, 300_000, 360_000]
    assert browser.run(cut, series | {"times": [0, 2000, 4000, 6000, 8000]})["calls"] == series["calls"]


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


def test_ranges_zoom_and_back(browser, shop):
    board, _ = shop
    history(browser, board)
    select = Select(browser.one("#range"))
    assert [option.text for option in select.options] == ["5 minutes", "15 minutes", "1 hour", "6 hours", "24 hours"]
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
    dragged(browser, 120, 260, "canvas.heat")
    zoomed = browser.wait_for(lambda: "from" in view(browser) and view(browser), "the zoom")
    assert 1000 < int(zoomed["to"]) - int(zoomed["from"]) < 150_000
    dragged(browser, 200, 204, "canvas.heat")
    assert view(browser) == zoomed, "a click is no zoom"


def test_a_pause_holds_everything_still(browser, shop):
    board, pods = shop
    loaded(browser, board)
    browser.one("#pause").click()
    assert browser.text("#connection") == "paused"
    pods["shop-1"].call("/products/{id}", 11)
    pods["shop-1"].push()
    eventually(lambda: board.service("shop")["totals"]["calls"] == 515, 20, "the calls")
    time.sleep(2.2)  # two events of the stream
    assert by_name(browser, "shop")["Calls"] == "504"
    browser.one("#pause").click()
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "515", "the new calls")
    assert browser.text("#connection") == "live"


def test_a_link_leads_to_the_same_view(browser, shop):
    board, _ = shop
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
        browser.driver.back()
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(browser.driver.window_handles[0])
    # The browser's own way back closes the history.
    browser.driver.back()
    browser.wait_for(lambda: browser.text("#detail") == "", "the way back")
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
    board.send(signal.SIGKILL)
    board.wait()
    browser.wait_for(lambda: browser.text("#connection").startswith("disconnected"), "the break")
    assert by_name(browser, "shop")["Calls"] == "40"
    board = dashboard(listen=port)
    pod.call("/", 2)
    pod.push()
    browser.wait_for(lambda: browser.text("#connection") == "live", "the way back", 30)
    browser.wait_for(lambda: by_name(browser, "shop")["Calls"] == "42", "the new figures")


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


def test_what_can_be_downloaded_is_what_is_shown(browser, shop):
    board, _ = shop
    history(browser, board)
    services = json.load(urllib.request.urlopen(browser.one("#json").get_attribute("href"), timeout=10))
    assert [each["name"] for each in services["services"]] == ["mail", "shop", "stock"]
    csv = urllib.request.urlopen(browser.one("#csv").get_attribute("href"), timeout=10).read().decode().split("\r\n")
    assert csv[0].startswith("time_unix_ms,step_seconds,calls,")
    assert sum(int(line.split(",")[2]) for line in csv[1:] if line) == 504
    series = json.load(urllib.request.urlopen(browser.one("#series").get_attribute("href"), timeout=10))
    assert sum(series["calls"]) == 504


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
        if (!own || !node.checkVisibility() || node.closest('noscript, .skip, .key span')) continue;
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
    back = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", back)[:3])) < 80) == (scheme == "dark")
    assert browser.run(CONTRAST) == {}


def test_it_can_be_used_without_eyes(browser, shop):
    board, _ = shop
    history(browser, board)
    nameless = browser.run("""
        return [...document.querySelectorAll('button, input, select, a, canvas, svg, section')].filter(node => node.checkVisibility() && !node.closest('.plot'))
            .filter(node => !(node.innerText || node.getAttribute('aria-label') || node.labels?.length)).map(node => node.outerHTML)""")
    assert nameless == []
    assert browser.run("return [...document.querySelectorAll('th')].every(each => ['col', 'row'].includes(each.scope))")
    assert browser.run("return document.documentElement.lang") == "en"
    assert browser.text("caption") or browser.run("return document.querySelector('caption').innerText")
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    # What a chart shows is there as text, too.
    assert browser.run("return [...document.querySelectorAll('#charts .plot')].every(each => each.getAttribute('role') === 'img'"
                       " && /most/.test(each.getAttribute('aria-label')))")


def test_the_page_is_small_and_asks_nobody_else(browser, shop):
    board, _ = shop
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


def test_a_dashboard_with_no_room_for_a_page_is_asked_again(browser, shop):
    board, _ = shop
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
