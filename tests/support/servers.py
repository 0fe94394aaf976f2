"""Upstreams: real ones (nginx, PostgreSQL, sshd, Prometheus) and scripted ones for the corner cases."""
import glob
import hashlib
import http.server
import json
import os
import pwd
import shutil
import socket
import struct
import subprocess
import threading

from support.child import Child, free_port

SMALL = b"0123456789" * 10


class Nginx(Child):
    """nginx in its own folder. `root` is what it serves:
    /file 100 bytes, /empty, /10k, /100k, /big 1 MB, /10m; /fixed and /no-content answer by themselves,
    /abort closes without an answer, what is PUT below /upload/ is kept.
    At `proxy_protocol_port` it asks for a PROXY header, and answers what that said."""

    def __init__(self, folder, workers=1):
        self.port = free_port()
        self.proxy_protocol_port = free_port()
        self.root = folder / "www"
        self.root.mkdir(parents=True)
        (self.root / "file").write_bytes(SMALL)
        (self.root / "empty").write_bytes(b"")
        for name, size in (("10k", 10_000), ("100k", 100_000), ("big", 1_000_000), ("10m", 10_000_000)):
            (self.root / name).write_bytes(os.urandom(size))
        (self.root / "upload").mkdir()
        for temporary in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (folder / temporary).mkdir()
        config = folder / "nginx.conf"
        config.write_text(f"""
            {"user root;" if os.geteuid() == 0 else ""}
            daemon off; worker_processes {workers}; pid {folder}/pid; error_log stderr;
            events {{ worker_connections 10000; }}
            http {{
              access_log off; sendfile on; tcp_nodelay on; default_type text/plain;
              keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 0;
              client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
              fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
              scgi_temp_path {folder}/scgi;
              server {{
                listen 127.0.0.1:{self.port} backlog=4096; root {self.root};
                location = /fixed {{ return 200 "{SMALL.decode()}"; }}
                location = /no-content {{ return 204; }}
                location = /broken {{ return 503 "out of order"; }}
                location = /abort {{ return 444; }}
                location /upload/ {{ dav_methods PUT; create_full_put_path on; }}
              }}
              server {{
                listen 127.0.0.1:{self.proxy_protocol_port} proxy_protocol;
                location / {{ return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_port"; }}
              }}
            }}""")
        self._start = (["/usr/sbin/nginx", "-p", folder, "-c", config, "-e", "stderr"], folder,
                       "nginx")
        self.restart()

    def restart(self):
        """Starts it (again), at the same port."""
        super().__init__(*self._start)
        self.wait_for_port(self.port)

    def kill(self):
        """Asks first: a master that is killed leaves its workers behind."""
        self.stop()


def as_user(name):
    """Popen arguments to run as `name` where we are root; {} where we are not."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} \
        if os.geteuid() == 0 else {}


class Haproxy(Child):
    """HAProxy before `backends`, pairs of a port and the address of a readiness page, in `mode`
    http or tcp. It asks for readiness each 100 ms."""

    def __init__(self, folder, mode, backends):
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        servers = "\n".join(
            f"  server s{number} 127.0.0.1:{port} check addr 127.0.0.1 port {ready.rpartition(':')[2]} "
            f"inter 100ms fall 1 rise 1" for number, (port, ready) in enumerate(backends))
        config = folder / "haproxy.cfg"
        config.write_text(f"""
global
  maxconn 2000
  stats socket {folder}/socket
defaults
  mode {mode}
  timeout connect 2s
  timeout check 5s
  timeout client 30s
  timeout server 30s
  option httpchk GET /ready
