"""Tests of middleware.py. They stay with the pack: they prove it for every project."""

import contextlib
import io
import logging
import sys
import unittest
from pathlib import Path
from wsgiref.handlers import SimpleHandler
from wsgiref.util import setup_testing_defaults, shift_path_info
from wsgiref.validate import validator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import middleware  # noqa: E402
from middleware import (  # noqa: E402
    Mount,
    access_log,
    error_page,
    request_id,
    security_headers,
)

TEXT = [("Content-Type", "text/plain")]


def request(path="/", **variables):
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", **variables}
    setup_testing_defaults(environ)
    return environ


def ignore(status, headers, exc_info=None):
    """Be the start_response of a server that answers nobody."""


class Answer:
    """What wsgiref's handler, a server that obeys PEP 3333, makes of a request."""

    def __init__(self, application, path="/", **variables):
        environ = request(path, **variables)
        out, errors = io.BytesIO(), io.StringIO()
        handler = SimpleHandler(io.BytesIO(b""), out, errors, environ)
        handler.os_environ = {}
        handler.run(validator(application))
        head, _, self.body = out.getvalue().partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = lines[0].partition(" ")[2]
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.errors = errors.getvalue()

    def header(self, name):
        return [value for n, value in self.headers if n == name]


class Body:
    """A body that counts how often it is closed, and fails at the end if it shall."""

    def __init__(self, *blocks, error=None):
        self.blocks, self.error, self.closed = iter(blocks), error, 0

    def __iter__(self):
        return self

    def __next__(self):
        for block in self.blocks:
            return block
        raise self.error or StopIteration

    def close(self):
        self.closed += 1


def app_of(body, status="200 OK", headers=TEXT):
    def app(environ, start_response):
        start_response(status, list(headers))
        return body

    return app


def stack(app):
    """All middleware as wsgi.py has it, and the validator between the parts."""
    for part in error_page, security_headers, access_log, request_id:
        app = part(validator(app))
    return app


PARTS = {
    "Mount": lambda app: Mount({"/": app}),
    "error_page": error_page,
    "security_headers": security_headers,
    "access_log": access_log,
    "request_id": request_id,
    "stack": stack,
}


class StackTest(unittest.TestCase):
    """What holds for each middleware and for all together."""

    def setUp(self):
        log = logging.getLogger("access")
        log.setLevel(logging.INFO)
        log.propagate = False
        log.addHandler(logging.NullHandler())
        self.addCleanup(log.handlers.clear)
        self.addCleanup(setattr, log, "propagate", True)
        self.addCleanup(log.setLevel, logging.NOTSET)

    def test_blocks_pass_at_once(self):
        for name, part in PARTS.items():
            with self.subTest(name):
                made = []

                def blocks(made=made):
                    for block in b"a", b"b", b"c":
                        made.append(block)
                        yield block

                body = part(app_of(blocks()))(request(), ignore)
                self.assertEqual(next(iter(body)), b"a")
                self.assertEqual(made, [b"a"])
                body.close()

    def test_body_is_closed_once(self):
        for name, part in PARTS.items():
            with self.subTest(name):
                body = Body(b"a", b"", b"b")
                answer = Answer(part(app_of(body)))
                self.assertEqual((answer.body, body.closed), (b"ab", 1))
                self.assertEqual(answer.errors, "")

    def test_body_is_closed_unread(self):
        for name, part in PARTS.items():
            with self.subTest(name):
                body = Body(b"a")
                part(app_of(body))(request(), ignore).close()
                self.assertEqual(body.closed, 1)

    def test_body_that_cannot_be_read_is_closed(self):
        class Broken:
            closed = 0

            def __iter__(self):
                raise ValueError("boom")

            def close(self):
                self.closed += 1

        for part, log in (error_page, "error"), (access_log, "access"):
            with self.subTest(log):
                body = Broken()
                with self.assertLogs(log), contextlib.suppress(ValueError):
                    part(app_of(body))(request(), ignore)
                self.assertEqual(body.closed, 1)

    def test_list_stays_a_list(self):
        """Servers then tell the Content-Length of a single block."""
        for name, part in PARTS.items():
            if part is not stack:  # where validators stand between
                with self.subTest(name):
                    body = part(app_of([b"four"]))(request(), ignore)
                    self.assertEqual((len(body), list(body)), (1, [b"four"]))

    def test_write(self):
        def app(environ, start_response):
            write = start_response("200 OK", list(TEXT))
            write(b"written ")
            return [b"returned"]

        for name, part in PARTS.items():
            with self.subTest(name):
                answer = Answer(part(app))
                self.assertEqual(
                    (answer.body, answer.errors), (b"written returned", "")
                )

    def test_exc_info(self):
        def app(environ, start_response):
            start_response("200 OK", [*TEXT, ("X-First", "1")])
            try:
                raise ValueError("too late?")
            except ValueError:
                start_response("503 Busy", list(TEXT), sys.exc_info())
            return [b"busy"]

        for name, part in PARTS.items():
            with self.subTest(name):
                answer = Answer(part(app))
                self.assertEqual((answer.status, answer.body), ("503 Busy", b"busy"))
                self.assertEqual(answer.header("X-First"), [])

    def test_duplicate_headers_stay(self):
        cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        for name, part in PARTS.items():
            with self.subTest(name):
                answer = Answer(part(app_of([b""], headers=TEXT + cookies)))
                self.assertEqual(answer.header("Set-Cookie"), ["a=1", "b=2"])

    def test_no_content(self):
        for name, part in PARTS.items():
            with self.subTest(name):
                answer = Answer(part(app_of([], "204 No Content", [])))
                self.assertEqual((answer.status, answer.body), ("204 No Content", b""))
                self.assertEqual(answer.errors, "")

    def test_lists_of_headers_may_be_used_again(self):
        headers = list(TEXT)

        def app(environ, start_response):
            start_response("200 OK", headers)
            return [b""]

        for name, part in PARTS.items():
            with self.subTest(name):
                Answer(part(app))
                self.assertEqual(headers, TEXT)


