"""Middleware: each takes a WSGI application and returns one that does more.

All of it streams: a block goes on as soon as the application has made it, and what
the application's body holds is closed when the server closes the response. Mount is
the front controller, which hands requests to several applications.
"""

import logging
import re
import secrets
import sys
import time
from urllib.parse import quote
from wsgiref.headers import Headers

REQUEST_ID = "middleware.request_id"  # the key in environ
LOGGED = "middleware.logged"

_access = logging.getLogger("access")
_errors = logging.getLogger("error")


class Mount:
    """A front controller: the application whose path the request's begins with has it.

        application = Mount({"/": home, "/blog": blog, "/blog/admin": admin})

    Paths begin and end at slashes: /blog has /blog, /blog/ and /blog/2006, but not
    /blogs. The longest wins, and "/" has the rest; without it the rest is 404. The
    application finds its path in SCRIPT_NAME and what follows in PATH_INFO, as by
    wsgiref.util.shift_path_info: "" for /blog, "/" for /blog/. Whether these two are
    the same is up to the application.
    """

    def __init__(self, applications):
        for path in applications:
            if not path.startswith("/") or path.endswith("/") and path != "/":
                raise ValueError(f"mount {path!r}: not a path such as / or /blog")
        mounts = [(path.rstrip("/"), app) for path, app in applications.items()]
        self._mounts = sorted(mounts, key=lambda mount: len(mount[0]), reverse=True)

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        for mount, app in self._mounts:
            if mount in ("", path) or path.startswith(mount + "/"):
                inner = dict(environ)  # what stands before still needs the whole path
                inner["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mount
                inner["PATH_INFO"] = path[len(mount) :]
                return app(inner, start_response)
        return not_found(environ, start_response)


def request_id(app):
    """Give each request a name, which the log, the error page and the answer have.

    It is the client's X-Request-Id if that is 1 to 64 letters, digits and . _ -,
    because it goes into the log; else a random one. environ[REQUEST_ID] has it.
    """

    def identified(environ, start_response):
        name = environ.get("HTTP_X_REQUEST_ID", "")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
            name = secrets.token_hex(16)
        environ[REQUEST_ID] = name
        return app(environ, _adding(start_response, {"X-Request-Id": name}))

    return identified


def security_headers(app):
    """Add the headers that every answer ought to have, where app has not set them."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Frame-Options": "SAMEORIGIN",
    }

    def secured(environ, start_response):
        return app(environ, _adding(start_response, headers))

    return secured


def access_log(app):
    """Log a line for each request, when its answer has been handed over.

    The query is left out, because it may hold secrets. What the client chose is
    percent-encoded, so that it cannot forge a line. /healthz, which is asked all the
    time, is logged at the level debug. Inside of another access_log there is no line.
    """

    def logged(environ, start_response):
        probe = environ.get("PATH_INFO") == "/healthz"
        level = logging.DEBUG if probe else logging.INFO
        if LOGGED in environ or not _access.isEnabledFor(level):
            return app(environ, start_response)
        environ[LOGGED] = True
        entry = _Entry(environ, level)
        try:
            body = app(environ, entry.watch(start_response))
            kind = _LoggedList if type(body) is list else _LoggedBody
            return kind(body, entry)
        except BaseException:
            entry.fail()
            entry.write()
            raise

    return logged


class _Entry:
    """A line of the access log, before it is written."""

    def __init__(self, environ, level):
        self.environ, self.level = environ, level
        self.request = _describe(environ)  # now, because app may change environ
        self.start = time.monotonic()
        self.status = "500"  # unless app says another
        self.bytes = 0

    def watch(self, start_response):
        """Return a start_response that notes the status and what write() is given."""

        def watched(status, headers, exc_info=None):
            write = start_response(status, headers, exc_info)
            self.status = status[:3]

            def counted(block):
                write(block)
                self.bytes += len(block)

            return counted

        return watched

    def fail(self):
        """Note that the server answers 500, unless the answer has begun."""
        if not self.bytes:
            self.status = "500"

    def write(self):
        _access.log(
            self.level,
            "%s status=%s bytes=%d duration=%.1fms remote=%s id=%s",
            self.request,
            self.status,
            self.bytes,
            1000 * (time.monotonic() - self.start),
            _safe(self.environ.get("REMOTE_ADDR", "")),
            self.environ.get(REQUEST_ID, ""),
        )


class _Body:
    """A response's body, passed on block by block."""

    def __init__(self, body):
        self._body = body
        try:
            self._blocks = iter(body)
        except BaseException:
            _Body.close(self)  # the server cannot: it gets nothing that it could close
            raise

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._blocks)

    def close(self):
        if hasattr(self._body, "close"):
            self._body.close()


