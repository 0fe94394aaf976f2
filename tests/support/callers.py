"""HTTP clients that call as fast as they can, and know exactly what became of each call."""
import collections
import http.client
import threading


class Callers:
    """Threads that call `path` until the block ends. `outcomes` counts status codes and `lost`:
    calls without a whole answer, on a connection that had taken the request or could not be made."""

    def __init__(self, port, path="/file", threads=8, keep_alive=True):
        self.outcomes = collections.Counter()
        self.lost_by = collections.Counter()
        self._port = port
        self._path = path
        self._keep_alive = keep_alive
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call_on, daemon=True) for _ in range(threads)]

    def _call_on(self):
        outcomes = collections.Counter()
        lost_by = collections.Counter()
        connection = None
        while not self._done.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
                connection.request("GET", self._path)
                answer = connection.getresponse()
                answer.read()
                outcomes[str(answer.status)] += 1
                if self._keep_alive and not answer.will_close:
                    continue
            except (OSError, http.client.HTTPException) as error:
                outcomes["lost"] += 1
                lost_by[type(error).__name__] += 1
            connection.close()
            connection = None
        if connection is not None:
            connection.close()
        with self._lock:
            self.outcomes += outcomes
            self.lost_by += lost_by

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), "a caller does not end"
