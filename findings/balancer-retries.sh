#!/usr/bin/env bash
# Subject: HAProxy 2.6.12 and nginx 1.22.1 (Debian 12) in front of two servers, one of them gone, with their defaults.
# Guess:   both try again elsewhere when a server cannot answer. HAProxy's default of 3 retries does so for a refused connection, and it makes
#          no difference to either whether a server that is gone refuses, hangs up, or answers 502 by a proxy before it.
# Seen:    HAProxy's three retries go to the server that refused, one a second, and the call ends with 503 after 3 s although the other
#          server is idle; `option redispatch` cures that case alone. nginx tries elsewhere after a refusal, and after a hang-up
#          as well, but not for a POST. A 502 is never tried elsewhere by either.
# Why:     a sidecar that keeps its port open while the application is down turns calls that were answered elsewhere into failures: half of
#          them here. To close what was accepted is not enough; the connection must be refused.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
need /usr/bin/python3
debian_packages haproxy=2.6.12-1+deb12u4 nginx=1.22.1-9+deb12u11

cat >"$work/retries.py" <<'PY'
import os, socket, struct, subprocess, threading, time
work = os.getcwd()
CALLS = 4

def file(name, text):
    with open(f"{work}/{name}", "w") as to:
        to.write(text)
    return f"{work}/{name}"

def haproxy(options):
    return lambda here, gone, alive: [f"{work}/debian/usr/sbin/haproxy", "-db", "-f", file("haproxy.cfg", f"""
defaults
  mode http
  {options}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen both
  bind 127.0.0.1:{here}
  server gone 127.0.0.1:{gone}
  server alive 127.0.0.1:{alive}
""")]

def nginx(here, gone, alive):
    # max_fails=0: nginx would leave the server out for 10 s after its first failure, and hide what it does with one.
    temp = "".join(f"{kind}_temp_path {work}/temp; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return [f"{work}/debian/usr/sbin/nginx", "-p", work, "-e", f"{work}/nginx.log", "-c", file("nginx.conf", f"""
daemon off; master_process off; pid {work}/nginx.pid;
events {{}}
http {{
  access_log off; {temp}
  upstream both {{ server 127.0.0.1:{gone} max_fails=0; server 127.0.0.1:{alive} max_fails=0; }}
  server {{ listen 127.0.0.1:{here}; location / {{ proxy_pass http://both; }} }}
}}
""")]

def read_request(sock):
    data = b""
    while not data.endswith((b"\r\n\r\n", b"x")):
        data += sock.recv(4096) or b"x"

def hang_up(sock):
    read_request(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

def answer(status):
    def serve(sock):
        read_request(sock)
        sock.sendall(b"HTTP/1.1 %d .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
    return serve

def server(serve):
    """A port where each connection is served and closed; one that refuses, without `serve`."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    def accept():
        while True:
            sock = listener.accept()[0]
            try:
                serve(sock)
            except OSError:
                pass
            sock.close()
    if serve:
        threading.Thread(target=accept, daemon=True).start()
    else:
        listener.close()
    return port

def call(port, method):
    with socket.create_connection(("127.0.0.1", port), 15) as sock:
        body = b"x" if method == "POST" else b""
        sock.sendall(b"%s / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (method.encode(), len(body), body))
        try:
            return sock.recv(12)[9:] == b"200"
        except OSError:
            return False

def balancer(command, gone):
    port = server(None)
    process = subprocess.Popen(command(port, gone, server(answer(200))), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, port
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)

def row(command, gone, method):
    process, port = balancer(command, server(gone))
    try:
        began = time.monotonic()
        answered = sum(call(port, method) for _ in range(CALLS))
        lasted = time.monotonic() - began
        return f"{answered} of {CALLS}" + (", 3 s for each other" if lasted / max(CALLS - answered, 1) > 2 else "")
    finally:
        process.kill()
        process.wait()

for name, command in (("HAProxy", haproxy("")), ("HAProxy, option redispatch", haproxy("option redispatch")), ("nginx", nginx)):
    for what, gone in (("refuses", None), ("hangs up", hang_up), ("answers 502", answer(502))):
        print(f"{name}; one server {what}: " + "; ".join(f"{method} {row(command, gone, method)}" for method in ("GET", "POST")), flush=True)
PY

bounded python3 retries.py |& tee "$work/seen"
stated <<'SEEN'
HAProxy; one server refuses: GET 2 of 4, 3 s for each other; POST 2 of 4, 3 s for each other
HAProxy; one server hangs up: GET 2 of 4; POST 2 of 4
HAProxy; one server answers 502: GET 2 of 4; POST 2 of 4
HAProxy, option redispatch; one server refuses: GET 4 of 4; POST 4 of 4
HAProxy, option redispatch; one server hangs up: GET 2 of 4; POST 2 of 4
HAProxy, option redispatch; one server answers 502: GET 2 of 4; POST 2 of 4
nginx; one server refuses: GET 4 of 4; POST 4 of 4
nginx; one server hangs up: GET 4 of 4; POST 2 of 4
nginx; one server answers 502: GET 2 of 4; POST 2 of 4
SEEN
