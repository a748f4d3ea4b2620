"""``casreg save``"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg.cli import entries
from casreg.cli.options import place
from casreg.cli.output import seconds, size
from casreg.cli.session import Session
from casreg.cli.stdin import standard_input
from casreg.errors import InvalidInput, RegistryVersionConflict

if TYPE_CHECKING:
    from casreg.registry import Registry


def save(
    session: Session,
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="NAME, or NAME@VERSION.", show_default=False)
    ],
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH", help="A file, a directory, or - for standard input.", show_default=False
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="JSON|@FILE|-", help="Instead of a PATH: save the value that this is."),
    ] = None,
    version: Annotated[str | None, typer.Option(metavar="VERSION", help="As NAME@VERSION.")] = None,
    metadata: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE|-", help="What to keep beside the bytes: a JSON object.")
    ] = None,
    items: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="One entry of it: JSON, or else a string. Repeatable."
        ),
    ] = None,
    symlinks: Annotated[
        str, typer.Option(metavar="follow|refuse", help="Keep what symbolic links lead to, or refuse.")
    ] = "follow",
    inflate: Annotated[
        bool, typer.Option(help="Keep compressed .npz files inflated: arrays are shared between versions.")
    ] = True,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REFERENCE|auto",
            help="Build upon this version first; auto: upon the one whose tensors are most alike.",
        ),
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Tag it with this. Repeatable.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the version, in a mutable store.")
    ] = False,
) -> None:
    """Save a file, a directory, standard input, or a value given as JSON.

    As a new version; without a VERSION the next number is taken. Only what is not in the store yet is stored.
    What is saved with --value loads as a dict, a list, a text and so on in Python; `casreg load NAME -`
    prints it.

    Example:
        casreg save det/yolo model --set epoch=3
        casreg save det/yolo@2.0 model --metadata '{"source": "run 7"}'
        casreg save det/tuned model --base auto
        casreg save config --value '{"lr": 0.1, "layers": [64, 64]}'
        tar -c model | casreg save backup -
    """
    name, chosen = _target(reference, version)
    what = _source(path, value)
    kept = _metadata(metadata, items or [])
    session.on_interrupt = "nothing was saved"
    with session.registry() as registry:
        if not registry.version_objects and chosen not in (None, "1"):
            raise InvalidInput(f"the store keeps one version of each name, 1: {chosen} cannot be saved in it")
        start = time.perf_counter()
        try:
            with session.progress(f"saving {name}") as progress, what as source:
                saved = registry.save(
                    name,
                    source,
                    version=chosen,
                    metadata=kept,
                    tags=tags or (),
                    base=base,
                    on_conflict="overwrite" if overwrite else "skip",
                    init_params=_params(symlinks=(symlinks, "follow"), inflate=(inflate, True)),
                    progress=progress,
                )
        except RegistryVersionConflict as error:
            there = f"{name}@{error.version} is there already"
            raise RegistryVersionConflict(f"{there}: {_instead(registry)}", **error.fields) from error
        took = time.perf_counter() - start
    made = f"{name}@{saved}"
    session.result(
        {
            "name": name,
            "version": str(saved),
            "reference": made,
            "digest": saved.digest,
            "content": saved.content,
            "plain": saved.plain,
            "stored": saved.stored,
            "chunks": saved.chunks,
            "reused": saved.reused,
            "base": saved.base,
            "tags": tags or [],
            "seconds": took,
        },
        [made],
        lambda: session.line(
            f"{made}: {size(saved.plain)}, {size(saved.stored)} newly stored, "
            f"{saved.reused} of {saved.chunks} chunks reused, {seconds(took)}"
            + (f", upon {saved.base}" if saved.base else "")
        ),
    )


def _instead(registry: Registry) -> str:
    """What helps where a version is there already."""
    if registry.mutable:
        return "--overwrite replaces it"
    if registry.version_objects:
        return "nothing is overwritten here; saved without a version, it gets the next number"
    return "nothing is overwritten here; delete it first, or give another name"


def _source(path: str | None, value: str | None) -> AbstractContextManager[Any]:
    """What is to be saved."""
    if value is not None:
        if path is not None:
            raise InvalidInput(f"{path} and --value both say what is to be saved: give one")
        return nullcontext(entries.json_value(value, "--value"))
    if path is None:
        raise InvalidInput("what is to be saved? Give a PATH, - for standard input, or --value JSON")
    return standard_input() if path == "-" else nullcontext(place(path))


def _target(reference: str, version: str | None) -> tuple[str, str | None]:
    from casreg.names import Reference, Version

    parsed = Reference.parse(reference, version)
    if "@" not in reference and version is None:
        return str(parsed.name), None
    if not isinstance(parsed.selector, Version):
        raise InvalidInput(f"{reference} cannot be saved to: give a name, or a version of dotted numbers")
    return str(parsed.name), str(parsed.selector)


def _params(**chosen: tuple[Any, Any]) -> dict[str, Any]:
    """The materializer's options that are not (option, default) the default."""
    return {name: option for name, (option, default) in chosen.items() if option != default}


def _metadata(text: str | None, items: list[str]) -> dict[str, Any] | None:
    kept: dict[str, Any] = {}
    if text is not None:
        kept = entries.json_object(text, "--metadata")
    return {**kept, **entries.pairs(items, "--set")} or None
