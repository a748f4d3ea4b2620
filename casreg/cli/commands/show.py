"""``casreg show``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg.cli.commands.ls import when
from casreg.cli.options import Reference
from casreg.cli.output import codecs, named, plural, short, size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.stats import TensorStats, VersionStats
    from casreg.snapshot import Snapshot

_SHOWN = 20
"""Rows of a table, unless all were asked for."""
_READ = 64 << 10
"""Bytes of values that are read to be shown."""


def show(
    session: Session,
    reference: Reference,
    everything: Annotated[
        bool, typer.Option("--all", help="All values, files and tensors, not the first 20.")
    ] = False,
) -> None:
    """Show a version's facts, metadata, values, files and tensors.

    Reads no data but the values, where all of them take 64 KiB at most. Of a tensor "stored" is its share, by
    bytes, of the chunks that it lies in, "codec" how those are stored, "base" the version that wrote what its
    deltas are built upon ("4 back" is one of four changes before that is not to be found), and "depth" how
    many deltas are built upon each other.
    `casreg stats` tells what the version as a whole costs to keep and to read.

    Example:
        casreg show det/yolo@2.0
        casreg show det/yolo --json
    """
    from casreg.registry.beside import Beside
    from casreg.registry.stats import of_version

    with session.registry(read_only=True) as registry, registry.open(reference) as snapshot:
        store = registry.backend
        beside = Beside.version(store, snapshot.name, snapshot.version)
        document = {
            **_document(snapshot, of_version(store, snapshot)),
            **beside.facts(snapshot.name, snapshot.version, snapshot.ref),
        }
    brief = [f"{document['name']}@{document['version']}"]
    session.result(document, brief, lambda: _print(session, document, everything))


def _document(snapshot: Snapshot, stats: VersionStats) -> dict[str, Any]:
    head, ref = snapshot.head, snapshot.ref
    costs = {(tensor.part, tensor.name): tensor for tensor in stats.tensors}
    return {
        "name": str(snapshot.name),
        "version": str(snapshot.version),
        "digest": str(snapshot.digest),
        "content": head.content,
        "kind": head.kind,
        "class": head.python_class,
        "created": ref.created.isoformat(),
        "parent": head.parent,
        "base": stats.base,
        "size": head.size,
        "stored": sum(pack.size for pack in snapshot.packs),
        "newly_stored": ref.stored,
        "packs": len(snapshot.packs),
        "chunks": len(snapshot.index.sequence),
        "init_params": head.init_params,
        "metadata": head.metadata,
        "values": _values(snapshot),
        "files": [{"path": p.path, "size": p.size, "executable": p.executable} for p in snapshot.parts],
        "tensors": [
            {
                "name": name,
                "dtype": tensor.dtype,
                "shape": list(tensor.shape),
                "size": tensor.size,
                "file": tensor.part.path,
                **_costs(costs[tensor.part.path, tensor.name]),
            }
            for name, tensor in snapshot.tensors.items()
        ],
    }


def _values(snapshot: Snapshot) -> dict[str, Any] | None:
    """Of a tree without its arrays and tensors, by name; None for what is none, or is too large."""
    from casreg.materializers.tree.places import VALUE
    from casreg.registry.differences import values

    if snapshot.head.kind != "tree" or snapshot.needed_part(VALUE).size > _READ:
        return None
    return values.read(snapshot)


def _costs(tensor: TensorStats) -> dict[str, Any]:
    return {
        "stored": tensor.stored,
        "read_cold": tensor.read_cold,
        "codecs": dict(tensor.codecs),
        "base": list(tensor.base),
        "depth": tensor.depth,
    }


def _print(session: Session, shown: dict[str, Any], everything: bool) -> None:
    facts = {
        "version": f"{shown['name']}@{shown['version']}",
        "kind": f"{shown['kind']} ({shown['class']})",
        "tags": ", ".join(shown["tags"]) or None,
        "stays": "protected from being deleted and overwritten" if shown["protected"] else None,
        "created": when(shown["created"]),
        "size": size(shown["size"]),
        "stored": f"{size(shown['newly_stored'])} with this version; {plural(shown['chunks'], 'chunk')} in "
        f"{plural(shown['packs'], 'pack')} of {size(shown['stored'])}",
        "digest": shown["digest"],
        "content": shown["content"],
        "parent": shown["parent"] and f"{shown['base'] or 'not found'}, {shown['parent']}",
    }
    session.facts(facts, 9)
    for word in ("init_params", "metadata", "notes"):
        if shown[word]:
            session.line("")
            session.line(f"{word}:")
            for line in json.dumps(shown[word], indent=2, ensure_ascii=False).splitlines()[1:-1]:
                session.line(line, len(line) - len(line.lstrip()) + 2)
    files, tensors, values = shown["files"], shown["tensors"], shown["values"] or {}
    limit = max(len(files), len(tensors), len(values)) if everything else _SHOWN
    if values:
        session.line("")
        table(["value", "is"], [[named(key), short(value)] for key, value in list(values.items())[:limit]])
        _rest(session, len(values) - limit, "values")
    session.line("")
    table(
        ["file", "size", ""],
        [[f["path"], size(f["size"]), "executable" if f["executable"] else ""] for f in files[:limit]],
        right=["size"],
    )
    _rest(session, len(files) - limit, "files")
    if tensors:
        session.line("")
        table(
            ["tensor", "dtype", "shape", "size", "stored", "codec", "base", "depth"],
            [
                [
                    t["name"],
                    t["dtype"],
                    _shape(t["shape"]),
                    size(t["size"]),
                    size(t["stored"]),
                    codecs(t["codecs"]),
                    _bases(t["base"]),
                    str(t["depth"] or ""),
                ]
                for t in tensors[:limit]
            ],
            right=["size", "stored", "depth"],
            whole=["dtype"],
        )
        _rest(session, len(tensors) - limit, "tensors")


def _rest(session: Session, count: int, what: str) -> None:
    if count > 0:
        session.line(f"... and {count} more {what}: --all shows them")


def _bases(bases: list[str]) -> str:
    return ", ".join(bases) if len(bases) < 2 else f"{bases[0]} +{len(bases) - 1} more"


def _shape(shape: list[int]) -> str:
    return " x ".join(map(str, shape)) or "scalar"
