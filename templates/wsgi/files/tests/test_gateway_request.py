"""What the application sees, whatever carries it, and what it is spared."""

from harness import KEEP, USUAL, GatewayTest, gateway, netstring, request


class EnvironTest(GatewayTest):
    def prepare(self, mount="", limit=100, **changed):
        environ = {**USUAL, **changed}
        for name in [n for n in environ if environ[n] is None]:
            del environ[name]
        length = gateway.prepare(environ, mount, limit)
        return environ, length

    def refused(self, **changed):
        with self.assertRaises(gateway.Refused) as caught:
            self.prepare(**changed)
        return caught.exception

    def test_paths(self):
        for target, path, query in (
            ("/", "/", ""), ("/a%2Fb%20c", "/a/b c", ""), ("//a///b", "//a///b", ""), ("/x/../y", "/x/../y", ""),
            ("/%2e%2e", "/..", ""), ("/%00", "/\0", ""), ("/%0d%0a", "/\r\n", ""), ("/caf%C3%A9", "/caf\xc3\xa9", ""),
            ("/caf\xe9", "/caf\xe9", ""), ("/?a=%zz&b=%2F", "/", "a=%zz&b=%2F"), ("/a?b?c", "/a", "b?c"), ("/;a=1", "/;a=1", ""),
            ("http://evil.test/x?y", "/x", "y"), ("HTTP://evil.test", "/", ""), ("http://evil.test?q", "/", "q"),
            ("?q", "/", "q"), ("/http://x/", "/http://x/", ""), ("/a#b", "/a#b", ""),
        ):
            with self.subTest(target):
                environ, _ = self.prepare(REQUEST_URI=target)
                self.assertEqual((environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]), ("", path, query))

    def test_bad_targets(self):
        for target in ("x", "*", "/%", "/%4", "/%zz", "/a\nb", "/a\x7f", "mailto:x", "://x"):
            with self.subTest(target):
                self.assertEqual(self.refused(REQUEST_URI=target).status, "400 Bad Request")

    def test_no_target(self):
        environ, _ = self.prepare(REQUEST_URI=None, SCRIPT_NAME="/a", PATH_INFO="/b c%", QUERY_STRING="q=1")
        self.assertEqual((environ["REQUEST_URI"], environ["PATH_INFO"]), ("/a/b%20c%25?q=1", "/a/b c%"))

    def test_mount(self):
        for target, path in (("/app/", "/"), ("/app/x%2Fy", "/x/y"), ("/app/app/", "/app/"), ("/%61pp/x", "/x"), ("/app//x", "//x")):
            with self.subTest(target):
                environ, _ = self.prepare(mount="/app", REQUEST_URI=target, SCRIPT_NAME="/other")
                self.assertEqual((environ["SCRIPT_NAME"], environ["PATH_INFO"]), ("/app", path))
                self.assertEqual(environ["REQUEST_URI"], target)
        for target in ("/", "/appleseed", "/app%2Fx", "/x/app/", "//app/", "/APP/"):
            with self.subTest(target):
                self.assertEqual(self.refused(mount="/app", REQUEST_URI=target).status, "404 Not Found")
        refused = self.refused(mount="/app", REQUEST_URI="/app?a=1")
        self.assertEqual((refused.status[:3], refused.headers), ("307", [("Location", "/app/?a=1")]))

    def test_methods(self):
        for method, status in (("TRACE", "405"), ("CONNECT", "405"), ("", "400"), ("G ET", "400"), ("G\r\nX: 1", "400")):
            with self.subTest(method):
                self.assertEqual(self.refused(REQUEST_METHOD=method).status[:3], status)
        self.assertEqual(self.refused(REQUEST_METHOD="OPTIONS", REQUEST_URI="*").status[:3], "204")
        self.assertEqual(self.prepare(REQUEST_METHOD="PROPFIND")[0]["REQUEST_METHOD"], "PROPFIND")

    def test_host(self):
        for changed, host in (
            ({}, "example.com"), ({"HTTP_HOST": "example.com:81"}, "example.com:81"),
            ({"REQUEST_URI": "http://user@other.test:82/x"}, "other.test:82"), ({"HTTP_HOST": None}, "localhost"),
            ({"HTTP_HOST": ""}, "localhost"), ({"HTTP_HOST": None, "SERVER_PORT": "8080"}, "localhost:8080"),
            ({"HTTP_HOST": None, "SERVER_NAME": "::1"}, "[::1]"), ({"HTTP_HOST": None, "SERVER_PORT": "443", "HTTPS": "on"}, "localhost"),
            ({"HTTP_HOST": None, "SERVER_NAME": None, "SERVER_PORT": None}, "localhost"),
        ):
            with self.subTest(changed):
                self.assertEqual(self.prepare(**changed)[0]["HTTP_HOST"], host)
        for host in ("a b", "a, b", "a/b", "a\x80", "<x>"):
            with self.subTest(host):
                self.assertEqual(self.refused(HTTP_HOST=host).status[:3], "400")

    def test_client(self):
        for address, port, want in (
            ("203.0.113.9", "1234", ("203.0.113.9", "1234")), ("2001:db8::1", "99999", ("2001:db8::1", "1")),
            ("::ffff:192.0.2.1", "5", ("192.0.2.1", "5")), ("unix:", "", ("127.0.0.1", "1")), ("", "x", ("127.0.0.1", "1")),
            ("a\0b", "1", ("127.0.0.1", "1")), ("@", "0", ("127.0.0.1", "1")),
        ):
            with self.subTest(address):
                environ, _ = self.prepare(REMOTE_ADDR=address, REMOTE_PORT=port)
                self.assertEqual((environ["REMOTE_ADDR"], environ["REMOTE_PORT"]), want)

    def test_scheme(self):
        for changed, scheme in (({}, "http"), ({"HTTPS": "on"}, "https"), ({"HTTPS": "1"}, "https"), ({"HTTPS": "off"}, "http"),
                                ({"REQUEST_SCHEME": "https"}, "https"), ({"HTTP_X_FORWARDED_PROTO": "https"}, "http")):
            with self.subTest(changed):
                self.assertEqual(self.prepare(**changed)[0]["wsgi.url_scheme"], scheme)

    def test_hidden(self):
        forged = ("HTTP_PROXY", "PATH", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_ANYTHING", "HTTP_X_REAL_IP", "HTTP_FORWARDED",
                  "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING")
        environ, _ = self.prepare(**dict.fromkeys(forged, "x"), HTTP_AUTHORIZATION="Basic x")
        self.assertFalse(set(forged) & set(environ))
        self.assertEqual(environ["HTTP_AUTHORIZATION"], "Basic x")

    def test_length(self):
        for text, length in (("", -1), (None, -1), ("-1", -1), ("0", 0), ("100", 100)):
            with self.subTest(text):
                environ, got = self.prepare(CONTENT_LENGTH=text)
                self.assertEqual(got, length)
                self.assertEqual("CONTENT_LENGTH" in environ, length >= 0)
        for text in ("x", "+1", "1, 2", "-2", "1e3", "\xb2", "9" * 30):
            with self.subTest(text):
                self.assertEqual(self.refused(CONTENT_LENGTH=text).status[:3], "400")
        self.assertEqual(self.refused(CONTENT_LENGTH="101").status[:3], "413")

    def test_twice(self):
        for name, values, want in (
            ("HTTP_COOKIE", ("a=1", "b=2"), "a=1; b=2"), ("HTTP_ACCEPT", ("x", "y"), "x, y"),
            ("SERVER_NAME", ("first", "last"), "last"), ("HTTP_HOST", ("a", "b"), None),
        ):
            pairs = [(name, value) for value in values]
            with self.subTest(name):
                seen = []

                def application(environ, start_response):
                    seen.append(environ[name])
                    start_response("200 OK", [])
                    return []

                for connect, data in ((gateway.FastCGI, request(1, KEEP, b"", *pairs, **{name: None})),
                                      (gateway.SCGI, netstring(*pairs, **{name: None}))):
                    self.connect = connect
                    peer = self.serve(application)()
                    peer.send(data)
                    peer.sock.settimeout(5)
                    answer = peer.answer()[0] if connect is gateway.FastCGI else peer.rest()
                    self.assertEqual(answer[8:11], b"200" if want else b"400")
                self.assertEqual(seen, [want, want] if want else [])

    def test_refusals_have_no_body_for_head(self):
        peer = self.serve(None)()
        peer.send(request(1, KEEP, b"", REQUEST_METHOD="HEAD", REQUEST_URI="x"))
        out, end = peer.answer()
        self.assertTrue(out.startswith(b"Status: 400") and out.endswith(b"\r\n\r\n"), out)
        self.assertEqual(end, 0)
