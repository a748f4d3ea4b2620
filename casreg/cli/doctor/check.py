"""One finding."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from casreg.errors import CasregError


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""
    """What to do about it; empty if there is nothing to do."""

    def document(self) -> dict[str, Any]:
        return asdict(self)


def failed(name: str, error: CasregError, remedy: str) -> Check:
    return Check(name, "fail", f"{error.kind}: {error}", remedy)
