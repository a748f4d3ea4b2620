"""``casreg find``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from casreg.cli.commands.ls import when
from casreg.cli.output import size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.searching import Found


def find(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A name, or a pattern such as 'det/*'.", show_default=False),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="On notes and metadata: KEY, !KEY, or KEY and VALUE with =, !=, <, <=, >, >= or ~ (holds)"
            " between them. Repeatable: all must hold.",
        ),
    ] = None,
    cls: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help="What was saved, with its module or without."),
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="What has the tag.")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Saved then or later: 2025-01-31, 2025-01-31T12:00, or 7d, 12h ago."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Saved then, on that day, or before.")
    ] = None,
) -> None:
    """Find versions by name, notes, metadata, class, tag and time.

    By name, then lowest version first; with --quiet as references, one per line, for other commands.

    Example:
        casreg find 'det/*' --where 'epoch>=3' --since 7d
        casreg find --class PosixPath --where '!source' --json
    """
    with session.registry(read_only=True) as registry:
        found = registry.find(name, where=where or (), cls=cls, tag=tag, since=since, until=until)
    keys = _keys(where or [])

    def full() -> None:
        table(
            ["version", "class", "size", "created", *keys],
            [[*_row(one), *[_shown(one, key) for key in keys]] for one in found],
            right=["size"],
            whole=["created"],
        )

    document = {"store": registry.backend.url, "found": [{"name": one.name, **one.facts} for one in found]}
    session.result(document, [str(one) for one in found], full, none="no version is like that")


def _row(found: Found) -> list[str]:
    facts = found.facts
    return [str(found), facts["class"].rpartition(".")[2], size(facts["size"]), when(facts["created"])]


def _keys(where: list[str]) -> list[str]:
    """What the conditions ask for: its values are shown."""
    from casreg.registry.conditions import parse

    return list(dict.fromkeys(condition.key for condition in parse(where)))


def _shown(found: Found, key: str) -> str:
    from casreg.registry.conditions import lookup

    value = next(lookup(key, found.facts["notes"], found.facts["metadata"]), "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
