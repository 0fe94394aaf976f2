"""A gRPC service and its clients, without generated code: messages are bytes.

  grpc_peer.py serve             prints its port; methods of /test.Echo/: Unary, Fail, Stream, Both
  grpc_peer.py call PORT COUNT   calls them, COUNT times each; prints {method: {code: calls}} as JSON
"""
import collections
import concurrent.futures
import json
import sys
import threading
import time

import grpc


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        method = details.method.rpartition("/")[2]
        if method == "Unary":
            return grpc.unary_unary_rpc_method_handler(lambda request, _: request)
        if method == "Fail":
            return grpc.unary_unary_rpc_method_handler(self._fail)
        if method == "Slow":
            return grpc.unary_unary_rpc_method_handler(self._slow)
        if method == "Stream":
            return grpc.unary_stream_rpc_method_handler(lambda request, _: iter([request] * 5))
        if method == "Both":
            return grpc.stream_stream_rpc_method_handler(lambda requests, _: requests)
        return None

    @staticmethod
    def _fail(request, context):
        context.abort(grpc.StatusCode(tuple(StatusCodes[int(request)])), "as you wish")

    @staticmethod
    def _slow(request, _):
        time.sleep(5)
        return request


StatusCodes = {code.value[0]: code.value for code in grpc.StatusCode}


def serve():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=[Echo()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Event().wait()


def call(port, count):
    seen = collections.defaultdict(collections.Counter)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        def attempt(method, kind, argument, timeout=20):
            stub = getattr(channel, kind)(f"/test.Echo/{method}")
            try:
                answer = stub(argument, timeout=timeout)
                if kind.endswith("stream"):
                    collections.deque(answer, maxlen=0)
                seen[method]["OK"] += 1
            except grpc.RpcError as error:
                seen[method][error.code().name] += 1

        for number in range(count):
            attempt("Unary", "unary_unary", b"x" * (number % 100))
            attempt("Fail", "unary_unary", str([2, 5, 13, 14, 16][number % 5]).encode())
            attempt("Stream", "unary_stream", b"abc")
            attempt("Both", "stream_stream", iter([b"a", b"bb", b"ccc"]))
            attempt("Missing", "unary_unary", b"")
        attempt("Slow", "unary_unary", b"", timeout=0.2)
    print(json.dumps(seen))


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else call(int(sys.argv[2]), int(sys.argv[3]))
