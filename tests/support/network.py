"""A network of its own for a test, as the containers of a pod share one."""
import subprocess


class NetworkNamespace:
    """A network namespace with loopback alone, which also holds the address OTHER: one that is beyond loopback."""

    OTHER = "10.99.0.1"

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c",
                                        f"ip link set lo up && ip address add {self.OTHER}/32 dev lo && echo up && "
                                        "exec sleep 600"], stdout=subprocess.PIPE, text=True)
        self.works = self.holder.stdout.readline() == "up\n"

    def command(self, *argv):
        """A command line that runs in here."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *map(str, argv)]

    def get(self, url):
        """What curl gets there; None if nobody listens."""
        done = subprocess.run(self.command("curl", "-sg", "--max-time", "10", url), capture_output=True, text=True,
                              timeout=20)
        assert done.returncode in (0, 7), done.stderr
        return done.stdout if done.returncode == 0 else None

    def kill(self):
        self.holder.kill()
        self.holder.wait()
