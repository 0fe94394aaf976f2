"""What the benches say of the machine and of the programs that they compare."""
import os
import platform
import re
import subprocess


def machine():
    """The processor, its cores and the kernel, in one line."""
    with open("/proc/cpuinfo") as info:
        cpu = re.search(r"^model name\s*: (.*)$", info.read(), re.M)
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, Linux {kernel}"


def version(*argv):
    """The first line with a number in it of what a program says of itself."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    return next((line.strip() for line in done.stdout.splitlines() if re.search(r"\d\.\d", line)), "?")
