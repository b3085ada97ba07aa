#!/usr/bin/env python3
"""FastCGI, SCGI and CGI for any WSGI application (PEP 3333).

    python3 gateway.py [MODULE:NAME] --listen unix:/run/app/app.sock

MODULE:NAME is wsgi:application unless said otherwise; MODULE is looked for
beside this file, too. From Python:

    from gateway import run
    run(simple_app)

It listens at the first of these that is there: --listen; the sockets of
LISTEN_FDS, where LISTEN_PID is this process (sd_listen_fds(3)); descriptor 0,
where that is a socket that listens, as mod_fcgid, lighttpd and spawn-fcgi hand
it over. If there is none, and GATEWAY_INTERFACE and REQUEST_METHOD are set, it
answers one request by CGI. The transport is fcgi unless --transport says scgi.

Each flag has a variable, such as APP_BODY_LIMIT for --body-limit. A flag wins
over the environment, and that over the files of --env.

A process answers one request at a time and has no threads. Idle connections,
slow heads and bodies that nobody reads keep no other request waiting; a client
that sends its body slowly, or takes its answer so, does where the web server does
not buffer. --processes says how many processes there are. SIGTERM, SIGINT and
SIGHUP let what is in flight finish, for --shutdown-timeout at most; a second
signal ends the program at once.

environ has SCRIPT_NAME and PATH_INFO by --mount and REQUEST_URI, whatever the
web server makes of them. wsgi.input ends where the body does, even if the body's
length is unknown (wsgi.input_terminated). X-Forwarded-*, Forwarded, X-Real-IP and
Proxy are left out, because any client can send them.

It does not speak HTTP, serve files or reload code: web servers, wsgiref and
gunicorn do.
"""

import argparse
import contextlib
import functools
import importlib
import io
import logging
import os
import re
import select
import selectors
import signal
import socket
import stat
import struct
import sys
import threading
import time
import weakref
from urllib.parse import unquote_to_bytes

log = logging.getLogger("gateway")

HEAD_SECONDS = 10.0  # for a whole head
IDLE_SECONDS = 75.0  # between two requests, and between two pieces of a body
WRITE_SECONDS = 60.0  # for the web server to take some of an answer
DRAIN_SECONDS = 5.0  # for the rest of a body that nobody reads
PAUSE_SECONDS = 0.2  # between two pieces of it once the answer has begun
LAST_CALL_SECONDS = 0.1  # for a request on an idle connection when the program ends

MAX_HEAD = 64 << 10  # bytes of one request's variables
MAX_CONNECTIONS = 1024
BODY_LIMIT = 10 << 20  # bytes
SPARE_FILES = 64  # descriptors that are left to the application
RECEIVE_SIZE = 64 << 10

USUAL_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
ALLOWED = ("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")

# Variables that the application does not see: PATH is Apache's own, HTTP_PROXY
# is taken for a setting by what the application starts (httpoxy), and anybody
# can say the others.
HIDDEN = frozenset("""PATH HTTP_PROXY HTTP_CONTENT_LENGTH HTTP_CONTENT_TYPE
    HTTP_TRANSFER_ENCODING HTTP_X_REAL_IP HTTP_FORWARDED""".split())
FORWARDED = "HTTP_X_FORWARDED_"

# What belongs to a CGI request in the environment (RFC 3875, section 4.1, and what
# web servers add), besides HTTP_*. The rest are settings, perhaps secret ones.
CGI_VARIABLES = frozenset("""AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE
    PATH_INFO PATH_TRANSLATED QUERY_STRING REMOTE_ADDR REMOTE_HOST REMOTE_IDENT
    REMOTE_USER REQUEST_METHOD SCRIPT_NAME SERVER_NAME SERVER_PORT SERVER_PROTOCOL
    SERVER_SOFTWARE DOCUMENT_ROOT HTTPS REMOTE_PORT REQUEST_SCHEME REQUEST_URI
    SCRIPT_FILENAME SERVER_ADDR""".split())

HOP_BY_HOP = frozenset("""connection keep-alive proxy-authenticate
    proxy-authorization te trailer trailers transfer-encoding upgrade""".split())

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BAD_HOST = re.compile(r'[^!-~]|["/<>?@\\^|{}#`]')
BAD_TARGET = re.compile(r"[\x00-\x1f\x7f]|^[^?]*%(?![0-9A-Fa-f]{2})")
BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
STATUS = re.compile(r"[1-9][0-9]{2} [^\x00-\x1f\x7f]*")
AUTHORITY = re.compile(r"[^/?#*:]+://([^/?#]*)")
MOUNT = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
PROTOCOL = re.compile(r"HTTP/[0-9]+\.[0-9]+|HTTP/[0-9]+")


class ProtocolError(Exception):
    """The web server breaks its protocol; the connection cannot go on."""


class Gone(ConnectionError):
    """The web server has gone, has aborted the request, or is too slow."""

    http_status = "400 Bad Request"


class BodyTooLarge(OSError):
    """The body is longer than the limit."""

    http_status = "413 Request Entity Too Large"


class Refused(Exception):
    """A request that the application does not get to see: a status, header fields."""

    def __init__(self, status, *headers, reason=""):
        super().__init__(status, reason)
        self.status, self.headers, self.reason = status, list(headers), reason


# The request


def combine(name, old, new):
    """Return the value of a variable that comes twice (RFC 9110, section 5.3).

    The last one of the web server's own settings counts, because they follow
    included defaults; two different lengths become one that is no number.
    """
    if name == "HTTP_COOKIE":
        return old + "; " + new
    if name.startswith("HTTP_") or (name == "CONTENT_LENGTH" and old != new):
        return old + ", " + new
    return new


def prepare(environ, mount, limit):
    """Make CGI variables, strings by name, an environ, in place.

    Return the length of the body in bytes, -1 if nobody knows it. limit is the
    most that it may be. Raises Refused.
    """
    for name in [n for n in environ if n in HIDDEN or n.startswith(FORWARDED)]:
        del environ[name]
    method = environ.get("REQUEST_METHOD", "")
    if method not in USUAL_METHODS and not TOKEN.fullmatch(method):
        raise Refused("400 Bad Request", reason="REQUEST_METHOD %r" % method)
    authority, target = split_target(environ)
    secure = (environ.get("HTTPS", "").lower() in ("on", "1", "https")
              or environ.get("REQUEST_SCHEME", "").lower() == "https")
    environ["wsgi.url_scheme"] = "https" if secure else "http"
    if not PROTOCOL.fullmatch(environ.get("SERVER_PROTOCOL", "")):
        environ["SERVER_PROTOCOL"] = "HTTP/1.1"
    set_client(environ)
    set_host(environ, authority, secure)
    length = take_length(environ)
    if method in ("TRACE", "CONNECT"):
        raise Refused("405 Method Not Allowed", ALLOWED)
    if target == "*" and method == "OPTIONS":
        raise Refused("204 No Content", ALLOWED)
    if target[0] != "/":
        raise Refused("400 Bad Request", reason="REQUEST_URI %r" % target)
    if length > limit:
        raise Refused("413 Request Entity Too Large")
    set_path(environ, target, mount)
    return length


def split_target(environ):
    """Return the authority of an absolute-form target, or "", and the rest of it."""
    target = environ.get("REQUEST_URI", "")
    authority = ""
    if target[:1] != "/":
        absolute = AUTHORITY.match(target)
        if absolute:
            authority = absolute.group(1).rpartition("@")[2]
            target = target[absolute.end():] or "/"
        elif not target:  # RFC 3875 does not know it
            path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            query = environ.get("QUERY_STRING", "")
            target = (quote_path(path) or "/") + ("?" + query if query else "")
        if target[0] == "?":  # what nginx leaves of http://example.com?q
            target = "/" + target
    if (target[0] != "/" and target != "*") or BAD_TARGET.search(target):
        raise Refused("400 Bad Request", reason="REQUEST_URI %r" % target)
    return authority, target


def quote_path(path):
    """Escape what is no path as a client sends it."""
    return re.sub(r"[^!$&'()*+,./0-9:;=@A-Z_a-z~-]", lambda m: "%%%02X" % ord(m.group()), path)


