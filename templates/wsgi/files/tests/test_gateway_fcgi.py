"""FastCGI, by a web server that does what it should not."""

import logging
import time

from harness import (
    ABORT, BEGIN, END, GET_VALUES, KEEP, PARAMS, STDIN, STDOUT, UNKNOWN, VALUES,
    GatewayTest, begin, echo, eventually, hello, pair, params, record, request,
)
import middleware


class RequestTest(GatewayTest):
    def test_connection_is_kept(self):
        peer = self.serve(hello)()
        for number in (1, 1, 7):
            peer.send(request(number))
            out, status = peer.answer(number)
            self.assertEqual(status, 0)
            self.assertTrue(out.endswith(b"Content-Length: 12\r\n\r\nhello, world"), out)

    def test_connection_is_not_kept(self):
        peer = self.serve(hello)()
        peer.send(request(1, 0))
        self.assertEqual(peer.answer()[1], 0)
        self.assertEqual(peer.rest(), b"")

    def test_one_byte_after_the_other(self):
        peer = self.serve(echo)()
        for byte in request(1, KEEP, b"a body"):
            peer.send(bytes((byte,)))
        self.assertTrue(peer.answer()[0].endswith(b"\r\n\r\na body"))

    def test_two_requests_at_once_on_the_wire(self):
        peer = self.serve(echo)()
        peer.send(request(1, KEEP, b"first") + request(2, KEEP, b"second"))
        self.assertTrue(peer.answer(1)[0].endswith(b"first"))
        self.assertTrue(peer.answer(2)[0].endswith(b"second"))

    def test_padding_and_pieces_of_params(self):
        head = params(CONTENT_LENGTH="4")
        peer = self.serve(echo)()
        peer.send(begin() + b"".join(record(PARAMS, 1, head[i:i + 3], i % 7) for i in range(0, len(head), 3))
                  + record(PARAMS, 1, b"", 255) + record(STDIN, 1, b"bo", 3) + record(STDIN, 1, b"dy", 5)
                  + record(STDIN, 1, b"", 8))
        self.assertTrue(peer.answer()[0].endswith(b"\r\n\r\nbody"))

    def test_values(self):
        peer = self.serve(hello)()
        peer.send(record(GET_VALUES, 0, pair("FCGI_MPXS_CONNS", "") + pair("FCGI_MAX_CONNS", "") + pair("OTHER", "")))
        kind, number, content = peer.record()
        self.assertEqual((kind, number), (VALUES, 0))
        self.assertIn(pair("FCGI_MPXS_CONNS", "0"), content)
        self.assertIn(b"FCGI_MAX_CONNS", content)
        self.assertNotIn(b"OTHER", content)
        peer.send(request())
        self.assertEqual(peer.answer()[1], 0)

    def test_unknown_management_type(self):
        peer = self.serve(hello)()
        peer.send(record(77, 0, b"x"))
        self.assertEqual(peer.record(), (UNKNOWN, 0, bytes((77, 0, 0, 0, 0, 0, 0, 0))))

    def test_unknown_type_of_a_request_is_ignored(self):
        peer = self.serve(hello)()
        peer.send(begin() + record(99, 1, b"x") + record(STDOUT, 1, b"y") + request()[len(begin()):])
        self.assertEqual(peer.answer()[1], 0)

    def test_role(self):
        peer = self.serve(hello)()
        peer.send(begin(1, KEEP, role=2) + record(PARAMS, 1, params()) + record(PARAMS, 1) + request(2))
        self.assertEqual(peer.record(), (END, 1, bytes((0, 0, 0, 0, 3, 0, 0, 0))))
        self.assertEqual(peer.answer(2)[1], 0)

    def test_multiplexing_is_refused(self):
        peer = self.serve(echo)()
        whole = request(1, KEEP, b"body")
        cut = len(whole) - 8
        peer.send(whole[:cut] + begin(2) + record(PARAMS, 2, params()) + record(PARAMS, 2) + whole[cut:])
        self.assertEqual(peer.record(), (END, 2, bytes((0, 0, 0, 0, 1, 0, 0, 0))))
        self.assertTrue(peer.answer()[0].endswith(b"body"))

    def test_broken(self):
        dial = self.serve(hello)
        for name, data in (
            ("version", b"\x02" + begin()[1:]),
            ("short BEGIN", record(BEGIN, 1, b"1234")),
            ("BEGIN twice", begin() + begin()),
            ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ):
            with self.subTest(name):
                peer = dial()
                peer.send(data)
                self.assertEqual(peer.rest(), b"")

    def test_broken_in_the_body(self):
        """The application sees what it sees of a web server that has gone."""
        peer = self.serve(echo)()
        peer.send(begin() + record(PARAMS, 1, params(REQUEST_METHOD="POST", CONTENT_LENGTH="9")) + record(PARAMS, 1)
                  + record(STDIN, 1, b"some") + begin())
        self.assertEqual(peer.rest(), b"")
        self.assertNotIn("POST /", self.logged)

    def test_broken_params(self):
        for name, content in (("length", b"\x05\x05ab"), ("long length", b"\xff\xff\xff\xff\x01a"), ("cut length", b"\xff")):
            with self.subTest(name):
                peer = self.serve(hello)()
                peer.send(begin() + record(PARAMS, 1, content) + record(PARAMS, 1) + record(STDIN, 1))
                out, status = peer.answer()
                self.assertEqual((out[:23], status), (b"Status: 400 Bad Request", 0))

    def test_head_of_64_KiB(self):
        rest = 65536 - len(params()) - len("HTTP_X") - 1 - 4
        dial = self.serve(lambda e, s: [hello(e, s), [str(len(e["HTTP_X"])).encode()]][1])
        for size, status in ((rest, b"Status: 200"), (rest + 1, b"Status: 431"), (4 << 20, b"Status: 431")):
            with self.subTest(size):
                head = params(("HTTP_X", "x" * size))
                peer = dial()
                peer.send(begin() + b"".join(record(PARAMS, 1, head[i:i + 60000]) for i in range(0, len(head), 60000))
                          + record(PARAMS, 1) + record(STDIN, 1))
                out, end = peer.answer()
                self.assertEqual((out[:11], end), (status, 0))
                self.assertLess(sum(len(c.data) for c in self.server.connections), 200000)

    def test_abort_before_the_request(self):
        peer = self.serve(hello)()
        peer.send(begin() + record(PARAMS, 1, params()) + record(ABORT, 1) + request(2))
        self.assertEqual(peer.answer(1), (b"", 0))
        self.assertEqual(peer.answer(2)[1], 0)

    def test_abort_while_the_body_is_read(self):
        errors = []

        def application(environ, start_response):
            try:
                return echo(environ, start_response)
            except OSError as error:
                errors.append(error)
                raise

        peer = self.serve(application)()
        peer.send(begin() + record(PARAMS, 1, params(CONTENT_LENGTH="9")) + record(PARAMS, 1)
                  + record(STDIN, 1, b"half") + record(ABORT, 1))
        self.assertEqual(peer.answer(), (b"", 0))
        peer.send(request(1, KEEP, b"next"))
        self.assertTrue(peer.answer()[0].endswith(b"next"))
        self.assertIn("aborted", str(errors[0]))

    def test_unknown_length(self):
        peer = self.serve(echo)()
        peer.send(request(1, KEEP, b"x" * 100000, CONTENT_LENGTH=None))
        self.assertTrue(peer.answer()[0].endswith(b"\r\n\r\n" + b"x" * 100000))
        peer.send(request(1, KEEP))
        self.assertTrue(peer.answer()[0].endswith(b"\r\n\r\n"))


