"""HTTP/2 connections that a service ends in order: what it did not process is no call, and nobody's error."""
import os
import re
import subprocess

import pytest

from support.child import Child, eventually, free_port
from support.meshctl import errors


@pytest.fixture
def nginx_h2(tmp_path, children):
    """nginx with HTTP/2 alone, which ends each connection after 50 calls, and writes each call down."""
    port, log = free_port(), tmp_path / "nginx.log"
    config = tmp_path / "nginx.conf"
    config.write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; worker_processes 1; pid {tmp_path}/pid; error_log stderr;
        events {{}}
        http {{
          access_log {log}; keepalive_requests 50;
          {"".join(f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
          server {{ listen 127.0.0.1:{port} http2; location / {{ return 200 "0123456789"; }} }}
        }}""")
    server = Child(["/usr/sbin/nginx", "-p", tmp_path, "-c", config, "-e", "stderr"], tmp_path, "nginx")
    children.append(server)
    server.port, server.log = port, log
    yield server.wait_for_port(port)
    server.stop()


def test_streams_that_nginx_did_not_take_are_no_calls(proxy, nginx_h2):
    meshctl = proxy("--upstream", nginx_h2.port)
    done = subprocess.run(["h2load", "-n", "2000", "-c", "8", "-m", "32", meshctl.url("/a")], capture_output=True,
                          text=True, timeout=120)
    started, succeeded = (int(re.search(rf"(\d+) {what}", done.stdout)[1]) for what in ("started", "succeeded"))
    assert started > succeeded == 8 * 50, done.stdout
    eventually(lambda: meshctl.stats()["connections"]["open"] == 0, what="the end of the connections")
    totals = meshctl.totals()
    assert totals["calls"] == succeeded == len(nginx_h2.log.read_text().splitlines())
    assert totals["by_status"] == {"200": succeeded} and errors(totals) == {} and totals["active_calls"] == 0
