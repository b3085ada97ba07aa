"""A web server's side of the transports, and servers to try it at."""

import contextlib
import logging
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, FOLDER)

import gateway  # noqa: E402

KEEP = 1
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES, VALUES, UNKNOWN = 1, 2, 3, 4, 5, 6, 9, 10, 11
USUAL = {
    "REQUEST_METHOD": "GET", "REQUEST_URI": "/", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "localhost",
    "SERVER_PORT": "80", "HTTP_HOST": "example.com", "REMOTE_ADDR": "203.0.113.9", "REMOTE_PORT": "54321",
}


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello, world"]


def echo(environ, start_response):
    """Answer with the body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


def record(kind, number, content=b"", padding=0):
    return struct.pack("!BBHHBx", 1, kind, number, len(content), padding) + content + b"\0" * padding


def begin(number=1, flags=KEEP, role=1):
    return record(BEGIN, number, struct.pack("!HB5x", role, flags))


def pair(name, value):
    def length(text):
        return bytes((len(text),)) if len(text) < 128 else struct.pack("!I", len(text) | 1 << 31)

    name, value = name.encode("latin-1"), value.encode("latin-1")
    return length(name) + length(value) + name + value


def params(*more, **changed):
    """Return name-value pairs: USUAL with what has changed (None leaves it out), then more."""
    pairs = [p for p in {**USUAL, **changed}.items() if p[1] is not None]
    return b"".join(pair(*p) for p in pairs + list(more))


def request(number=1, flags=KEEP, body=b"", *more, **changed):
    """Return the records of a whole request."""
    if body:
        changed.setdefault("CONTENT_LENGTH", str(len(body)))
        changed.setdefault("REQUEST_METHOD", "POST")
    stdin = b"".join(record(STDIN, number, body[i:i + 65535]) for i in range(0, len(body), 65535))
    return (begin(number, flags) + record(PARAMS, number, params(*more, **changed)) + record(PARAMS, number)
            + stdin + record(STDIN, number))


def netstring(*more, body=b"", **changed):
    """Return a request by SCGI."""
    fields = {"CONTENT_LENGTH": str(len(body)), "SCGI": "1", **USUAL, **changed}
    pairs = [p for p in fields.items() if p[1] is not None] + list(more)
    head = "".join("%s\0%s\0" % p for p in pairs).encode("latin-1")
    return b"%d:%s," % (len(head), head) + body


class Peer:
    """A connection to a server."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(path)
        self.data = b""

    def send(self, data):
        self.sock.sendall(data)

    def record(self):
        """Return (type, id, content) of the next record, None at the end."""
        while True:
            if len(self.data) >= 8:
                _, kind, number, size, padding = struct.unpack_from("!BBHHBx", self.data)
                if len(self.data) >= 8 + size + padding:
                    content, self.data = self.data[8:8 + size], self.data[8 + size + padding:]
                    return kind, number, content
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return None
            self.data += more

    def answer(self, number=1):
        """Return STDOUT and the protocol status, None if the request has no end."""
        out = b""
        while True:
            got = self.record()
            if got is None:
                return out, None
            kind, its, content = got
            if its == number and kind == STDOUT:
                out += content
            if its == number and kind == END:
                return out, content[4]

    def rest(self):
        """Return all up to the end."""
        out = self.data
        with contextlib.suppress(ConnectionError):
            while True:
                more = self.sock.recv(65536)
                if not more:
                    break
                out += more
        return out

    def close(self):
        self.sock.close()


class GatewayTest(unittest.TestCase):
    """Starts servers in threads, with a log that is kept."""

    connect = gateway.FastCGI

    def setUp(self):
        self.logged = []
        handler = logging.Handler()
        handler.emit = lambda entry: self.logged.append(entry.getMessage())
        gateway.log.addHandler(handler)
        gateway.log.propagate = False
        self.addCleanup(gateway.log.removeHandler, handler)

    def limit(self, **seconds):
        """Change time limits, such as head=0.2."""
        for name, value in seconds.items():
            changed = unittest.mock.patch.object(gateway, name.upper() + "_SECONDS", value)
            changed.start()
            self.addCleanup(changed.stop)

    def serve(self, application, **options):
        """Return a function that connects to a server."""
        folder = tempfile.mkdtemp()
        path, stop = os.path.join(folder, "s"), gateway.Stop()
        server = gateway.Server(application, [gateway.listen_unix(path)], self.connect, stop, **options)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        peers = []

        def end():
            for peer in peers:
                peer.close()
            stop.request()
            thread.join(60)
            stop.close()
            self.assertFalse(thread.is_alive())
            self.assertEqual(os.listdir(folder), [])
            os.rmdir(folder)

        self.addCleanup(end)

        def dial():
            peers.append(Peer(path))
            return peers[-1]

        self.server = server
        return dial


class Program:
    """gateway.py as a process of its own, in a folder of its own, with an application."""

    def __init__(self, test, source, *arguments, environ=None, **popen):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "s")
        with open(os.path.join(self.folder, "application.py"), "w") as file:
            file.write(source)
        self.arguments = [sys.executable, os.path.join(FOLDER, "gateway.py"), "application:application",
                          "--allow-root", *arguments]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("APP", "LISTEN_", "NOTIFY_"))}
        self.environ = {**kept, "PYTHONPATH": self.folder, **(environ or {})}
        self.popen = {"stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **popen}
        self.processes = []
        test.addCleanup(self.clean)

    def start(self, *more):
        process = subprocess.Popen(self.arguments + ["--listen", "unix:" + self.path, *more],
                                   env=self.environ, **self.popen)
        self.processes.append(process)
        return process

    def wait_for(self, process, text=b"listening"):
        """Read standard error up to a line with text."""
        lines = []
        for line in process.stderr:
            lines.append(line)
            if text in line:
                return lines
        raise AssertionError("no %r in %r" % (text, lines))

    def clean(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for file in (process.stderr, process.stdout, process.stdin):
                if file:
                    file.close()
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if os.path.isdir(path):
                for inner in os.listdir(path):
                    os.unlink(os.path.join(path, inner))
                os.rmdir(path)
            else:
                os.unlink(path)
        os.rmdir(self.folder)


def eventually(test, condition, seconds=60):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        test.assertLess(time.monotonic(), end, "waited too long")
        time.sleep(0.01)
