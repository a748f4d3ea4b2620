"""What a caller of ``save`` asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from casreg.config import Limits
from casreg.journal import Journals
from casreg.names import Name, Reference, Version
from casreg.progress import Progress
from casreg.trust import WARY, Trust


@dataclass(frozen=True)
class Order:
    """Checked."""

    name: Name
    version: Version | None
    """None: the next number."""
    overwrite: bool
    metadata: dict[str, Any]
    init_params: dict[str, Any]
    base: Reference | Literal["auto"] | None
    limits: Limits
    now: Callable[[], datetime]
    clock: Callable[[], float]
    """Seconds, counting suspension: for leases."""
    progress: Progress
    trust: Trust = WARY
    journals: Journals | None = None
    """Where saves leave word for the case that they are interrupted."""
