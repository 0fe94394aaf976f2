"""The proxies that are compared: meshctl, HAProxy and nginx, each minimal, one thread, pinned."""
import os
import pathlib
import subprocess
import sys

from support.child import Child, free_port
from support.meshctl import Proxy, environment

PROXY_CORE, LOAD_CORE = 0, 1
SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"

HAPROXY = """
global
  maxconn 9500
  nbthread {threads}
defaults
  mode {mode}
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
listen bench
  bind 127.0.0.1:{port}{h2}
  {option}
  server origin 127.0.0.1:{upstream}{h2}
"""

NGINX = """
{user}
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr; worker_rlimit_nofile {files};
events {{ worker_connections 19000; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream origin {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_read_timeout 600s;
    }}
  }}
}}
"""


def pinned(core):
    """A command prefix that keeps a program on one core, or on several: `0-1`."""
    return ["taskset", "-c", str(core)]


def pin(child, core):
    """Keeps a running program, all its processes and threads, on the core or cores."""
    for pid in processes(child.pid):
        subprocess.run(["taskset", "-a", "-c", "-p", str(core), str(pid)], check=True,
                       stdout=subprocess.DEVNULL)
    return child


def processes(pid):
    """A process and its descendants."""
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as children:
            for child in children.read().split():
                found += processes(int(child))
    return found


def haproxy(folder, upstream, mode, option="", threads=1, h2=False):
    port = free_port()
    config = folder / f"haproxy-{mode}-{threads}.cfg"
    config.write_text(HAPROXY.format(mode=mode, port=port, upstream=upstream, option=option,
                                     threads=threads, h2=" proto h2" if h2 else ""))
    cores = str(PROXY_CORE) if threads == 1 else f"0-{os.cpu_count() - 1}"
    child = Child([*pinned(cores), "/usr/sbin/haproxy", "-db", "-f", config], folder,
                  f"haproxy-{mode}-{threads}")
    child.port = port
    return child.wait_for_port(port)


def nginx_proxy(folder, upstream):
    port = free_port()
    prefix = folder / "nginx-proxy"
    prefix.mkdir()
    config = prefix / "nginx.conf"
    config.write_text(NGINX.format(user="user root;" if os.geteuid() == 0 else "", folder=prefix,
                                   port=port, upstream=upstream, files=19_500))
    child = Child([*pinned(PROXY_CORE), "/usr/sbin/nginx", "-p", prefix, "-c", config, "-e", "stderr"],
                  prefix, "nginx-proxy")
    child.port = port
    return child.wait_for_port(port)


def meshctl(folder, upstream, *flags):
    name = "meshctl" + "".join(flags).replace("--", "-").replace(" ", "-").replace("/", "-")
    output = () if "--output" in flags else ("--output", "none")
    child = Proxy(folder, "--upstream", upstream, "--listen", "0", *output, *flags, name=name)
    return pin(child, PROXY_CORE)


def start_with_loops(folder, upstream, counts):
    """{name: child} with each number of loops, free to run on every core."""
    children = {}
    for count in counts:
        child = Proxy(folder, "--upstream", upstream, "--listen", "0", "--output", "none", "--threads",
                      str(count), name=f"meshctl-loops-{count}")
        children[f"meshctl run --threads {count}"] = pin(child, f"0-{os.cpu_count() - 1}")
    children[f"HAProxy mode http, {counts[-1]} threads"] = haproxy(folder, upstream, "http",
                                                                   threads=counts[-1])
    return children


def has_flag(binary, flag):
    """Whether this build of `meshctl run` knows a flag yet."""
    done = subprocess.run([str(binary), "run", "--help"], capture_output=True, text=True, timeout=20,
                          env=environment())
    return flag in done.stdout


def greeter(folder):
    """A server that speaks first, at `port`."""
    child = Child([*pinned(LOAD_CORE), sys.executable, SUPPORT / "greeter.py"], folder, "greeter")
    child.port = int(child.wait_for(child.stdout, "its port"))
    return child


def start_before_greeter(folder, upstream):
    """{name: child} of those that forward any protocol."""
    return {"meshctl run": meshctl(folder, upstream),
            "HAProxy mode tcp": haproxy(folder, upstream, "tcp")}


def grpc_server(folder):
    """A server of gRPC's shape: `/message.grpc` is a message of 95 bytes, with its code in trailers. At `port`."""
    root = folder / "grpc"
    root.mkdir()
    (root / "message.grpc").write_bytes(bytes((0, 0, 0, 0, 95)) + b"x" * 95)
    types = folder / "grpc.types"
    types.write_text("application/grpc grpc\n")
    port = free_port()
    child = Child([*pinned(LOAD_CORE), "nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", root, "--mime-types-file",
                   types, "--trailer", "grpc-status: 0", str(port)], folder, "grpc-server")
    child.port = port
    return child.wait_for_port(port)


def start_before_grpc(folder, upstream):
    """{name: child} of those that pass HTTP/2 on as HTTP/2."""
    return {"meshctl run": meshctl(folder, upstream),
            "meshctl run --protocol tcp": meshctl(folder, upstream, "--protocol", "tcp"),
            "HAProxy mode http, h2 on both sides": haproxy(folder, upstream, "http", h2=True),
            "HAProxy mode tcp": haproxy(folder, upstream, "tcp")}


def start_with_telemetry(folder, upstream):
    """{name: child}: nothing read along, the usual, and all that can be switched on but the scrapes."""
    log = folder / "calls.log"
    return {"meshctl run --protocol tcp": meshctl(folder, upstream, "--protocol", "tcp"),
            "meshctl run": meshctl(folder, upstream),
            "meshctl run --output table": meshctl(folder, upstream, "--output", "table"),
            "meshctl run --access-log": meshctl(folder, upstream, "--access-log", str(log)),
            "all of it, and a scrape a second": meshctl(folder, upstream, "--output", "table", "--access-log", str(log))}


def start_all(folder, upstream, binary):
    """{name: child} of all contestants."""
    children = {"meshctl run": meshctl(folder, upstream)}
    if has_flag(binary, "--protocol"):
        children["meshctl run --protocol tcp"] = meshctl(folder, upstream, "--protocol", "tcp")
    children["HAProxy mode http"] = haproxy(folder, upstream, "http")
    children["HAProxy mode tcp"] = haproxy(folder, upstream, "tcp")
    children["nginx"] = nginx_proxy(folder, upstream)
    return children
