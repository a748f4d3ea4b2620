"""What mindtrace-registry's own materializers wrote, as the object that its user would have loaded."""

from __future__ import annotations

import math
import pickle
import warnings
from pathlib import Path
from typing import Any

from casreg.errors import Corrupt, Unsafe, Unsupported
from casreg.mindtrace import archive, disk
from casreg.mindtrace.source import Source


class Plain:
    """JSON in one file."""

    def __init__(self, name: str) -> None:
        self._name = name

    def check(self, source: Source) -> None:
        """It is data."""

    def read(self, source: Source) -> Any:
        return source.json(self._name)


class Bytes:
    def check(self, source: Source) -> None:
        """It is data."""

    def read(self, source: Source) -> bytes:
        return disk.read(source.folder / "data.txt")


class Pickle:
    """What cloudpickle wrote, which pickle reads."""

    def __init__(self, name: str) -> None:
        self._name = name

    def check(self, source: Source) -> None:
        source.require_pickle(self._name)

    def read(self, source: Source) -> Any:
        self.check(source)
        with disk.opened(source.folder / self._name) as file:
            try:
                return pickle.load(file)  # noqa: S301  # allowed by the caller
            except (pickle.UnpicklingError, EOFError) as error:
                raise Corrupt(f"a pickle cannot be read: {str(error)[:200]}") from error
            except Exception as error:  # whatever a class's own code raises
                raise Unsupported(
                    f"a pickle cannot be loaded here: {type(error).__name__}: {str(error)[:200]}"
                ) from error


class Array:
    """``data.npy``; an array of objects is a pickle."""

    def check(self, source: Source) -> None:
        from casreg.materializers import npy

        path = source.folder / "data.npy"
        with disk.opened(path) as file:
            try:
                npy.header(file.read(npy.MAX_HEADER), path.name)
            except Unsafe:
                source.require_pickle("an array of Python objects")

    def read(self, source: Source) -> Any:
        import numpy as np

        from casreg.materializers import npy

        data = disk.read(source.folder / "data.npy")
        try:
            start, shape, fortran, dtype = npy.header(data[: npy.MAX_HEADER], "data.npy")
        except Unsafe:
            self.check(source)
            with disk.opened(source.folder / "data.npy") as file:
                return np.load(file, allow_pickle=True)  # allowed by the caller
        if start + math.prod(shape) * dtype.itemsize != len(data):
            raise Corrupt(f"data.npy has {len(data)} bytes, which its shape and dtype do not give")
        return np.ndarray(shape, dtype, data, start, order="F" if fortran else "C")


class Image:
    """One file of pixels, under one of two names; its format says how it was compressed."""

    def check(self, source: Source) -> None:
        """It is data."""

    def read(self, source: Source) -> Any:
        try:
            from PIL import Image as pillow
        except ImportError as error:
            raise Unsupported("images need Pillow: pip install 'casreg[images]'") from error
        found = [path for path in disk.files(source.folder) if path.startswith(("image_file.", "image.png"))]
        if len(found) != 1:
            raise Corrupt(f"{source.folder} has {len(found)} images, not one")
        with disk.opened(source.folder / found[0]) as file:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", pillow.DecompressionBombWarning)
                    image = pillow.open(file)
                    image.load()
            except Exception as error:  # whatever a codec makes of noise
                raise Corrupt(f"{found[0]} is no image: {str(error)[:200]}") from error
        return image


class Model:
    """A pydantic model, if its class is imported here: by 0.9 as JSON, or as JSON in JSON, as 0.16 does."""

    def check(self, source: Source) -> None:
        self._class(source)

    def read(self, source: Source) -> Any:
        from pydantic import ValidationError

        cls = self._class(source)
        if source.has("data_v2.json"):
            text = disk.read(source.folder / "data_v2.json")
        else:
            inner = source.json("data.json")
            if not isinstance(inner, str):
                raise Corrupt("data.json holds no JSON in JSON")
            text = inner.encode("utf-8", "surrogatepass")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise Unsupported(
                f"{source.python_class} of today does not take what was saved: {str(error)[:200]}"
            ) from error

    def _class(self, source: Source) -> Any:
        from pydantic import BaseModel

        cls = source.trust.find(source.python_class)
        if not issubclass(cls, BaseModel):
            raise Unsupported(f"{source.python_class} is no pydantic model here")
        return cls


class Files:
    """A file under its own name, or a directory in a gzipped tar."""

    def check(self, source: Source) -> None:
        """It is data."""

    def read(self, source: Source) -> Path:
        facts = source.json("metadata.json")
        name = facts.get("name") if isinstance(facts, dict) else None
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name or "\0" in name:
            raise Corrupt(f"{source.folder} does not say the name of its file", name=str(name)[:80])
        if facts.get("is_dir") is not True:
            with disk.opened(source.folder / name):
                return source.folder / name
        target = source.scratch / "directory"
        target.mkdir()
        archive.extract(source.folder / "data.tar.gz", target)
        return target
