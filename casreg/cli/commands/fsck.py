"""``casreg fsck``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.output import plural
from casreg.cli.session import Session


def fsck(
    session: Session,
    structure: Annotated[
        bool,
        typer.Option("--structure", help="Do not read the bytes of packs: quick, and blind to flipped bits."),
    ] = False,
) -> None:
    """Look for damage: everything that versions need, and whether its bytes are what they should be.

    Changes nothing. Ends with code 7 if a version is damaged. Orphans, blobs that no version
    needs, are no damage.

    Example:
        casreg fsck
        casreg fsck --structure --json
    """
    from casreg.errors import Corrupt

    with session.registry(read_only=True) as registry, session.progress("checking") as progress:
        findings = registry.fsck(hashes=not structure, progress=progress)
    damage = [finding for finding in findings if not finding.harmless]
    orphans = [finding for finding in findings if finding.harmless]

    def full() -> None:
        for finding in damage:
            facts = finding.facts()
            at = f"{finding.name}@{finding.version}" if finding.name else ""
            where = [
                at,
                *(f"{word} {facts[word]}" for word in ("part", "tensor", "pack", "offset") if word in facts),
            ]
            told = ", ".join(filter(None, where))
            session.line(f"{finding.kind}: {finding.key}: {finding.message}" + (f" ({told})" if told else ""))
        if orphans:
            held = sum(finding.size or 0 for finding in orphans)
            session.line(f"{plural(len(orphans), 'orphan')} of {held:,} bytes, needed by no version")
        if not damage:
            session.line("no damage")

    document = {"ok": not damage, "findings": [finding.facts() for finding in findings]}
    session.result(document, [f"{finding.kind} {finding.key}" for finding in damage], full)
    if damage:
        raise typer.Exit(Corrupt.exit_code)
