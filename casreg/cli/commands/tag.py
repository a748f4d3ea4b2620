"""``casreg tag`` and ``casreg untag``"""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from casreg.cli.output import table
from casreg.cli.session import Session
from casreg.errors import InvalidInput, NameNotFound

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose tags.", show_default=False)]


def tag(
    session: Session,
    reference: Annotated[
        str,
        typer.Argument(metavar="REFERENCE", help="NAME@VERSION, or NAME: its latest.", show_default=False),
    ],
    tag: Annotated[
        str | None, typer.Argument(metavar="TAG", help="Without one, NAME's tags are listed.")
    ] = None,
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="As NAME@VERSION.", show_default=False)
    ] = None,
) -> None:
    """Let a tag stand for a version, or list the tags of a name.

    A tag moves, and can be read wherever a version can: NAME@TAG. A tagged version is not deleted.

    Example:
        casreg tag det/yolo@1 prod
        casreg tag det/yolo prod 1
        casreg tag det/yolo
    """
    from casreg.names import Reference

    parsed = Reference.parse(reference, version)
    name = str(parsed.name)
    if tag is None:
        if "@" in reference:
            raise InvalidInput(f"{reference}: which tag is it to have? As in `casreg tag {reference} prod`")
        _list(session, name)
        return
    session.on_interrupt = "nothing was tagged"
    with session.registry() as registry:
        tagged = registry.tag(name, tag, str(parsed.selector or "latest"))
    made = f"{name}@{tag}"
    session.result(
        {"name": name, "tag": tag, "version": tagged},
        [made],
        lambda: session.line(f"{made} is {name}@{tagged}"),
    )


def _list(session: Session, name: str) -> None:
    with session.registry(read_only=True) as registry:
        tags = registry.tags(name)
        if not tags and not registry.list_versions(name):
            raise NameNotFound(f"there is no {name} in {registry.backend.url}", name=name)
    session.result(
        {"name": name, "tags": tags},
        list(tags),
        lambda: table(["tag", "version"], [[tag, version] for tag, version in tags.items()]),
        none=f"{name} has no tags: `casreg tag {shlex.quote(name)}@VERSION TAG` gives one",
    )


def untag(
    session: Session,
    name: Name,
    tag: Annotated[str, typer.Argument(metavar="TAG", show_default=False)],
) -> None:
    """Take a tag away; its version stays.

    Example:
        casreg untag det/yolo prod
    """
    session.on_interrupt = "nothing was untagged"
    with session.registry() as registry:
        registry.untag(name, tag)
    made = f"{name}@{tag}"
    session.result({"name": name, "untagged": tag}, [made], lambda: session.line(f"{made} is gone"))
