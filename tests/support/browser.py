"""A real browser for the dashboard's page: Debian's chromium, driven by chromedriver."""
import os
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from support.child import eventually


class Browser:
    """Keeps what the console said and what was asked for, so that a test can hold the page to its own server."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        switches = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-dev-shm-usage", "--force-device-scale-factor=1"]
        if os.geteuid() == 0:
            switches.append("--no-sandbox")  # chromium's sandbox refuses root
        for switch in switches:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_script_timeout(20)

    def quit(self):
        self.driver.quit()

    def open(self, url, width=1280, height=1000):
        self.driver.set_window_size(width, height)
        self.driver.get("about:blank")  # else a new fragment alone would not load the page anew
        self.driver.get(url)

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """What is shown there; empty where nothing is."""
        return self.run("const found = document.querySelector(arguments[0]); return found && found.checkVisibility() ? found.innerText : ''",
                        selector)

    def wait_for(self, claim, what, deadline_s=20):
        return eventually(claim, deadline_s, what)

    def rows(self):
        """The table as it is shown: {column: text}, in order."""
        return self.run("""
            const heads = [...document.querySelectorAll('thead th')].map(head => head.innerText.trim());
            return [...document.querySelectorAll('tbody tr')].map(row => Object.fromEntries(
                [...row.children].map((cell, i) => [heads[i], cell.innerText.trim()])));""")

    def names(self):
        """The names of the rows, groups' titles left out."""
        return self.run("return [...document.querySelectorAll('tbody tr .name')].map(name => name.innerText)")

    def emulate(self, **features):
        """`prefers_color_scheme="dark"`; none: as the machine has it."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def complaints(self):
        """What the console said since the last time, but for requests that failed while a server was gone."""
        return [entry["message"] for entry in self.driver.get_log("browser") if "net::ERR_" not in entry["message"]]
