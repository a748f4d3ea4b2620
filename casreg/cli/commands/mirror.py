"""``casreg mirror``"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg.cli.options import To
from casreg.cli.output import plural, size
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.mirrored import Clash, Failure, Mirrored, MirrorPlan


def mirror(
    session: Session,
    to: To,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Or patterns such as 'det/*'.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and end.")] = False,
    delete: Annotated[
        bool,
        typer.Option(
            "--delete", help="Then delete versions there that are not here, unless tagged or protected."
        ),
    ] = False,
) -> None:
    """Copy all versions that another store lacks, as they are: same numbers, same digests.

    Their tags, protection and notes go along, and win over those there. What is there already is not moved;
    made again after an interrupt it goes on. Nothing is overwritten: of versions that are others there, and
    of those that are damaged here, it is told, with code 4 or 7, once all others are copied.

    Example:
        casreg mirror --to models --dry-run
        casreg mirror --to models 'det/*' --delete
    """
    session.on_interrupt = "what was copied so far need not be copied again"
    with session.registry(read_only=True) as source, session.registry(to) as target:
        plan = source.plan_mirror(target, names=names or None, delete=delete)
        if dry_run:
            session.result(_planned(plan), _brief(plan), lambda: _tell_plan(session, plan, to))
            return
        with session.progress(f"copying {plural(len(plan.copies), 'version')}") as progress:
            mirrored = plan.execute(progress)
    brief = [f"{one.name}@{one}" for one in mirrored.copied]
    session.result(_done(plan, mirrored), brief, lambda: _tell(session, mirrored, to))
    if not mirrored.complete:
        from casreg.errors import AlreadyExists

        first = mirrored.failures[0].error.exit_code if mirrored.failures else AlreadyExists.exit_code
        raise typer.Exit(first)


def _brief(plan: MirrorPlan) -> list[str]:
    return [str(one) for one in plan.copies]


def _tell_plan(session: Session, plan: MirrorPlan, to: str) -> None:
    for copy in plan.copies:
        session.line(f"would copy {copy}")
    for mark in plan.marks:
        session.line(f"would set {mark}")
    for deletion in plan.deletions:
        session.line(f"would delete {deletion}")
    _tell_problems(session, plan)
    session.line(
        f"{plural(len(plan.copies), 'version')} to be copied to {to}, {size(plan.bytes)};"
        f" {plan.present} there already"
    )


def _tell(session: Session, mirrored: Mirrored, to: str) -> None:
    for copied in mirrored.copied:
        session.line(f"copied {copied.name}@{copied}")
    for mark in mirrored.marked:
        session.line(f"set {mark}")
    for deletion in mirrored.deleted:
        session.line(f"deleted {deletion}")
    for deletion in mirrored.kept:
        session.line(f"kept {deletion}: tagged or protected there")
    _tell_problems(session, mirrored)
    session.line(
        f"{plural(len(mirrored.copied), 'version')} copied to {to}, {size(mirrored.bytes)} moved;"
        f" {mirrored.present} there already"
    )


def _tell_problems(session: Session, found: MirrorPlan | Mirrored) -> None:
    for clash in found.conflicts:
        session.line(f"not copied: {clash} is another version there ({clash.target})")
    for failure in found.failures:
        session.line(f"not copied: {failure}: {failure.error}")


def _planned(plan: MirrorPlan) -> dict[str, Any]:
    return {
        "source": plan.source,
        "target": plan.target,
        "copies": [
            {"name": one.name, "version": one.version, "digest": one.digest, "size": one.size}
            for one in plan.copies
        ],
        "present": plan.present,
        "marks": [asdict(one) for one in plan.marks],
        "deletions": [{"name": one.name, "version": one.version} for one in plan.deletions],
        "bytes": plan.bytes,
        **_problems(plan.conflicts, plan.failures),
    }


def _done(plan: MirrorPlan, mirrored: Mirrored) -> dict[str, Any]:
    return {
        "source": plan.source,
        "target": plan.target,
        "copied": [
            {"name": one.name, "version": str(one), "digest": one.digest, "bytes": one.bytes}
            for one in mirrored.copied
        ],
        "present": mirrored.present,
        "marked": [asdict(one) for one in mirrored.marked],
        "deleted": [{"name": one.name, "version": one.version} for one in mirrored.deleted],
        "kept": [{"name": one.name, "version": one.version} for one in mirrored.kept],
        "bytes": mirrored.bytes,
        **_problems(mirrored.conflicts, mirrored.failures),
    }


def _problems(conflicts: tuple[Clash, ...], failures: tuple[Failure, ...]) -> dict[str, Any]:
    return {
        "conflicts": [
            {"name": one.name, "version": one.version, "source": one.source, "target": one.target}
            for one in conflicts
        ],
        "failures": [
            {
                "name": one.name,
                "version": one.version,
                "error": one.error.kind,
                "message": str(one.error),
            }
            for one in failures
        ],
    }
