"""Where a demo runs: in a directory of the caller's, or in one that vanishes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console

from casreg.demo.plan import FULL, Plan
from casreg.demo.result import Result
from casreg.demo.tell import Silent, Teller
from casreg.errors import AlreadyExists


def run(
    directory: str | Path | None = None,
    plan: Plan = FULL,
    *,
    quiet: bool = False,
    console: Console | None = None,
) -> Result:
    """The whole demo; what it measured. Prints to ``console``, standard output by default.

    With ``directory``, a new or empty one, the store stays there; without, it is gone at the end.
    Raises AlreadyExists for a directory that is not empty, ProofFailed if a claim does not hold.
    """
    from casreg.demo.story import tell

    listener = Silent() if quiet else Teller(console or Console(highlight=False))
    with listener:
        if directory is None:
            with tempfile.TemporaryDirectory(prefix="casreg-demo-") as place:
                return tell(Path(place), False, plan, listener)
        root = Path(directory)
        if root.exists() and not root.is_dir():
            raise AlreadyExists(f"{root} is a file", path=str(root))
        if root.exists() and next(root.iterdir(), None) is not None:
            raise AlreadyExists(f"{root} is not empty: the demo wants a new directory", path=str(root))
        return tell(root, True, plan, listener)