def set_path(environ, target, mount):
    """Cut the mount off the target's path, once."""
    raw, _, query = target.partition("?")
    path = unquote_to_bytes(raw.encode("latin-1")).decode("latin-1") if "%" in raw else raw
    if path == mount:
        raise Refused("307 Temporary Redirect",
                      ("Location", mount + "/" + ("?" + query if query else "")))
    if mount:
        # The slash behind it is a real one: /app%2Fx is not below /app.
        behind = re.match("(?:%%[0-9A-Fa-f]{2}|[^%%]){%d}/" % len(mount), raw)
        if not path.startswith(mount + "/") or not behind:
            raise Refused("404 Not Found")
        path = path[len(mount):]
    environ["REQUEST_URI"] = target
    environ["SCRIPT_NAME"] = mount
    environ["PATH_INFO"] = path
    environ["QUERY_STRING"] = query


def set_client(environ):
    """Make REMOTE_ADDR and REMOTE_PORT an address and a port, whatever was sent.

    A web server that listens at a unix socket has none; its clients are local.
    """
    address = environ.get("REMOTE_ADDR", "")
    try:
        socket.inet_pton(socket.AF_INET, address)
    except (OSError, ValueError):
        try:
            packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        except (OSError, ValueError):
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = "127.0.0.1", "1"
            return
        if packed.startswith(b"\0" * 10 + b"\xff\xff"):
            environ["REMOTE_ADDR"] = socket.inet_ntop(socket.AF_INET, packed[12:])
    if not is_port(environ.get("REMOTE_PORT", "")):
        environ["REMOTE_PORT"] = "1"


def is_port(text):
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 1 << 16


def set_host(environ, authority, secure):
    """Let HTTP_HOST be the target's authority (RFC 9112, section 3.2.2), else what
    the client said, else where the web server listens."""
    field = environ.get("HTTP_HOST", "")
    for host in (authority, field):
        if BAD_HOST.search(host):
            raise Refused("400 Bad Request", reason="host %r" % host)
    name = environ.get("SERVER_NAME", "").strip("[]")
    usual = "443" if secure else "80"
    if not is_port(environ.get("SERVER_PORT", "")):
        environ["SERVER_PORT"] = usual
    if not name or BAD_HOST.search(name):
        environ["SERVER_NAME"] = name = "localhost"
    host = authority or field
    if not host:
        port = environ["SERVER_PORT"]
        host = ("[%s]" % name if ":" in name else name) + ("" if port == usual else ":" + port)
    environ["HTTP_HOST"] = host


def take_length(environ):
    """Return CONTENT_LENGTH, -1 where it is unknown; then environ has none.

    An empty CONTENT_TYPE goes, too, because code takes either for a value.
    """
    if environ.get("CONTENT_TYPE") == "":
        del environ["CONTENT_TYPE"]
    text = environ.get("CONTENT_LENGTH", "")
    if text in ("", "-1"):
        environ.pop("CONTENT_LENGTH", None)
        return -1
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refused("400 Bad Request", reason="CONTENT_LENGTH %r" % text)
    return int(text)


class Body(io.RawIOBase):
    """A request's body of length bytes, or up to the end of what fetch returns
    if length is -1, and then limit bytes at most."""

    def __init__(self, fetch, length, limit):
        self.fetch, self.known = fetch, length >= 0
        self.left = length if self.known else limit
        self.piece = memoryview(b"")

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.left and self.known:
            return 0
        if not self.piece:
            self.piece = memoryview(self.fetch())
        if not self.piece:
            if self.known:
                raise Gone("the body is shorter than its length")
            return 0
        if not self.left:
            raise BodyTooLarge("the body is longer than the limit")
        n = min(len(buffer), len(self.piece), self.left)
        buffer[:n] = self.piece[:n]
        self.piece = self.piece[n:]
        self.left -= n
        return n


class FileWrapper:
    """wsgi.file_wrapper: the blocks of a file, of size bytes each."""

    def __init__(self, file, size=64 << 10):
        self.read, self.size = file.read, size
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self):
        return iter(functools.partial(self.read, self.size), b"")


# The answer


@functools.lru_cache(maxsize=1024)
def field_name(name):
    """Return the name of a header field in lower case. Raises ValueError."""
    field = name.lower()
    if not TOKEN.fullmatch(name) or field == "status" or field in HOP_BY_HOP:
        raise ValueError("header field %r is not for an application to send" % name)
    return field


class Response:
    """The answer to one request, written as CGI has it (RFC 3875, section 6).

    wire.write(head, block, last) carries it to the web server; path is what the
    client asked for.
    """

    def __init__(self, wire, is_head, path):
        self.wire, self.is_head, self.path = wire, is_head, path
        self.head = b""  # without its last line, until it has been sent
        self.left = None  # bytes that Content-Length still promises
        self.began = self.over = False
        self.bodiless = is_head
        self.process = os.getpid()

    def start(self, status, headers, exc_info=None):
        """start_response. Raises ValueError for what cannot be sent."""
        if exc_info:
            try:
                if self.began:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head:
            raise RuntimeError("start_response has been called twice")
        if not STATUS.fullmatch(status):
            raise ValueError("status %r: not as in 200 OK" % status)
        if status[0] == "1":  # CGI cannot tell it
            return self.write
        left, location, lines = None, "", ["Status: ", status, "\r\n"]
        for name, value in headers:
            field = field_name(name)
            if BAD_VALUE.search(value):
                raise ValueError("header field %s: a control character in %r" % (name, value))
            if field == "content-length":
                if left is not None or not (value.isascii() and value.isdigit()):
                    raise ValueError("Content-Length %r: not a number, or another one" % value)
                if status[:3] == "204":
                    continue
                left = int(value)
            elif field == "location":
                location = "Location: %s\r\n" % self.mend_location(value)
                continue
            lines += name, ": ", value, "\r\n"
        # HAProxy makes a 302 of any status that Location follows.
        self.head = (location + "".join(lines)).encode("latin-1")
        self.left = left
        self.bodiless = self.is_head or status[:3] in ("204", "304")
        return self.write

    def mend_location(self, to):
        """A redirect that is made of a path such as //evil.test/x leads nowhere else."""
        network_path = ("//", "/\\")
        if self.path.startswith(network_path) and to.startswith(network_path):
            return "/" + to.lstrip("/\\")
        return to

    def write(self, block):
        """Send a block at once. This is what start_response returns."""
        if self.over:  # by now the connection may have somebody else's request
            raise RuntimeError("the answer has ended")
        if not isinstance(block, bytes):
            raise TypeError("a block is bytes, not %s" % type(block).__name__)
        if not self.head and not self.began:
            raise RuntimeError("start_response has not been called")
        if block and not self.bodiless:
            block = self.fit(block)
            if block:
                self.emit(block, False)

    def send(self, result):
        """Send what the application has returned, and the end of the answer."""
        if isinstance(result, (list, tuple)):
            self.end(b"".join(result))
            return
        for block in result:
            if self.left is not None and not self.bodiless and type(block) is bytes and len(block) >= self.left:
                self.end(block)  # with its last byte, because a client that has it may go
                return
            self.write(block)
            if self.bodiless:
                break
        self.end(b"")

    def fit(self, block):
        """Cut what Content-Length does not promise."""
        if self.left is not None:
            if len(block) > self.left:
                log.error("the answer is longer than its Content-Length, and is cut: %s", quote_path(self.path))
                block = block[:self.left]
            self.left -= len(block)
        return block

    def end(self, block):
        """Send the last block. Raises ValueError if Content-Length promises more."""
        if not self.head and not self.began:
            raise RuntimeError("start_response has not been called")
        if self.left is None and not self.began and (block if self.is_head else not self.bodiless):
            self.head += b"Content-Length: %d\r\n" % len(block)
        if self.bodiless:
            block = b""
        else:
            block = self.fit(block)
            if self.left:
                raise ValueError("the answer is %d bytes shorter than its Content-Length" % self.left)
        self.emit(block, True)

    def emit(self, block, last):
        if os.getpid() != self.process:
            end_child(None)
        head = b"" if self.began else self.head + b"\r\n"
        self.began = True
        self.wire.write(head, block, last)


def respond(application, environ, wire):
    """Answer one request. Return whether the answer is complete: if not, the web
    server must not be told that it is."""
    # Now, because an application may do with environ what it likes.
    method, path = environ["REQUEST_METHOD"], environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    response = Response(wire, method == "HEAD", environ["PATH_INFO"])
    process, result = os.getpid(), None
    try:
        result = application(environ, response.start)
        response.send(result)
        return True
    except BaseException as error:  # sys.exit in an application must not end the others' requests
        if os.getpid() != process:
            end_child(error)
        if wire.lost:
            log.info("the web server has gone: %s", error)
            return False
        if isinstance(error, (BodyTooLarge, Gone)):
            log.info("bad request: %s", error)  # which clients can make at will
            refused = Refused(error.http_status)
        else:
            log.exception("%s %s", method, quote_path(path))
            refused = Refused("500 Internal Server Error")
        return not response.began and refuse(wire, response.is_head, refused)
    finally:
        response.over = True
        close_result(result)
        if os.getpid() != process:
            end_child(None)


