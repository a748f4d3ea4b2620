"""``casreg ls``"""

from __future__ import annotations

import shlex
from datetime import datetime
from glob import has_magic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg.cli.output import size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry import Registry


def ls(
    session: Session,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="List its versions.", show_default=False)
    ] = None,
) -> None:
    """List names, or the versions of one name.

    Of a version SIZE is what it has, STORED what the packs take that it uses; versions share packs.

    Example:
        casreg ls
        casreg ls det/yolo --json
    """
    with session.registry(read_only=True) as registry:
        if name is None:
            _names(session, registry)
        else:
            _versions(session, registry, name)


def _names(session: Session, registry: Registry) -> None:
    found: list[dict[str, Any]] = []
    for name in registry.list_objects():
        versions = registry.list_versions(name)
        facts = registry.info(f"{name}@{versions[-1]}") if versions else {}
        if facts:  # else deleted since the listing
            found.append(
                {"name": name, "latest": versions[-1], "versions": len(versions), "size": facts["size"]}
            )

    def full() -> None:
        table(
            ["name", "latest", "versions", "size"],
            [[n["name"], n["latest"], str(n["versions"]), size(n["size"])] for n in found],
            right=["versions", "size"],
        )

    brief = [n["name"] for n in found]
    none = "nothing is saved here yet: `casreg save NAME PATH` does"
    session.result({"store": registry.backend.url, "names": found}, brief, full, none=none)


def _versions(session: Session, registry: Registry, name: str) -> None:
    from casreg.errors import InvalidInput, NameNotFound

    if "@" in name:
        raise InvalidInput(f"{name} is one version: `casreg show {name}` shows it")
    found = registry.info(name)
    if not found and has_magic(name):
        raise NameNotFound(f"there is no {name}: `{shlex.join(['casreg', 'find', name])}` takes patterns")
    if not found:
        raise NameNotFound(f"there is no {name} in {registry.backend.url}", name=name)
    keys = ("version", "kind", "size", "stored", "created", "content", "digest", "tags", "protected")
    renamed = {"kind": "materializer", "stored": "stored_size", "content": "hash"}
    rows = [{key: facts[renamed.get(key, key)] for key in keys} for facts in found.values()]

    tagged = any(r["tags"] for r in rows)

    def full() -> None:
        table(
            ["version", "kind", "size", "stored", "created", "content", *["tags"] * tagged],
            [
                [
                    r["version"],
                    r["kind"],
                    size(r["size"]),
                    size(r["stored"]),
                    when(r["created"]),
                    short(r["content"]),
                    *[", ".join(r["tags"])] * tagged,
                ]
                for r in rows
            ],
            right=["size", "stored"],
            whole=["kind", "created", "content"],
        )

    brief = [f"{name}@{version}" for version in found]
    session.result({"store": registry.backend.url, "name": name, "versions": rows}, brief, full)


def when(created: str) -> str:
    """The local time, to the second."""
    return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short(content: str) -> str:
    """Enough of a hash to tell versions apart."""
    return content.partition(":")[2][:8] or content[:8]
