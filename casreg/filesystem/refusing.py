"""All that a file system can be asked to change, refused."""

from __future__ import annotations

from typing import Any, NoReturn

from fsspec import AbstractFileSystem

from casreg.errors import ReadOnly


class Refusing(AbstractFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """A file system that changes nothing. What it is asked to raises ReadOnly, an OSError."""

    def _refuse(self, path: object = "", *_: Any, **__: Any) -> NoReturn:
        raise ReadOnly(f"casreg:// is read-only: {path} is not changed; versions are saved by Registry.save")

    mkdir = makedirs = rmdir = rm = rm_file = _rm = _refuse
    cp_file = copy = mv = touch = pipe_file = put_file = put = _refuse
    start_transaction = _refuse
