"""Classes of a user, and what keeps them: at the top of a module, where a load finds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casreg import Archiver


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]


class Pixel(Point):
    pass


class PointArchiver(Archiver):
    """Keeps what a point has, and what it was made with."""

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri=uri, **options)
        self.options = options

    def save(self, obj: Point) -> None:
        Path(self.uri, "point.json").write_text(json.dumps([obj.x, self.options]))

    def load(self, data_type: type) -> Any:
        x, saved = json.loads(Path(self.uri, "point.json").read_text())
        point = data_type(x)
        if self.options or saved:
            point.told = (saved, self.options)
        return point


class ScalingArchiver(Archiver):
    """Made with nothing but its place; what is given reaches ``load``."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri=uri)

    def save(self, obj: Point) -> None:
        Path(self.uri, "x").write_text(str(obj.x))

    def load(self, data_type: type, scale: int = 1) -> Any:
        return data_type(int(Path(self.uri, "x").read_text()) * scale)


class ShiftingArchiver(Archiver):
    """Made as any Archiver is, which takes whatever keyword."""

    def save(self, obj: Point) -> None:
        Path(self.uri, "x").write_text(str(obj.x))

    def load(self, data_type: type, shift: int = 0) -> Any:
        return data_type(int(Path(self.uri, "x").read_text()) + shift)


class PixelArchiver(PointArchiver):
    pass


class Plain:
    """A materializer that is made from nothing."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def save(self, obj: Point) -> None:
        Path(self.uri, "deep", "er").mkdir(parents=True)
        Path(self.uri, "deep", "er", "x").write_text(str(obj.x))
        Path(self.uri, "empty").mkdir()

    def load(self, data_type: type) -> Any:
        assert Path(self.uri, "empty").is_dir()
        return data_type(int(Path(self.uri, "deep", "er", "x").read_text()))


class Itself(Archiver):
    """An object that writes itself."""

    def __init__(self, uri: str = "", x: int = 0) -> None:
        super().__init__(uri)
        self.x = x

    def save(self, obj: Itself) -> None:
        Path(self.uri, "x").write_text(str(obj.x))

    def load(self, data_type: type) -> Itself:
        return data_type(x=int(Path(self.uri, "x").read_text()))  # type: ignore[no-any-return]


class Failing(Plain):
    def save(self, obj: Point) -> None:
        raise ZeroDivisionError(self.uri)


class Silent(Plain):
    def save(self, obj: Point) -> None:
        Path(self.uri, "empty").mkdir()


class Files(Plain):
    """What it loads is where its files are: ``Point(0)`` a file, any other a directory."""

    def load(self, data_type: type) -> Path:
        deep = Path(self.uri, "deep", "er")
        return deep / "x" if (deep / "x").read_text() == "0" else deep.parent


class Mapped(Plain):
    """Maps its file, and leaves it mapped."""

    def save(self, obj: Point) -> None:
        Path(self.uri, "x").write_bytes(bytes([obj.x]) * 5000)

    def load(self, data_type: type) -> Any:
        import numpy as np

        return np.memmap(Path(self.uri, "x"), mode="r")


class Linking(Plain):
    """Writes a link to a directory, and nothing else."""

    def save(self, obj: Path) -> None:
        Path(self.uri, "all").symlink_to(obj)

    def load(self, data_type: type) -> Any:
        return Path(self.uri, "all", "x").read_text()
