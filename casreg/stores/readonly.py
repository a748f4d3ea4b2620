"""A store that cannot be changed, whatever the rights on what is below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from casreg.errors import ReadOnly
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper


class ReadOnlyStore(Wrapper):
    """Reads as ``inner`` does; ``write``, ``create`` and ``remove`` raise ReadOnly and touch nothing."""

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self.refuse("write", key)

    def create(self, key: str, data: Buffer) -> bool:
        self.refuse("create", key)

    def remove(self, key: str) -> None:
        self.refuse("remove", key)

    def refuse(self, verb: str, key: str) -> NoReturn:
        raise ReadOnly(f"{self.url} was opened read-only: no {verb} of {key}", store=self.url, key=key)
