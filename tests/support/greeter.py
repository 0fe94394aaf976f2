"""A server that speaks first: greets each connection and closes it. Prints its port."""
import socket

with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"220 ready\r\n")
        connection.close()
