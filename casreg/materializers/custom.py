"""Objects as the files that a materializer of the user's writes: kind ``custom``, a part per file."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from casreg.archiver import Archiver
from casreg.errors import Corrupt, InvalidInput, Unsafe
from casreg.materializers import registered, walk
from casreg.materializers.extract import extract, told
from casreg.materializers.files import PathMaterializer
from casreg.materializers.protocol import Dumped, Request
from casreg.models.index import PartEntry
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust, full_name

_FILES = PathMaterializer("directory")


class CustomMaterializer:
    """``writer``: a class, or an instance, of which a copy writes; None: the object writes itself."""

    kind = "custom"

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def accepts(self, obj: object) -> bool:
        """Whether ``obj`` is a materializer itself."""
        return registered.is_materializer(type(obj))

    def name(self, obj: object) -> str:
        """``module.Class`` of what writes ``obj``. Raises InvalidInput where no load could find it."""
        return _name(type(obj) if self._writer is None else self._writer)

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        """What the writer raises comes through as it is."""
        writer = type(obj) if self._writer is None else self._writer
        directory = tempfile.mkdtemp(prefix="casreg-")
        release = partial(shutil.rmtree, directory, ignore_errors=True)
        try:
            name = write(writer, obj, Path(directory), params)
            dumped = files_below(Path(directory), params)
        except BaseException:
            release()
            raise
        return replace(dumped, materializer=name, release=release)

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        """What the reader raises comes through as it is."""
        request.refuse(self.kind, only=request.only, into=request.into)
        name = snapshot.head.materializer
        if name is None:
            raise Corrupt("an object of kind 'custom' names no materializer")
        cls = snapshot.head.python_class
        return read(snapshot, snapshot.parts, name, cls, request.params, request, request.directory)


def write(writer: Any, obj: Any, directory: Path, params: Mapping[str, Any]) -> str:
    """Have a class, or a copy of an instance, write ``obj`` as files below ``directory``; its name. Raises
    InvalidInput where no load could find the classes, or the files; what the writer raises comes through."""
    name = _name(writer)
    registered.name_of(type(obj))
    _made(writer, directory, params).save(obj)
    if not directory.is_dir() or not any(_files(directory)):
        raise InvalidInput(f"{name} has written no files below its uri: nothing could be loaded", type=name)
    return name


def _files(directory: Path) -> Iterator[str]:
    """What is to be saved, links followed, and no empty directory."""
    return (found.path for found in walk.directory(directory, "follow") if not found.path.endswith("/"))


def files_below(directory: Path, params: Mapping[str, Any]) -> Dumped:
    """What was written."""
    return _FILES.dump(directory, {"inflate": params.get("inflate", True)})


def read(
    snapshot: Snapshot,
    parts: Sequence[PartEntry],
    materializer: str,
    cls: str,
    params: Mapping[str, Any],
    request: Request,
    target: Path | None,
    below: str = "",
) -> Any:
    """What a class named ``materializer`` makes of ``parts``, files in the directory ``below``, for the class
    named ``cls``. A path among them that it gives is placed at ``target``.

    Raises Unsafe for classes that may not be looked up, or are not what they are said to be; what the reader
    raises comes through.
    """
    reader, kept = registered.found(materializer, request.trust), registered.kept(cls, request.trust)
    if not registered.is_materializer(reader):
        raise Unsafe(
            f"the version is to be loaded by {materializer[:100]}, which is no materializer: nothing else is "
            "made because a store names it"
        )
    scratch = Path(tempfile.mkdtemp(prefix="casreg-"))
    try:
        extract(snapshot, parts, scratch, progress=request.progress, fresh=True)
        directory = scratch / below
        made = _made(reader, directory, params)
        result = made.load(kept, **{key: value for key, value in params.items() if _takes(made.load, key)})
        if isinstance(result, Path) and (result == directory or directory in result.parents):
            return _placed(result, directory, target)
        return result
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _name(writer: Any) -> str:
    return registered.name_of(writer if isinstance(writer, type) else type(writer), writes=True)


def _made(writer: Any, directory: Path, params: Mapping[str, Any]) -> Any:
    """A class is given the options that it takes, and those that its ``load`` does not take either, for it to
    say so. Raises TypeError for those where it would not, since it is made as any Archiver."""
    if isinstance(writer, type):
        plain = writer.__init__ is Archiver.__init__  # type: ignore[misc]
        loads = partial(_takes, writer.load)  # type: ignore[attr-defined]
        given = {
            key: value
            for key, value in params.items()
            if key != "inflate" and ((not plain and _takes(writer, key)) or not loads(key))
        }
        if plain and given:
            raise TypeError(f"{full_name(writer)} takes no option {next(iter(given))}=, nor does its load()")
        return writer(uri=str(directory), **given)
    made = copy.copy(writer)
    made.uri = str(directory)
    return made


def _takes(function: Any, option: str) -> bool:
    """Whether it is called with that keyword, or with any."""
    try:
        parameters = signature(function).parameters
    except (TypeError, ValueError):  # of what is no Python
        return False
    any_at_all = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values())
    return option != "inflate" and (option in parameters or any_at_all)


def _placed(result: Path, directory: Path, target: Path | None) -> Path:
    """The file or directory at ``result``, where it stays."""
    if target is None:
        raise InvalidInput(
            f"the object is a path, {result.relative_to(directory)} of the files that were saved: give "
            "output_dir= for a place where it stays"
        )
    with told(target):
        if result.is_dir():
            shutil.copytree(result, target, dirs_exist_ok=True)
            return target
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(result, target / result.name))
