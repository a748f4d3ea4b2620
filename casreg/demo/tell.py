"""The demo on a terminal: a bar while it trains, then tables and sentences. Plain lines elsewhere."""

from __future__ import annotations

import shlex
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from casreg.demo.plan import Plan
from casreg.demo.result import Damage, LazyRead, Result, SavedVersion

if TYPE_CHECKING:
    from casreg.demo.training import Step

_MIB = 1 << 20
_EVERY = 10
"""Steps between two lines where there is no bar."""


class Silent:
    """A listener that says nothing."""

    def begun(self, result: Result, plan: Plan) -> None:
        pass

    def stepped(self, step: Step, steps: int) -> None:
        pass

    def saved(self, version: SavedVersion) -> None:
        pass

    def trained(self, result: Result) -> None:
        pass

    def compared(self, references: list[str], parameters: int) -> None:
        pass

    def read(self, lazy: LazyRead) -> None:
        pass

    def refused(self, damage: Damage) -> None:
        pass

    def ended(self, result: Result) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class Teller(Silent):
    """A listener that prints."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} steps"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("training", total=None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begun(self, result: Result, plan: Plan) -> None:
        self._say(
            f"Training a network of {result.parameters:,} float32 parameters on {_mib(result.text_bytes)} "
            f"of text from {result.text_files} files of this Python's standard library; "
            f"a checkpoint after each of {len(plan.phases)} phases becomes a version of {result.name}."
        )
        self._say()
        self._bar.start()

    def stepped(self, step: Step, steps: int) -> None:
        if self._console.is_terminal:
            label = f"loss {step.loss:.3f}"
            self._bar.update(
                self._task, description=label, completed=step.number, total=max(steps, step.number)
            )
        elif step.number == 1 or step.number % _EVERY == 0:
            self._say(f"  step {step.number:>3}  loss {step.loss:.3f}")

    def saved(self, version: SavedVersion) -> None:
        self._say(
            f"version {version.version}  step {version.step:>3}  loss {version.loss:.3f}  {version.phase}"
        )

    def trained(self, result: Result) -> None:
        self._bar.stop()
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("version")
        for column in ("plain", "newly stored", "chunks reused", "time"):
            table.add_column(column, justify="right")
        for v in result.versions:
            table.add_row(
                v.version,
                _mib(v.plain),
                _mib(v.stored),
                f"{v.reused} of {v.chunks}",
                f"{v.seconds * 1000:.0f} ms",
            )
        self._say()
        self._console.print(table)
        self._say()
        self._say(
            f"{len(result.versions)} versions of {_mib(result.plain)} together take {_mib(result.on_disk)} "
            "on disk: what did not change was not stored again."
        )

    def compared(self, references: list[str], parameters: int) -> None:
        self._say()
        self._say(
            f"Loaded {' and '.join(references)}: "
            f"all {parameters:,} parameters of each equal what was saved, bit for bit."
        )

    def read(self, lazy: LazyRead) -> None:
        shape = " x ".join(map(str, lazy.shape))
        self._say()
        self._say(
            f"Opened {lazy.reference} and took {lazy.tensor} ({shape}, {lazy.size:,} bytes): "
            f"{lazy.requests} requests read {lazy.bytes_read:,} bytes from the store, "
            f"{lazy.bytes_read / lazy.version_size:.1%} of the version."
        )

    def refused(self, damage: Damage) -> None:
        self._say()
        self._say(f"Changed one bit in {damage.file}, byte {damage.position:,}. Loading it now:")
        self._say(f"  Corrupt: {damage.refusal}", style="red")
        self._say("Put the bit back: it loads again.")

    def ended(self, result: Result) -> None:
        self._say()
        self._say(f"All of it was measured and proved in {result.seconds:.1f} s. Next:")
        if result.kept:
            store = shlex.quote(result.store)
            lines = [f"casreg ls {result.name} --store {store}", f"casreg show {result.name} --store {store}"]
        else:
            lines = ["casreg demo my-demo", "casreg ls --store my-demo"]
        for line in [*lines, "casreg init models", "casreg save my/model PATH --store models"]:
            self._say(f"  {line}")

    def _say(self, text: str = "", style: str | None = None) -> None:
        # A terminal folds at words; elsewhere a sentence is a line.
        self._console.print(text, style=style, markup=False, soft_wrap=not self._console.is_terminal)


def _mib(size: int) -> str:
    return f"{size / _MIB:.2f} MiB"
