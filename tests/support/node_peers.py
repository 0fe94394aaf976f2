"""Programs in tests/support/node, with the npm packages that they need, installed below build/."""
import os
import shutil
import subprocess

from support.meshctl import ROOT

SCRIPTS = ROOT / "tests/support/node"
FOLDER = ROOT / "build/node"


def install():
    """Installs what package.json names, once. Fails, saying what is missing, where that cannot be done."""
    wanted = (SCRIPTS / "package.json").read_text()
    installed = FOLDER / "installed.json"
    if installed.exists() and installed.read_text() == wanted:
        return
    assert shutil.which("npm"), "npm is missing: install it, or have it on the PATH"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text(wanted)
    done = subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
                          cwd=FOLDER, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"npm cannot install the packages of {SCRIPTS}/package.json:\n{done.stderr}"
    installed.write_text(wanted)


def command(script, *args):
    """The command line that runs a script, and the environment that it needs."""
    install()
    environment = {**os.environ, "NODE_PATH": str(FOLDER / "node_modules")}
    return ["node", str(SCRIPTS / script), *map(str, args)], environment


def run(script, *args, timeout=120):
    """Runs a script to its end; what it printed."""
    argv, environment = command(script, *args)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout
