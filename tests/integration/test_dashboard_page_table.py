"""The table of the dashboard's page in a real browser: its order, its filter, and whose row is whose."""
import time

import pytest

from support.dashboard import Pusher, post, push

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from selenium.webdriver.common.keys import Keys

from support.page import by_name, charts, choose, loaded, view


def test_every_column_sorts_both_ways_by_mouse_and_by_keyboard(browser, still):
    board = still
    loaded(browser, board)
    heads = browser.run("return [...document.querySelectorAll('thead th button')].map(each => each.innerText)")
    assert len(heads) >= 12
    browser.one("#pause").click()  # what changes by itself would change widths, too
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
