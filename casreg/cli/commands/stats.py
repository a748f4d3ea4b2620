"""``casreg stats``"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg import plots
from casreg.cli.commands.ls import when
from casreg.cli.options import Plot
from casreg.cli.output import codecs, plural, size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.stats import VersionStats
    from casreg.registry.usage import NameStats, NameUsage, StoreStats, Usage, VersionUsage

_WORDS = 11
"""Columns of what facts are called."""


def stats(
    session: Session,
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE",
            help="A name, or one version of it: NAME@VERSION, NAME@latest. Without it everything.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Rows of the table; 0 for all.")] = 20,
    plot: Plot = None,
) -> None:
    """Show what is stored, and what deleting would free: of everything, of a name, or of one version.

    Reads no data. "size" is what loads give, "stored" all that is needed for it, what several need counted
    once; "exclusive" is how much of that nobody else needs, and goes when that is deleted and the undo window
    has ended; "added" is what a version needs and no lower one does. "dead" is what packs hold and none of
    these versions needs, "history" what deleted or overwritten ones hold still, "orphaned" what nothing does.

    With --plot a picture, too: plain and stored bytes, of a name version by version, of everything by name.

    Of one version: what it costs to keep and to read. "read cold" is what a load from a store that nothing is
    cached of has to read, with all that deltas are built upon.

    Example:
        casreg stats
        casreg stats det/yolo --plot sizes.png
        casreg stats det/yolo@2.0 --json
    """
    from casreg.errors import InvalidInput
    from casreg.registry.stats import VersionStats

    if plot is not None:
        plots.require(plot)
    with session.registry(read_only=True) as registry:
        found = registry.stats(reference) if reference is not None else registry.stats()
    if isinstance(found, VersionStats):
        if plot is not None:
            raise InvalidInput(
                f"a picture is of a name, or of everything: `casreg stats {found.name} --plot ...`"
            )
        document = {**asdict(found), "read_amplification": found.read_amplification}
        brief = f"{found.read_amplification:.3f}"
        session.result(document, [brief], lambda: session.facts(_of_version(found), _WORDS))
        return

    if plot is not None:
        plots.save(plots.usage(found), plot)

    def full() -> None:
        session.facts(_of_usage(found), _WORDS)
        _rows(session, found, limit)

    session.result(_document(found), [str(found.stored)], full)


def _document(usage: StoreStats | NameStats) -> dict[str, Any]:
    from casreg.registry.usage import StoreStats

    document = {**asdict(usage), **_derived(usage)}
    if isinstance(usage, StoreStats):
        document["rows"] = [{**asdict(row), **_derived(row)} for row in usage.rows]
    return document


def _derived(usage: Usage) -> dict[str, Any]:
    return {word: getattr(usage, word) for word in ("metadata", "dead", "dedup", "compression")}


def _of_version(found: VersionStats) -> dict[str, str | None]:
    return {
        "version": f"{found.name}@{found.version}",
        "base": found.parent and (found.base or f"not found ({found.parent})"),
        "size": size(found.plain),
        "stored": f"{size(found.stored)} with this version",
        "read cold": f"{size(found.read_cold)}, {found.read_amplification:.2f} x the size",
        "depth": str(found.depth),
        "chunks": f"{found.chunks}: {codecs(found.codecs)}" if found.chunks else "0",
        "held": f"{size(found.held)} in {plural(found.packs, 'pack')}, {size(found.dead)} of them dead",
    }


def _of_usage(found: StoreStats | NameStats) -> dict[str, str | None]:
    from casreg.registry.usage import StoreStats

    whole = isinstance(found, StoreStats)
    times = found.dedup * found.compression
    return {
        "store" if whole else "name": found.store if isinstance(found, StoreStats) else found.name,
        "versions": f"{found.versions:,}" + (f" of {plural(len(found.rows), 'name')}" if whole else ""),
        "size": size(found.plain),
        "stored": f"{size(found.stored)}: {plural(found.packs, 'pack')} of {size(found.packed)}, and"
        f" {size(found.metadata)} of metadata",
        "factor": f"{times:.2f} by chunks: {found.dedup:.2f} by dedup, {found.compression:.2f} by compression"
        if found.distinct
        else None,
        "exclusive": None if whole else size(found.exclusive),
        "dead": f"{size(found.dead)} in packs",
        "history": size(found.history),
        "orphaned": size(found.orphaned) if isinstance(found, StoreStats) else None,
        "held": f"{size(found.held)} in all" if isinstance(found, StoreStats) else None,
    }


def _rows(session: Session, found: StoreStats | NameStats, limit: int) -> None:
    """Of names the largest, of versions the highest."""
    from casreg.registry.usage import StoreStats

    if not found.rows:
        return
    count = limit or len(found.rows)
    session.line("")
    if isinstance(found, StoreStats):
        names = sorted(found.rows, key=lambda row: (-row.stored, row.name))[:count]
        columns = ["name", "versions", "size", "stored", "dedup", "compr.", "exclusive"]
        table(columns, [_name_row(row) for row in names], right=columns[1:])
    else:
        columns = ["version", "created", "size", "stored", "added", "exclusive"]
        table(
            columns, [_version_row(row) for row in found.rows[-count:]], right=columns[2:], whole=["created"]
        )
    if count < len(found.rows):
        session.line(f"... and {len(found.rows) - count} more: --limit 0 shows them")


def _name_row(row: NameUsage) -> Sequence[str]:
    sizes = size(row.plain), size(row.stored), f"{row.dedup:.2f}", f"{row.compression:.2f}"
    return row.name, f"{row.versions:,}", *sizes, size(row.exclusive)


def _version_row(row: VersionUsage) -> Sequence[str]:
    return row.version, when(row.created), *map(size, (row.plain, row.stored, row.added, row.exclusive))
