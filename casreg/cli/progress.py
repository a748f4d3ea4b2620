"""A progress bar on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from casreg.cli.output import size
from casreg.progress import Progress, silent

_LABEL: Final = 30
"""Columns of a label at most: the rest of a line is the bar's."""


@contextmanager
def bar(label: str, *, shown: bool) -> Iterator[Progress]:
    """Something to call with bytes done and in all; draws only if ``shown``, and leaves nothing behind."""
    if not shown:
        yield silent
        return
    from rich import progress as rich
    from rich.console import Console
    from rich.table import Column
    from rich.text import Text

    class Speed(rich.ProgressColumn):
        def render(self, task: rich.Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{size(int(speed))}/s", style="progress.data.speed")

    columns = (
        rich.TextColumn("{task.description}", table_column=Column(no_wrap=True, max_width=_LABEL)),
        rich.BarColumn(),
        rich.DownloadColumn(binary_units=True, table_column=Column(no_wrap=True)),
        Speed(table_column=Column(no_wrap=True)),
        rich.TimeRemainingColumn(table_column=Column(no_wrap=True)),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task(label, total=None)
        yield lambda done, total: display.update(task, completed=done, total=total)
