"""A place to run an example in: a copy of it, meshctl in the PATH, and stand-ins for what needs a cluster."""
import json
import shutil
import subprocess

from support.meshctl import ROOT, binary, environment

EXAMPLES = ROOT / "examples"


class Workplace:
    """A copy of an example, and a PATH with meshctl in it and whatever stand-ins the test adds."""

    def __init__(self, folder, example):
        self.folder = folder / "work"
        shutil.copytree(EXAMPLES / example, self.folder)
        self.programs = folder / "programs"
        self.programs.mkdir()
        (self.programs / "meshctl").symlink_to(binary())
        self.calls = folder / "calls"
        self.calls.touch()
        (folder / "home").mkdir()
        self.variables = environment({"PATH": f"{self.programs}:/usr/sbin:/usr/bin:/sbin:/bin",
                                      "HOME": str(folder / "home"), "GITHUB_PATH": str(folder / "path"),
                                      "LC_ALL": "C.UTF-8"})

    def stand_in(self, name, script=""):
        """A program that notes its arguments, and then does what `script` says."""
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.calls}\n{script}\n')
        program.chmod(0o755)

    def run(self, *argv, stdin="", **variables):
        return subprocess.run([str(arg) for arg in argv], cwd=self.folder, input=stdin, text=True,
                              capture_output=True, timeout=60, env={**self.variables, **variables})

    def shell(self, script, **variables):
        """Runs a CI step as the CI does: it stops at the first command that fails."""
        return self.run("bash", "-e", "-o", "pipefail", "-c", script, **variables)

    def read(self, name):
        return (self.folder / name).read_text()


def succeeded(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def objects(text, folder):
    """{kind/name: object}, as kubectl decodes them; fails if it would not take one of them."""
    file = folder / "decoded.yaml"
    file.write_text(text)
    done = succeeded(subprocess.run(["kubectl", "annotate", "--local", "-f", file, "zz=1", "-o", "json"],
                                    capture_output=True, text=True, timeout=60))
    found, at, text = {}, 0, done.stdout.rstrip()
    while at < len(text):
        each, at = json.JSONDecoder().raw_decode(text, at)
        name = each["metadata"].get("name") or each["metadata"]["generateName"]
        found[f"{each['kind']}/{name}"] = each
        at += 1  # the newline between them
    return found
