"""Objects in a tree that classes of the user's keep: each as files in a directory of its own.

In the tree stands an ``$object`` of kind ``custom``, which names the directory, who wrote it, and the class
(spec/objects.md).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from casreg.errors import CasregError, Corrupt, InvalidInput
from casreg.materializers import custom
from casreg.materializers.protocol import Dumped
from casreg.materializers.tree.places import OBJECTS, VALUE
from casreg.materializers.tree.refusals import refused_pickled_too
from casreg.trust import full_name

if TYPE_CHECKING:
    from casreg.materializers.tree.fill import Filler

KIND: Final = custom.CustomMaterializer.kind
_PLACE: Final = re.compile(rf"{OBJECTS}/(0|[1-9][0-9]{{0,8}})")


class Asides:
    """What one dump has written so far, in a temporary directory that is made when it is needed."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._root: Path | None = None
        self.count = 0

    def pack(self, writer: Any, obj: Any, path: str) -> dict[str, Any]:
        """Have ``writer`` write ``obj``. What it raises comes through; InvalidInput, with the place, for what
        could not be loaded."""
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="casreg-"))
        place = f"{OBJECTS}/{self.count}"
        directory = self._root / place
        directory.mkdir(parents=True)
        self.count += 1
        try:
            name = custom.write(writer, obj, directory, {})
        except InvalidInput as error:
            raise refused_pickled_too(path, error.message, full_name(type(obj))) from error
        except Exception as error:
            error.add_note(f"casreg was saving the object at {path or 'the top'}")
            raise
        state = {"class": full_name(type(obj)), "materializer": name, "files": place}
        return {"$object": {"kind": KIND, "state": state}}

    def forget(self, count: int) -> None:
        """All but the first ``count``."""
        for number in range(count, self.count):
            assert self._root is not None
            shutil.rmtree(self._root / OBJECTS / str(number))
        self.count = count

    def dumped(self) -> Dumped | None:
        """The files, None if there are none."""
        return custom.files_below(self._root, self._params) if self._root and self.count else None

    def remove(self) -> None:
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)


class ReaderError(Exception):
    """What a class of the user's raised, ``error``, while it read an object."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def unpack(filler: Filler, state: Any, path: str) -> Any:
    """The object, made with nothing but its files. A path among them is placed as at the top of a version, in
    the directory that it is named by here.

    Raises CasregErrors as :func:`custom.read` does, Corrupt for what no writer writes, ReaderError.
    """
    place = state["files"]
    if not _PLACE.fullmatch(place):
        raise Corrupt(f"{VALUE} has files of an object at {place[:80]!r}", part=VALUE)
    filler.once(place)
    parts = [part for part in filler.snapshot.parts if part.path.startswith(f"{place}/")]
    if not parts:
        raise Corrupt(f"{VALUE} names the directory {place}, of which there are no files", part=VALUE)
    request = filler.request
    target = request.directory / place if request.directory else None
    names = state["materializer"], state["class"]
    if not all(type(name) is str for name in names):
        raise TypeError("classes are no names")
    try:
        return custom.read(filler.snapshot, parts, *names, {}, request, target, below=place)
    except CasregError:
        raise
    except Exception as error:
        error.add_note(f"casreg was loading the object at {path or 'the top'}")
        raise ReaderError(error) from error
