"""A pod with a web server, for podman, and how to reach what it publishes."""
import urllib.error
import urllib.request

from support.child import free_port

WEB = """\
apiVersion: v1
kind: Pod
metadata:
  name: web-pod
  labels:
    app: web
spec:
  containers:
  - name: web
    image: busybox
    command: ['sh', '-c', 'mkdir /www && echo hello > /www/index.html
      && head -c 70000 /dev/zero > /www/big && exec httpd -f -p 8087 -h /www']
"""


def ports():
    """--listen-base and --admin-port with numbers that are free on this host."""
    listen, admin = free_port(), free_port()
    return listen, admin, ("--listen-base", str(listen), "--admin-port", str(admin))


def fetch(port, path):
    """(status, body) of a page, or None while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()
    except OSError:
        return None
