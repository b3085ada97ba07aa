"""Serve a WSGI application by HTTP on this machine, to develop it.

    python3 serve.py                  wsgi:application, on http://localhost:8000/
    python3 serve.py app:simple_app   any other, too
    python3 serve.py --once           one request, then end

wsgiref.validate stands around the application and complains of what PEP 3333 does not
allow. The server answers one request at a time and is for nobody else: gateway.py is
what serves the application behind a web server.
"""

import argparse
import errno
import importlib
import logging
import os
import socket
import sys
from wsgiref.handlers import BaseHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.validate import validator

from middleware import access_log


class Server(WSGIServer):
    answered = 0  # requests

    def handle_error(self, request, client_address):
        """Write nothing about clients that go away or say nothing."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, socket.timeout)):
            super().handle_error(request, client_address)


class Handler(WSGIRequestHandler):
    timeout = 10  # seconds, because browsers open connections that they may not use

    def log_request(self, code="-", size="-"):
        """Count the request, and write nothing, because access_log does."""
        self.server.answered += 1


def main():
    options = parse()
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
    # What this process's environment holds is no part of a request.
    BaseHandler.os_environ = {}
    application = access_log(validator(load(options.application)))
    with listen(options.host, options.port, application) as server:
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{server.server_port}/"
        print(f"{options.application} is at {url} until Ctrl-C", flush=True)
        try:
            while not (options.once and server.answered):
                server.handle_request()
        except KeyboardInterrupt:
            print()


def parse():
    parser = argparse.ArgumentParser(description="Serve a WSGI application by HTTP.")
    add = parser.add_argument
    add("application", nargs="?", default="wsgi:application", metavar="MODULE:NAME")
    add("--host", default="localhost", help="the address to listen on (localhost)")
    add("--port", help="the port (PORT, else 8000)")
    add("--once", action="store_true", help="end after one request")
    options = parser.parse_args()
    options.host = options.host.strip("[]")
    if options.port is None:
        options.port = os.environ.get("PORT") or "8000"
        if not (options.port.isascii() and options.port.isdecimal()):
            sys.exit(f"serve.py: PORT={options.port!r} is no number: want a port, as in PORT=8000")
    return options


def load(place):
    """Return the application that MODULE:NAME names."""
    module, _, name = place.partition(":")
    if not module or not name:
        sys.exit(f"serve.py: {place!r} is no MODULE:NAME, such as app:simple_app")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise  # another module, which this one imports
        sys.exit(f"serve.py: there is no module {module}")
    application = getattr(found, name, None)
    if not callable(application):
        sys.exit(f"serve.py: {module} has no application called {name}")
    # A class that is an application itself makes answers, which can be iterated.
    if isinstance(application, type) and not hasattr(application, "__iter__"):
        sys.exit(
            f"serve.py: {place} is a class whose instances are the application: "
            f"say app = {name}() in the module, and {module}:app here"
        )
    return application


def listen(host, port, application):
    try:
        number = int(port)
        if not 0 <= number < 1 << 16:
            raise ValueError(port)
    except ValueError:
        sys.exit(f"serve.py: there is no port {port}: they are 0 to 65535")
    try:
        found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)
        # Where a name has both kinds, IPv4, because that is what people try.
        families = [family for family, *_ in found]
        Server.address_family = min(families, key=lambda x: x != socket.AF_INET)
        return make_server(host, number, application, Server, Handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"serve.py: port {port} is taken: choose another by --port")
        sys.exit(f"serve.py: cannot listen on {host}:{port}: {error.strerror}")


if __name__ == "__main__":
    main()