class MountTest(unittest.TestCase):
    def setUp(self):
        def show(name):
            def app(environ, start_response):
                start_response("200 OK", list(TEXT))
                place = environ["SCRIPT_NAME"], environ["PATH_INFO"]
                return [" ".join([name, *map(repr, place)]).encode("latin-1")]

            return validator(app)

        self.mounts = {
            "/": show("root"),
            "/blog": show("blog"),
            "/blog/admin": show("admin"),
            "/caf\xc3\xa9": show("cafe"),
        }

    def test_longest_at_slashes(self):
        for path, want in {
            "/": "root '' '/'",
            "/blog": "blog '/blog' ''",
            "/blog/": "blog '/blog' '/'",
            "/blog/2006/09": "blog '/blog' '/2006/09'",
            "/blog/admin": "admin '/blog/admin' ''",
            "/blog/admin/": "admin '/blog/admin' '/'",
            "/blog/administration": "blog '/blog' '/administration'",
            "/blogs": "root '' '/blogs'",
            "//blog": "root '' '//blog'",
            "/blog//admin": "blog '/blog' '//admin'",
            "/Blog": "root '' '/Blog'",
            "/caf\xc3\xa9/x": "cafe '/caf\xc3\xa9' '/x'",
        }.items():
            with self.subTest(path):
                answer = Answer(Mount(self.mounts), path)
                self.assertEqual(answer.body.decode("latin-1"), want)

    def test_below_a_mount(self):
        answer = Answer(Mount(self.mounts), "/blog/x", SCRIPT_NAME="/app")
        self.assertEqual(answer.body, b"blog '/app/blog' '/x'")

    def test_mount_in_mount(self):
        outer = Mount({"/outer": Mount(self.mounts)})
        answer = Answer(outer, "/outer/blog/x")
        self.assertEqual(answer.body, b"blog '/outer/blog' '/x'")

    def test_as_shift_path_info(self):
        for path in "/blog", "/blog/", "/blog/2006", "/blog/2006/":
            environ = {"SCRIPT_NAME": "/app", "PATH_INFO": path}
            shift_path_info(environ)
            want = f"blog {environ['SCRIPT_NAME']!r} {environ['PATH_INFO']!r}"
            answer = Answer(Mount(self.mounts), path, SCRIPT_NAME="/app")
            self.assertEqual(answer.body.decode(), want)

    def test_environ_of_whoever_stands_before_is_kept(self):
        environ = request("/blog/x")
        Mount(self.mounts)(environ, ignore).close()
        self.assertEqual(environ["PATH_INFO"], "/blog/x")

    def test_none(self):
        for path in "/", "", "/blogs", "*":
            answer = Answer(Mount({"/blog": self.mounts["/blog"]}), "/x" + path)
            self.assertEqual(answer.status, "404 Not Found")
            self.assertEqual(answer.header("Content-Type")[0][:10], "text/plain")

    def test_paths_that_are_none(self):
        for path in "", "blog", "/blog/", "//":
            with self.subTest(path), self.assertRaises(ValueError):
                Mount({path: self.mounts["/"]})


