"""A server on a real socket that does to each connection what the test says, and remembers what it got."""

import socket
import struct
import threading
from collections import deque
from contextlib import suppress

import pytest
import simplejson

RESET_AT_ONCE = struct.pack("ii", 1, 0)


class Received:
    """One request as it came over the wire."""

    def __init__(self, head, body):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = first.split(" ", 2)
        self.headers = dict(line.split(": ", 1) for line in lines)
        self.body = body

    def json(self):
        return simplejson.loads(self.body, use_decimal=True)


class Wire:
    """Plays its script, a step a connection; after it, what it always says at a path, or an empty object."""

    def __init__(self):
        self.received = []
        self.waits = []
        self.script = deque()
        self.always = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def plays(self, *steps):
        self.script.extend(steps)

    def answers(self, status=200, body="{}", **headers):
        content = (body if isinstance(body, str) else simplejson.dumps(body, use_decimal=True)).encode()
        fields = {"Content-Length": str(len(content)), "Connection": "close"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.plays(lambda sock: sock.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content))

    def resets(self):
        self.plays(lambda sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE))

    def hangs_up(self):
        self.plays(lambda _: None)

    def keeps_silent(self):
        self.plays(lambda sock: sock.recv(1))

    def truncates(self):
        self.plays(lambda sock: sock.sendall(b'HTTP/1.1 201 X\r\nContent-Length: 99\r\n\r\n{"id": "1'))

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                self._play(sock)

    def _play(self, sock):
        head, end, body = self._read_until_blank_line(sock)
        if not end:
            return  # somebody who speaks TLS
        request = Received(head, body)
        while len(request.body) < int(request.headers.get("Content-Length", 0)):
            if not (more := sock.recv(65536)):
                return  # a request that was thought better of
            request.body += more
        self.received.append(request)
        if not self.script:
            self.answers(200, self.always.get(request.path, {}))
        self.script.popleft()(sock)

    @staticmethod
    def _read_until_blank_line(sock):
        data = b""
        while b"\r\n\r\n" not in data and (more := sock.recv(65536)):
            data += more
            if not data[:1].isalpha():
                break
        return data.partition(b"\r\n\r\n")


@pytest.fixture
def wire():
    server = Wire()
    yield server
    server.close()
