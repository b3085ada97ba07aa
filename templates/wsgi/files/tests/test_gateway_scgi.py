"""SCGI, by a web server that does what it should not."""

import socket
import time

from harness import GatewayTest, eventually, echo, gateway, hello, netstring


class SCGITest(GatewayTest):
    connect = gateway.SCGI

    def ask(self, dial, data):
        peer = dial()
        peer.send(data)
        return peer.rest()

    def test_request(self):
        dial = self.serve(echo)
        for body in (b"", b"a body", b"x" * 1000000):
            self.assertTrue(self.ask(dial, netstring(body=body)).endswith(b"\r\n\r\n" + body))

    def test_one_byte_after_the_other(self):
        peer = self.serve(echo)()
        for byte in netstring(body=b"a body"):
            peer.send(bytes((byte,)))
        self.assertTrue(peer.rest().endswith(b"\r\n\r\na body"))

    def test_half_close(self):
        peer = self.serve(echo)()
        peer.send(netstring(body=b"a body"))
        peer.sock.shutdown(socket.SHUT_WR)
        self.assertTrue(peer.rest().endswith(b"\r\n\r\na body"))

    def test_more_than_the_body(self):
        self.assertTrue(self.ask(self.serve(echo), netstring(body=b"body") + b"more").endswith(b"\r\n\r\nbody"))

    def test_unread_body(self):
        dial = self.serve(hello)
        peer = dial()
        peer.send(netstring(body=b"x" * 1000000))
        self.assertTrue(peer.rest().endswith(b"hello, world"))

    def test_unread_body_keeps_nobody_waiting(self):
        dial = self.serve(hello)
        slow = dial()
        slow.send(netstring(CONTENT_LENGTH="1000"))
        eventually(self, lambda: any(c.state == "lingering" for c in self.server.connections))
        self.assertTrue(self.ask(dial, netstring()).endswith(b"hello, world"))

    def test_broken(self):
        good = netstring()
        dial = self.serve(hello)
        head = good[good.index(b":") + 1:-1]
        for name, data in (
            ("leading zero", b"0" + good),
            ("no number", b"x:" + head + b","),
            ("no colon", b"12;"),
            ("sign", b"+" + good),
            ("blank", b" " + good),
            ("empty", b"0:,"),
            ("no comma", good[:-1] + b";"),
            ("no SCGI", netstring(SCGI=None)),
            ("SCGI 2", netstring(SCGI="2")),
            ("not first", netstring(CONTENT_LENGTH=None)),
            ("no value", b"15:CONTENT_LENGTH\0,"),
            ("no last NUL", b"%d:%s," % (len(head) - 1, head[:-1])),
            ("no name", netstring(("", "x"))),
            ("HTTP", b"GET / HTTP/1.1\r\n\r\n"),
        ):
            with self.subTest(name):
                self.assertEqual(self.ask(dial, data), b"")
        self.assertTrue(self.ask(dial, good).endswith(b"hello, world"))

    def test_refusals(self):
        dial = self.serve(hello, body_limit=10)
        for name, data, status in (
            ("too big", b"65537:" + b"x" * 10, b"431"),
            ("much too big", b"99999999999999:" + b"x" * 10, b"431"),
            ("no length", netstring(CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"), b"411"),
            ("length", netstring(CONTENT_LENGTH="x"), b"400"),
            ("two lengths", netstring(("CONTENT_LENGTH", "7")), b"400"),
            ("body", netstring(CONTENT_LENGTH="11"), b"413"),
            ("empty length", netstring(CONTENT_LENGTH=""), b"200"),
        ):
            with self.subTest(name):
                peer = dial()
                peer.send(data)
                self.assertEqual(peer.rest()[8:11], status)

    def test_head_of_64_KiB(self):
        size = 65536 - (len(netstring(("HTTP_X", ""))) - len("123:,"))
        dial = self.serve(hello)
        self.assertEqual(self.ask(dial, netstring(("HTTP_X", "x" * size)))[8:11], b"200")
        self.assertEqual(self.ask(dial, netstring(("HTTP_X", "x" * (size + 1))))[8:11], b"431")

    def test_slow_heads(self):
        self.limit(head=0.3)
        dial = self.serve(hello)
        for data in (b"", b"1", netstring()[:40]):
            start = time.monotonic()
            self.assertEqual(self.ask(dial, data), b"")
            self.assertGreater(time.monotonic() - start, 0.25)

    def test_errors(self):
        def late(environ, start_response):
            start_response("200 OK", [("Content-Length", "9")])
            yield b"some"
            raise ValueError("boom")

        self.assertEqual(self.ask(self.serve(lambda e, s: 1 / 0), netstring())[:11], b"Status: 500")
        self.assertTrue(self.ask(self.serve(late), netstring()).endswith(b"Content-Length: 9\r\n\r\nsome"))
