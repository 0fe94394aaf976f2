#!/usr/bin/python3
"""Adds up test reports: `N passed, N failed, N skipped` as the last line, exit 1 if any failed.

Reads ctest-*.xml (a program each; its cases are counted from doctest's own summary line) and
pytest-*.xml in the folder. With CI=true a skip counts as failed, except those that ALLOWED names.
"""
import argparse
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

# Debian's kubectl is 1.20, which knows less of kustomize than its successors.
ALLOWED = re.compile(r"kubectl.*1\.20.*kustomize|kustomize.*kubectl.*1\.20", re.S)

DOCTEST = re.compile(r"\[doctest\] test cases: +(\d+) \| +(\d+) passed \| +(\d+) failed \| +(\d+) skipped")


def of_ctest(root):
    """Yields (outcome, name, count) for each program of a ctest report."""
    for case in root.iter("testcase"):
        summaries = DOCTEST.findall(case.findtext("system-out") or "")
        passed = sum(int(row[1]) for row in summaries)
        failed = sum(int(row[2]) for row in summaries)
        if case.get("status") != "run" and failed == 0:
            failed = 1  # it crashed, hung, or a sanitizer ended it: no case says so
        if case.get("status") == "run" and passed == 0:
            failed += 1  # a program without a case tests nothing
        yield "passed", case.get("name"), passed
        yield "failed", case.get("name"), failed


def of_pytest(root, strict):
    """Yields (outcome, name, count) for each test of a pytest report."""
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield "failed", name, 1
        elif skipped is None:
            yield "passed", name, 1
        else:
            reason = skipped.get("message") or ""
            refused = strict and not ALLOWED.search(reason)
            yield "failed" if refused else "skipped", f"{name}: skipped: {reason}", 1


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--failed-steps", type=int, default=0, help="failures that no report holds")
    options.add_argument("folder", type=pathlib.Path)
    arguments = options.parse_args()
    strict = os.environ.get("CI") == "true"

    counts = {"passed": 0, "failed": arguments.failed_steps, "skipped": 0}
    for report in sorted(arguments.folder.glob("*.xml")):
        root = xml.parse(report).getroot()
        rows = of_ctest(root) if report.name.startswith("ctest-") else of_pytest(root, strict)
        for outcome, name, count in rows:
            counts[outcome] += count
            if count and outcome != "passed":
                print(f"{outcome}: {report.stem}: {name}")
    if counts["passed"] == 0 and counts["failed"] == 0:
        counts["failed"] = 1
        print("failed: no test ran")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
