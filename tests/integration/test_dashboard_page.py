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

from support.page import by_name, history, loaded, view

SHOTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "screenshots"


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


def test_a_page_that_cannot_go_on_says_so(browser, still):
    loaded(browser, still)
    browser.run("document.querySelector('tbody .name').remove()")
    browser.wait_for(lambda: browser.text("#connection") == "this page failed; reload it", "the words")
    time.sleep(1.5)  # another event has come
    assert browser.text("#connection") == "this page failed; reload it" and browser.driver.title == "failed · meshctl"
    # As the charts of a series that makes no sense.
    loaded(browser, still)
    browser.run("window.fetch = () => Promise.resolve(new Response('{\"times\": 5, \"step_seconds\": 2}')); location.hash = 'service=shop'")
    browser.wait_for(lambda: browser.text("#connection") == "this page failed; reload it", "the words")
    browser.complaints()


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
