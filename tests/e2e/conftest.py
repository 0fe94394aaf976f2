"""podman with a store of its own: what the developer has there is neither used nor touched.

Learned from podman 4.3:
- `kube play` takes `image: busybox` for a build context when the working directory has a folder or
  file of that name, --build=false or not: it runs in an empty folder here.
- `image: busybox` resolves to docker.io/library/busybox. With no imagePullPolicy it looks whether the
  registry has a newer one; a registries.conf that blocks docker.io makes the local image final.
- Every containerPort is published on the host under its own number: one pod after another, with
  ports of its own. conmon listens on the published port as soon as the pod is there, before the
  program in the pod does: poll for an answer, not for an open port.
- `podman build` works without a container to run in: --isolation chroot, and FROM scratch.
- `pod rm` waits ten seconds a container for programs that ignore TERM, as busybox does as process 1.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

from support.meshctl import ROOT

IMAGE = "localhost/meshctl-e2e:test"


class Podman:
    def __init__(self, folder):
        self.folder = folder
        (folder / "empty").mkdir()
        registries = folder / "registries.conf"
        registries.write_text('[[registry]]\nlocation = "docker.io"\nblocked = true\n')
        self._env = {**os.environ, "CONTAINERS_REGISTRIES_CONF": str(registries)}
        self._command = [os.environ.get("PODMAN", "podman"), "--root", str(folder / "root"),
                         "--runroot", str(folder / "run")]

    def __call__(self, *args, input=None, check=True, timeout=120):
        """Runs podman; its stdout."""
        done = subprocess.run([*self._command, *map(str, args)], input=input, capture_output=True,
                              text=True, timeout=timeout, cwd=self.folder / "empty", env=self._env)
        if check and done.returncode != 0:
            raise AssertionError(f"podman {args[0]} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def image(self, tag, name, source, recipe):
        """Builds an image after `recipe`, with one file, `name`, to copy."""
        context = self.folder / tag.replace("/", "_").replace(":", "_")
        context.mkdir()
        shutil.copy(source, context / name)
        file = self.folder / "Containerfile"
        file.write_text(recipe)
        self("build", "--isolation", "chroot", "-t", tag, "-f", file, context)

    def logs(self, container):
        """What a container wrote, stdout and stderr together."""
        done = subprocess.run([*self._command, "logs", container], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._env,
                              cwd=self.folder / "empty")
        return done.stdout


def why_not(podman):
    """Why containers cannot run here, or None. Plays a pod that does nothing but end."""
    pod = ("apiVersion: v1\nkind: Pod\nmetadata: {name: meshctl-probe}\nspec:\n  restartPolicy: Never\n"
           "  containers:\n  - {name: probe, image: busybox, command: ['/bin/true']}\n")
    try:
        podman("kube", "play", "--build=false", "-", input=pod)
        podman("pod", "rm", "-f", "-t", "0", "meshctl-probe")
    except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
        return " ".join(str(error).split())[:300]
    return None


@pytest.fixture(scope="session")
def podman(tmp_path_factory):
    folder = tmp_path_factory.mktemp("podman")
    tool = Podman(folder)
    try:
        reason = None
        try:
            build_busybox(tool)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            reason = " ".join(str(error).split())[:300]
        reason = reason or why_not(tool)
        if reason and os.environ.get("CI") == "true":
            pytest.fail(f"podman cannot run containers: {reason}")
        if reason:
            pytest.skip(f"podman cannot run containers here: {reason}")
        yield tool
    finally:
        for what in (("pod", "rm", "-a", "-f", "-t", "0"), ("rmi", "-a", "-f")):
            try:
                tool(*what, check=False)
            except (OSError, subprocess.TimeoutExpired):
                pass


def build_busybox(podman):
    """The article's `image: busybox`, from Debian's static binary, its commands as links."""
    busybox = shutil.which("busybox")
    podman.image("docker.io/library/busybox:latest", "busybox", busybox,
                 'FROM scratch\nCOPY busybox /bin/busybox\n'
                 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/bin\nCMD ["sh"]\n')


@pytest.fixture(scope="session")
def image(podman):
    """The image of the sidecar: the static binary in an empty image."""
    binary = pathlib.Path(os.environ.get("MESHCTL_IMAGE_BINARY", ROOT / "build/release/cli/meshctl"))
    assert binary.exists(), f"{binary} is not there: cmake --preset release, and build it"
    podman.image(IMAGE, "meshctl", binary, (ROOT / "Containerfile").read_text())
    return IMAGE


@pytest.fixture
def play(podman, image):
    """Injects a manifest and plays it; removes the pods at the end. play(text, *inject flags)."""
    from support.meshctl import run_once
    pods = []

    def start(manifest, *flags):
        injected = run_once("inject", "--image", image, *flags, "-", input=manifest, stdin=None)
        assert injected.returncode == 0, injected.stderr
        # Noted first: a pod whose start failed half-way is to be removed as well.
        pods.append(next(line.split()[-1] for line in manifest.splitlines()
                         if line.startswith("  name:")))
        podman("kube", "play", "--build=false", "-", input=injected.stdout)
        return pods[-1]

    yield start
    for pod in pods:
        podman("pod", "rm", "-f", "-t", "0", pod, check=False)


@pytest.fixture
def children():
    """Started programs; those still alive at the end of the test are killed."""
    started = []
    yield started
    for child in reversed(started):
        child.kill()