class RequestIDTest(unittest.TestCase):
    def setUp(self):
        def app(environ, start_response):
            start_response("200 OK", list(TEXT))
            return [environ[middleware.REQUEST_ID].encode("latin-1")]

        self.app = request_id(validator(app))

    def test_takes_over(self):
        for name in "a", "7f.A_-9", "x" * 64:
            answer = Answer(self.app, HTTP_X_REQUEST_ID=name)
            self.assertEqual(answer.body.decode(), name)
            self.assertEqual(answer.header("X-Request-Id"), [name])

    def test_does_not_take_over(self):
        for name in "", "x" * 65, "a b", "a\n", "a\r\nX: 1", "caf\xe9", "a,b", "\u0661":
            with self.subTest(name):
                answer = Answer(self.app, HTTP_X_REQUEST_ID=name)
                self.assertRegex(answer.body.decode(), r"\A[0-9a-f]{32}\Z")
                self.assertEqual(answer.header("X-Request-Id"), [answer.body.decode()])

    def test_each_has_another(self):
        self.assertNotEqual(Answer(self.app).body, Answer(self.app).body)


class SecurityHeadersTest(unittest.TestCase):
    def test_defaults(self):
        answer = Answer(security_headers(app_of([b""])))
        self.assertEqual(answer.header("X-Content-Type-Options"), ["nosniff"])
        self.assertEqual(answer.header("X-Frame-Options"), ["SAMEORIGIN"])
        self.assertEqual(len(answer.header("Referrer-Policy")), 1)

    def test_app_has_its_own(self):
        headers = [*TEXT, ("x-frame-options", "DENY")]
        answer = Answer(security_headers(app_of([b""], headers=headers)))
        self.assertEqual(answer.header("x-frame-options"), ["DENY"])
        self.assertEqual(answer.header("X-Frame-Options"), [])


class AccessLogTest(unittest.TestCase):
    def line(self, app, path="/", level="INFO", **variables):
        with self.assertLogs("access", level) as logs:
            Answer(access_log(validator(app)), path, **variables)
        self.assertEqual(len(logs.output), 1, logs.output)
        return logs.output[0]

    def test_line(self):
        for body in [b"four"], Body(b"fo", b"ur"):
            line = self.line(
                app_of(body, "201 Created"),
                "/x",
                SCRIPT_NAME="/app",
                QUERY_STRING="secret",
                REMOTE_ADDR="::1",
                **{middleware.REQUEST_ID: "me"},
            )
            self.assertRegex(
                line,
                r"\AINFO:access:method=GET path=/app/x status=201 bytes=4 "
                r"duration=\d+\.\dms remote=::1 id=me\Z",
            )

    def test_nothing_forges(self):
        path = '/a b\r\nINFO:access:method="\x1b[1m\x85\xff%0a status=200'
        line = self.line(app_of([b""]), path, REMOTE_ADDR="a b\nc")
        self.assertTrue(line.isascii() and line.isprintable(), line)
        self.assertEqual(line.count(" "), 6)
        self.assertIn("path=/a%20b%0D%0AINFO:", line)
        self.assertIn("%85%FF%250a", line)

    def test_written_when_the_body_has_gone(self):
        body = Body(b"a")
        with self.assertLogs("access", "INFO") as logs:
            logged = access_log(app_of(body))(request(), ignore)
            list(logged)
            logging.getLogger("access").info("before")
            logged.close()
        self.assertEqual(logs.output[0], "INFO:access:before")
        self.assertIn("bytes=1 ", logs.output[1])

    def test_lists_are_counted(self):
        with self.assertLogs("access", "INFO") as logs:
            access_log(app_of([b"fo", b"ur"]))(request(), ignore).close()
        self.assertIn("bytes=4 ", logs.output[0])

    def test_write_is_counted(self):
        def app(environ, start_response):
            start_response("200 OK", list(TEXT))(b"four")
            return [b"more"]

        self.assertIn("bytes=8 ", self.line(app))

    def test_failures(self):
        def at_once(environ, start_response):
            raise ValueError

        def after_the_head(environ, start_response):
            start_response("200 OK", list(TEXT))
            raise ValueError

        for app, want in {
            at_once: "status=500 bytes=0",
            after_the_head: "status=500 bytes=0",
            app_of(Body(error=ValueError)): "status=500 bytes=0",
            app_of(Body(b"ab", error=ValueError)): "status=200 bytes=2",
            error_page(at_once): "status=500 bytes=22",
        }.items():
            with self.assertLogs("error", "ERROR"):
                logging.getLogger("error").error("there is one at least")
                self.assertIn(want, self.line(app))

    def test_no_iterable(self):
        with self.assertLogs("access", "INFO") as logs, self.assertRaises(TypeError):
            access_log(app_of(None))(request(), ignore)
        self.assertIn("status=500", logs.output[0])

    def test_probe(self):
        line = self.line(app_of([b""]), "/healthz", "DEBUG")
        self.assertTrue(line.startswith("DEBUG:access:"), line)

    def test_no_line_where_none_is_wanted(self):
        app = app_of([b""])
        seen = []

        def note(environ, start_response):
            seen.append(app(environ, start_response))
            return seen[0]

        logging.getLogger("access").setLevel(logging.WARNING)
        try:
            body = access_log(note)(request(), ignore)
        finally:
            logging.getLogger("access").setLevel(logging.NOTSET)
        self.assertIs(body, seen[0])

    def test_two_write_one_line(self):
        self.assertIn("bytes=1 ", self.line(access_log(app_of([b"a"]))))


