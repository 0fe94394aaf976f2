"""Records the picture of the dashboard that the README shows: the demo's services, after a minute.

  MESHCTL=build/release/cli/meshctl /usr/bin/python3 tests/support/record_page.py [docs/dashboard.png]
"""
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import Browser  # noqa: E402 -- the path comes first

SECONDS = 75


def main():
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs/dashboard.png")
    demo = subprocess.Popen([ROOT / "examples/dashboard/demo.sh"], stdout=subprocess.PIPE, text=True)
    browser = Browser()
    try:
        url = re.search(r"http\S+/", demo.stdout.readline())[0]
        time.sleep(SECONDS)
        browser.open(f"{url}#service=shop&namespace=demo&range=300&open=demo%2Fshop", width=1280, height=1090)
        time.sleep(4)
        browser.screenshot(target)
    finally:
        browser.quit()
        demo.terminate()
        demo.wait()


if __name__ == "__main__":
    main()