class BodyTest(GatewayTest):
    def test_unread_body(self):
        peer = self.serve(hello)()
        for _ in range(2):
            peer.send(request(1, KEEP, b"x" * (1 << 20)))
            self.assertEqual(peer.answer()[1], 0)

    def test_end_waits_for_stdin(self):
        peer = self.serve(hello)()
        whole = request(1, KEEP, b"body")
        peer.send(whole[:-8])
        peer.sock.settimeout(0.2)
        self.assertRaises(OSError, peer.record)
        peer.sock.settimeout(20)
        peer.send(whole[-8:])
        self.assertEqual(peer.answer()[1], 0)

    def test_unread_body_that_never_ends(self):
        self.limit(drain=0.3)
        peer = self.serve(hello)()
        peer.send(request(1, KEEP, b"body")[:-8])
        self.assertEqual(peer.answer()[1], 0)
        self.assertEqual(peer.rest(), b"")

    def test_unread_bodies_keep_nobody_waiting(self):
        dial = self.serve(hello)
        slow = dial()
        slow.send(request(1, KEEP, b"body")[:-8])
        eventually(self, lambda: any(c.state == "skipping" for c in self.server.connections))
        other = dial()
        other.send(request())
        self.assertEqual(other.answer()[1], 0)

    def test_limit(self):
        dial = self.serve(echo, body_limit=10)
        for size, length, status in ((10, "10", b"200"), (11, "11", b"413"), (10, None, b"200"), (11, None, b"413")):
            with self.subTest((size, length)):
                peer = dial()
                peer.send(request(1, KEEP, b"x" * size, CONTENT_LENGTH=length))
                out, end = peer.answer()
                self.assertEqual((out[8:11], end), (status, 0))

    def test_short_body(self):
        peer = self.serve(echo)()
        peer.send(request(1, KEEP, b"body", CONTENT_LENGTH="5"))
        self.assertEqual(peer.answer()[0][:11], b"Status: 400")
        self.assertEqual(self.logged, [])

    def test_error_page(self):
        """The middleware answers for what the gateway raises as the gateway does."""
        errors = []
        handler = logging.Handler()
        handler.emit = lambda entry: errors.append(entry.getMessage())
        log = logging.getLogger("error")
        log.addHandler(handler)
        self.addCleanup(log.removeHandler, handler)
        dial = self.serve(middleware.error_page(echo), body_limit=10)
        for body, length, status in ((b"x" * 10, None, b"200"), (b"x" * 11, None, b"413"), (b"body", "5", b"400")):
            with self.subTest(length):
                peer = dial()
                peer.send(request(1, KEEP, body, CONTENT_LENGTH=length))
                out, end = peer.answer()
                self.assertEqual((out[8:11], end), (status, 0))
        peer = dial()
        peer.send(begin() + record(PARAMS, 1, params(CONTENT_LENGTH="9")) + record(PARAMS, 1)
                  + record(STDIN, 1, b"half") + record(ABORT, 1))
        self.assertEqual(peer.answer(), (b"", 0))
        self.assertEqual(errors + self.logged, [])

    def test_peer_goes_in_the_body(self):
        dial = self.serve(echo)
        peer = dial()
        peer.send(request(1, KEEP, b"body")[:-8])
        peer.close()
        other = dial()
        other.send(request())
        self.assertEqual(other.answer()[1], 0)

    def test_reading(self):
        """Every way to read, with a body in small records."""
        body = b"one\ntwo\r\n" + b"x" * 20000 + b"\nlast"
        lines = body.splitlines(True)
        got = []

        def application(environ, start_response):
            source, how = environ["wsgi.input"], environ["QUERY_STRING"]
            read = {
                "all": lambda: [source.read()], "iterate": lambda: list(source), "lines": source.readlines,
                "size": lambda: list(iter(lambda: source.read(7), b"")),
                "line": lambda: list(iter(source.readline, b"")),
                "limited": lambda: list(iter(lambda: source.readline(5), b"")),
            }[how]()
            got.append(read)
            self.assertEqual(source.read(1), b"")
            return hello(environ, start_response)

        peer = self.serve(application)()
        for how in ("all", "iterate", "lines", "size", "line", "limited"):
            for length in (str(len(body)), None):
                with self.subTest((how, length)):
                    head = params(REQUEST_URI="/?" + how, CONTENT_LENGTH=length)
                    peer.send(begin() + record(PARAMS, 1, head) + record(PARAMS, 1)
                              + b"".join(record(STDIN, 1, body[i:i + 11]) for i in range(0, len(body), 11))
                              + record(STDIN, 1))
                    self.assertEqual(peer.answer()[0][:11], b"Status: 200")
                    self.assertEqual(b"".join(got[-1]), body)
                    if how in ("iterate", "lines", "line"):
                        self.assertEqual(got[-1], lines)

    def test_kept_input_reads_nothing_of_the_next_request(self):
        kept = []

        def application(environ, start_response):
            kept.append(environ["wsgi.input"])
            return hello(environ, start_response)

        peer = self.serve(application)()
        for _ in range(2):
            peer.send(request(1, KEEP, b"body"))
            peer.answer()
        self.assertRaises(ValueError, kept[0].read)


