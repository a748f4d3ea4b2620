"""``casreg rm``"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from casreg.cli.output import plural
from casreg.cli.session import Session
from casreg.errors import CasregError, InvalidInput, NameNotFound

if TYPE_CHECKING:
    from casreg.registry import Registry


def rm(
    session: Session,
    references: Annotated[
        list[str], typer.Argument(metavar="REFERENCE", help="NAME@VERSION, or NAME.", show_default=False)
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="For a NAME: all of its versions, without a question.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Tagged versions, too, with their tags.")] = False,
) -> None:
    """Delete versions, or a name with all of them.

    The latter after a question on a terminal, else with --all. That a version is not there is fine.
    Bytes stay where they are: other versions may share them, and `casreg undo` brings them back. Of
    several that are to be deleted none is if one is tagged, unless --force is given, or protected.

    Example:
        casreg rm det/yolo@1
        casreg rm backup --all
    """
    session.on_interrupt = "nothing was deleted"
    with session.registry() as registry:
        doomed = [version for reference in references for version in _expand(registry, reference, everything)]
        deleted: list[str] = []
        absent: list[str] = []
        present = {reference: _present(registry, reference, force) for reference in dict.fromkeys(doomed)}
        for reference, there in present.items():
            registry.delete(reference, force=force)
            (deleted if there else absent).append(reference)

    def full() -> None:
        for reference in deleted:
            session.line(f"deleted {reference}")
        for reference in absent:
            session.line(f"{reference}: nothing there")

    session.result({"deleted": deleted, "absent": absent}, deleted, full)


def _expand(registry: Registry, reference: str, everything: bool) -> list[str]:
    """The versions that ``reference`` stands for. Nothing is deleted before all references are looked at."""
    from casreg.names import LATEST, Reference

    parsed = Reference.parse(reference)
    if reference.endswith(f"@{LATEST}"):
        raise InvalidInput(f"{reference} moves: name the version to be deleted")
    if parsed.selector is not None:
        return [str(parsed)]
    versions = registry.list_versions(parsed.name)
    if not versions:
        raise NameNotFound(f"there is no {parsed.name!s} in {registry.backend.url}", name=parsed.name)
    if not everything:
        _confirm(parsed.name, len(versions))
    return [f"{parsed.name}@{version}" for version in versions]


def _present(registry: Registry, reference: str, force: bool) -> bool:
    """Whether it is there. Raises Conflict if it may not be deleted."""
    from casreg.registry.holding import held

    facts = registry.info(reference)
    if facts and (facts["protected"] or (facts["tags"] and not force)):
        name = reference.partition("@")[0]
        raise held(name, facts["version"], facts["tags"], protected=facts["protected"])
    return bool(facts)


def _confirm(name: str, count: int) -> None:
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidInput(
            f"{name} has {plural(count, 'version')}: name one, or add --all to delete every one"
        )
    try:
        sys.stderr.write(f"Delete {plural(count, 'version')} of {name}, all there are? [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise
    if answer.strip().lower() not in ("y", "yes"):
        raise CasregError("nothing was deleted")
