"""Tests of serve.py, as a program. They stay with the pack."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest
import urllib.error
import urllib.request
from pathlib import Path

SERVE = Path(__file__).resolve().parent.parent / "serve.py"
SECONDS = 60  # for what takes a moment


class ServeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in "serve.py", "middleware.py":
            (self.folder / name).write_bytes(SERVE.with_name(name).read_bytes())

    def write(self, name, text):
        (self.folder / name).write_text(textwrap.dedent(text))

    def start(self, *arguments, **variables):
        """Start serve.py from another folder, and return it and its URL."""
        process = subprocess.Popen(
            [sys.executable, self.folder / "serve.py", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PORT": "0", **variables},
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        url = next((word for word in line.split() if word.startswith("http:")), "")
        return process, url

    def end(self, process):
        """Interrupt the process as Ctrl-C does, and return what it has written."""
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0)
        return errors

    def get(self, url, **headers):
        request = urllib.request.Request(url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_demo_app(self):
        process, url = self.start("wsgiref.simple_server:demo_app", SECRET="hidden")
        status, text = self.get(url + "a%20b?c=d")
        self.assertEqual(status, 200)
        self.assertIn("PATH_INFO = '/a b'\nQUERY_STRING = 'c=d'\n", text)
        self.assertNotIn("hidden", text)
        self.assertEqual(self.get(url)[0], 200)
        lines = self.end(process).splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("method=GET path=/a%20b status=200", lines[0])

    def test_default_is_wsgi_application(self):
        self.write(
            "wsgi.py",
            """
            from middleware import access_log, request_id
            from wsgiref.simple_server import demo_app

            application = request_id(access_log(demo_app))
            """,
        )
        process, url = self.start()
        self.get(url, **{"X-Request-Id": "mine"})
        lines = self.end(process).splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("id=mine", lines[0])

    def test_validates(self):
        self.write(
            "wrong.py",
            """
            def app(environ, start_response):
                start_response("200 OK", [("content-type", "text/plain")])
                return "text"
            """,
        )
        process, url = self.start("wrong:app")
        self.assertEqual(self.get(url)[0], 500)
        self.assertIn("AssertionError", self.end(process))

    def test_once(self):
        process, url = self.start("wsgiref.simple_server:demo_app", "--once")
        self.assertEqual(self.get(url)[0], 200)
        process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0)

    def test_class_that_is_the_application(self):
        self.write(
            "own.py",
            """
            class App:
                def __init__(self, environ, start_response):
                    self.start = start_response

                def __iter__(self):
                    self.start("200 OK", [("Content-Type", "text/plain")])
                    yield b"from a class"
            """,
        )
        process, url = self.start("own:App")
        self.assertEqual(self.get(url), (200, "from a class"))
        self.end(process)

    def test_once_is_not_for_connections_without_a_request(self):
        """Browsers open some that they may not use."""
        process, url = self.start("wsgiref.simple_server:demo_app", "--once")
        port = int(url.rstrip("/").rpartition(":")[2])
        socket.create_connection(("localhost", port)).close()
        self.assertEqual(self.get(url)[0], 200)
        process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0)

    def test_port_is_taken(self):
        with socket.create_server(("localhost", 0)) as other:
            port = str(other.getsockname()[1])
            for process, _ in (
                self.start("wsgiref.simple_server:demo_app", PORT=port),
                self.start("wsgiref.simple_server:demo_app", "--port", port),
            ):
                _, errors = process.communicate(timeout=SECONDS)
                want = f"serve.py: port {port} is taken: choose another by --port\n"
                self.assertEqual((process.returncode, errors), (1, want))

    def test_no_such_port(self):
        for port, *more in ("65536", "--port=65536"), ("-5", "--port=-5"), ("http", "--port=http"), ("65536",):
            process, _ = self.start("wsgiref.simple_server:demo_app", *more, PORT=port)
            _, errors = process.communicate(timeout=SECONDS)
            want = f"serve.py: there is no port {port}: they are 0 to 65535\n"
            self.assertEqual((process.returncode, errors), (1, want))

    def test_hosts(self):
        hosts = [("127.0.0.1", "127.0.0.1")]
        with contextlib.suppress(OSError):  # where this machine has no IPv6
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
            hosts += ("::1", "[::1]"), ("[::1]", "[::1]")
        for host, url_host in hosts:
            with self.subTest(host):
                process, url = self.start(
                    "wsgiref.simple_server:demo_app", "--host", host
                )
                self.assertTrue(url.startswith(f"http://{url_host}:"), url)
                self.assertEqual(self.get(url)[0], 200)
                self.end(process)
        process, _ = self.start("wsgiref.simple_server:demo_app", "--host", "no such")
        _, errors = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertTrue(errors.startswith("serve.py: cannot listen on no such:0: "))

    def test_port_is_no_number(self):
        for port in "abc", ":8000", "-1", "8000.5":
            process, _ = self.start("wsgiref.simple_server:demo_app", PORT=port)
            _, errors = process.communicate(timeout=SECONDS)
            want = f"serve.py: PORT={port!r} is no number: want a port, as in PORT=8000\n"
            self.assertEqual((process.returncode, errors), (1, want))

    def test_port_beats_the_environment(self):
        for port in "abc", "":
            process, url = self.start("--port", "0", "wsgiref.simple_server:demo_app", PORT=port)
            self.assertTrue(url)

    def test_no_application(self):
        self.write(
            "empty.py",
            """
            name = 1

            class App:
                def __init__(self, greeting="Hello"):
                    self.greeting = greeting

                def __call__(self, environ, start_response):
                    return []
            """,
        )
        for place, want in {
            "app": "'app' is no MODULE:NAME, such as app:simple_app",
            "app:": "'app:' is no MODULE:NAME, such as app:simple_app",
            "absent:app": "there is no module absent",
            "empty:app": "empty has no application called app",
            "empty:name": "empty has no application called name",
            "empty.py": "'empty.py' is no MODULE:NAME, such as app:simple_app",
            "empty.py:name": "there is no module empty.py",
            "empty:App": "empty:App is a class whose instances are the application: "
            "say app = App() in the module, and empty:app here",
        }.items():
            process, _ = self.start(place)
            _, errors = process.communicate(timeout=SECONDS)
            self.assertEqual((process.returncode, errors), (1, f"serve.py: {want}\n"))

    def test_clients_that_go_leave_no_trace(self):
        process, url = self.start("wsgiref.simple_server:demo_app")
        port = int(url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("localhost", port)) as client:
            client.sendall(b"GET / HTTP/1.0\r\nX")
            reset = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        self.get(url)
        lines = self.end(process).splitlines()
        self.assertEqual(len(lines), 1, lines)


if __name__ == "__main__":
    unittest.main()
