"""What the tests of the dashboard's page do with it, and what they have it show."""
import urllib.parse

from selenium.webdriver.common.action_chains import ActionChains

from support.dashboard import Pusher

LABEL = "return document.querySelector('#charts .plot').getAttribute('aria-label')"


def reported(board):
    """The pushers, by pod, of three services that have reported to `board`."""
    pods = {}
    for service, pod, calls, errors in (("shop", "shop-1", 300, 3), ("shop", "shop-2", 200, 0), ("stock", "stock-1", 700, 70),
                                        ("mail", "mail-1", 5, 0)):
        pods[pod] = Pusher(board, service, pod)
        pods[pod].call("/products/{id}", calls - errors, bins=[[400, calls - errors]], sent=1000)
        pods[pod].call("/products/{id}", errors, status=5, bins=[[480, errors]])
        pods[pod].call(f"/only/{pod}", 2, status=4, bins=[[300, 2]])
        pods[pod].push()
    return pods


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


def view(browser):
    """What the address keeps."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(browser.driver.current_url).fragment, keep_blank_values=True))


def choose(browser, name):
    next(each for each in browser.all("tbody .name") if each.text == name).click()
