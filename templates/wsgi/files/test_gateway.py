"""One request through each transport, with wsgiref.validate in between."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from wsgiref.validate import validator

import gateway
import wsgi

VARIABLES = {
    "CONTENT_LENGTH": "0", "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "REQUEST_URI": "/",
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
}


class TransportTest(unittest.TestCase):
    def ask(self, connect, request):
        """Return all that comes back over a connection of its own."""
        with tempfile.TemporaryDirectory() as folder:
            listener, stop = gateway.listen_unix(os.path.join(folder, "s")), gateway.Stop()
            server = gateway.Server(validator(wsgi.application), [listener], connect, stop)
            thread = threading.Thread(target=server.run)
            thread.start()
            try:
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.settimeout(10)
                    sock.connect(listener.path)
                    sock.sendall(request)
                    return b"".join(iter(lambda: sock.recv(65536), b""))
            finally:
                stop.request()
                thread.join()
                stop.close()

    def check(self, answer):
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"Status: 200 ", head)
        self.assertTrue(body)

    def test_fcgi(self):
        def record(kind, content):
            return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content

        params = b"".join(bytes((len(n), len(v))) + (n + v).encode() for n, v in VARIABLES.items())
        begin = record(1, bytes((0, 1, 0, 0, 0, 0, 0, 0)))  # a responder, whose connection is not kept
        answer = self.ask(gateway.FastCGI, begin + record(4, params) + record(4, b"") + record(5, b""))
        stdout, last = b"", None
        while answer:
            _, last, _, size, padding = struct.unpack_from("!BBHHBx", answer)
            if last == 6:
                stdout += answer[8:8 + size]
            answer = answer[8 + size + padding:]
        self.assertEqual(last, 3)  # END_REQUEST
        self.check(stdout)

    def test_scgi(self):
        head = b"".join(b"%s\0%s\0" % (n.encode(), v.encode()) for n, v in {**VARIABLES, "SCGI": "1"}.items())
        self.check(self.ask(gateway.SCGI, b"%d:%s," % (len(head), head)))

    def test_cgi(self):
        program = ("from wsgiref.validate import validator; import gateway, wsgi;"
                   "gateway.run(validator(wsgi.application), [])")
        folder = os.path.dirname(os.path.abspath(gateway.__file__))
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, env={**os.environ, **VARIABLES},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=30)
        self.assertEqual(done.returncode, 0)
        self.check(done.stdout)


if __name__ == "__main__":
    unittest.main()
