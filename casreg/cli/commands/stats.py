"""``casreg stats``"""

from __future__ import annotations

from dataclasses import asdict

from casreg.cli.options import Reference
from casreg.cli.output import codecs, plural, size
from casreg.cli.session import Session


def stats(session: Session, reference: Reference) -> None:
    """Show what a version costs to keep and to read.

    Reads no data. "read cold" is what a load from a store that nothing is cached of has to read, with all
    that deltas are built upon; "dead" is what is kept in the version's packs and needed by other versions
    only, if by any: with this version gone, packs that no other one has are freed whole.

    Example:
        casreg stats det/yolo
        casreg stats det/yolo@2.0 --json
    """
    with session.registry(read_only=True) as registry:
        found = registry.stats(reference)
    times = found.read_amplification
    facts = {
        "version": f"{found.name}@{found.version}",
        "base": found.parent and (found.base or f"not found ({found.parent})"),
        "size": size(found.plain),
        "stored": f"{size(found.stored)} with this version",
        "read cold": f"{size(found.read_cold)}, {times:.2f} x the size",
        "depth": str(found.depth),
        "chunks": f"{found.chunks}: {codecs(found.codecs)}" if found.chunks else "0",
        "held": f"{size(found.held)} in {plural(found.packs, 'pack')}, {size(found.dead)} of them dead",
    }

    def full() -> None:
        for word, fact in facts.items():
            if fact is not None:
                session.line(f"{word:<11}{fact}")

    document = {**asdict(found), "read_amplification": times}
    session.result(document, [f"{times:.3f}"], full)
