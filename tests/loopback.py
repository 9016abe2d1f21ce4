"""A website on this machine, for tests of what goes out: real sockets, real HTTP, no network."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.core.http import Client

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Pages by path; `asked` keeps the headers of every request."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.close_connection = True
                site.pages.get(self.path, answer(404))(self)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if ssl_context is not None:
            self._server.socket = ssl_context.wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @contextmanager
    def serving(self) -> Iterator["Site"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


def answer(status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Answer:
    content = body.encode() if isinstance(body, str) else body

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        if status != 304:
            request.send_header("Content-Length", str(len(content)))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(content)

    return send


def drip(parts: bytes, pause: float, body: bool = True) -> Answer:
    """One byte after the other: in the body, or already in the headers."""

    def send(request: BaseHTTPRequestHandler) -> None:
        if body:
            request.send_response(200)
            request.end_headers()
        try:
            for byte in parts:
                request.wfile.write(bytes([byte]))
                request.wfile.flush()
                time.sleep(pause)
        except OSError:
            pass

    return send


@pytest.fixture
def site() -> Iterator[Site]:
    """A website on this machine; give it pages."""
    with Site().serving() as site:
        yield site


@pytest.fixture
def http() -> Client:
    """Asks such a site, for at most five seconds."""
    return Client("127.0.0.1", max_seconds=5)
