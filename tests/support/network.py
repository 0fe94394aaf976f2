"""Networks of a test's own: one namespace, as the containers of a pod share it, or several hosts on one wire."""
import ctypes
import os
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000  # linux/sched.h; Python 3.11 has no os.setns


class NetworkNamespace:
    """A network namespace with loopback alone, which also holds the address OTHER: one that is beyond loopback."""

    OTHER = "10.99.0.1"
    SETUP = f"ip link set lo up && ip address add {OTHER}/32 dev lo"

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c", f"{self.SETUP} && echo up && exec sleep 3600"],
                                       stdout=subprocess.PIPE, text=True)
        self.works = self.holder.stdout.readline() == "up\n"

    @property
    def path(self):
        return f"/proc/{self.holder.pid}/ns/net"

    def command(self, *argv):
        """A command line that runs in here."""
        return ["nsenter", f"--net={self.path}", *map(str, argv)]

    def run(self, *argv, check=True, timeout=30, **more):
        """Runs a program in here to its end; the CompletedProcess, with text streams."""
        return subprocess.run(self.command(*argv), capture_output=True, text=True, check=check, timeout=timeout, **more)

    def do(self, action, *args, **more):
        """What `action` returns, or raises, in a thread that is in here: its sockets stay in here."""
        outcome = []

        def enter():
            try:
                with open(self.path) as namespace:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                outcome.append((action(*args, **more), None))
            except BaseException as error:  # noqa: BLE001 -- raised again by the caller
                outcome.append((None, error))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        value, error = outcome[0]
        if error is not None:
            raise error
        return value

    def connect(self, address, source=None, timeout=20):
        """A connection from in here; `source` is an address in here to come from."""
        return self.do(socket.create_connection, address, timeout=timeout, source_address=source)

    def get(self, url):
        """What curl gets in here; None if nobody listens."""
        done = self.run("curl", "-sg", "--max-time", "10", url, check=False)
        assert done.returncode in (0, 7), done.stderr
        return done.stdout if done.returncode == 0 else None

    def kill(self):
        self.holder.kill()
        self.holder.wait()


class Host(NetworkNamespace):
    """A host of a Lan: `ip` and `ip6` are its addresses on the wire, `eth0` its interface."""

    SETUP = "ip link set lo up"

    def __init__(self, lan, number):
        super().__init__()
        self.ip, self.ip6 = lan.ip(number), lan.ip6(number)
        port = f"port{number}"
        lan.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", self.holder.pid)
        lan.run("ip", "link", "set", port, "master", "bridge", "up")
        self.run("ip", "address", "add", f"{self.ip}/24", "dev", "eth0")
        self.run("ip", "address", "add", f"{self.ip6}/64", "dev", "eth0", "nodad")
        self.run("ip", "link", "set", "eth0", "up")


class Lan(NetworkNamespace):
    """A wire with hosts on it: 10.99.NET.N and fd99:NET::N, from N = 1 on."""

    SETUP = ("ip link set lo up && sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0; "
             "ip link add bridge type bridge forward_delay 0 && ip link set bridge up")

    def __init__(self, net=1):
        super().__init__()
        self.net = net
        self.hosts = []

    def ip(self, number):
        return f"10.99.{self.net}.{number}"

    def ip6(self, number):
        return f"fd99:{self.net}::{number}"

    def host(self):
        """One more host on the wire."""
        self.hosts.append(Host(self, len(self.hosts) + 1))
        return self.hosts[-1]

    def kill(self):
        for host in self.hosts:
            host.kill()
        super().kill()

