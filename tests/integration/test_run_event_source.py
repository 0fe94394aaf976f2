"""A browser's EventSource survives a restart of the application, as it does without the proxy: a refused request is no answer."""
import socket
import threading

import pytest

from support.child import eventually, free_port
from support.servers import read_head, reset


class Events:
    """An application with a page that follows its events, which can be gone for a while."""

    PAGE = (b"<!doctype html><title>events</title><script>window.seen = [];"
            b"const source = new EventSource('/events');"
            b"source.onmessage = event => seen.push(event.data);</script>")

    def __init__(self):
        self.port = free_port()
        self.generation = 0
        self.start()

    def start(self):
        self.generation += 1
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, args=(self._listener, self.generation), daemon=True).start()

    def _accept(self, listener, generation):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection, generation), daemon=True).start()

    def _serve(self, connection, generation):
        head = read_head(connection)
        if head.startswith(b"GET /events "):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
                               b"retry: 100\ndata: %d\n\n" % generation)
        else:
            body = self.PAGE if head.startswith(b"GET / ") else b""
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                               % (len(body), body))
            connection.close()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            try:
                reset(connection)
            except OSError:
                pass  # closed already


@pytest.mark.parametrize("way", ["direct", "answer", "refuse"])
def test_an_event_source_is_open_again_after_a_restart_of_the_application(proxy, chromium, way):
    events = Events()
    try:
        port = events.port if way == "direct" else proxy("--upstream", events.port, "--when-down", way).port
        chromium.open(f"http://127.0.0.1:{port}/")
        eventually(lambda: chromium.run("return seen") == ["1"], what="the first event")
        events.stop()
        # It has met the refusal, not the end of its stream alone.
        chromium.run("window.errors = 0; source.addEventListener('error', () => ++errors)")
        eventually(lambda: chromium.run("return errors") >= 2, what="attempts that fail")
        assert chromium.run("return source.readyState") != 2, "closed for good"
        events.start()
        eventually(lambda: chromium.run("return seen") == ["1", "2"], what="the event after the restart")
        assert chromium.run("return source.readyState") == 1
    finally:
        chromium.driver.get("about:blank")
        chromium.complaints()  # refused requests are told on the console
        events.stop()
