"""``casreg fsck``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.output import plural
from casreg.cli.session import Session

_WHERE = ("generation", "part", "tensor", "pack", "offset")


def fsck(
    session: Session,
    structure: Annotated[
        bool,
        typer.Option("--structure", help="Do not read the bytes of packs: quick, and blind to flipped bits."),
    ] = False,
) -> None:
    """Look for damage: everything that versions need, and whether its bytes are what they should be.

    Changes nothing, and goes on past what is damaged. Ends with code 7 if anything is. Orphans, objects
    that no version needs, are no damage.

    Example:
        casreg fsck
        casreg fsck --structure --json
    """
    from casreg.errors import Corrupt
    from casreg.fsck import fsck as check

    with session.backend() as store, session.progress("checking") as progress:
        findings = list(check(store, hashes=not structure, progress=progress))
    damage = [finding for finding in findings if not finding.harmless]
    orphans = [finding for finding in findings if finding.harmless]

    def full() -> None:
        for finding in damage:
            facts = finding.facts()
            at = [f"{finding.name}@{finding.version}"] if finding.name else []
            where = ", ".join([*at, *(f"{word} {facts[word]}" for word in _WHERE if word in facts)])
            session.line(
                f"{finding.kind}: {finding.key}: {finding.message}" + (f" ({where})" if where else "")
            )
        for why in dict.fromkeys(finding.message for finding in orphans):
            sizes = [finding.size for finding in orphans if finding.message == why]
            size = f" of {sum(filter(None, sizes)):,} bytes, " if any(sizes) else ": "
            session.line(f"{plural(len(sizes), 'orphan')}{size}{why}")
        if not damage:
            session.line("no damage")

    document = {"ok": not damage, "findings": [finding.facts() for finding in findings]}
    session.result(document, [f"{finding.kind} {finding.key}" for finding in damage], full)
    if damage:
        raise typer.Exit(Corrupt.exit_code)