listen all
  bind 127.0.0.1:{self.port}
  balance roundrobin
{servers}
""")
        program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
        super().__init__([program, "-db", "-f", config], folder, "haproxy")
        self.wait_for_port(self.port)


class Postgres(Child):
    """A PostgreSQL server with a cluster of its own, on loopback."""

    USER = "postgres"

    def __init__(self, folder):
        self.port = free_port()
        tools = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        data = folder / "cluster"
        data.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            shutil.chown(data, self.USER)
        subprocess.run([f"{tools}/initdb", "-D", data, "-A", "trust", "-U", self.USER, "--no-sync",
                        "-E", "UTF8", "--locale=C"], check=True, cwd="/", capture_output=True,
                       **as_user(self.USER))
        super().__init__([f"{tools}/postgres", "-D", data, "-p", self.port, "-k", "",
                          "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
                         folder, "postgres", cwd="/", **as_user(self.USER))
        self.wait_for_port(self.port)

    def psql(self, port, script):
        """Runs `script` with psql at `port`; (exit code, stdout, stderr) as bytes."""
        done = subprocess.run(
            ["psql", "-X", "-h", "127.0.0.1", "-p", str(port), "-U", self.USER, "-f", "-"],
            input=script.encode(), capture_output=True, timeout=120)
        return done.returncode, done.stdout, done.stderr


class Redis(Child):
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder):
        self.port = free_port()
        super().__init__(["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                          "--dir", folder], folder, "redis")
        self.wait_for_port(self.port)

    def cli(self, port, *args, **more):
        """Runs redis-cli at `port`; (exit code, stdout, stderr) as bytes."""
        done = subprocess.run(["redis-cli", "-p", str(port), *args], capture_output=True, timeout=60, **more)
        return done.returncode, done.stdout, done.stderr


class Sshd(Child):
    """An OpenSSH server with its own host key; `ssh_command(port)` logs in as the current user."""

    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key],
                           check=True)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # sshd demands it of root
        config = folder / "sshd_config"
        config.write_text(f"""
            ListenAddress 127.0.0.1
            Port {self.port}
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/user.pub
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            """.replace("            ", ""))
        super().__init__(["/usr/sbin/sshd", "-D", "-e", "-f", config], folder, "sshd")
        self.wait_for_port(self.port)

    def ssh_command(self, port, *command):
        return ["ssh", "-F", "none", "-p", str(port), "-i", f"{self.folder}/user",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "127.0.0.1", *command]


class Prometheus(Child):
    """A Prometheus that scrapes the targets each second; or `static_configs`, each `interval`."""

    def __init__(self, folder, *targets, static_configs=None, interval="1s"):
        self.port = free_port()
        config = folder / "prometheus.yml"
        # JSON is YAML.
        config.write_text(json.dumps({
            "global": {"scrape_interval": interval},
            "scrape_configs": [{"job_name": "meshctl", "static_configs": static_configs or [{"targets": targets}]}]}))
        self._start = (["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                        f"--web.listen-address=127.0.0.1:{self.port}"], folder, "prometheus")
        self.restart()

    def restart(self):
        """Starts it (again), at the same port."""
        super().__init__(*self._start)
        self.wait_for_port(self.port)


class ScriptedServer:
    """Runs `session(socket)` in a thread for each connection. What a session raises fails the
    test in `close()`, unless the session was told to expect it."""

    def __init__(self, session, listener=None):
        self._session = session
        self._listener = listener or socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.errors = []
        self._threads = []
        self._lock = threading.Lock()  # who joins finds no session that was not started yet
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection:
            try:
                self._session(connection)
            except Exception as error:  # noqa: BLE001 -- handed to the test
                self.errors.append(error)

    def join(self, deadline_s=20):
        """Waits for the sessions so far, and fails if one of them did."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(deadline_s)
            assert not thread.is_alive(), "a session of the scripted server does not end"
        assert not self.errors, self.errors

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(20)
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close()
        if kind is None:
            self.join()


def reset(connection):
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_all(connection, size=1 << 16):
    """Everything up to the peer's end of stream."""
    parts = []
    while part := connection.recv(size):
        parts.append(part)
    return b"".join(parts)


def read_head(connection):
    """An HTTP head, read byte by byte so that nothing behind it is taken."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return head
        head += byte
    return head


class BodyServer(http.server.ThreadingHTTPServer):
    """Answers a POST or PUT with the length and the SHA-256 of its body, chunked or not."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), BodyHandler)
        self.port = self.server_address[1]
        self.body_bytes = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class BodyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = b"".join(self._chunks()) if "chunked" in self.headers.get("Transfer-Encoding", "") \
            else self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.body_bytes += len(body)
        answer = f"{len(body)} {hashlib.sha256(body).hexdigest()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_POST

    def _chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass

    def log_message(self, *_):
        pass
