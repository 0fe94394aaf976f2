"""What README, docs and help texts say is what the program does."""
import os
import re
import shutil
import subprocess

import pytest

from support.meshctl import ROOT, run_once

README = (ROOT / "README.md").read_text()


def help_of(command):
    """{long flag: default or None} of `meshctl COMMAND --help`."""
    text = run_once(command, "--help").stdout
    flags = re.findall(r"^  (?:-\w,)?(--[\w-]+)[ ]?([^\n(]*)", text, re.M)
    # A flag that may be repeated has no default; the `=` of --forward is part of its value.
    return {name: None if "..." in value else value.partition("=")[2].split("  ")[0].strip() or None
            for name, value in flags}


def table_flags(text):
    """{long flag: rest of its row} of the Markdown tables in `text`."""
    rows = re.findall(r"^\| `(?:-\w, )?(--[\w-]+)[^`]*` \|(.*)\|$", text, re.M)
    return dict(rows)


@pytest.mark.parametrize("command", ["run", "inject", "dashboard"])
def test_the_page_of_a_command_lists_its_flags_and_no_others(command):
    documented = set(table_flags((ROOT / f"docs/{command}.md").read_text()))
    offered = set(help_of(command)) - {"--help", "--filename"}
    assert documented == offered


@pytest.mark.parametrize("command", ["run", "inject", "dashboard"])
def test_the_defaults_on_the_page_are_those_in_the_help(command):
    rows = table_flags((ROOT / f"docs/{command}.md").read_text())
    version = run_once("--version").stdout.split()[1]
    for flag, default in help_of(command).items():
        if default:
            assert default in rows[flag].replace("`", "").replace("<version>", version), flag


def test_each_flag_of_run_has_its_twin_in_the_environment():
    offered = help_of("run")
    twins = set(re.findall(r"^  (--[\w-]+) .*\(Env:(MESHCTL_\w+)\)$", run_once("run", "--help").stdout, re.M))
    told = {name: "MESHCTL_" + name[2:].upper().replace("-", "_") for name in set(offered) - {"--help"}}
    assert twins == {(name, twin + "S" if twin.endswith("_HOST") else twin) for name, twin in told.items()}
    # Kubernetes sets such for each Service: one named meshctl-admin makes MESHCTL_ADMIN_PORT.
    assert not [twin for _, twin in twins if twin.endswith(("_PORT", "_HOST", "_ADDR", "_PROTO"))]


def test_the_flags_in_the_readme_exist():
    offered = set(help_of("run")) | set(help_of("inject")) | set(help_of("dashboard"))
    assert set(table_flags(README)) <= offered


def test_links_in_readme_and_docs_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_refusal_in_the_readme_is_the_real_one(tmp_path):
    shown = re.search(r"\$ meshctl inject web\.yml \| oc create -f -\n(.*?)```", README, re.S).group(1)
    shutil.copy(ROOT / "examples/article/mis-indented.yml", tmp_path / "web.yml")
    done = run_once("inject", "web.yml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == shown


def form_of(table):
    """A recorded table without its figures: widths and words."""
    lines = [line for line in table.splitlines() if not line.startswith(("```", " "))]
    rows = {line.split()[0]: line for line in lines}
    return {"heads": rows["ROUTE"], "routes": {name for name in rows if name.startswith(("/", "{"))},
            "below": [name for name in rows if name[0].islower()], "total": len(rows["TOTAL"])}


def test_the_tables_of_the_readme_are_recorded_ones(tmp_path):
    again = tmp_path / "README.md"
    again.write_text(README)
    done = subprocess.run([ROOT / "tests/support/record_table.py", again], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for columns in (80, 140):
        mark = re.compile(rf"<!-- table {columns} columns -->\n(.*?)<!-- end -->", re.S)
        shown, recorded = (mark.search(text).group(1) for text in (README, again.read_text()))
        assert form_of(shown) == form_of(recorded)
        assert all(len(line) <= columns for line in shown.splitlines())


def test_the_quickstart_of_the_readme_runs_and_its_picture_is_true():
    assert "examples/quickstart.sh" in README
    built = ROOT / "build/release/build.ninja"
    if not built.exists() and not os.environ.get("CI"):
        pytest.skip("the release preset is not built; tests/run.sh e2e builds it")
    done = subprocess.run([ROOT / "examples/quickstart.sh"], capture_output=True, text=True,
                          timeout=1200, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    header = next(line for line in README.splitlines() if line.startswith("ROUTE "))
    assert header.split() == next(line for line in done.stdout.splitlines() if line.startswith("ROUTE ")).split()
    client = dict(re.findall(r"^curl: (\d+) calls answered (\d+)$", done.stdout, re.M))
    assert client == {"250": "200", "7": "404"}
    payload = re.search(r"^curl: (\d+) payload bytes$", done.stdout, re.M).group(1)
    total = re.search(r"^TOTAL +(\d+) ", done.stdout, re.M).group(1)
    assert total == "257"
    assert "status  200 250  404 7" in done.stdout
    # 200 pages of 15 bytes, 50 reports of 50,000, and what the server says of seven missing pages.
    assert int(payload) > 200 * 15 + 50 * 50_000
    leftover = subprocess.run(["pgrep", "-f", f"{ROOT}/build/release/cli/meshctl run"],
                              capture_output=True, text=True)
    assert leftover.stdout == ""