class ErrorPageTest(unittest.TestCase):
    def failing(self, app, **variables):
        with self.assertLogs("error", "ERROR") as logs:
            answer = Answer(error_page(validator(app)), "/x\n", **variables)
        self.assertEqual(len(logs.output), 1)
        return answer, logs.output[0]

    def test_before_the_head(self):
        def at_once(environ, start_response):
            raise ValueError("the secret")

        def after_start(environ, start_response):
            start_response("200 OK", [*TEXT, ("X-First", "1")])
            raise ValueError("the secret")

        error = ValueError("the secret")
        body = Body(error=error)
        for app in at_once, after_start, app_of(body):
            answer, log = self.failing(app, **{middleware.REQUEST_ID: "me"})
            self.assertEqual(answer.status, "500 Internal Server Error")
            self.assertEqual(answer.body, b"Internal Server Error\nRequest me\n")
            self.assertEqual(answer.header("X-First"), [])
            self.assertNotIn("secret", answer.errors)
            self.assertIn("ERROR:error:method=GET path=/x%0A id=me\nTraceback", log)
            self.assertIn("ValueError: the secret", log)
        self.assertEqual(body.closed, 1)

    def test_status_of_an_exception_of_others(self):
        """Clients of web services have exceptions with an http_status of their own, a number."""
        class PaymentRequired(Exception):
            http_status = 402

        def at_once(environ, start_response):
            raise PaymentRequired("the card")

        answer, log = self.failing(at_once)
        self.assertEqual(answer.status, "500 Internal Server Error")
        self.assertIn("PaymentRequired: the card", log)

    def test_status_of_an_exception(self):
        class TooLarge(OSError):
            http_status = "413 Request Entity Too Large"

        def at_once(environ, start_response):
            raise TooLarge

        page = TooLarge.http_status, b"Request Entity Too Large\n"
        for app, want in {
            at_once: page,
            app_of(Body(error=TooLarge())): page,
            app_of(Body(b"begun", error=TooLarge())): ("200 OK", b"begun"),
        }.items():
            with self.assertLogs("error", "ERROR") as logs:
                logging.getLogger("error").error("there is one at least")
                answer = Answer(error_page(validator(app)))
            self.assertEqual((answer.status, answer.body), want)
            self.assertEqual(len(logs.output), 1)

    def test_after_the_head(self):
        body = Body(b"begun", error=ValueError("the secret"))
        answer, log = self.failing(app_of(body))
        self.assertEqual((answer.status, answer.body), ("200 OK", b"begun"))
        self.assertIn("ValueError: the secret", answer.errors)  # the server's log
        self.assertEqual(
            log, "ERROR:error:method=GET path=/x%0A id=: the answer is cut"
        )
        self.assertEqual(body.closed, 1)

    def test_after_write(self):
        def app(environ, start_response):
            start_response("200 OK", list(TEXT))(b"begun")
            raise ValueError("the secret")

        answer, _ = self.failing(app)
        self.assertEqual((answer.status, answer.body), ("200 OK", b"begun"))

    def test_no_iterable(self):
        answer, log = self.failing(lambda environ, start_response: None)
        self.assertEqual(answer.status, "500 Internal Server Error")

    def test_the_end_of_the_process_is_no_error(self):
        def app(environ, start_response):
            raise SystemExit

        with self.assertRaises(SystemExit):
            error_page(app)(request(), ignore)

    def test_has_the_headers_of_others(self):
        def app(environ, start_response):
            raise ValueError

        with self.assertLogs("error"), self.assertLogs("access", "INFO") as logs:
            answer = Answer(stack(app))
        name = answer.header("X-Request-Id")[0]
        self.assertIn(f"Request {name}\n", answer.body.decode())
        self.assertEqual(answer.header("X-Content-Type-Options"), ["nosniff"])
        self.assertIn(f"status=500 bytes={len(answer.body)} ", logs.output[0])
        self.assertIn(f"id={name}", logs.output[0])


if __name__ == "__main__":
    unittest.main()
