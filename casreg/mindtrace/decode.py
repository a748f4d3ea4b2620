"""Which reader reads what a materializer of mindtrace-registry wrote."""

from __future__ import annotations

from typing import Any, Final

from casreg.errors import Unsupported
from casreg.mindtrace import readers
from casreg.mindtrace.containers import Container
from casreg.mindtrace.source import Reader, Source

_ROOTS: Final = ("mindtrace", "zenml")


def reader_of(materializer: str) -> Reader:
    """Of the class ``materializer``, one of theirs. Raises Unsupported for any other."""
    module, _, name = materializer.rpartition(".")
    if module.partition(".")[0] in _ROOTS and name in _READERS:
        return _READERS[name]
    raise Unsupported(
        f"it was written by {materializer[:150]}, which casreg does not read", materializer=materializer
    )


_READERS: Final[dict[str, Reader]] = {
    "BuiltInMaterializer": readers.Plain("data.json"),
    "BuiltInContainerMaterializer": Container(reader_of),
    "BytesMaterializer": readers.Bytes(),
    "CloudpickleMaterializer": readers.Pickle("artifact.pkl"),
    "ConfigArchiver": readers.Plain("config.json"),
    "NumpyMaterializer": readers.Array(),
    "PathArchiver": readers.Files(),
    "PillowImageMaterializer": readers.Image(),
    "PydanticMaterializer": readers.Model(),
}


def check(materializer: str, source: Source) -> None:
    """Raise Unsafe or Unsupported for what is not to be read here, as far as a glance can tell."""
    reader_of(materializer).check(source)


def read(materializer: str, source: Source) -> Any:
    """The object, or a Path to be saved. Raises likewise, and Corrupt."""
    return reader_of(materializer).read(source)
