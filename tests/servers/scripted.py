"""An HTTP server in a thread that answers from a list: the rare answers, over a real connection."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    """Cut the connection instead of answering; with a body, after half of it."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


def refusal(status: int, code: str, message: str = "as the script says") -> Answer:
    """An error as S3 spells it."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())


def page(keys: list[str], more: str = "") -> Answer:
    """One page of a listing."""
    entries = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-02T03:04:05.678Z</LastModified>"
        "</Contents>"
        for key in keys
    )
    token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    body = (
        f"<ListBucketResult><IsTruncated>{'true' if more else 'false'}</IsTruncated>"
        f"{token}{entries}</ListBucketResult>"
    )
    return Answer(body=body.encode())


class Scripted:
    """``answers`` are given one after the other, then ``always``; ``asked`` is what came."""

    def __init__(self) -> None:
        self.forget()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget(self) -> None:
        """Begin anew: nothing was asked, everything is answered with 200."""
        self.answers: list[Answer] = []
        self.always = Answer()
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(scripted) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                scripted.asked.append(Asked(self.command, self.path, headers, body, self.client_address))
                answer = scripted.answers.pop(0) if scripted.answers else scripted.always
                if answer.reset and not answer.body:
                    self.cut()
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body[: len(answer.body) // 2] if answer.reset else answer.body)
                if answer.reset:
                    self.close_connection = True

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = answer

            def cut(self) -> None:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
