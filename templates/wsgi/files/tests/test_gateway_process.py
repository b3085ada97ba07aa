"""gateway.py as a program: how it starts, listens, logs and ends."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from unittest import mock

from harness import FOLDER, KEEP, USUAL, GatewayTest, Peer, Program, eventually, gateway, netstring, request

APPLICATION = """
import os, sys, time

def application(environ, start_response):
    what, _, much = environ["QUERY_STRING"].partition("=")
    if what == "sleep":
        time.sleep(float(much))
    if what == "print":
        print("printed")
        os.system("echo from a child")
    if what == "log":
        print("x" * 1000, file=sys.stderr)
    if what == "error":
        raise ValueError("boom")
    if what == "leave":
        os.chdir("/")
    if what == "body":
        environ["wsgi.input"].read()
    if what == "close":
        os.close(int(much))
    if what == "child":
        what = str(os.system("test ! -S /dev/fd/0 && test ! -S /dev/fd/3"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(what or str(os.getpid())).encode()]
"""

CHILD = """
import os, time

def wait():
    for _ in range(1200):
        if os.path.exists(os.environ["MAY_END"]):
            break
        time.sleep(0.1)
    os._exit(0)

def application(environ, start_response):
    if os.fork() == 0:
        wait()
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"x"
    if environ["PATH_INFO"] == "/cut":
        raise ValueError("boom")
"""


def get(query="", flags=KEEP):
    return request(1, flags, b"", REQUEST_URI="/?" + query)


class ProcessTest(GatewayTest):
    def ask(self, path, query=""):
        peer = Peer(path)
        try:
            peer.send(get(query))
            out, end = peer.answer()
            self.assertEqual((out[:11], end), (b"Status: 200", 0))
            return out.partition(b"\r\n\r\n")[2]
        finally:
            peer.close()

    def test_signals_finish_what_is_in_flight(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number):
                program = Program(self, APPLICATION)
                process = program.start()
                program.wait_for(process)
                peers = [Peer(program.path) for _ in range(20)]
                idle = Peer(program.path)
                idle.send(get())
                idle.answer()
                for peer in peers:
                    peer.send(get("sleep=0.02"))
                process.send_signal(number)
                late = None
                with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                    late = Peer(program.path)
                for peer in peers:
                    self.assertEqual(peer.answer()[1], 0)
                    peer.close()
                self.assertEqual(idle.rest(), b"")
                self.assertEqual(process.wait(60), 0)
                self.assertFalse(os.path.exists(program.path))
                if late:
                    late.close()
                idle.close()

    def test_second_signal_ends_at_once(self):
        program = Program(self, APPLICATION)
        process = program.start()
        program.wait_for(process)
        peer = Peer(program.path)
        peer.send(get("sleep=60"))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), -signal.SIGTERM)
        peer.close()

    def test_signal_that_interrupts_no_wait(self):
        """As one that comes just before a wait, or that a thread of the application's takes."""
        program = Program(self, """
import signal, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
""" + APPLICATION.replace("environ, start_response):", """environ, start_response):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})""", 1))
        process = program.start()
        program.wait_for(process)
        self.ask(program.path)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)

    def test_signal_to_what_the_application_forked(self):
        """It ends that, and not the server, of which it is a copy."""
        program = Program(self, """
import os, signal, time

def application(environ, start_response):
    child = os.fork()
    if not child:
        while True:
            time.sleep(1)
    time.sleep(0.1)
    os.kill(child, signal.SIGTERM)
    time.sleep(0.2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(child).encode()]
""")
        process = program.start()
        program.wait_for(process)
        for _ in range(3):
            os.kill(int(self.ask(program.path)), signal.SIGKILL)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)

    def test_shutdown_timeout(self):
        for more in ((), ("--processes", "2")):
            with self.subTest(more):
                program = Program(self, APPLICATION, "--shutdown-timeout", "300ms")
                process = program.start(*more)
                program.wait_for(process)
                peer = Peer(program.path)
                peer.send(get("sleep=60"))
                time.sleep(0.2)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(60), 1)
                self.assertIn(b"raise --shutdown-timeout", process.stderr.read())
                peer.close()

    def test_start_after_kill(self):
        program = Program(self, APPLICATION)
        for _ in range(2):
            process = program.start()
            program.wait_for(process)
            self.ask(program.path)
            process.kill()
            process.wait()
            self.assertTrue(os.path.exists(program.path))

    def test_relative_path(self):
        """The socket goes with the process, wherever the application has led it."""
        program = Program(self, APPLICATION)
        path, program.path, program.popen["cwd"] = program.path, "s", program.folder
        process = program.start()
        program.wait_for(process)
        self.ask(path, "leave")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("s", os.listdir(program.folder))

    def test_takeover(self):
        program = Program(self, APPLICATION)
        old = program.start()
        program.wait_for(old)
        peer = Peer(program.path)
        peer.send(get())
        first = peer.answer()[0]
        new = program.start()
        self.assertTrue(any(b"taking" in x for x in program.wait_for(new)))
        self.assertFalse(first.endswith(self.ask(program.path)))
        peer.send(get())
        self.assertEqual(peer.answer()[0], first)
        peer.close()
        old.send_signal(signal.SIGTERM)
        self.assertEqual(old.wait(20), 0)
        self.ask(program.path)  # the socket is the new one's
        self.assertEqual(os.stat(program.path).st_mode & 0o777, 0o660)

    def test_processes(self):
        program = Program(self, APPLICATION)
        process = program.start("--processes", "4")
        program.wait_for(process)
        peers = [Peer(program.path) for _ in range(4)]
        for peer in peers:
            peer.send(get("sleep=0.3"))
        start = time.monotonic()
        for peer in peers:
            self.assertEqual(peer.answer()[1], 0)
            peer.close()
        self.assertLess(time.monotonic() - start, 20)
        victim = int(self.ask(program.path))
        os.kill(victim, signal.SIGKILL)
        self.assertIn(b"ended with status -9;", program.wait_for(process, b"starting another")[-1])
        for _ in range(20):
            self.assertNotEqual(int(self.ask(program.path)), victim)
        peers = [Peer(program.path) for _ in range(8)]
        for peer in peers:
            peer.send(get("sleep=0.1"))
        process.send_signal(signal.SIGTERM)
        for peer in peers:
            self.assertEqual(peer.answer()[1], 0)
            peer.close()
        self.assertEqual(process.wait(60), 0)
        self.assertFalse(os.path.exists(program.path))

    def test_processes_that_cannot_be_started(self):
        """A fork that fails is tried again, and the other processes answer meanwhile."""
        program = Program(self, """
import os, signal

fork, forks = os.fork, []

def fork_or_fail():
    forks.append(0)
    if len(forks) == 3:
        raise BlockingIOError("no more processes")
    return fork()

os.fork = fork_or_fail
""" + APPLICATION)
        process = program.start("--processes", "2")
        program.wait_for(process)
        victim = int(self.ask(program.path))
        os.kill(victim, signal.SIGKILL)
        program.wait_for(process, b"no more processes")
        self.assertNotEqual(int(self.ask(program.path)), victim)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)

    def test_signal_to_processes_that_have_just_been_started(self):
        """They end as the others do, because they have not asked for signals yet."""
        program = Program(self, """
import os, time

fork = os.fork

def fork_slowly():
    pid = fork()
    if not pid:
        time.sleep(0.5)
    return pid

os.fork = fork_slowly
""" + APPLICATION)
        process = program.start("--processes", "2")
        program.wait_for(process)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)

    def test_processes_end_with_their_parent(self):
        program = Program(self, APPLICATION)
        process = program.start("--processes", "2")
        program.wait_for(process)
        worker = int(self.ask(program.path))
        process.kill()
        process.wait()

        def gone():
            with open("/proc/%d/stat" % worker) as file:
                return file.read().split()[2] == "Z"

        try:
            eventually(self, gone)
        except FileNotFoundError:
            pass

    def test_end_of_the_parent_is_seen_once(self):
        """It stays readable, and must not keep a process busy while its last requests come in."""
        stop, (parent, child) = gateway.Stop(), socket.socketpair()
        server = gateway.Server(None, [], gateway.FastCGI, stop)
        ours, its = socket.socketpair()
        for sock in (its, child):
            sock.setblocking(False)
        conn = gateway.FastCGI(its)
        server.connections.add(conn)
        server.selector.register(its, gateway.selectors.EVENT_READ, conn)
        turns, select = [], server.selector.select
        server.selector.select = lambda timeout: (turns.append(timeout), select(timeout))[1]
        parent.close()
        server.run(child)
        for sock in (ours, its, child, stop):
            sock.close()
        self.assertLess(len(turns), 10)

    def test_inherited_listener_is_left_to_the_next_instance(self):
        """With whoever connects in the moment in which this one stops."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(folder + "/s")
            listener.listen()
            late, stop = Peer(folder + "/s"), gateway.Stop()
            stop.request()
            gateway.Server(None, [gateway.Listener(listener.dup(), inherited=True)], gateway.FastCGI, stop).run()
            self.assertEqual(listener.accept()[0].close(), None)
            late.close()
            stop.close()
        self.assertEqual([x for x in self.logged if "accept" in x], [])

    def test_descriptor_0(self):
        program = Program(self, APPLICATION)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(program.path)
            listener.listen()
            process = subprocess.Popen(program.arguments, env=program.environ, stdin=listener, stderr=subprocess.PIPE)
            program.processes.append(process)
            self.assertEqual(self.ask(program.path, "child"), b"0")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 0)
            self.assertEqual(process.stderr.read().replace(b"running as root", b"").count(b"INFO"), 0)
        self.assertTrue(os.path.exists(program.path))

    def test_listen_fds(self):
        program = Program(self, APPLICATION)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(program.path)
            listener.listen()
            script = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');" \
                     "os.execv(sys.argv[2], sys.argv[2:])"
            process = subprocess.Popen([sys.executable, "-c", script, str(listener.fileno())] + program.arguments,
                                       env=program.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       pass_fds=(3, listener.fileno()) if listener.fileno() != 3 else (3,))
            program.processes.append(process)
            program.wait_for(process)
            self.assertEqual(self.ask(program.path, "child"), b"0")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 0)
        self.assertTrue(os.path.exists(program.path))

    def test_listen_fds_that_are_none(self):
        program = Program(self, APPLICATION)
        for count, said in (("1", b"descriptor 3"), ("\xb2", b"--listen"), ("9" * 20, b"--listen")):
            with self.subTest(count):
                done = subprocess.run(["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=$0 exec "$@"', count] + program.arguments,
                                      env=program.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)
                self.assertNotIn(b"Traceback", done.stderr)

    def test_notify(self):
        program = Program(self, APPLICATION)
        where = os.path.join(program.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(where)
            manager.settimeout(20)
            program.environ["NOTIFY_SOCKET"] = where
            process = program.start()
            self.assertEqual(manager.recv(100), b"READY=1")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(manager.recv(100), b"STOPPING=1")
            self.assertEqual(process.wait(60), 0)

    def test_nobody_reads_the_log(self):
        for name in ("gone", "standing still", "closed"):
            with self.subTest(name):
                program = Program(self, APPLICATION)
                reader, writer = os.pipe()
                if name == "gone":
                    os.close(reader)
                if name == "closed":
                    program.arguments = ["sh", "-c", 'exec "$0" "$@" 2>&-'] + program.arguments
                program.popen["stderr"] = writer
                process = program.start()
                eventually(self, lambda: os.path.exists(program.path))
                peer = Peer(program.path)
                for _ in range(200):
                    peer.send(get("log"))
                    self.assertEqual(peer.answer()[1], 0)
                peer.close()
                if name == "standing still":
                    os.read(reader, 1 << 20)
                    self.ask(program.path, "log")
                    self.assertIn(b"pieces of the log were dropped", os.read(reader, 1 << 20))
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(60), 0)
                for fd in (writer,) if name == "gone" else (reader, writer):
                    os.close(fd)

    def test_log_that_is_closed(self):
        """An application that closes wsgi.errors takes it from no other request."""
        reader, writer = os.pipe()
        try:
            with gateway.LogStream(writer) as stream:
                stream.write("a")
            stream.writelines(["b", "c"])
            stream.flush()
            self.assertEqual(os.read(reader, 9), b"abc")
        finally:
            os.close(reader)
            os.close(writer)

    def test_application_that_closes_standard_error(self):
        """Its number is then the next connection's, which must not get the log."""
        program = Program(self, APPLICATION)
        process = program.start()
        program.wait_for(process)
        self.ask(program.path, "close=2")
        self.ask(program.path, "log")
        process.send_signal(signal.SIGTERM)
        self.assertIn(b"x" * 1000, process.stderr.read())

    def test_application_that_disables_loggers(self):
        """logging.config does so unless it is told otherwise."""
        program = Program(self, "import logging.config\nlogging.config.dictConfig({'version': 1})\n" + APPLICATION)
        process = program.start()
        eventually(self, lambda: os.path.exists(program.path))
        peer = Peer(program.path)
        peer.send(get("error"))
        self.assertEqual(peer.answer()[0][:11], b"Status: 500")
        peer.close()
        process.send_signal(signal.SIGTERM)
        self.assertIn(b"ValueError: boom", process.stderr.read())

    def test_threads_that_do_not_end(self):
        program = Program(self, "import threading, time\nthreading.Thread(target=time.sleep, args=[60]).start()\n" + APPLICATION)
        for more in ((), ("--processes", "2")):
            with self.subTest(more):
                process = program.start("--shutdown-timeout", "0.5", *more)
                program.wait_for(process)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(30), 1)
                said = process.stderr.read()
                self.assertIn(b"Thread-1", said)
                self.assertNotIn(b"Exception ignored", said)

    def test_threads_that_end(self):
        program = Program(self, "import threading, time\nthreading.Thread(target=time.sleep, args=[3]).start()\n" + APPLICATION)
        process = program.start()
        program.wait_for(process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)

    def test_connections_end_before_children_do(self):
        """A process that the application forks would keep them open, and web servers waiting."""
        for transport in ("fcgi", "scgi"):
            for path in ("/", "/cut"):
                with self.subTest((transport, path)):
                    program = Program(self, CHILD)
                    end = program.environ["MAY_END"] = os.path.join(program.folder, "end")
                    reader, writer = os.pipe()  # whose end is that of the child
                    program.popen["stderr"] = writer
                    process = program.start("--transport", transport)
                    os.close(writer)
                    eventually(self, lambda: os.path.exists(program.path))
                    peer = Peer(program.path)
                    peer.send(netstring(REQUEST_URI=path) if transport == "scgi" else request(1, 0, REQUEST_URI=path))
                    self.assertIn(b"Status: 200", peer.rest())
                    peer.close()
                    process.send_signal(signal.SIGTERM)
                    process.wait(60)
                    os.set_blocking(reader, False)
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            self.assertTrue(os.read(reader, 65536), "the child has ended")
                    open(end, "w").close()
                    os.set_blocking(reader, True)
                    self.assertEqual(os.read(reader, 1), b"")
                    os.close(reader)

    def test_few_descriptors(self):
        program = Program(self, APPLICATION)
        program.arguments = ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"'] + program.arguments
        process = program.start()
        program.wait_for(process)
        peers = [Peer(program.path) for _ in range(100)]
        for peer in peers:
            peer.send(get("", 0))
        for peer in peers:
            self.assertEqual(peer.answer()[1], 0)
            peer.close()

    def test_scgi(self):
        program = Program(self, APPLICATION)
        program.wait_for(program.start("--transport", "scgi"))
        peer = Peer(program.path)
        peer.send(netstring())
        self.assertEqual(peer.rest()[:11], b"Status: 200")
        peer.close()

    def test_tcp(self):
        hosts = ["127.0.0.1"]
        with contextlib.suppress(OSError):  # where this machine has no IPv6
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
            hosts.append("[::1]")
        for host in hosts:
            with self.subTest(host):
                program = Program(self, APPLICATION)
                process = subprocess.Popen(program.arguments + ["--listen", "tcp:%s:0" % host], env=program.environ,
                                           stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
                program.processes.append(process)
                said = program.wait_for(process)[-1].decode()
                port = re.search(r"tcp:%s:(\d+)," % re.escape(host), said)
                self.assertTrue(port, said)
                with socket.create_connection((host.strip("[]"), int(port.group(1))), 20) as sock:
                    sock.sendall(get("", 0))
                    self.assertIn(b"Status: 200", sock.recv(65536))


class CGITest(GatewayTest):
    def ask(self, body=b"", arguments=(), **changed):
        program = Program(self, APPLICATION)
        environ = {**program.environ, "GATEWAY_INTERFACE": "CGI/1.1", **USUAL, **changed}
        return subprocess.run(program.arguments + list(arguments), env=environ, input=body, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_request(self):
        done = self.ask()
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(done.stdout.startswith(b"Status: 200 OK\r\nContent-Type: text/plain\r\n"), done.stdout)

    def test_prints_are_no_answer(self):
        done = self.ask(REQUEST_URI="/?print")
        self.assertTrue(done.stdout.startswith(b"Status: 200"), done.stdout)
        self.assertTrue(done.stdout.endswith(b"\r\n\r\nprint"), done.stdout)
        self.assertIn(b"printed", done.stderr)
        self.assertIn(b"from a child", done.stderr)

    def test_error(self):
        done = self.ask(REQUEST_URI="/?error")
        self.assertEqual(done.stdout[:11], b"Status: 500")
        self.assertIn(b"ValueError: boom", done.stderr)

    def test_application_that_cannot_be_imported(self):
        program = Program(self, "import no_such_module")
        environ = {**program.environ, "GATEWAY_INTERFACE": "CGI/1.1", **USUAL}
        done = subprocess.run(program.arguments, env=environ, stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.stdout[:11], b"Status: 500")
        self.assertIn(b"no_such_module", done.stderr)

    def test_bodies(self):
        for name, body, changed in (
            ("read", b"x" * 100000, {"CONTENT_LENGTH": "100000", "REQUEST_URI": "/?body"}),
            ("unread", b"x" * 1000000, {"CONTENT_LENGTH": "1000000"}),
            ("more than said", b"x" * 1000, {"CONTENT_LENGTH": "10", "REQUEST_URI": "/?body"}),
            ("not said", b"x" * 1000, {"REQUEST_URI": "/?body"}),
            ("chunked", b"x" * 1000, {"REQUEST_URI": "/?body", "HTTP_TRANSFER_ENCODING": "chunked"}),
        ):
            with self.subTest(name):
                self.assertEqual(self.ask(body, REQUEST_METHOD="POST", **changed).stdout[:11], b"Status: 200")
        self.assertEqual(self.ask(CONTENT_LENGTH="99999999999").stdout[:11], b"Status: 413")

    def test_input_that_stays_open(self):
        """Who reads all of the body need not be shown its end (RFC 3875, section 4.2)."""
        program = Program(self, APPLICATION)
        for body in (b"", b"body"):
            with self.subTest(body):
                environ = {**program.environ, **USUAL, "GATEWAY_INTERFACE": "CGI/1.1", "CONTENT_LENGTH": str(len(body)), "REQUEST_URI": "/?body"}
                process = subprocess.Popen(program.arguments, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                program.processes.append(process)
                process.stdin.write(body)
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), b"Status: 200 OK\r\n")
                answered = time.monotonic()
                process.wait(60)
                self.assertLess(time.monotonic() - answered, gateway.DRAIN_SECONDS)

    def test_answer_ends_before_threads_do(self):
        """A client has all of it, though the program has not ended."""
        program = Program(self, "import os, threading, time\n\ndef wait():\n    for _ in range(1200):\n"
                          "        if os.path.exists(os.environ['MAY_END']):\n            break\n        time.sleep(0.1)\n\n"
                          "threading.Thread(target=wait).start()\n" + APPLICATION)
        end = os.path.join(program.folder, "end")
        environ = {**program.environ, **USUAL, "GATEWAY_INTERFACE": "CGI/1.1", "MAY_END": end}
        process = subprocess.Popen(program.arguments, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        program.processes.append(process)
        self.assertEqual(process.stdout.read()[:11], b"Status: 200")
        self.assertIsNone(process.poll())
        open(end, "w").close()
        self.assertEqual(process.wait(60), 0)

    def test_answer_ends_before_children_do(self):
        program = Program(self, CHILD)
        end = os.path.join(program.folder, "end")
        environ = {**program.environ, **USUAL, "GATEWAY_INTERFACE": "CGI/1.1", "MAY_END": end}
        reader, writer = os.pipe()  # whose end is that of the child
        try:
            process = subprocess.Popen(program.arguments, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=writer)
            os.close(writer)
            program.processes.append(process)
            self.assertEqual(process.stdout.read()[-3:], b"\r\nx")
            self.assertFalse(select.select([reader], [], [], 0)[0])
            open(end, "w").close()
            self.assertEqual(os.read(reader, 1), b"")
        finally:
            os.close(reader)

    def test_query_is_no_argument(self):
        """Web servers hand over a query without = as arguments (RFC 3875, section 4.4), so
        that anybody could say where a launcher listens."""
        program = Program(self, APPLICATION)
        with open(os.path.join(program.folder, "server.cgi"), "w") as file:
            file.write("import gateway\nfrom application import application\n\ngateway.run(application)\n")
        environ = {**program.environ, **USUAL, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_URI": "/?--help"}
        environ["PYTHONPATH"] += os.pathsep + FOLDER
        for query in ("--help", "--listen 127.0.0.1:0", "--transport scgi"):
            with self.subTest(query):
                done = subprocess.run([sys.executable, file.name, *query.split()], env=environ, timeout=60,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual((done.stdout[:11], done.returncode), (b"Status: 200", 0), done.stderr)

    def test_settings_do_not_reach_environ(self):
        done = self.ask(SECRET="hidden", HTTP_PROXY="http://evil.test")
        self.assertEqual(done.stdout[:11], b"Status: 200")


class SettingsTest(GatewayTest):
    def refusal(self, *arguments, status=2, environ=None):
        """Return standard error of a program that does not start."""
        program = Program(self, APPLICATION, environ=environ)
        done = subprocess.run(program.arguments + list(arguments), env=program.environ, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (status, b""), done.stderr)
        return done.stderr.decode()

    def test_nothing_to_listen_at(self):
        self.assertIn("--listen unix:/run/app/app.sock", self.refusal())

    def test_bad_settings(self):
        said = self.refusal("--mount", "app", "--body-limit", "x", "--processes", "0", environ={"APP_SHUTDOWN_TIMEOUT": "soon"})
        for name in ("--mount 'app'", "--body-limit 'x'", "--processes '0'", "APP_SHUTDOWN_TIMEOUT 'soon'"):
            self.assertIn(name, said)
        self.assertIn("did you mean APP_LISTEN?", self.refusal(environ={"APP_LISTN": "x"}))
        for long in ("9" * 400, "999999999h"):
            self.assertIn("--shutdown-timeout", self.refusal("--shutdown-timeout", long))
        for mount in ("/a b", "/../x", "/./x", "/x?", "//x"):
            self.assertIn("--mount", self.refusal("--mount", mount))

    def test_bad_addresses(self):
        for address in ("unix:", "unix:@abstract", "unix:/tmp/", "unix:/" + "x" * 200, "tcp:x", "nowhere", "tcp:localhost:99999", "http://x:80",
                        "*:9000", "unix:/dev/null/x", "unix:/no/such/folder"):
            said = self.refusal("--listen", address, status=1)
            self.assertIn("listen", said)
            self.assertNotIn("Traceback", said)
        for address in ("0.0.0.0:0", "[::]:0"):
            said = self.refusal("--listen", "tcp:" + address, status=1)
            self.assertIn("others reach %s; say --trusted-peers" % address, said)
        self.assertIn("not a socket", self.refusal("--listen", "unix:/dev/null", status=1))

    def test_names_are_addresses_of_the_older_kind(self):
        """Web servers are told 127.0.0.1, and many systems name ::1 first for localhost."""
        both = [(family, socket.SOCK_STREAM, 6, "", address) for family, address in (
            (socket.AF_INET6, ("::1", 9000, 0, 0)), (socket.AF_INET, ("127.0.0.1", 9000)))]
        for found, address in ((both, "127.0.0.1"), (both[:1], "::1")):
            with mock.patch.object(socket, "getaddrinfo", return_value=found):
                self.assertEqual(gateway.parse_address("9000"), (found[-1][0], (address, 9000)))

    def test_levels(self):
        for level in ("debug", "INFO", "Warn", "error"):
            program = Program(self, APPLICATION)
            done = subprocess.run(program.arguments + ["--check", "--log-level", level], env=program.environ,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_root(self):
        if os.geteuid() == 0:
            program = Program(self, APPLICATION)
            program.arguments.remove("--allow-root")
            done = subprocess.run(program.arguments + ["--listen", "unix:" + program.path], env=program.environ,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"--allow-root", done.stderr)

    def test_application_that_is_none(self):
        source = "import other\nnumber = 7\nclass App:\n    def __call__(self, environ, start_response):\n        return []\n"
        for name, said in {
            "application:number": "application:number is no application, because it cannot be called",
            "application:nothing": "module application has no nothing",
            "application": "module application has no application",
            "application:": "'application:' is no MODULE:NAME, such as wsgi:application",
            ":app": "':app' is no MODULE:NAME, such as wsgi:application",
            "application.py": "there is no module application.py; say application:NAME",
            "absent:app": "there is no module absent",
            "application:App": "application:App is a class whose instances are the application; say app = App() in the"
                               " module, and application:app here",
        }.items():
            with self.subTest(name):
                program = Program(self, source.replace("import other\n", ""))
                program.arguments[2] = name
                done = subprocess.run(program.arguments + ["--check"], env=program.environ,
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertTrue(done.stderr.endswith(b" ERROR gateway: %s\n" % said.encode()), done.stderr)
        program = Program(self, source)  # whose own import is what lacks
        done = subprocess.run(program.arguments + ["--check"], env=program.environ,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"application.py", done.stderr)
        self.assertIn(b"No module named 'other'", done.stderr)

    def test_class_that_is_the_application(self):
        program = Program(self, "class application:\n"
                          "    def __init__(self, environ, start_response):\n        self.start = start_response\n"
                          "    def __iter__(self):\n        self.start('200 OK', [])\n        yield b'x'\n")
        process = program.start()
        program.wait_for(process)
        peer = Peer(program.path)
        peer.send(get())
        self.assertEqual(peer.answer(), (b"Status: 200 OK\r\n\r\nx", 0))
        peer.close()

    def test_order(self):
        """A flag wins over the environment, and that over a file."""
        program = Program(self, APPLICATION, environ={"APP_MOUNT": "/environment"})
        path = os.path.join(program.folder, "app.env")
        with open(path, "w") as file:
            file.write("# a comment\n\nAPP_MOUNT=/file\nAPP_BODY_LIMIT = '7'\n")
        program.wait_for(program.start("--env", path), b"/environment")
        program.wait_for(program.start("--env", path, "--mount", "/flag"), b"/flag")
        del program.environ["APP_MOUNT"]
        program.wait_for(program.start("--env", path), b"/file")
        peer = Peer(program.path)
        peer.send(request(1, KEEP, b"12345678", REQUEST_URI="/file/"))
        self.assertEqual(peer.answer()[0][:11], b"Status: 413")
        peer.close()

    def test_bad_file(self):
        program = Program(self, APPLICATION)
        path = os.path.join(program.folder, "app.env")
        with open(path, "w") as file:
            file.write("A=1\nnonsense\nB=back\\slash\nC='x\n")
        said = self.refusal("--env", path)
        for line in (2, 3, 4):
            self.assertIn("%s:%d: not a setting" % (path, line), said)
        self.assertIn("No such file", self.refusal("--env", path + "x"))
        for value in ("a\0b", "'a\0b'"):
            with open(path, "w") as file:
                file.write("A=%s\n" % value)
            self.assertIn("%s:1: not a setting" % path, self.refusal("--env", path))

    def test_lines_of_a_file(self):
        """What other programs take for the end of a line is part of a value."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "app.env")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write("A=a\u2028b\x0cc\r\nB='d\x85e'\n")
            self.assertEqual(gateway.read_env_file(path), {"A": "a\u2028b\x0cc", "B": "d\x85e"})

    def test_check(self):
        program = Program(self, APPLICATION)
        arguments = program.arguments + ["--check", "--listen", "unix:" + program.path]
        done = subprocess.run(arguments, env=program.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60)
        self.assertEqual((done.returncode, done.stdout[:6]), (0, b"ready:"))
        self.assertFalse(os.path.exists(program.path))
        process = program.start()
        program.wait_for(process)
        done = subprocess.run(arguments, env=program.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"a running instance", done.stderr)

    def test_check_without_a_place_to_listen(self):
        """It is the command of whoever sets a server up, whose sockets others open."""
        def check(*more, source=APPLICATION, **environ):
            program = Program(self, source, environ=environ)
            return subprocess.run(program.arguments + ["--check", *more], env=program.environ, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)

        for more in ((), ("--transport", "scgi"), ("--transport", "cgi")):
            done = check(*more)
            self.assertEqual((done.returncode, done.stdout[:6], done.stderr), (0, b"ready:", b""))
        done = check(source="application = 1")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"cannot be called", done.stderr)
        done = check(APP_BODY_LIMIT="much")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"much", done.stderr)
        done = check("--transport", "cgi", "--listen", "9000")
        self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_library(self):
        script = "import sys; sys.path.insert(0, %r); sys.argv[1:] = sys.argv[1:]; import application, gateway; gateway.run(application.application)" % FOLDER
        program = Program(self, APPLICATION)
        program.arguments = [sys.executable, "-c", script, "--allow-root"]
        program.wait_for(program.start())
        peer = Peer(program.path)
        peer.send(get())
        self.assertEqual(peer.answer()[1], 0)
        peer.close()
