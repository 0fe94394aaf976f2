"""One of the demo's services, or the people who use them.

  demo_service.py stock PORT
  demo_service.py payments PORT
  demo_service.py shop PORT STOCK_URL PAYMENTS_URL
  demo_service.py traffic SHOP_URL
"""
import http.server
import random
import sys
import threading
import time
import urllib.error
import urllib.request


def call(url, body=None):
    """(status, body) of another service."""
    try:
        with urllib.request.urlopen(url, body, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 502, b"the other service is not there\n"


def stock(method, path, _):
    if path == "/inventory":  # counts everything, and takes its time
        time.sleep(random.uniform(0.15, 0.4))
        return 200, b"12,345 things\n" * 2000
    time.sleep(random.expovariate(200))
    number = int(path.rsplit("/", 1)[-1])
    return (404, b"no such thing\n") if number % 50 == 0 else (200, b'{"left": 7}\n')


def payments(method, path, body):
    time.sleep(random.lognormvariate(-4.2, 0.6))
    return (503, b"the bank does not answer\n") if random.random() < 0.05 else (201, b"paid " + body[:200] + b"\n")


def shop(method, path, body):
    if path == "/":
        return 200, b"<h1>Shop</h1>" + b"<p>Things to buy</p>" * 1000
    if path.startswith("/products/"):
        status, _ = call(f"{PEERS[0]}/stock/{path.rsplit('/', 1)[-1]}")
        return status, b"a product\n" * 50
    if path == "/report":
        return call(f"{PEERS[0]}/inventory")
    if path == "/orders":
        status, _ = call(f"{PEERS[1]}/payments", body)
        return (502, b"not paid\n") if status >= 500 else (201, b"ordered\n")
    return 404, b"there is nothing here\n"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, text = SERVICE(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def visit(url):
    while True:
        call(f"{url}/")
        for _ in range(random.randrange(1, 5)):
            call(f"{url}/products/{random.randrange(1, 300)}")
            time.sleep(random.expovariate(8))
        if random.random() < 0.4:
            call(f"{url}/orders", b"a thing, please; " * random.randrange(1, 200))
        if random.random() < 0.1:
            call(f"{url}/report")
        if random.random() < 0.05:
            call(f"{url}/wp-login.php")


if __name__ == "__main__":
    if sys.argv[1] == "traffic":
        for _ in range(8):
            threading.Thread(target=visit, args=(sys.argv[2],), daemon=True).start()
        threading.Event().wait()
    SERVICE = {"stock": stock, "payments": payments, "shop": shop}[sys.argv[1]]
    PEERS = sys.argv[3:]
    Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