class _LoggedBody(_Body):
    """A body whose end writes an entry of the access log."""

    def __init__(self, body, entry):
        super().__init__(body)
        self._entry = entry

    def __next__(self):
        try:
            block = super().__next__()
        except StopIteration:
            raise
        except BaseException:
            self._entry.fail()
            raise
        self._entry.bytes += len(block)
        return block

    def close(self):
        try:
            super().close()
        finally:
            self._entry.write()


class _LoggedList(list):
    """The same for a list: servers tell the length of a single block by themselves."""

    def __init__(self, blocks, entry):
        super().__init__(blocks)
        self._entry = entry

    def close(self):
        self._entry.bytes += sum(map(len, self))
        self._entry.write()


def error_page(app):
    """Answer 500 when app fails, and log why: the page itself tells no details.

    An exception with an http_status, such as "404 Not Found", is answered by that and
    not logged. The gateway's have one, when a body is too large or a client has gone.

    Once the first block has gone out, start_response raises the error again, and the
    server cuts the answer, so that the client sees that it is broken.
    """

    def guarded(environ, start_response):
        try:
            body = app(environ, start_response)
            if type(body) is list:  # which cannot fail
                return body
            return _GuardedBody(body, environ, start_response)
        except Exception as error:
            return _fail(error, environ, start_response)

    return guarded


class _GuardedBody(_Body):
    """A body that the error page replaces, if it fails before its first block."""

    def __init__(self, body, environ, start_response):
        super().__init__(body)
        self._environ, self._start_response = environ, start_response

    def __next__(self):
        try:
            return super().__next__()
        except StopIteration:
            raise
        except Exception as error:
            self._blocks = iter(_fail(error, self._environ, self._start_response))
            return super().__next__()


def _fail(error, environ, start_response):
    """Answer for an application that has raised error. Raise it if it is too late."""
    name = environ.get(REQUEST_ID, "")
    said = getattr(error, "http_status", None)
    if not isinstance(said, str):  # others' exceptions have numbers, from web services
        said = None
    status = said or "500 Internal Server Error"
    text = status[4:] + "\n" + (f"Request {name}\n" if name else "")
    try:
        body = _answer(start_response, status, text, sys.exc_info())
    except Exception:  # whose traceback the server logs
        if not said:
            _errors.error("%s id=%s: the answer is cut", _describe(environ), name)
        raise
    if not said:
        _errors.exception("%s id=%s", _describe(environ), name)
    return body


def not_found(environ, start_response):
    """Answer 404: an application."""
    return _answer(start_response, "404 Not Found", "There is nothing here.\n")


def healthz(environ, start_response):
    """Say that the process lives: an application for /healthz."""
    return _answer(start_response, "200 OK", "ok\n")


def _answer(start_response, status, text, exc_info=None):
    body = text.encode("utf-8")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    start_response(status, headers, exc_info)
    return [body]


def _adding(start_response, defaults):
    """Return a start_response that adds what headers lack of defaults."""

    def adding(status, headers, exc_info=None):
        added = Headers(list(headers))  # a copy, because app may use its list again
        for name, value in defaults.items():
            added.setdefault(name, value)
        return start_response(status, added.items(), exc_info)

    return adding


def _describe(environ):
    """Return method and path for the log, without anything that could forge a line."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return f"method={_safe(environ.get('REQUEST_METHOD', ''))} path={_safe(path)}"


def _safe(text):
    """Percent-encode text as URLs are; WSGI's strings are bytes read as latin-1."""
    return quote(text.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~")
