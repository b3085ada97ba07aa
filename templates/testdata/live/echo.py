"""Takes the place of a project's wsgi.py in the live tests, as app.go.txt does for app.go.

It says what reached it, and answers in every awkward way. A route that is there too
answers the same.
"""

import hashlib
import os
import sys
import tempfile
import time
from urllib.parse import parse_qs
from wsgiref.validate import validator

from middleware import error_page, request_id, security_headers

TEXT = ("Content-Type", "text/plain; charset=utf-8")


def answer(environ, start_response):
    path = environ["PATH_INFO"]
    if path.startswith("/echo/"):
        return echo(environ, start_response)
    if path.startswith("/status/"):
        return status(environ, start_response)
    return ROUTES.get(path, nothing)(environ, start_response)


def text(start_response, body, status="200 OK", *headers):
    body = body.encode("latin-1")
    start_response(status, [TEXT, ("Content-Length", str(len(body))), *headers])
    return [body]


def nothing(environ, start_response):
    return text(start_response, "nothing\n", "404 Not Found")


def hello(environ, start_response):
    return text(start_response, "hello\n")


def echo(environ, start_response):
    """Write a line for each thing that the tests look at."""
    digest, read = hashlib.sha256(), 0
    while True:
        block = environ["wsgi.input"].read(64 << 10)
        if not block:
            break
        digest.update(block)
        read += len(block)
    get = environ.get
    lines = {
        "method": get("REQUEST_METHOD"), "uri": get("REQUEST_URI"), "path": get("PATH_INFO"), "query": get("QUERY_STRING"),
        "host": get("HTTP_HOST", ""), "mount": get("SCRIPT_NAME"), "remote": get("REMOTE_ADDR") + ":" + get("REMOTE_PORT", ""),
        "tls": {"http": "false", "https": "true"}[get("wsgi.url_scheme")],
        "length": get("CONTENT_LENGTH") or -1, "read": read, "sha256": digest.hexdigest(),
        "cookies": cookies_of(environ), "proxy": get("HTTP_PROXY", "") + os.environ.get("HTTP_PROXY", ""),
        "forwarded": get("HTTP_X_FORWARDED_FOR", ""), "real-ip": get("HTTP_X_REAL_IP", ""), "evil": get("HTTP_X_EVIL", ""),
        "authorization": get("HTTP_AUTHORIZATION", ""), "twice": get("HTTP_X_TWICE", ""),
        "long": len(get("HTTP_X_LONG", "")), "latin": get("HTTP_X_LATIN", ""), "natural": natural(environ), "peak": peak(),
    }
    return text(start_response, "".join(f"{key}={value}\n" for key, value in lines.items()))


def cookies_of(environ):
    """Return the cookies as Go writes a list of them."""
    pairs = [pair for pair in environ.get("HTTP_COOKIE", "").split("; ") if pair]
    quoted = [name + '="' + value + '"' if set(value) & set(" ,") else name + "=" + value for name, _, value in (pair.partition("=") for pair in pairs)]
    return "[" + " ".join(quoted) + "]"


def natural(environ):
    """Report whether all of CGI is strings of bytes, as PEP 3333 has them."""
    return all(type(value) is str and max(map(ord, value), default=0) < 256 for name, value in environ.items() if "." not in name)


