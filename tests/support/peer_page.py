"""An HTTP server whose page is the address of its peer: `peer_page.py ADDRESS PORT`. Says `listening` when it does."""
import http.server
import socket
import sys


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.client_address[0]
        text = host.removeprefix("::ffff:").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, address, port):
        host, _, scope = address.partition("%")
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port, 0, socket.if_nametoindex(scope)) if scope else (host, port), Page)


if __name__ == "__main__":
    server = Server(sys.argv[1], int(sys.argv[2]))
    print("listening", flush=True)
    server.serve_forever()
