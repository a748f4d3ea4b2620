"""Text for people: sizes, times, lines, tables."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TextIO

from casreg.text import printable

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_HARD_SPACE = "\N{NO-BREAK SPACE}"
"""Where no line is broken; what is printable has none."""
_NARROW = 8
"""Columns of a terminal, for a column of a table: narrower ones are hard to read."""


def size(count: int) -> str:
    """``999 B``, ``1.5 KiB``, ``12.0 MiB``."""
    number, unit = float(count), 0
    while number >= 1023.95 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{count} B" if not unit else f"{number:.1f} {_UNITS[unit]}"


def seconds(time: float) -> str:
    """``0.4 ms``, ``2.31 s``."""
    return f"{time * 1000:.1f} ms" if time < 0.1 else f"{time:.2f} s"


def plural(count: int, word: str) -> str:
    """``1 pack``, ``2 packs``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def codecs(chunks: Mapping[str, int]) -> str:
    """Of counts of chunks by codec: ``planes``, ``delta 3/4, raw 1/4``, the most frequent first."""
    total = sum(chunks.values())
    ordered = sorted(chunks.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join([codec if count == total else f"{codec} {count}/{total}" for codec, count in ordered])


def short(value: Any) -> str:
    """A value of JSON in a cell of a table: at most 60 characters."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def named(name: str) -> str:
    """What a value of a tree is called; one that is all of it has no name."""
    return name or "(itself)"


def folded(text: str, stream: TextIO, indent: int = 2) -> str:
    """``text`` as lines that fit the terminal that ``stream`` is, broken between words, though not within a
    command in backquotes; elsewhere one line. All but the first are indented."""
    if not stream.isatty():
        return text
    whole = re.sub(r"`[^`]+`", lambda command: command[0].replace(" ", _HARD_SPACE), text)
    lines = textwrap.wrap(
        whole,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_HARD_SPACE, " ")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Print aligned columns, folded to fit a terminal, never cut off. Those of ``right`` are flush right, and
    like ``whole`` ones not folded, if that leaves room for the others."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[printable(cell) for cell in row] for row in rows]
    # Where no terminal folds lines, one row is one line, for grep and awk.
    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else 10_000, highlight=False)
    unfolded = _unfolded(columns, cells, {*right, *whole}, console.width)
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: Literal["right", "left"] = "right" if column in right else "left"
        made.add_column(column, justify=justify, overflow="fold", no_wrap=column in unfolded)
    for row in cells:
        made.add_row(*map(Text, row))
    if terminal:
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def _unfolded(columns: Sequence[str], cells: list[list[str]], wanted: set[str], width: int) -> set[str]:
    """Those of ``wanted``, or none of them if the others would have less than ``_NARROW``."""
    from rich.cells import cell_len

    taken = 2 * (len(columns) - 1)
    for column, *below in zip(columns, *cells, strict=True):
        widest = max(map(cell_len, (column, *below)))
        taken += widest if column in wanted else min(widest, _NARROW)
    return wanted if taken <= width else set()