def end_child(error):
    """End a process that the application has forked: its parent gives the answer, and
    goes on to serve. error is what it came back with, None if it just returned."""
    code = error.code if isinstance(error, SystemExit) else int(error is not None)
    if code not in (None, 0):
        log.exception("a process that the application has forked")
    os._exit(code if isinstance(code, int) else int(code is not None))


def close_result(result):
    try:
        close = getattr(result, "close", None)
        if close:
            close()
    except BaseException:
        log.exception("close")


def refuse(wire, is_head, refused):
    """Answer for the application. Return whether the answer is complete."""
    if refused.reason:
        log.warning("bad request: %s", refused.reason)
    response = Response(wire, is_head, "")
    text = refused.status[4:] + "\n"
    plain = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    if refused.status[0] in "23":
        plain, text = [], ""
    try:
        response.start(refused.status, plain + refused.headers)
        response.send([text.encode()])
    except OSError:
        return False
    return True


# Connections

# What a process that the application forks must not have, because it would keep a
# connection open: web servers wait for the end of one, or send another request.
own_files = weakref.WeakSet()
os.register_at_fork(after_in_child=lambda: [file.close() for file in list(own_files)])

IDLE, READING, SKIPPING, LINGERING = "idle", "reading", "skipping", "lingering"


class Connection:
    """A web server's connection, which never blocks without a limit.

    What comes is in data, from pos on. state says what is waited for, deadline
    until when, by time.monotonic.
    """

    def __init__(self, sock):
        self.sock = sock
        own_files.add(sock)
        self.data, self.pos = b"", 0
        self.state, self.deadline = IDLE, time.monotonic() + HEAD_SECONDS
        self.served = False  # a request has been answered
        self.environ, self.length = None, -1  # of a request that is about to be answered
        self.aborted = False  # by ABORT_REQUEST
        self.lost = False  # nothing more can be written
        self.may_keep = lambda: True  # whether another request may come; a server has its own

    def pull(self, seconds=0.0):
        """Take what has come; wait for it. Return False if there is nothing. Raises Gone."""
        while True:
            try:
                more = self.sock.recv(RECEIVE_SIZE)
                break
            except BlockingIOError:
                if not seconds or not self.wait(select.POLLIN, seconds):
                    return False
            except OSError as error:
                self.lost = True
                raise Gone(str(error)) from None
        if not more:
            raise Gone("the web server has closed the connection")
        self.data = self.data[self.pos:] + more if self.pos < len(self.data) else more
        self.pos = 0
        return True

    def pull_body(self):
        """Wait for more of the body. Raises Gone."""
        try:
            if self.pull(IDLE_SECONDS):
                return
        except Gone:
            self.lost = True
            raise
        self.lost = True
        raise Gone("no more of the body for %g seconds" % IDLE_SECONDS)

    def wait(self, event, seconds):
        poll = select.poll()
        poll.register(self.sock, event)
        return poll.poll(seconds * 1000)

    def push(self, data):
        """Send all of data. Raises Gone."""
        try:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            if sent < len(data):
                self.push_slowly(memoryview(data)[sent:])
        except OSError as error:
            self.lost = True
            raise error if isinstance(error, Gone) else Gone(str(error)) from None

    def push_slowly(self, rest):
        while rest:
            if not self.wait(select.POLLOUT, WRITE_SECONDS):
                raise Gone("the answer has not been taken for %g seconds" % WRITE_SECONDS)
            with contextlib.suppress(BlockingIOError):
                rest = rest[self.sock.send(rest):]

    def set(self, state, seconds):
        self.state, self.deadline = state, time.monotonic() + seconds

    def linger(self):
        """Wait for the web server to close, while the rest of its request comes in."""
        self.data, self.pos = b"", 0
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            raise Gone("the web server has closed the connection") from None
        self.set(LINGERING, DRAIN_SECONDS)

    def cut(self):
        """Show the web server that the answer is not whole. Raises Gone."""
        if self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone("the answer has been cut")


