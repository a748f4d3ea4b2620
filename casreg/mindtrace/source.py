"""What a reader is given, and what readers share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from casreg.errors import Corrupt, Unsafe
from casreg.mindtrace import disk
from casreg.trust import Trust


@dataclass(frozen=True)
class Source:
    """An object, or one inside another, as files."""

    folder: Path
    python_class: str
    trust: Trust
    scratch: Path
    """An empty directory, there until the object was saved."""

    def require_pickle(self, what: str) -> None:
        """Raise Unsafe unless pickles may be loaded."""
        if not self.trust.allow_pickle:
            raise Unsafe(
                f"{what} is a pickle, and to load it can run any code: if you trust who saved it, give "
                "allow_pickle=True (--allow-pickle)"
            )

    def has(self, name: str) -> bool:
        return disk.there(self.folder / name)

    def json(self, name: str) -> Any:
        """Raises Corrupt for what is no JSON."""
        try:
            return json.loads(disk.read(self.folder / name))
        except (ValueError, RecursionError) as error:
            raise Corrupt(f"{self.folder / name} is no JSON: {str(error)[:200]}") from None


class Reader(Protocol):
    """Reads what one of their materializers wrote."""

    def check(self, source: Source) -> None:
        """Raise Unsafe or Unsupported for what is not to be read here, as far as a glance can tell."""

    def read(self, source: Source) -> Any:
        """The object, or a Path to be saved. Raises likewise, and Corrupt."""