def peak():
    """Return the most memory that this process ever had, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def lines(environ, start_response):
    """Read the body in each way there is, to its end and beyond."""
    body = environ["wsgi.input"]
    parts = [body.read(0), body.read(2), body.readline(), body.readline(3), body.readline(), next(iter(body)), body.readlines(1)[0]]
    rest = list(body)
    return text(start_response, f"{parts!r}\n{rest!r}\n{body.read(9)!r}{body.readline()!r}{body.readlines(9)!r}\n")


def whole(environ, start_response):
    """Read the body as PEP 3333 lets an application do and validate does not."""
    body = environ["wsgi.input"]
    return text(start_response, f"{body.read(3)!r}{body.read()!r}{body.read()!r}{body.read(-1)!r}{body.readlines()!r}\n")


def printing(environ, start_response):
    """Do what no CGI program may: write to standard output."""
    print("Status: 500 this is not the answer")
    return hello(environ, start_response)


def number(environ, name):
    return int(parse_qs(environ["QUERY_STRING"]).get(name, ["0"])[0])


def slow(environ, start_response):
    time.sleep(number(environ, "ms") / 1000)
    return text(start_response, "done\n")


def status(environ, start_response):
    start_response(environ["PATH_INFO"].rpartition("/")[2] + " As Asked", [("ETag", '"x"')])
    return [b"no body belongs here\n"]  # an error, for 204 and 304


def stream(environ, start_response, *headers):
    """End with the time at which it went on: whoever had the first line before has seen it at once."""
    start_response("200 OK", [TEXT, *headers])
    yield b"first\n"
    time.sleep(number(environ, "pause") / 1000)
    yield b"%d\n" % time.time_ns()


def unbuffered(environ, start_response):
    return stream(environ, start_response, ("X-Accel-Buffering", "no"))


def fails(environ, start_response):
    raise RuntimeError("before the first byte")


def exits(environ, start_response):
    sys.exit("this is no script")


def created(environ, start_response):
    return text(start_response, "created\n", "201 Created", ("Location", "/app/elsewhere"))


def hasty(environ, start_response):
    """Begin the answer without a look at the body, and end it later."""
    start_response("200 OK", [TEXT])
    yield b"hel"
    time.sleep(0.1)
    yield b"lo\n"


def cookies(environ, start_response):
    """Answer with a head of some 7 KB."""
    return text(start_response, "hello\n", "200 OK", *(("Set-Cookie", f"c{i}=" + 500 * "x") for i in range(14)))


def cut(environ, start_response):
    """Break the answer off, whose length it has told if it was asked to."""
    length = number(environ, "length")
    start_response("200 OK", [TEXT] + [("Content-Length", str(length))] * bool(length))
    yield b"0123456789abcde\n" * (8 << 10)  # 128 KiB
    raise RuntimeError("after the first byte")


def written(environ, start_response):
    write = start_response("200 OK", [TEXT])
    write(b"he")
    write(b"")
    write(b"ll")
    return [b"o\n"]


class Endless:
    """A body that nobody reads to its end, and what became of the last one."""

    MOST = 4 << 10  # of 64 KiB: 256 MiB
    state = "none"

    def __init__(self):
        self.blocks = 0
        Endless.state = "open"

    def __iter__(self):
        return self

    def __next__(self):
        self.blocks += 1
        if self.blocks > self.MOST:
            raise StopIteration
        return bytes(64 << 10)

    def close(self):
        Endless.state = "closed" if self.blocks <= self.MOST else "complete"


def endless(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return Endless()


def state(environ, start_response):
    return text(start_response, Endless.state)


def worker(environ, start_response):
    time.sleep(number(environ, "ms") / 1000)
    return text(start_response, str(os.getpid()))


def twice(environ, start_response):
    start_response("200 OK", [TEXT])
    start_response("200 OK", [TEXT])
    return [b"hello\n"]


def replaced(environ, start_response):
    """Change the mind before anything has gone out."""
    start_response("200 OK", [TEXT])
    try:
        raise RuntimeError("on second thoughts")
    except RuntimeError:
        start_response("503 Service Unavailable", [TEXT], sys.exc_info())
    return [b"replaced\n"]


def longer(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "6")])
    return [b"hello\nand more"]


def shorter(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "200000")])
    return [b"0123456789abcde\n" * (8 << 10)]


def hop(environ, start_response):
    start_response("200 OK", [TEXT, ("Connection", "close")])
    return [b"hello\n"]


def inject(environ, start_response):
    start_response("200 OK", [TEXT, ("X-Bad", "a\r\nX-Evil: 1")])
    return [b"hello\n"]


def file(environ, start_response):
    """Answer with a file of 1 MiB, from its second byte on."""
    source = tempfile.TemporaryFile()
    source.write(b"-" + b"0123456789abcde\n" * (64 << 10))
    source.seek(1)
    start_response("200 OK", [TEXT])
    return environ["wsgi.file_wrapper"](source, 8 << 10)


ROUTES = {
    "/": hello, "/unread": hello, "/print": printing, "/slow": slow, "/stream": stream, "/unbuffered": unbuffered,
    "/panic": fails, "/cut": cut, "/exit": exits, "/created": created, "/cookies": cookies, "/hasty": hasty, "/lines": lines,
    "/written": written, "/endless": endless, "/state": state, "/worker": worker, "/replaced": replaced,
}  # fmt: skip

# What reaches the gateway as it is, because others would mend it or complain.
AWKWARD = {"/whole": whole, "/twice": twice, "/longer": longer, "/shorter": shorter, "/hop": hop, "/inject": inject, "/file": file}

usual = request_id(security_headers(error_page(validator(answer))))


def application(environ, start_response):
    return AWKWARD.get(environ["PATH_INFO"], usual)(environ, start_response)