class FastCGI(Connection):
    """FastCGI, version 1, as a responder. Requests come one after the other.

    Sections in comments are the specification's.
    """

    RECORD = struct.Struct("!BBHHBx")  # version, type, id, length, padding (section 3.3)
    BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES, VALUES, UNKNOWN = 1, 2, 3, 4, 5, 6, 9, 10, 11
    COMPLETE, CANT_MULTIPLEX, UNKNOWN_ROLE = 0, 1, 3
    RESPONDER, KEEP = 1, 1
    LENGTH = struct.Struct("!I")
    MAX_CONTENT = 65535

    def __init__(self, sock):
        super().__init__(sock)
        self.id = 0  # of the request that is under way
        self.keep = False
        self.in_head = False  # PARAMS are coming in
        self.params, self.size = [], 0
        self.stdin = b""  # a piece that nobody has read
        self.stdin_over = True
        self.answered = False  # STDIN is dropped
        self.began = False
        self.pending = b""  # the end of the answer, until STDIN is over
        self.skip_until = 0.0  # the latest that it waits for that

    def next_record(self):
        """See to the next record. Return False if it has not come whole."""
        data, start = self.data, self.pos
        if len(data) - start < 8:
            return False
        version, kind, number, length, padding = self.RECORD.unpack_from(data, start)
        if version != 1:
            raise ProtocolError("FastCGI version %d" % version)
        end = start + 8 + length
        if len(data) < end + padding:
            return False
        self.pos = end + padding
        if number == 0:
            self.answer_management(kind, data[start + 8:end])
        elif kind == self.BEGIN:
            self.begin(number, data[start + 8:end])
        elif number != self.id:
            pass  # of a request that was refused, or has ended
        elif kind == self.PARAMS:
            if self.in_head:
                self.add_params(data[start + 8:end])
        elif kind == self.STDIN:
            if self.in_head:
                pass  # too early
            elif not length:
                self.stdin_over = True
            elif not self.answered:
                self.stdin = data[start + 8:end]
        elif kind == self.ABORT:
            self.abort()
        return True

    def begin(self, number, content):
        """BEGIN_REQUEST (section 5.1)."""
        if len(content) != 8 or number == self.id:
            raise ProtocolError("BEGIN_REQUEST")
        if self.id:
            self.push(self.end_record(number, self.CANT_MULTIPLEX))
            return
        self.keep = bool(content[2] & self.KEEP)
        if content[0] << 8 | content[1] != self.RESPONDER:
            self.push(self.end_record(number, self.UNKNOWN_ROLE))
            if not self.keep:
                self.linger()
            return
        self.id, self.in_head = number, True
        self.params, self.size = [], 0
        self.stdin, self.stdin_over = b"", False
        self.answered = self.aborted = self.began = self.lost = False

    def add_params(self, content):
        if not content:
            self.in_head = False
        elif self.size <= MAX_HEAD:
            self.size += len(content)
            self.params.append(content)
            if self.size > MAX_HEAD:
                self.params = []

    def abort(self):
        """ABORT_REQUEST (section 5.4), which is answered once the application is done."""
        self.aborted = self.lost = self.stdin_over = True
        self.in_head = False

    def answer_management(self, kind, content):
        """A management record (section 4)."""
        if kind != self.GET_VALUES:
            self.push(self.RECORD.pack(1, self.UNKNOWN, 0, 8, 0) + bytes((kind, 0, 0, 0, 0, 0, 0, 0)))
            return
        try:
            asked = self.parse_params(content)
        except ProtocolError:
            asked = {}
        most = str(max_connections())
        known = {"FCGI_MAX_CONNS": most, "FCGI_MAX_REQS": most, "FCGI_MPXS_CONNS": "0"}
        values = b"".join(bytes((len(name), len(value))) + (name + value).encode()
                          for name, value in known.items() if name in asked)
        self.push(self.RECORD.pack(1, self.VALUES, 0, len(values), 0) + values)

    @classmethod
    def parse_params(cls, data):
        """Return the variables in name-value pairs (section 3.4). Raises ProtocolError."""
        text = data.decode("latin-1")
        variables, pos, end = {}, 0, len(data)
        try:
            while pos < end:
                n, pos = data[pos], pos + 1
                if n > 127:
                    n, pos = cls.LENGTH.unpack_from(data, pos - 1)[0] & 0x7FFFFFFF, pos + 3
                v, pos = data[pos], pos + 1
                if v > 127:
                    v, pos = cls.LENGTH.unpack_from(data, pos - 1)[0] & 0x7FFFFFFF, pos + 3
                name = text[pos:pos + n]
                pos += n + v
                if pos > end:
                    raise ProtocolError("PARAMS")
                value = text[pos - v:pos]
                if name in variables:
                    value = combine(name, variables[name], value)
                variables[name] = value
        except (IndexError, struct.error):
            raise ProtocolError("PARAMS") from None
        return variables

    def next_request(self):
        """Return the variables of a request whose head is whole, or None. Raises Refused."""
        while not self.id or self.in_head:
            if not self.next_record():
                return None
        if self.aborted:
            return {}
        if self.size > MAX_HEAD:
            raise Refused("431 Request Header Fields Too Large")
        try:
            return self.parse_params(b"".join(self.params))
        except ProtocolError as error:
            raise Refused("400 Bad Request", reason=str(error)) from None

    def has_body(self):
        """Return whether there is a body that has no length, None while that is unknown."""
        while not self.stdin and not self.stdin_over:
            if not self.next_record():
                return None
        return not self.stdin_over

    def fetch(self):
        """Return the next piece of STDIN, b"" at its end. Raises Gone."""
        while not self.stdin:
            if self.aborted:
                raise Gone("the web server has aborted the request")
            if self.stdin_over:
                return b""
            try:
                whole = self.next_record()
            except ProtocolError as error:
                self.lost = True
                raise Gone("the web server breaks its protocol: %s" % error) from None
            if not whole:
                self.pull_body()
        piece, self.stdin = self.stdin, b""
        return piece

    def write(self, head, block, last):
        """Send STDOUT, and with the last of it the end of the request, once STDIN is
        over: HAProxy 2.6 forwards no more of a body when it has the whole answer."""
        if self.aborted:
            raise Gone("the web server has aborted the request")
        pack, size = self.RECORD.pack, self.MAX_CONTENT
        if last and len(head) + len(block) <= size:
            out = head + block
            out = pack(1, self.STDOUT, self.id, len(out), 0) + out if out else b""
        else:
            # nginx holds back up to 7 bytes that come in one record with the head.
            out = b"".join(pack(1, self.STDOUT, self.id, len(head[i:i + size]), 0) + head[i:i + size]
                           for i in range(0, len(head), size))
            for i in range(0, len(block), size):
                piece = block[i:i + size]
                out += pack(1, self.STDOUT, self.id, len(piece), 0) + piece
                if i + size < len(block):
                    self.push(out)
                    self.began, out = True, b""
        if last:
            out += pack(1, self.STDOUT, self.id, 0, 0) + self.end_record(self.id, self.COMPLETE)
            self.skip_stdin()
            if not self.stdin_over:
                self.pending = out
                return
        if last:
            self.push_end(out)
        elif out:
            self.push(out)
            self.began = True

    def push_end(self, data):
        """Send the end of an answer, and at once that no request may follow it, if so: a
        web server that has not learnt of it sends one, and a POST only once."""
        closes = self.keep and not self.may_keep()
        self.push(data)
        if closes:
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.keep = False
        self.began = True

    def end_record(self, number, status):
        """END_REQUEST (section 5.5)."""
        return self.RECORD.pack(1, self.END, number, 8, 0) + bytes((0, 0, 0, 0, status, 0, 0, 0))

    def skip_stdin(self):
        self.answered, self.stdin = True, b""
        while not self.stdin_over and self.next_record():
            pass

    def in_progress(self):
        """Return whether a part of a request has come."""
        return self.id != 0 or self.pos < len(self.data)

    def finish(self, unread):
        """End a request whose answer is complete. Raises Gone when that is all."""
        if self.pending:
            self.set(SKIPPING, DRAIN_SECONDS)
            self.skip_until = self.deadline
            self.extend_skipping()
        else:
            self.end_request()

    def extend_skipping(self):
        if self.began:
            self.deadline = min(self.skip_until, time.monotonic() + PAUSE_SECONDS)

    def skip(self):
        """Drop what has come of STDIN; send the end of the answer when it is over."""
        self.skip_stdin()
        if self.stdin_over:
            self.end_skipping()
        else:
            self.extend_skipping()

    def end_skipping(self):
        pending, self.pending = self.pending, b""
        if self.aborted:
            self.finish_aborted()
        else:
            self.push_end(pending)
            self.end_request()

    def end_request(self):
        over, self.stdin_over, self.id = self.stdin_over, True, 0
        if self.keep and over:
            self.set(IDLE, IDLE_SECONDS)
        elif over and self.pos >= len(self.data):
            raise Gone("the connection is not kept")
        else:
            self.linger()

    def finish_aborted(self):
        self.push_end(self.end_record(self.id, self.COMPLETE))
        self.end_request()


class SCGI(Connection):
    """The Simple Common Gateway Interface: one request to a connection."""

    NETSTRING = re.compile(rb"(0|[1-9][0-9]{0,5}):")

    def __init__(self, sock):
        super().__init__(sock)
        self.parsed = False

    def next_request(self):
        """Return the variables of a request whose head is whole, or None. Raises Refused."""
        if self.parsed:
            return None
        start = self.NETSTRING.match(self.data)
        if not start:
            if len(self.data) < 7 and re.fullmatch(rb"(?:[1-9][0-9]*)?", self.data):
                return None
            if re.match(rb"[1-9][0-9]{6}", self.data):
                self.parsed = True
                raise Refused("431 Request Header Fields Too Large")
            raise ProtocolError("SCGI: no netstring")
        size = int(start.group(1))
        if size > MAX_HEAD:
            self.parsed = True
            raise Refused("431 Request Header Fields Too Large")
        end = start.end() + size
        if len(self.data) <= end:
            return None
        self.parsed, self.pos = True, end + 1
        variables = self.parse_head(self.data[start.end():end + 1])
        if not variables["CONTENT_LENGTH"] and variables.get("HTTP_TRANSFER_ENCODING"):
            raise Refused("411 Length Required")  # nothing tells where the body ends
        return variables

    @staticmethod
    def parse_head(data):
        """Return the variables of a netstring's content and its comma. Raises ProtocolError."""
        fields = data.decode("latin-1").split("\0")
        if fields[0] != "CONTENT_LENGTH" or fields[-1] != "," or len(fields) % 2 == 0:
            raise ProtocolError("SCGI: no variables")
        variables = {}
        for name, value in zip(fields[::2], fields[1::2]):
            if not name:
                raise ProtocolError("SCGI: a variable without a name")
            if name in variables:
                value = combine(name, variables[name], value)
            variables[name] = value
        if variables.get("SCGI") != "1":
            raise ProtocolError("SCGI: not version 1")
        return variables

    def has_body(self):
        return False

    def fetch(self):
        """Return the next piece of what follows the head, b"" at its end. Raises Gone."""
        if self.pos >= len(self.data):
            self.pull_body()
        piece, self.data, self.pos = self.data[self.pos:], b"", 0
        return piece

    def write(self, head, block, last):
        if len(block) <= RECEIVE_SIZE:
            block, head = head + block, b""
        for part in (head, block):
            if part:
                self.push(part)

    def in_progress(self):
        return True

    def finish(self, unread):
        """End the connection. Raises Gone when that is all."""
        if not unread and self.pos >= len(self.data):
            raise Gone("the answer is complete")
        self.linger()


