"""Serve a WSGI application by HTTP on this machine, to develop it.

    python3 serve.py                  wsgi:application, on http://localhost:8000/
    python3 serve.py app:simple_app   any other, too
    python3 serve.py --once           one request, then end

wsgiref.validate stands around the application, and complains of what PEP 3333 does not
allow. The server answers one request at a time and is for nobody else: gateway.py is
what serves the application behind a web server.
"""

import argparse
import errno
import importlib
import logging
import os
import sys
from wsgiref.handlers import BaseHandler
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

from middleware import access_log


class Handler(WSGIRequestHandler):
    timeout = 10  # seconds: browsers open connections that they may not use

    def log_request(self, code="-", size="-"):
        """Write nothing, because access_log does."""


def main():
    options = parse()
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(message)s")
    BaseHandler.os_environ = {}  # this process's variables are no part of a request
    application = access_log(validator(load(options.application)))
    try:
        server = make_server(options.host, options.port, application, handler_class=Handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise SystemExit(f"serve.py: {options.host}:{options.port}: {error.strerror}") from error
        raise SystemExit(f"serve.py: port {options.port} is taken: choose another by --port") from None
    with server:
        print(f"Serving {options.application} on http://{options.host}:{server.server_port}/", flush=True)
        try:
            if options.once:
                server.handle_request()
            else:
                server.serve_forever()
        except KeyboardInterrupt:
            print()


def parse():
    parser = argparse.ArgumentParser(description="Serve a WSGI application by HTTP, to develop it.")
    parser.add_argument("application", nargs="?", default="wsgi:application", metavar="MODULE:NAME")
    parser.add_argument("--host", default="localhost", help="where to listen (localhost)")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"), help="where to listen (PORT, else 8000)")
    parser.add_argument("--once", action="store_true", help="end after one request")
    return parser.parse_args()


def load(place):
    """Return what MODULE:NAME is."""
    module, _, name = place.partition(":")
    if not module or not name:
        raise SystemExit(f"serve.py: {place!r} is no MODULE:NAME, such as app:simple_app")
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError as error:
        raise SystemExit(f"serve.py: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
