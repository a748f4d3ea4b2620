"""Errors that are told which version, and which part of it, they are about."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import TracebackType

from casreg.errors import CasregError, Corrupt
from casreg.names import Name, Version


class Located:
    """A context manager that every error of casreg passes through.

    ``part_of(pack, offset)`` finds the part of a damaged chunk, where ``part`` is not known.
    """

    def __init__(
        self,
        name: Name,
        version: Version,
        store: str,
        part: str | None,
        part_of: Callable[[str, int], str | None],
    ) -> None:
        self._name, self._version, self._store = name, version, store
        self._part, self._part_of = part, part_of

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, CasregError):
            part = self._part
            pack, offset = error.fields.get("pack"), error.fields.get("offset")
            if part is None and isinstance(error, Corrupt) and pack is not None and offset is not None:
                part = self._part_of(pack, offset)
            error.located(name=self._name, version=self._version, part=part, store=self._store)


def forget_views(error: BaseException) -> None:
    """Clear the frames that an error came through: a BytesIO that is collected while views of it
    live on in them is an error of its own, which nobody can catch."""
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__