class CGI:
    """The one request of a CGI program (RFC 3875), whose answer goes to out."""

    def __init__(self, out):
        self.out, self.lost = out, False

    def fetch(self):
        return os.read(0, RECEIVE_SIZE)

    def write(self, head, block, last):
        try:
            for part in (head, memoryview(block)):
                while part:
                    part = part[os.write(self.out, part):]
        except OSError as error:
            self.lost = True
            raise Gone(str(error)) from None

    def drain(self):
        """Read what nobody has read, because some web servers take the answer for
        broken if they cannot get rid of it; 64 MiB and DRAIN_SECONDS at most."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        end, left = time.monotonic() + DRAIN_SECONDS, 64 << 20
        while left > 0 and poll.poll(max(0, end - time.monotonic()) * 1000):
            piece = self.fetch()
            if not piece:
                break
            left -= len(piece)


# The server


class Stop:
    """Asks a server to end, from anywhere, by signals too."""

    SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self):
        self.requested = False
        self.reader, self.writer = socket.socketpair()
        self.reader.setblocking(False)
        self.writer.setblocking(False)

    def fileno(self):
        return self.reader.fileno()

    def request(self):
        self.requested = True
        self.wake()

    def wake(self, *_):
        """Make fileno readable, until clear is called."""
        with contextlib.suppress(OSError):
            self.writer.send(b"x")

    def clear(self):
        with contextlib.suppress(BlockingIOError):
            self.reader.recv(4096)

    def close(self):
        self.reader.close()
        self.writer.close()

    def install(self, first, second):
        """Request at the first signal, and call first; leave the next one to second."""
        process = os.getpid()
        # Python calls handle between two steps of its own. A wait that begins after the
        # signal, or in another thread than took it, is ended by this only.
        signal.set_wakeup_fd(self.writer.fileno(), warn_on_full_buffer=False)
        ends = list(self.SIGNALS)
        if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # by nohup
            ends.remove(signal.SIGHUP)

        def handle(number, frame):
            if os.getpid() != process:  # the application has forked, and ends that process
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
                return
            for end in ends:
                signal.signal(end, second)
            first()
            self.request()

        for end in ends:
            signal.signal(end, handle)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self.SIGNALS)  # as fork_blocked leaves them


class Server:
    """Answers what comes to listeners, one request at a time, by connect: FastCGI or
    SCGI. shared says that other processes do the same."""

    ACCEPTS = 8  # connections that are accepted before others are looked at
    WAITED = 0.05  # seconds a request has waited for others: an idle process were better

    def __init__(self, application, listeners, connect, stop, *, mount="", body_limit=BODY_LIMIT,
                 max_conns=MAX_CONNECTIONS, peers=(), shared=False):
        self.application, self.listeners, self.connect = application, list(listeners), connect
        self.stop, self.mount, self.limit = stop, mount, body_limit
        self.most, self.peers, self.shared = max_conns, peers, shared
        self.base = base_environ(multiprocess=shared)
        self.selector = selectors.DefaultSelector()
        self.connections = set()
        self.accepting = False
        self.resume, self.pause = 0.0, 0.005  # when to accept again after an error; seconds
        self.wake = float("inf")  # when a connection's time is over
        self.began = 0.0  # when select returned
        self.stopping = False

    def run(self, parent=None):
        """Serve until stop. parent is a descriptor that ends with the process that
        started this one."""
        self.selector.register(self.stop, selectors.EVENT_READ, self.stop)
        if parent is not None:
            self.selector.register(parent, selectors.EVENT_READ, None)
        while not self.stopping or self.connections or self.listeners:
            self.accept_or_not()
            events = self.selector.select(self.timeout())
            self.began = time.monotonic()
            ready = {key.data for key, _ in events}
            if self.stop in ready:
                self.stop.clear()
            if not self.stopping and (self.stop.requested or None in ready):
                self.begin_stop()
            if self.began >= self.wake:
                self.sweep(ready)
            for it in ready:
                if it in self.connections:
                    if not self.read(it):
                        self.drop(it)
                elif it in self.listeners:
                    self.accept(it)
            if self.stopping and self.accepting:
                self.close_listeners(ready)
        self.selector.close()

    def timeout(self):
        now = time.monotonic()
        wake = min(self.wake, self.resume if self.resume > now else self.wake)
        if self.stopping and self.listeners:
            wake = min(wake, now + 0.01)
        return None if wake == float("inf") else max(0.0, wake - now)

    def accept_or_not(self):
        """More connections than the limit stay in the kernel's queue."""
        may = len(self.connections) < self.most and self.resume <= time.monotonic()
        if may != self.accepting:
            self.accepting = may
            for listener in self.listeners:
                if may:
                    self.selector.register(listener.sock, selectors.EVENT_READ, listener)
                else:
                    self.selector.unregister(listener.sock)

    def accept(self, listener):
        for _ in range(1 if self.shared else self.ACCEPTS):
            if len(self.connections) >= self.most:
                return
            try:
                sock, peer = listener.sock.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                self.pause_accepting(error)
                return
            self.pause = 0.005
            sock.setblocking(False)
            if sock.family != socket.AF_UNIX:
                if self.peers and not is_among(peer[0], self.peers):
                    sock.close()
                    continue
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.admit(self.connect(sock))

    def admit(self, conn):
        if self.stopping:
            conn.deadline = time.monotonic() + 10 * LAST_CALL_SECONDS
        self.connections.add(conn)
        conn.may_keep = self.may_keep
        # Web servers write at once, so that there mostly is a request already.
        if self.read(conn):
            self.selector.register(conn.sock, selectors.EVENT_READ, conn)
        else:
            self.connections.discard(conn)
            conn.sock.close()

    def pause_accepting(self, error):
        log.warning("accept: %s; again in %g s", error, self.pause)
        self.resume = time.monotonic() + self.pause
        self.pause = min(2 * self.pause, 1.0)
        for conn in self.connections:
            if conn.state == IDLE and conn.served:  # it holds a descriptor
                conn.deadline = self.wake = 0.0

    def drop(self, conn):
        self.selector.unregister(conn.sock)
        self.connections.discard(conn)
        conn.sock.close()

    def sweep(self, ready):
        """End what has waited too long, unless a request has come meanwhile."""
        for conn in [c for c in self.connections if c.deadline <= self.began]:
            if conn.state == IDLE and conn in ready:
                continue
            try:
                if conn.state != SKIPPING:
                    raise Gone("no request")
                conn.end_skipping()
            except Gone:
                self.drop(conn)
        self.wake = min((c.deadline for c in self.connections), default=float("inf"))

    def may_keep(self):
        """Return whether a connection may wait for another request. One that has been
        kept waiting may not: an idle process will take the next."""
        if self.stopping or self.stop.requested or 4 * len(self.connections) > 3 * self.most:
            return False
        return not self.shared or time.monotonic() - self.began < self.WAITED

    def read(self, conn):
        """Take what has come, and answer it. Return whether the connection stays."""
        try:
            if not conn.pull():
                self.wake = min(self.wake, conn.deadline)
                return True
            if conn.state == LINGERING:
                conn.data = b""
                return True
            if conn.state == SKIPPING:
                conn.skip()
            elif conn.state == IDLE:
                conn.set(READING, HEAD_SECONDS)
            while conn.state in (READING, IDLE) and self.step(conn):
                pass
            if conn.state == READING and not conn.in_progress():
                conn.set(IDLE, IDLE_SECONDS)
            elif conn.state == IDLE and conn.in_progress():
                conn.set(READING, HEAD_SECONDS)
            self.wake = min(self.wake, conn.deadline)
            return True
        except (Gone, ProtocolError) as error:
            log.debug("connection closed: %s", error)
            return False

    def step(self, conn):
        """Answer the request whose head is whole. Return False if there is none."""
        complete, unread = False, True
        try:
            if not self.take_request(conn):
                return False
            if not conn.aborted:
                complete, unread = self.answer(conn)
        except Refused as refused:
            is_head = conn.environ is not None and conn.environ.get("REQUEST_METHOD") == "HEAD"
            complete = refuse(conn, is_head, refused)
        conn.environ, conn.length, conn.served = None, -1, True
        if conn.aborted:
            conn.finish_aborted()
        elif complete:
            conn.finish(unread)
        else:
            conn.cut()
        return True

    def take_request(self, conn):
        """Return whether a request can be answered: its environ and the length of its
        body are known then. Raises Refused."""
        if conn.environ is None:
            conn.environ = conn.next_request()
            if conn.environ is None:
                return False
            if not conn.aborted:
                conn.length = prepare(conn.environ, self.mount, self.limit)
        if conn.length < 0 and not conn.aborted:
            has_body = conn.has_body()
            if has_body is None:
                return False
            if not has_body:
                conn.length = 0
        return True

    def answer(self, conn):
        """Return whether the answer is complete, and whether some of the body is unread."""
        environ, length = conn.environ, conn.length
        environ.update(self.base)
        if not length:
            environ["wsgi.input"] = io.BytesIO()
            return respond(self.application, environ, conn), False
        body = Body(conn.fetch, length, self.limit)
        environ["wsgi.input"] = io.BufferedReader(body)
        try:
            return respond(self.application, environ, conn), body.left > 0
        finally:
            body.fetch = bytes  # an application that keeps it reads nothing of others' bodies
            body.close()

    def begin_stop(self):
        """Answer what has come or is on its way, and close what is idle."""
        self.stopping = True
        for key in [k for k in self.selector.get_map().values() if k.data is None]:
            self.selector.unregister(key.fileobj)  # it stays readable
        log.info("stopping")
        for listener in self.listeners:
            listener.remove()
        for conn in self.connections:
            if conn.state == IDLE:
                last = LAST_CALL_SECONDS if conn.served else 10 * LAST_CALL_SECONDS
                conn.deadline = min(conn.deadline, time.monotonic() + last)
                self.wake = min(self.wake, conn.deadline)
        self.close_listeners([], inherited=True)

    def close_listeners(self, ready, inherited=False):
        """Close listeners that nobody connects to, because one that closes resets those
        who have; the service manager's next instance answers those of its sockets."""
        for listener in [x for x in self.listeners if x not in ready and (x.inherited or not inherited)]:
            if self.accepting:
                self.selector.unregister(listener.sock)
            listener.sock.close()
            self.listeners.remove(listener)


