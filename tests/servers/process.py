"""A server as a process of its own, ready when its port answers."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Seconds for a server to become ready: two busy cores start Flask in ten."""


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the process; its port answers no more when this returns."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[Server]:
    """The server that ``command`` starts, which listens on ``port``, until the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    server = Server(process, port)
    try:
        _wait(server, log)
        yield server
    finally:
        server.stop()


def missing(what: str, remedy: str) -> None:
    """Skip, saying how to get it; in CI fail: there nothing may be missing."""
    text = f"{what} is not installed: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


def _wait(server: Server, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            try:
                # The pause between two looks is spent watching whether the process lives.
                server.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
