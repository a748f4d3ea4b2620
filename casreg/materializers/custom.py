"""Objects as the files that a materializer of the user's writes: kind ``custom``, a part per file."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from casreg.errors import Corrupt, InvalidInput, Unsafe
from casreg.materializers import registered
from casreg.materializers.extract import extract, told
from casreg.materializers.files import PathMaterializer
from casreg.materializers.protocol import Dumped, Request
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust

_FILES = PathMaterializer("directory")


class CustomMaterializer:
    """``writer``: a class, or an instance, of which a copy writes; None: the object writes itself."""

    kind = "custom"

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def accepts(self, obj: object) -> bool:
        """Whether ``obj`` is a materializer itself."""
        return registered.is_materializer(type(obj))

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        """What the writer raises comes through as it is."""
        writer = type(obj) if self._writer is None else self._writer
        name = registered.name_of(writer if isinstance(writer, type) else type(writer), writes=True)
        registered.name_of(type(obj))
        directory = tempfile.mkdtemp(prefix="casreg-")
        release = partial(shutil.rmtree, directory, ignore_errors=True)
        try:
            _made(writer, directory, params).save(obj)
            if not any(path.is_file() for path in Path(directory).rglob("*")):
                raise InvalidInput(
                    f"{name} has written no files below its uri: nothing could be loaded", type=name
                )
            dumped = _FILES.dump(Path(directory), {"inflate": params.get("inflate", True)})
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
        reader = registered.found(name, request.trust)
        cls = request.trust.find(snapshot.head.python_class)
        if not registered.is_materializer(reader):
            raise Unsafe(
                f"the version is to be loaded by {name[:100]}, which is no materializer: nothing else is "
                "made because a store names it"
            )
        directory = Path(tempfile.mkdtemp(prefix="casreg-"))
        try:
            extract(snapshot, snapshot.parts, directory, progress=request.progress, fresh=True)
            result = _made(reader, str(directory), request.params).load(cls)
            if isinstance(result, Path) and (result == directory or directory in result.parents):
                return _placed(result, directory, request.directory)
            return result
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def _made(writer: Any, directory: str, params: Mapping[str, Any]) -> Any:
    if isinstance(writer, type):
        return writer(uri=directory, **{key: value for key, value in params.items() if key != "inflate"})
    made = copy.copy(writer)
    made.uri = directory
    return made


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