def fork_blocked():
    """Fork. The signals that stop are blocked in the child until Stop.install, because it
    has its parent's handlers until then."""
    signal.pthread_sigmask(signal.SIG_BLOCK, Stop.SIGNALS)
    pid = -1
    try:
        pid = os.fork()
        return pid
    finally:
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, Stop.SIGNALS)


class Pool:
    """Processes that serve the same listeners, and are started anew when they die."""

    LEAST = 1.0  # seconds that a process has to live for the next to be started at once

    def __init__(self, count, work, stop, shutdown_timeout):
        self.count, self.work, self.stop = count, work, stop
        self.shutdown_timeout = shutdown_timeout
        self.workers = {}  # when they were started, by process id
        self.resume, self.pause = 0.0, 0.1
        self.alive = os.pipe()  # its write end is only here, so that workers see us end

    def run(self):
        """Return 0 once all have ended by themselves, else 1."""
        signal.signal(signal.SIGCHLD, self.stop.wake)
        deadline, failed = float("inf"), False
        while not self.stop.requested or self.workers:
            now = time.monotonic()
            if self.stop.requested:
                if deadline == float("inf"):
                    deadline = now + self.shutdown_timeout + 2
                    self.signal(signal.SIGTERM)
                elif now > deadline:
                    self.signal(signal.SIGKILL)
            elif now >= self.resume:
                while len(self.workers) < self.count and self.start():
                    pass
            missing = len(self.workers) < self.count and not self.stop.requested
            select.select([self.stop], [], [], max(0.0, self.resume - now) if missing else 1.0)
            self.stop.clear()
            failed |= self.reap()
        return int(failed)

    def start(self):
        """Start a process. Return whether there is one."""
        try:
            pid = fork_blocked()
        except OSError as error:  # which need not take the others with it
            self.pause = min(2 * self.pause, 10.0)
            self.resume = time.monotonic() + self.pause
            log.error("start a worker: %s; again in %g s", error, self.pause)
            return False
        if pid:
            self.workers[pid] = time.monotonic()
            return True
        status = 1
        try:
            os.close(self.alive[1])
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            status = self.work(self.alive[0])
        except BaseException:
            log.exception("worker")
        finally:
            os._exit(status)

    def reap(self):
        """See who has ended. Return whether one has failed while all were to stop."""
        failed = False
        for pid, started in list(self.workers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self.workers[pid]
            if self.stop.requested:
                failed |= status != 0
                continue
            lived = time.monotonic() - started
            self.pause = 0.1 if lived >= self.LEAST else min(2 * self.pause, 10.0)
            self.resume = time.monotonic() + (0 if lived >= self.LEAST else self.pause)
            log.error("worker %d has ended with status %d; starting another", pid, os.waitstatus_to_exitcode(status))
        return failed

    def signal(self, number):
        for pid in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def base_environ(multiprocess, run_once=False):
    return {
        "wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.file_wrapper": FileWrapper,
        "wsgi.multithread": False, "wsgi.multiprocess": multiprocess, "wsgi.run_once": run_once,
        "wsgi.input_terminated": True,
    }


def answer_cgi(application, variables, out, options):
    """Answer the one request of a CGI program. application is a function that loads it."""
    wire = CGI(out)
    answer = io.FileIO(out, "w")  # which can be closed twice
    own_files.add(answer)
    environ = {name.decode("latin-1"): value.decode("latin-1") for name, value in variables.items()}
    environ = {name: value for name, value in environ.items()
               if name in CGI_VARIABLES or name.startswith("HTTP_")}
    chunked = environ.get("HTTP_TRANSFER_ENCODING")
    is_head = environ.get("REQUEST_METHOD") == "HEAD"
    unread = bool(chunked) or environ.get("CONTENT_LENGTH") not in (None, "", "0")
    try:
        length = prepare(environ, options.mount, options.body_limit)
        if length < 0 and not chunked:
            length = 0  # RFC 3875, section 4.1.2
        environ.update(base_environ(multiprocess=True, run_once=True))
        body = Body(wire.fetch, length, options.body_limit)
        environ["wsgi.input"] = io.BufferedReader(body)
        complete = respond(lambda *a: application()(*a), environ, wire)
        unread = body.left > 0
    except Refused as refused:
        complete = refuse(wire, is_head, refused)
    if unread:
        wire.drain()
    with contextlib.suppress(OSError):
        answer.close()  # the answer ends here, even if the application has threads that go on
    return 0 if complete else 1


# Listening


class Listener:
    """A socket that listens. path is that of its name in the file system, if it has
    been made here; inherited says that a service manager has it, too."""

    def __init__(self, sock, path=None, inherited=False):
        self.sock, self.inherited = sock, inherited
        self.path = os.path.abspath(path) if path else None  # an application may go elsewhere
        self.file = os.lstat(path) if path else None
        sock.setblocking(False)

    def remove(self):
        """Take the name away, unless another instance has replaced it."""
        with contextlib.suppress(OSError):
            if self.path and os.path.samestat(os.lstat(self.path), self.file):
                os.unlink(self.path)


class SettingError(Exception):
    """What is wrong with how the program was started, and what to do about it."""


def parse_address(text):
    """Return (AF_UNIX, path) or (AF_INET or AF_INET6, (host, port)). Raises SettingError."""
    network, _, where = text.partition(":")
    if network == "unix":
        check_path(where)
        return socket.AF_UNIX, where
    if network != "tcp":
        where = text
    if where.isdigit():
        where = "localhost:" + where
    host, _, port = where.rpartition(":")
    if not host or "/" in where or "*" in host or not (port == "0" or is_port(port)):
        raise SettingError("listen %r: not an address; say unix:/path/to/socket or tcp:localhost:9000" % text)
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        raise SettingError("listen %r: %s" % (text, error)) from None
    # Where a name has both kinds, IPv4: web servers are told 127.0.0.1, not ::1.
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, address[:2]


def address_text(address):
    return ("[%s]:%d" if ":" in address[0] else "%s:%d") % address[:2]


def check_path(path):
    limit = 107 if sys.platform == "linux" else 103  # bytes of sun_path, its NUL left out
    size = max(len(os.fsencode(path)), len(os.fsencode(temporary_name(path))))
    if not path or path[0] == "@" or path.endswith("/"):
        raise SettingError("listen %r: no path of a socket; say unix:/run/app/app.sock" % ("unix:" + path))
    if size > limit:
        raise SettingError("listen %r: the path needs %d bytes and a socket's may have %d" % (path, size, limit))


def temporary_name(path):
    return os.path.join(os.path.dirname(path), ".s" + os.urandom(4).hex())


def listen_unix(path, trial=False):
    """Bind a temporary name and rename it over path: nobody can connect before the
    mode counts, and an older instance keeps its connections. Raises SettingError."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise SettingError("listen: %s is there and is not a socket; move it away or listen elsewhere" % path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise folder_error(error, path) from None
    if has_listener(path):
        if trial:
            raise SettingError("listen: a running instance answers at %s; stop it, or start anyway to take over" % path)
        log.warning("taking %s over from a running instance", path)
    at, sock = temporary_name(path), socket.socket(socket.AF_UNIX)
    try:
        sock.bind(at)
        os.chmod(at, 0o660)  # the web server's user belongs to the group
        sock.listen(4096)
        if trial:
            os.unlink(at)
            return Listener(sock)
        os.rename(at, path)
    except OSError as error:
        sock.close()
        if os.path.lexists(at):
            os.unlink(at)
        raise folder_error(error, path) from None
    return Listener(sock, path)


def folder_error(error, path):
    return SettingError("listen: %s; the folder of %s must be there and writable" % (error.strerror, path))


def has_listener(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(1)
        return sock.connect_ex(path) == 0


def listen_tcp(family, address):
    try:
        sock = socket.socket(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(4096)
    except OSError as error:
        raise SettingError("listen: %s; choose another address, or stop what listens there" % error) from None
    return Listener(sock)


def is_listening(fd):
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def inherited_fds(environ):
    """Return the descriptors of LISTEN_FDS that are meant for this process, and take
    the variables away, so that no child takes them for its own."""
    mine = environ.get("LISTEN_PID") == str(os.getpid())
    count = environ.get("LISTEN_FDS", "")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environ.pop(name, None)
    return list(range(3, 3 + int(count))) if mine and re.fullmatch("[0-9]{1,4}", count) else []


def is_among(address, networks):
    import ipaddress  # most programs never need it

    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


def max_connections():
    """Return MAX_CONNECTIONS, or fewer where the limit of open files asks for it: an
    accept that fails loses connections, a full queue only delays them."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, soft - SPARE_FILES))


# Settings


def seconds(text):
    """Return a time in seconds, a day at most: 30, 1.5, 30s, 500ms, 2m."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)(ms|s|m|h|)", text)
    if not found:
        raise ValueError(text)
    result = float(found.group(1)) * {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}[found.group(2)]
    if result > 86400:
        raise ValueError(text)
    return result


def natural(text):
    if not re.fullmatch("[0-9]+", text):
        raise ValueError(text)
    return int(text)


def positive(text):
    if natural(text) == 0:
        raise ValueError(text)
    return int(text)


def mount_path(text):
    """Return the mount without its last slash; "" is the root."""
    if not MOUNT.fullmatch(text.rstrip("/")):
        raise ValueError(text)
    return text.rstrip("/")


def prefixes(text):
    import ipaddress

    return [ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip()]


def truth(text):
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def level(text):
    return {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING,
            "warning": logging.WARNING, "error": logging.ERROR}[text.lower()]


# Name, how to read it, default, what it is.
SETTINGS = (
    ("transport", {x: x for x in ("fcgi", "scgi", "cgi")}.__getitem__, None, "fcgi, scgi or cgi (default: detected)"),
    ("listen", str, None, "unix:/path, host:port, or a port of localhost (default: inherited sockets)"),
    ("mount", mount_path, "", "path the application lives under, such as /app"),
    ("processes", positive, 1, "number of processes that answer requests"),
    ("body-limit", natural, BODY_LIMIT, "largest request body in bytes (default: 10485760)"),
    ("shutdown-timeout", seconds, 30.0, "how long requests in flight may take to finish, such as 30s, a day at most"),
    ("max-conns", positive, None, "connections that each process holds at a time (default: 1024)"),
    ("trusted-peers", prefixes, [], "addresses or prefixes, joined by commas, that may connect over TCP"),
    ("allow-root", truth, False, "run as uid 0 even where others can reach the application"),
    ("log-level", level, None,
     "debug, info, warn or error (default: info, or warn if a web server starts this)"),
)


def variable(name):
    return "APP_" + name.upper().replace("-", "_")


def parse_arguments(argv, takes_application):
    parser = argparse.ArgumentParser(
        prog="gateway.py", description="FastCGI, SCGI and CGI for any WSGI application.", allow_abbrev=False,
        epilog="Each setting can stand in the environment or a file of --env, too: --body-limit as APP_BODY_LIMIT.")
    if takes_application:
        parser.add_argument("application", nargs="?", default="wsgi:application", metavar="MODULE:NAME",
                            help="what to serve (default: wsgi:application)")
    for name, _, _, text in SETTINGS:
        if name == "allow-root":
            parser.add_argument("--" + name, action="store_const", const="1", help=text)
        else:
            parser.add_argument("--" + name, help=text)
    parser.add_argument("--env", action="append", default=[], metavar="FILE", help="settings, NAME=value a line")
    parser.add_argument("--check", action="store_true",
                        help="say what would keep this from starting, then exit; needs no place to listen")
    return parser.parse_args(argv)


def read_settings(arguments, environ):
    """Return a namespace of all settings; what the files of --env say goes into environ
    where that does not say it. Raises SettingError with all that is wrong."""
    faults = []
    for path in arguments.env:
        try:
            for name, value in read_env_file(path).items():
                environ.setdefault(name, value)
        except SettingError as error:
            faults.append(str(error))
    faults += misspelt(environ)
    options = argparse.Namespace()
    for name, read, default, text in SETTINGS:
        said = getattr(arguments, name.replace("-", "_"))
        source = "--" + name
        if said is None:
            said, source = environ.get(variable(name)) or None, variable(name)
        value = default
        if said is not None:
            try:
                value = read(said)
            except (KeyError, ValueError):
                faults.append("%s %r: not understood; it is %s" % (source, said, text))
        setattr(options, name.replace("-", "_"), value)
    if faults:
        raise SettingError("\n".join(faults))
    options.max_conns = options.max_conns or max_connections()
    return options


def misspelt(environ):
    """Return what is wrong with variables whose names are nearly those of settings."""
    known = {variable(name) for name, *_ in SETTINGS}
    faults = []
    for name in sorted(environ):
        if name.startswith("APP") and name not in known:
            import difflib

            near = difflib.get_close_matches(name.upper(), known, 1, 0.8)
            if near:
                faults.append("variable %s: no such setting; did you mean %s?" % (name, near[0]))
    return faults


SETTING_LINE = re.compile(r"""([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*
    (?:'([^']*)' | "((?:[^"\\]|\\["\\$`])*)" | ([^'"\\ \t][^\\]*)? )""", re.VERBOSE)


def read_env_file(path):
    """Return the settings in a file, the last of a name, as systemd's EnvironmentFile=
    reads them; what that reads otherwise is an error. Raises SettingError."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("env %s: %s" % (path, error)) from None
    values, faults = {}, []
    for number, line in enumerate(lines, 1):
        line = line.strip(" \t\r")
        if not line or (line[0] == "#" and line[-1] != "\\"):
            continue
        found = "\0" not in line and SETTING_LINE.fullmatch(line)
        if found:
            single, double, plain = found.group(2, 3, 4)
            values[found.group(1)] = single or re.sub(r"\\(.)", r"\1", double or "") or plain or ""
        else:
            faults.append("%s:%d: not a setting; write NAME=value, or NAME='value' where it has a quote or a \\"
                          % (path, number))
    if faults:
        raise SettingError("\n".join(faults))
    return values


# The program


class LogStream(io.TextIOBase):
    """Standard error, but what nobody takes is dropped and counted, because no request
    may wait for a reader of the log that stands still or has gone."""

    SIZE = 4096  # bytes that a pipe takes at once when it takes any (PIPE_BUF)

    def __init__(self, fd=2):
        self.fd, self.dropped = fd, 0
        self.poll = select.poll()
        self.poll.register(fd, select.POLLOUT)

    def writable(self):
        return True

    def fileno(self):
        return self.fd

    def close(self):
        """Stay open: as wsgi.errors it belongs to every request."""

    def write(self, text):
        data = text.encode("utf-8", "backslashreplace")
        for start in range(0, len(data), self.SIZE):
            if self.dropped:
                data_lost = b"[%d pieces of the log were dropped]\n" % self.dropped
                if self.put(data_lost):
                    self.dropped = 0
            if not self.put(data[start:start + self.SIZE]):
                self.dropped += 1
        return len(text)

    def put(self, piece):
        try:
            return bool(self.poll.poll(0)) and os.write(self.fd, piece) > 0
        except OSError:
            return False


def open_standard_files():
    """Make sure that no connection gets the number of a standard file that was closed."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def load(name):
    """Return the application that MODULE:NAME is. Raises SettingError, and what the
    module itself raises."""
    module, colon, attribute = name.partition(":")
    if not module or (colon and not attribute):
        raise SettingError("%r is no MODULE:NAME, such as wsgi:application" % name)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not error.name or not (module + ".").startswith(error.name + "."):
            raise  # another module, which this one imports
        hint = "; say %s:NAME" % module[:-3] if module.endswith(".py") else ""
        raise SettingError("there is no module %s%s" % (module, hint)) from None
    for part in (attribute or "application").split("."):
        if not hasattr(found, part):
            raise SettingError("module %s has no %s" % (module, attribute or "application"))
        found = getattr(found, part)
    if not callable(found):
        raise SettingError("%s is no application, because it cannot be called" % name)
    # A class whose instances are answers has what an answer needs (PEP 3333).
    if isinstance(found, type) and not hasattr(found, "__iter__") and not hasattr(found, "__getitem__"):
        raise SettingError("%s is a class whose instances are the application; say app = %s() in the module,"
                           " and %s:app here" % (name, attribute, module))
    return found


def notify(state):
    """Tell the service manager, if there is one (sd_notify(3))."""
    name = os.environ.get("NOTIFY_SOCKET")
    if not name:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect("\0" + name[1:] if name[0] == "@" else name)
            sock.send(state.encode())
    except OSError as error:
        log.warning("notify service manager: %s", error)


ADVICE = """nothing says where to listen. Say one of

    gateway.py --listen unix:/run/app/app.sock          FastCGI
    gateway.py --listen 9000 --transport scgi           SCGI on port 9000 of localhost

or let a web server, spawn-fcgi or systemd start it, with a socket that listens or by CGI"""


class Launch:
    """How the process was started: descriptors that it got, variables that it has."""

    def __init__(self, environ):
        self.fds = inherited_fds(environ)
        self.stdin = is_listening(0)
        self.cgi = bool(environ.get("GATEWAY_INTERFACE") and environ.get("REQUEST_METHOD"))

    def has_place(self, options):
        """Return whether there is a place to listen."""
        return bool(options.listen or self.fds or self.stdin)

    def transport(self, options, trial=False):
        """Return the transport. Raises SettingError."""
        somewhere = self.has_place(options)
        if options.transport == "cgi" and options.listen:
            raise SettingError("transport cgi: it does not listen; say another --transport or no --listen")
        if options.transport == "cgi" or (self.cgi and not somewhere and not options.transport):
            return "cgi"
        if not somewhere and not trial:
            raise SettingError(ADVICE)
        return options.transport or "fcgi"

    def listeners(self, options, trial=False):
        """Return the listeners and what to call them. Raises SettingError."""
        if options.listen:
            family, address = parse_address(options.listen)
            check_exposure(family, address, options, unix=family == socket.AF_UNIX)
            if family == socket.AF_UNIX:
                return [listen_unix(address, trial)], "unix:" + address
            listener = listen_tcp(family, address)
            return [listener], "tcp:" + address_text(listener.sock.getsockname())
        found = []
        for fd in self.fds or [0]:
            if not is_listening(fd):
                raise SettingError("listen: descriptor %d is no socket that listens, though LISTEN_FDS says so" % fd)
            sock = socket.socket(fileno=os.dup(0) if fd == 0 else fd)
            sock.set_inheritable(False)  # what the application starts must not keep it open
            if fd == 0:
                with open(os.devnull, "rb") as null:
                    os.dup2(null.fileno(), 0)
            check_exposure(sock.family, sock.getsockname(), options, unix=False)
            found.append(Listener(sock, inherited=fd != 0))
        return found, "descriptor %d" % (self.fds or [0])[0]


def check_exposure(family, address, options, unix):
    """Refuse an address that others reach unless somebody has said who may connect,
    and uid 0 where others reach it. Raises SettingError."""
    local = family == socket.AF_UNIX or address[0].startswith("127.") or address[0] == "::1"
    if not local and not options.trusted_peers:
        raise SettingError("whoever connects by fcgi or scgi is believed, the client's address included, and others"
                           " reach %s; say --trusted-peers 10.0.0.5, or listen at a unix socket or localhost"
                           % address_text(address))
    if os.geteuid() == 0:
        if (unix or not local) and not options.allow_root:
            raise SettingError("running as root (uid 0), where a flaw in the application gives the whole machine away;"
                               " run as another user, or say --allow-root")
        if not options.allow_root:
            log.warning("running as root (uid 0); run as another user")


def set_up_logging(level):
    """Let the root logger and prints write to standard error without ever waiting."""
    # A descriptor of its own, because an application may close the usual one, whose
    # number a connection gets then.
    sys.stderr = LogStream(os.dup(2))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(handler)
    root.setLevel(level)


def claim_stdout():
    """Return a descriptor for CGI's answer; what is printed goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def serve(application, launch, transport, options):
    """Serve until a signal comes. Return the exit status."""
    listeners, where = launch.listeners(options)
    stop = Stop()

    def new_server(until):
        return Server(application, listeners, {"fcgi": FastCGI, "scgi": SCGI}[transport], until,
                      mount=options.mount, body_limit=options.body_limit, max_conns=options.max_conns,
                      peers=options.trusted_peers, shared=options.processes > 1 or launch.stdin)

    def expire(number, frame):
        log.error("requests were still running after %g seconds and were cut;"
                  " raise --shutdown-timeout if they need longer", options.shutdown_timeout)
        os._exit(1)

    def set_timer():
        signal.signal(signal.SIGALRM, expire)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, options.shutdown_timeout), 0.1)  # until it is noticed

    def work(parent):
        own = Stop()
        own.install(set_timer, signal.SIG_IGN)  # service managers signal all processes, and so do we
        if stop.requested:  # a signal has come since the fork
            own.request()
        for listener in listeners:
            listener.path = None  # it is not ours to remove
        new_server(own).run(parent)
        return 0

    def announce():
        log.info("listening: %s %s, mounted at %s", transport, where, options.mount or "/")
        notify("READY=1")

    def begin_end():
        notify("STOPPING=1")
        for listener in listeners:
            listener.remove()

    try:
        if options.processes == 1:
            stop.install(lambda: (set_timer(), begin_end()), signal.SIG_DFL)
            announce()
            new_server(stop).run()
            return 0
        pool = Pool(options.processes, work, stop, options.shutdown_timeout)

        def kill(number, frame):
            pool.signal(signal.SIGKILL)
            os._exit(1)

        stop.install(begin_end, kill)
        announce()
        return pool.run()
    finally:
        for listener in listeners:
            listener.remove()


def limit_threads(timeout):
    """Let the application's threads, which Python waits for, have what is left of the
    time that requests had, at most timeout seconds."""
    signal.set_wakeup_fd(-1)  # its socket has gone
    names = [x.name for x in threading.enumerate() if x is not threading.main_thread() and not x.daemon]
    if not names:
        return
    log.info("waiting for threads of the application: %s", ", ".join(names))

    def expire(number, frame):
        log.error("threads of the application were still running and were cut: %s;"
                  " daemon threads need not be waited for", ", ".join(names))
        os._exit(1)

    signal.signal(signal.SIGALRM, expire)
    if not signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.setitimer(signal.ITIMER_REAL, max(0.001, timeout))


def main(argv, application=None):
    """Do what the arguments say. Return the exit status: 0, 1 for what went wrong, 2 for
    settings that cannot be read."""
    open_standard_files()
    variables = dict(os.environb)  # the request, by CGI
    arguments = parse_arguments(argv, application is None)
    launch = Launch(os.environ)
    set_up_logging(logging.WARNING)
    try:
        options = read_settings(arguments, os.environ)
        transport = launch.transport(options, arguments.check)
    except SettingError as error:
        log.error("%s", error)
        return 2
    started_by_server = transport == "cgi" or (launch.stdin and not options.listen and not launch.fds)
    logging.getLogger().setLevel(options.log_level or (logging.WARNING if started_by_server else logging.INFO))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # whoever reads the log may go

    def loaded():
        found = application or load(arguments.application)
        log.disabled = False  # as logging.config leaves it where it is not told otherwise
        return found

    folder = os.path.dirname(os.path.abspath(__file__))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        if arguments.check:
            loaded()
            if transport != "cgi" and launch.has_place(options):
                launch.listeners(options, trial=True)
            print("ready: nothing would keep it from starting")
            return 0
        if transport == "cgi":
            out = claim_stdout()
            os.environ.pop("HTTP_PROXY", None)
            status = answer_cgi(loaded, variables, out, options)
        else:
            status = serve(loaded(), launch, transport, options)
        limit_threads(options.shutdown_timeout)
        return status
    except SettingError as error:
        log.error("%s", error)
    except Exception:
        log.exception("stopped")
    return 1


def run(application, argv=None):
    """Serve application as the arguments say, sys.argv's unless others are given, and
    end the program if that fails.

    By CGI sys.argv does not count: a web server puts the words of a query there that
    has no "=" (RFC 3875, section 4.4), so that clients would say where to listen.
    """
    if argv is None:
        argv = [] if Launch(os.environ.copy()).cgi else sys.argv[1:]
    status = main(argv, application)
    if status:
        sys.exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
