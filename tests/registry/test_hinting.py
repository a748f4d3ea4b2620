"""What a Registry says of objects whose bytes others keep, and makes of those bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keepers
import numpy as np
import pandas as pd
import pytest
from keepers import Point, PointArchiver

from casreg import Corrupt, InvalidInput, Registry, Unsupported
from casreg.materializers import registered

VALUES = [
    b"raw",
    bytearray(b"raw"),
    "text",
    {"a": (1, 2.5), 3: None},
    np.arange(6, dtype=">i2").reshape(2, 3),
]


@pytest.fixture(autouse=True)
def _no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_defaults", {})


def hints(registry: Registry, obj: Any, **options: Any) -> dict[str, str]:
    """Of an object, compared with what ``info`` says once it is saved."""
    told = registry.serialization_hints_for_object(obj, **options)
    assert registry.list_objects() == []
    registry.save("kept", obj, **options)
    info = registry.info("kept", "latest")
    assert told == {"class": info["class"], "materializer": info["materializer"]}
    return told


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_a_version_holds_is_made_again_elsewhere(registry: Registry, value: Any) -> None:
    told = hints(registry, value)
    with registry.open("kept") as snapshot:
        raw = snapshot.read(snapshot.only_part().path)
    made = Registry("memory://other").materialize_from_bytes(
        raw, object_class=told["class"], materializer=told["materializer"]
    )
    assert type(made) is type(value)
    assert np.array_equal(made, value) if isinstance(value, np.ndarray) else made == value


@pytest.mark.parametrize("value", [pd.DataFrame({"a": [1]}), {"w": np.zeros(3)}, Path(__file__)])
def test_hints_are_what_info_says(registry: Registry, value: Any) -> None:
    hints(registry, value)


def test_bytes_of_a_users_materializer_are_read_where_it_wrote_them(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    told = hints(registry, Point(7))
    assert told == {"class": "keepers.Point", "materializer": "keepers.PointArchiver"}
    with registry.open("kept") as snapshot:
        part = snapshot.only_part()
        raw = snapshot.read(part.path)
    given = {"object_class": told["class"], "materializer": told["materializer"]}
    assert registry.materialize_from_bytes(raw, **given, relative_path=part.path) == Point(7)
    with pytest.raises(FileNotFoundError):
        registry.materialize_from_bytes(raw, **given, relative_path="elsewhere")


def test_hints_tell_what_would_be_given(registry: Registry) -> None:
    assert hints(registry, Point(1), materializer=keepers.Plain)["materializer"] == "keepers.Plain"


def test_a_file_comes_as_a_read_only_path_with_its_name(registry: Registry) -> None:
    made = registry.materialize_from_bytes(
        b"weights", object_class="pathlib.Path", materializer="file", relative_path="model.bin"
    )
    assert (made.name, made.read_bytes(), made.stat().st_mode & 0o222) == ("model.bin", b"weights", 0)
    below = registry.materialize_from_bytes(
        b"weights", object_class="pathlib.Path", materializer="directory", relative_path="a/model.bin"
    )
    assert (below / "a" / "model.bin").read_bytes() == b"weights"


def test_keywords_reach_the_materializer_and_slips_are_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="nonsense="):
        registry.materialize_from_bytes(b"x", object_class="builtins.bytes", materializer="bytes", nonsense=1)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"raw": "text"}, InvalidInput, "raw= takes bytes, not str"),
        ({"relative_path": "../x", "materializer": "file"}, InvalidInput, "no version may have"),
        ({"relative_path": "/x", "materializer": "file"}, InvalidInput, "no version may have"),
        ({"relative_path": "x/", "materializer": "file"}, InvalidInput, "names no file"),
        ({"materializer": "pandas.DataFrame"}, Unsupported, "kept as several files"),
        ({"materializer": "os.system"}, Unsupported, "no class 'system'"),
        ({"materializer": "not a name"}, InvalidInput, "does not name a class"),
        ({"materializer": "tree"}, Corrupt, "value.json"),
        ({"object_class": "nothing"}, InvalidInput, "does not name a class"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(
    registry: Registry, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    right: dict[str, Any] = {"raw": b"x", "object_class": "builtins.bytes", "materializer": "bytes"}
    with pytest.raises(error, match=words):
        registry.materialize_from_bytes(**{**right, **given})
    assert registry.list_objects() == []


def test_modules_that_hints_name_are_imported_only_by_who_allows_it(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text(
        "from pathlib import Path\n"
        "class Note(str): pass\n"
        "class Notes:\n"
        "    def __init__(self, uri): self.uri = uri\n"
        "    def save(self, note): Path(self.uri, 'n').write_text(note)\n"
        "    def load(self, data_type): return data_type(Path(self.uri, 'n').read_text())\n"
    )
    program = (
        "import sys\n"
        "from casreg import Registry, Unsafe\n"
        "hints = dict(object_class='notes.Note', materializer='notes.Notes', relative_path='n')\n"
        "try:\n"
        "    Registry('memory://').materialize_from_bytes(b'hello', **hints)\n"
        "except Unsafe as error:\n"
        "    print(error.kind, 'notes' in sys.modules)\n"
        "print(Registry('memory://', allow_import='notes').materialize_from_bytes(b'hello', **hints))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "unsafe False\nhello\n"
