"""HTTP clients that call as fast as they can, and know exactly what became of each call."""
import collections
import contextlib
import functools
import http.client
import itertools
import threading


class Callers:
    """Threads that call `path` until the block ends. `outcomes` counts status codes and `lost`:
    calls without a whole answer, on a connection that had taken the request or could not be made.
    They call from the network namespace `host`, or from here."""

    def __init__(self, port, path="/file", threads=8, keep_alive=True, host=None):
        self.outcomes = collections.Counter()
        self.lost_by = collections.Counter()
        self._port = port
        self._path = path
        self._keep_alive = keep_alive
        self._begun = itertools.count()
        self._go = threading.Event()
        self._go.set()
        self._turns = [threading.Lock() for _ in range(threads)]  # each held during a call
        self._done = threading.Event()
        self._lock = threading.Lock()
        call_on = self._call_on if host is None else functools.partial(host.do, self._call_on)
        self._threads = [threading.Thread(target=call_on, args=(turn,), daemon=True) for turn in self._turns]

    def calls(self):
        """How many have been begun."""
        return self._begun.__reduce__()[1][0]

    @contextlib.contextmanager
    def paused(self):
        """No call is under way inside."""
        self._go.clear()
        with contextlib.ExitStack() as held:
            for turn in self._turns:
                held.enter_context(turn)
            yield
        self._go.set()

    def _call_on(self, turn):
        outcomes = collections.Counter()
        lost_by = collections.Counter()
        connection = None
        while not self._done.is_set():
            self._go.wait()
            with turn:
                next(self._begun)
                connection = self._call(connection, outcomes, lost_by)
        if connection is not None:
            connection.close()
        with self._lock:
            self.outcomes += outcomes
            self.lost_by += lost_by

    def _call(self, connection, outcomes, lost_by):
        """Makes a call; the connection for the next one, or None."""
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            connection.request("GET", self._path)
            answer = connection.getresponse()
            answer.read()
            outcomes[str(answer.status)] += 1
            if self._keep_alive and not answer.will_close:
                return connection
        except (OSError, http.client.HTTPException) as error:
            outcomes["lost"] += 1
            lost_by[type(error).__name__] += 1
        connection.close()
        return None

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), "a caller does not end"
