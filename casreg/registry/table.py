"""A Registry as a table for people: of each name the latest version, or all, its class, and small values."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from casreg.errors import CasregError
from casreg.models.ref import Ref
from casreg.refs import State
from casreg.registry import listing
from casreg.stores.protocol import Store
from casreg.text import printable

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH: Final = 50
"""Characters of a value, and of metadata, that are shown."""
_SMALL: Final = 4096
"""Bytes up to which an object is loaded to be shown."""
_SHOWN: Final = frozenset(f"builtins.{cls}" for cls in ("str", "int", "float", "bool", "NoneType"))


class Row(NamedTuple):
    name: str
    version: str
    class_name: str
    value: str
    """Of plain values; of others the size."""
    metadata: str


def rows(store: Store, load: Callable[[State, Ref], Any], *, latest_only: bool = True) -> list[Row]:
    """Of each name, sorted, the latest version, or all, lowest first. What is damaged says so in its row."""
    found = listing.states_of_all(store).values()
    shown = [state for states in found for state in (states[-1:] if latest_only else states)]
    return [_row(store, state, ref, load) for state, ref in listing.with_refs(store, shown)]


def rendered(url: str, rows: list[Row], *, versions: bool) -> Table:
    """For rich; a column of versions if ``versions``."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"Registry at {printable(url)}"))
    for heading, style in (
        ("Object", "bold cyan"),
        ("Version", "green"),
        ("Class", "magenta"),
        ("Value", "yellow"),
        ("Metadata", "dim"),
    ):
        if versions or heading != "Version":
            table.add_column(heading, style=style, overflow="fold")
    for row in rows:
        cells = [cell for field, cell in row._asdict().items() if versions or field != "version"]
        table.add_row(*[Text(printable(cell)) for cell in cells])
    return table


def plain(table: Table) -> str:
    """The table as text, as wide as it needs to be."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=10_000, color_system=None, _environ={}).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _row(store: Store, state: State, ref: Ref, load: Callable[[State, Ref], Any]) -> Row:
    try:
        facts = listing.facts(store, state, ref)
        small = facts["materializer"] == "tree" and facts["class"] in _SHOWN and facts["size"] <= _SMALL
        value = (_shown(load(state, ref)) if small else "") or _size(facts["size"])
    except CasregError as error:
        return Row(state.name, state.version, "", f"<{error.kind}>", "")
    metadata = ", ".join([f"{key}={value!r}" for key, value in facts["metadata"].items()])
    return Row(state.name, state.version, facts["class"], _cut(value), _cut(metadata))


def _shown(value: object) -> str:
    """Empty for an integer of more digits than Python writes out."""
    try:
        return repr(value)
    except ValueError:
        return ""


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