class LimitTest(GatewayTest):
    def test_slow_heads(self):
        self.limit(head=0.3)
        dial = self.serve(hello)
        for name, sent in (("nothing", b""), ("part", b"\x01\x01"), ("BEGIN", begin()),
                           ("half", begin() + record(PARAMS, 1, params()))):
            with self.subTest(name):
                peer, start = dial(), time.monotonic()
                peer.send(sent)
                self.assertEqual(peer.rest(), b"")
                self.assertGreater(time.monotonic() - start, 0.25)

    def test_trickling_head(self):
        self.limit(head=0.3)
        peer = self.serve(hello)()
        peer.send(begin())
        with self.assertRaises(OSError):
            for _ in range(2000):
                peer.send(record(PARAMS, 1, b"x"))
                time.sleep(0.01)

    def test_idle(self):
        self.limit(idle=0.3)
        peer = self.serve(hello)()
        peer.send(request())
        peer.answer()
        self.assertEqual(peer.rest(), b"")

    def test_slow_body(self):
        self.limit(idle=0.3)
        peer = self.serve(echo)()
        peer.send(request(1, KEEP, b"body")[:-8 - 12])
        self.assertEqual(peer.rest(), b"")

    def test_peer_never_reads(self):
        self.limit(write=0.3)
        closed = []

        class Endless:
            def __iter__(self):
                while True:
                    yield b"x" * 65536

            def close(self):
                closed.append(True)

        def application(environ, start_response):
            hello(environ, start_response)
            return Endless()

        dial = self.serve(application)
        dial().send(request())
        eventually(self, lambda: closed)

    def test_idle_connections_keep_nobody_waiting(self):
        dial = self.serve(hello)
        idle = [dial() for _ in range(50)]
        for peer in idle[:25]:
            peer.send(request()[:30])
        other = dial()
        other.send(request())
        self.assertEqual(other.answer()[1], 0)

    def test_more_connections_than_allowed_wait(self):
        dial = self.serve(hello, max_conns=4)
        peers = [dial() for _ in range(20)]
        for peer in peers:
            peer.send(request())
        for peer in peers:
            self.assertEqual(peer.answer()[1], 0)
            peer.close()

    def test_memory_is_given_back(self):
        dial = self.serve(hello)
        for _ in range(20):
            peer = dial()
            peer.send(request())
            peer.answer()
            peer.close()
        eventually(self, lambda: not self.server.connections)
