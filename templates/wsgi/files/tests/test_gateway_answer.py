"""What an application may answer, and what happens if it may not."""

import io
import os
import signal
import sys
from unittest import mock

from harness import KEEP, STDOUT, GatewayTest, eventually, gateway, hello, request

PLAIN = ("Content-Type", "text/plain")


class Result:
    """A result that counts how often it is closed."""

    def __init__(self, error):
        self.error, self.closed = error, 0

    def __iter__(self):
        yield b"x"
        if self.error:
            raise self.error

    def close(self):
        self.closed += 1


class AnswerTest(GatewayTest):
    def ask(self, application, **changed):
        """Return what comes of one request, and whether it has an end."""
        peer = self.serve(application)()
        peer.send(request(1, KEEP, b"", **changed))
        return peer.answer()

    def answering(self, *blocks, status="200 OK", headers=(PLAIN,)):
        def application(environ, start_response):
            start_response(status, list(headers))
            return iter(blocks)

        return application

    def test_blocks_are_records(self):
        peer = self.serve(self.answering(b"a", b"", b"b"))()
        peer.send(request())
        records = [peer.record() for _ in range(4)]
        self.assertEqual(records[0], (STDOUT, 1, b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n"))
        self.assertEqual([r[2] for r in records[1:]], [b"a", b"b", b""])

    def test_large_blocks(self):
        for blocks in ([b"x" * 300000], [b"x" * 70000, b"y" * 65535, b"z"]):
            for kind in (list, iter):
                with self.subTest((len(blocks), kind)):
                    out, end = self.ask(lambda e, s: (s("200 OK", [PLAIN]), kind(blocks))[1])
                    self.assertEqual(end, 0)
                    self.assertEqual(out.partition(b"\r\n\r\n")[2], b"".join(blocks))

    def test_the_end_comes_with_the_last_byte(self):
        """A client that has all that Content-Length promises may close the connection, and
        nginx then closes its own, kept or not, if it has not seen the end."""
        headers = [PLAIN, ("Content-Length", "5")]
        for blocks in ([b"hello"], [b"hello", b""], [b"hel", b"lo"], [b"hello and more"]):
            with self.subTest(blocks), mock.patch.object(gateway.FastCGI, "push", autospec=True, side_effect=gateway.FastCGI.push) as push:
                out, end = self.ask(self.answering(*blocks, headers=headers))
                self.assertEqual((out.partition(b"\r\n\r\n")[2], end), (b"hello", 0))
                self.assertEqual(push.call_count, 2 if blocks[0] == b"hel" else 1)

    def test_no_body(self):
        for status, method, head in (("204 No Content", "GET", b""), ("304 Not Modified", "GET", b""),
                                     ("200 OK", "HEAD", b"Content-Length: 4\r\n")):
            for kind in (list, iter):
                with self.subTest((status, method, kind)):
                    out, end = self.ask(lambda e, s: (s(status, []), kind([b"body"]))[1], REQUEST_METHOD=method)
                    if kind is iter:
                        head = b""
                    self.assertEqual((out, end), (b"Status: %s\r\n%s\r\n" % (status.encode(), head), 0))

    def test_head_keeps_the_length(self):
        out, _ = self.ask(self.answering(headers=[("Content-Length", "7")]), REQUEST_METHOD="HEAD")
        self.assertEqual(out, b"Status: 200 OK\r\nContent-Length: 7\r\n\r\n")

    def test_location_comes_before_status(self):
        out, _ = self.ask(self.answering(status="201 Created", headers=[PLAIN, ("Location", "/x")]))
        self.assertTrue(out.startswith(b"Location: /x\r\nStatus: 201 Created\r\n"), out)

    def test_location_leads_nowhere_else(self):
        for path, to, want in (("//evil.test/x", "//evil.test/x/", b"/evil.test/x/"), ("/x", "//cdn.test/", b"//cdn.test/"),
                               ("/%5Cevil.test", "/\\evil.test/", b"/evil.test/")):
            with self.subTest(path):
                out, _ = self.ask(self.answering(status="302 Found", headers=[("Location", to)]), REQUEST_URI=path)
                self.assertTrue(out.startswith(b"Location: " + want + b"\r\n"), out)

    def test_duplicate_fields_are_kept(self):
        out, _ = self.ask(self.answering(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))
        self.assertIn(b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", out)

    def test_latin_1(self):
        out, _ = self.ask(self.answering(headers=[("X-Name", "caf\xe9")]))
        self.assertIn(b"X-Name: caf\xe9\r\n", out)

    def test_early_hints_are_swallowed(self):
        def application(environ, start_response):
            start_response("103 Early Hints", [("Link", "</x>; rel=preload")])
            return hello(environ, start_response)

        out, _ = self.ask(application)
        self.assertTrue(out.startswith(b"Status: 200"))
        self.assertNotIn(b"Link", out)

    def test_write(self):
        def application(environ, start_response):
            write = start_response("200 OK", [PLAIN])
            write(b"one ")
            write(b"two ")
            return [b"three"]

        out, end = self.ask(application)
        self.assertEqual((out.partition(b"\r\n\r\n")[2], end), (b"one two three", 0))

    def test_file_wrapper(self):
        files = []

        def application(environ, start_response):
            start_response("200 OK", [PLAIN])
            files.append(io.BytesIO(b"x" * 200000))
            return environ["wsgi.file_wrapper"](files[0], 1000)

        out, end = self.ask(application)
        self.assertEqual((len(out.partition(b"\r\n\r\n")[2]), end), (200000, 0))
        self.assertTrue(files[0].closed)

    def test_close_is_called(self):
        for name, error in (("well", None), ("raising", ValueError("boom"))):
            with self.subTest(name):
                result = Result(error)
                out, end = self.ask(lambda e, s: (s("200 OK", [PLAIN]), result)[1])
                self.assertEqual((end, out[-1:]), (None if error else 0, b"x"))
                eventually(self, lambda: result.closed)
                self.assertEqual(result.closed, 1)

    def test_close_that_raises(self):
        class Result(list):
            def close(self):
                raise ValueError("boom")

        def application(environ, start_response):
            start_response("200 OK", [PLAIN])
            return Result([b"x"])

        peer = self.serve(application)()
        for _ in range(2):
            peer.send(request())
            self.assertEqual(peer.answer()[1], 0)
        self.assertIn("close", self.logged)

    def test_errors_before_the_answer(self):
        """A 500, a line in the log, and the connection lives."""
        def twice(environ, start_response):
            start_response("200 OK", [])
            start_response("200 OK", [])

        for name, application in {
            "raise": lambda e, s: 1 / 0,
            "exit": lambda e, s: sys.exit(3),
            "interrupt": lambda e, s: (_ for _ in ()).throw(KeyboardInterrupt),
            "raise after start": lambda e, s: (s("200 OK", [PLAIN]), 1 / 0),
            "no start": lambda e, s: [b"x"],
            "no start of an iterator": lambda e, s: iter([b"x"]),
            "nothing": lambda e, s: None,
            "start only": lambda e, s: s("200 OK", []) and None,
            "twice": twice,
            "text": self.answering("text"),
            "text in a list": lambda e, s: (s("200 OK", [PLAIN]), ["text"])[1],
            "status": self.answering(status="200"),
            "status of no number": self.answering(status="OK 200"),
            "status injection": self.answering(status="200 OK\r\nX-Evil: 1"),
            "status beyond latin-1": self.answering(status="200 \u2713"),
            "value injection": self.answering(headers=[("X", "a\r\nX-Evil: 1")]),
            "value injection by LF": self.answering(headers=[("X", "a\nX-Evil: 1")]),
            "value with NUL": self.answering(headers=[("X", "a\0")]),
            "name injection": self.answering(headers=[("X-Evil: 1\r\nX", "a")]),
            "empty name": self.answering(headers=[("", "a")]),
            "value of bytes": self.answering(headers=[("X", b"a")]),
            "value of a number": self.answering(headers=[("X", 1)]),
            "hop by hop": self.answering(headers=[("Connection", "close")]),
            "transfer encoding": self.answering(headers=[("transfer-encoding", "chunked")]),
            "status field": self.answering(headers=[("Status", "200 OK")]),
            "bad length": self.answering(headers=[("Content-Length", "-1")]),
            "two lengths": self.answering(b"abc", headers=[("Content-Length", "1"), ("Content-Length", "3")]),
            "empty environ": lambda e, s: (e.clear(), 1 / 0),
            "environ of nothing": lambda e, s: (e.update(SCRIPT_NAME=None, REQUEST_METHOD=None), 1 / 0),
            "short list": lambda e, s: (s("200 OK", [("Content-Length", "9")]), [b"short"])[1],
        }.items():
            with self.subTest(name):
                self.logged.clear()
                peer = self.serve(application)()
                for _ in range(2):
                    peer.send(request())
                    out, end = peer.answer()
                    self.assertTrue(out.startswith(b"Status: 500 Internal Server Error\r\n"), out)
                    self.assertNotIn(b"Evil", out)
                    self.assertEqual(end, 0)
                self.assertEqual(len([x for x in self.logged if x == "GET /"]), 2, self.logged)

    def test_paths_forge_no_line_of_the_log(self):
        for name, application in (("error", lambda e, s: 1 / 0),
                                  ("long", self.answering(b"ab", headers=[("Content-Length", "1")]))):
            with self.subTest(name):
                self.logged.clear()
                self.ask(application, REQUEST_URI="/a%0AERROR%1B%C2%85forged")
                self.assertTrue(self.logged[0].endswith("/a%0AERROR%1B%C2%85forged"), self.logged)

    def test_input_that_is_taken_apart(self):
        """What an application does with wsgi.input is over with its request."""
        for name, take in {
            "detach": lambda body: body.detach(), "close": lambda body: body.close(),
            "close below": lambda body: body.raw.close(), "wrap": lambda body: io.TextIOWrapper(body).read(2),
        }.items():
            with self.subTest(name):
                def application(environ, start_response):
                    take(environ["wsgi.input"])
                    return hello(environ, start_response)

                peer = self.serve(application)()
                for _ in range(2):
                    peer.send(request(1, KEEP, b"body"))
                    self.assertEqual(peer.answer()[1], 0)

    def test_children_do_not_answer(self):
        """A child that the application forks ends where its parent would answer 500."""
        def application(environ, start_response):
            pid = os.fork()
            if not pid:
                sys.exit(3)
            status = os.waitpid(pid, 0)[1]
            start_response("200 OK", [PLAIN])
            return [b"%d" % os.WEXITSTATUS(status)]

        peer = self.serve(application)()
        peer.send(request(1, 0))
        self.assertEqual(peer.answer(), (b"Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n3", 0))
        self.assertEqual(peer.rest(), b"")

    def test_children_that_return_do_not_answer(self):
        """Two processes that serve one connection would answer each other's requests."""
        def child():
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)  # in case it does not end
                return True
            statuses.append(os.waitpid(pid, 0)[1])
            return False

        def returning(environ, start_response):
            start_response("200 OK", [PLAIN])
            return [b"child" if child() else b"parent"]

        def yielding(environ, start_response):
            start_response("200 OK", [PLAIN])
            yield b"par"
            yield b"child" if child() else b"ent"

        class Closing(list):
            def close(self):
                child()

        def closing(environ, start_response):
            start_response("200 OK", [PLAIN])
            return Closing([b"parent"])

        for application in (returning, yielding, closing):
            with self.subTest(application.__name__):
                statuses = []
                peer = self.serve(application)()
                for _ in range(2):
                    peer.send(request())
                    out, end = peer.answer()
                    self.assertEqual((out.partition(b"\r\n\r\n")[2], end), (b"parent", 0))
                eventually(self, lambda: len(statuses) == 2)
                self.assertEqual(statuses, [0, 0])

    def test_write_after_the_end(self):
        """What an application writes too late reaches nobody, least of all the next client."""
        class Late(list):
            def close(self):
                late()

        def late():
            try:
                writes[0](b"late")
            except RuntimeError as error:
                said.append(str(error))

        def application(environ, start_response):
            if writes:
                late()
            writes[:] = [start_response("200 OK", [PLAIN])]
            if environ["PATH_INFO"] == "/error":
                raise ValueError("boom")
            return Late([b"x"]) if environ["PATH_INFO"] == "/list" else iter([b"x"])

        for path in ("/list", "/iterator", "/error"):
            with self.subTest(path):
                writes, said = [], []
                peer = self.serve(application)()
                for _ in range(2):
                    peer.send(request(REQUEST_URI=path))
                    out, end = peer.answer()
                    self.assertTrue(out.startswith(b"Status: "), out)
                    self.assertTrue(out.endswith(b"x" if path != "/error" else b"Error\n"), out)
                    self.assertEqual(end, 0)
                self.assertIn("the answer has ended", said)

    def test_errors_after_the_answer_has_begun(self):
        """The answer is cut: no END_REQUEST."""
        def raising(environ, start_response):
            start_response("200 OK", [PLAIN])
            yield b"some"
            raise ValueError("boom")

        def late(environ, start_response):
            start_response("200 OK", [PLAIN])
            yield b""
            yield b"some"
            start_response("500 Oops", [])

        for name, application in {
            "raise": raising, "start again": late,
            "short": self.answering(b"some", headers=[("Content-Length", "9")]),
            "text": self.answering(b"some", "text"),
        }.items():
            with self.subTest(name):
                out, end = self.ask(application)
                self.assertTrue(out.endswith(b"\r\n\r\nsome"), out)
                self.assertIsNone(end)
                self.assertIn("GET /", self.logged)

    def test_long_answer_is_cut(self):
        for kind in (list, iter):
            out, end = self.ask(lambda e, s: (s("200 OK", [("Content-Length", "3")]), kind([b"ab", b"cd", b"ef"]))[1])
            self.assertEqual((out, end), (b"Status: 200 OK\r\nContent-Length: 3\r\n\r\nabc", 0))
            self.assertTrue(any("longer" in x for x in self.logged))

    def test_exc_info(self):
        def application(environ, start_response):
            start_response("200 OK", [("X-Old", "1")])
            try:
                raise ValueError("boom")
            except ValueError:
                start_response("500 Oops", [PLAIN], sys.exc_info())
            return [b"replaced"]

        out, end = self.ask(application)
        self.assertTrue(out.startswith(b"Status: 500 Oops\r\n") and out.endswith(b"replaced"), out)
        self.assertNotIn(b"X-Old", out)
        self.assertEqual(end, 0)

    def test_exc_info_after_the_answer_has_begun(self):
        def application(environ, start_response):
            start_response("200 OK", [PLAIN])(b"some")
            try:
                raise ValueError("boom")
            except ValueError:
                start_response("500 Oops", [PLAIN], sys.exc_info())
            return [b"replaced"]

        out, end = self.ask(application)
        self.assertTrue(out.endswith(b"some"), out)
        self.assertIsNone(end)
