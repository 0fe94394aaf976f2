#!/usr/bin/env bash
# Subject: six programs of Debian 12 that forward TCP, with their defaults: HAProxy 2.6.12 (mode tcp), nginx 1.22.1 (stream),
#          socat 1.7.4.4, redir 3.3, simpleproxy 3.5, rinetd 0.73.
# Guess:   what does not look into the bytes passes on all that TCP has: a half-close as a half-close, a reset as a reset.
# Seen:    a caller that says "that was all" (shutdown) and waits two seconds for its answer gets it through HAProxy alone; socat gives half
#          a second, the others nothing. A server that resets after half an answer looks to every caller as if it had ended in good
#          order. Only HAProxy passes a caller's reset on. An urgent byte arrives through none.
# Why:     an answer whose length is that of the connection (HTTP/1.0, dumps, plain line protocols) is cut and taken for whole. These are
#          the peers that we stand behind and are compared with: a test of ours that has one of them in between tests that one.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
need /usr/bin/python3
debian_packages haproxy=2.6.12-1+deb12u4 nginx=1.22.1-9+deb12u11 libnginx-mod-stream=1.22.1-9+deb12u11 socat=1.7.4.4-2 redir=3.3-1 \
  simpleproxy=3.5-1+b2 rinetd=0.73-1

cat >"$work/forward.py" <<'PY'
import os, socket, struct, subprocess, threading, time
work = os.getcwd()
program = lambda name: f"{work}/debian/usr/{name}"

def file(name, text):
    with open(f"{work}/{name}", "w") as to:
        to.write(text)
    return f"{work}/{name}"

FORWARDERS = {
    "no forwarder": None,
    "HAProxy": lambda here, there: [program("sbin/haproxy"), "-db", "-f", file("haproxy.cfg", f"""
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen forward
  bind 127.0.0.1:{here}
  server one 127.0.0.1:{there}
""")],
    "nginx": lambda here, there: [program("sbin/nginx"), "-p", work, "-e", f"{work}/nginx.log", "-c", file("nginx.conf", f"""
load_module {program('lib/nginx/modules/ngx_stream_module.so')};
daemon off; master_process off; pid {work}/nginx.pid;
events {{}}
stream {{ server {{ listen 127.0.0.1:{here}; proxy_pass 127.0.0.1:{there}; }} }}
""")],
    "socat": lambda here, there: [program("bin/socat"), f"TCP-LISTEN:{here},bind=127.0.0.1,fork", f"TCP:127.0.0.1:{there}"],
    "redir": lambda here, there: [program("bin/redir"), "-n", f"127.0.0.1:{here}", f"127.0.0.1:{there}"],
    "simpleproxy": lambda here, there: [program("bin/simpleproxy"), "-L", f"127.0.0.1:{here}", "-R", f"127.0.0.1:{there}"],
    "rinetd": lambda here, there: [program("sbin/rinetd"), "-f", "-c", file("rinetd.conf", f"127.0.0.1 {here} 127.0.0.1 {there}\n")],
}

def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

def all_of(sock):
    """What comes until the end, and how it ends."""
    sock.settimeout(5)
    data = b""
    try:
        while more := sock.recv(1000):
            data += more
        return data.decode(), "end"
    except ConnectionResetError:
        return data.decode(), "reset"
    except TimeoutError:
        return data.decode(), "silence"

class Server:
    """Serves each connection that sends something as `serve` says; whoever only tries the port is let go."""
    def __init__(self, serve):
        self.listener, self.serve, self.result, self.done = socket.create_server(("127.0.0.1", 0)), serve, None, threading.Event()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.one, args=(self.listener.accept()[0],), daemon=True).start()

    def one(self, sock):
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
            if sock.recv(1, socket.MSG_PEEK):
                self.result = self.serve(sock)
                self.done.set()
        except OSError:
            pass
        sock.close()

def answer_late(sock):
    all_of(sock)
    time.sleep(2)
    sock.sendall(b"answer")

def reset_behind_half(sock):
    sock.recv(1)
    sock.sendall(b"half")
    time.sleep(0.3)
    reset(sock)

def half_close(call):
    call.sendall(b"?")
    call.shutdown(socket.SHUT_WR)
    return all_of(call)[0] or "nothing"

def ask(call):
    call.sendall(b"?")
    return " and ".join(all_of(call))

def leave(call):
    call.sendall(b"?")
    time.sleep(0.3)
    reset(call)

def urgent(call):
    for part, flag in ((b"a", 0), (b"X", socket.MSG_OOB), (b"b", 0)):
        call.send(part, flag)
        time.sleep(0.1)
    call.shutdown(socket.SHUT_WR)

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]

def connect(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)

def tried(command, serve, call, who_tells):
    server = Server(serve)
    if command is None:
        forwarder, port = None, server.port
    else:
        port = free_port()
        forwarder = subprocess.Popen(command(port, server.port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        connect(port).close()
        with connect(port) as sock:
            told = call(sock)
            server.done.wait(5)
            return told if who_tells == "caller" else server.result
    finally:
        if forwarder:
            forwarder.kill()
            forwarder.wait()

for name, command in FORWARDERS.items():
    print(f"{name + ':':14}half-close, then {tried(command, answer_late, half_close, 'caller')}; "
          f"server resets: {tried(command, reset_behind_half, ask, 'caller')}; "
          f"caller resets: {tried(command, lambda s: all_of(s)[1], leave, 'server')}; "
          f"a!Xb: {tried(command, lambda s: all_of(s)[0], urgent, 'server')}", flush=True)
PY

bounded python3 forward.py |& tee "$work/seen"
stated <<'SEEN'
no forwarder: half-close, then answer; server resets: half and reset; caller resets: reset; a!Xb: aXb
HAProxy:      half-close, then answer; server resets: half and end; caller resets: reset; a!Xb: ab
nginx:        half-close, then nothing; server resets: half and end; caller resets: end; a!Xb: ab
socat:        half-close, then nothing; server resets: half and end; caller resets: end; a!Xb: ab
redir:        half-close, then nothing; server resets: half and end; caller resets: end; a!Xb: ab
simpleproxy:  half-close, then nothing; server resets: half and end; caller resets: end; a!Xb: ab
rinetd:       half-close, then nothing; server resets: half and end; caller resets: end; a!Xb: ab
SEEN
