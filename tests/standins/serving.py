"""HTTP/1.1 over TLS: a thread for each connection, requests in, replies out."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins.bodies import decoded
from tests.standins.wire import Answer, End, Reply, Request, Silence, Stream

PATIENCE = 300.0
"""Seconds after which a connection is left on which nothing comes."""


class Server(ThreadingHTTPServer):
    """Serves `answer` at `place`; `server_address` is where it came to listen."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self,
        place: tuple[str, int],
        context: ssl.SSLContext,
        answer: Callable[[Request], Reply],
    ) -> None:
        self.answer = answer
        self.stopping = threading.Event()
        self._context = context
        self._connections: set[socket.socket] = set()
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        """Bind without asking anybody for the name of this machine."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "stand-in", self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, so that nobody waits for a slow client."""
        self._connections.add(request)
        try:
            request.settimeout(PATIENCE)
            with self._context.wrap_socket(request, server_side=True) as connection:
                self._connections.add(connection)
                super().finish_request(connection, client_address)
                self._connections.discard(connection)
        except OSError:
            return  # clients leave when they like, and some only try the certificate
        finally:
            self._connections.discard(request)

    def leave(self) -> None:
        """Stop serving and leave every connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in tuple(self._connections):
            _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was quicker


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    timeout = PATIENCE
    disable_nagle_algorithm = True  # else every second write waits 40 ms for the client's nod

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of http.server
        """Keep quiet: who wants to know looks at what was recorded."""

    def _serve(self) -> None:
        match self.server.answer(self._request()):
            case Answer() as answer:
                self._send_answer(answer)
            case Stream() as stream:
                self._send_stream(stream)
            case Silence():
                self._wait_for_leave()

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - of http.server

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            at=time.time(),
            host=headers.get("host", "").partition(":")[0].lower(),
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=headers,
            body=decoded(self._body(headers), headers.get("content-encoding", "")),
        )

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _send_answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _send_stream(self, stream: Stream) -> None:
        self.send_response(200)
        for name, value in (("Content-Type", stream.kind), *stream.headers):
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in stream.frames:
            self.server.stopping.wait(stream.delay)
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if stream.end is End.CUT:
            self._reset()
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        """Leave by a reset, as a broken line does."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _wait_for_leave(self) -> None:
        """Wait until the client is gone, or the server hangs up."""
        self.close_connection = True
        self.connection.settimeout(None)
        self.connection.recv(1)
