"""Makes tests/mindtrace/*.zip: a small store of mindtrace-registry each, written by its real package.

Run by an interpreter that has it, from an empty home directory, since paths are kept in what it writes:

    python3.12 -m venv /srv/theirs && /srv/theirs/bin/pip install numpy pillow \\
        mindtrace-registry==0.9.0 mindtrace-core==0.9.0 mindtrace-storage==0.9.0
    HOME=/srv/home PYTHONPATH=tests/mindtrace /srv/theirs/bin/python \\
        tools/golden/mindtrace_stores.py tests/mindtrace/registry-0.9.0.zip

and likewise for 0.16.0. The zip has the files with their modes, and no times. The tests know what was saved.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from mindtrace.registry import Registry
from mindtrace_model import Reading
from PIL import Image

PLACE = Path("/srv/registry")
INPUTS = Path("/srv/inputs")


def main(target: str) -> None:
    for folder in (PLACE, INPUTS):
        shutil.rmtree(folder, ignore_errors=True)
    registry = Registry(PLACE, version_objects=True)
    if target.endswith("0.9.0.zip"):  # which does not find it by itself
        registry.register_materializer(Reading, "zenml.materializers.PydanticMaterializer")
    for name, value in {**values(), **images(), **paths()}.items():
        save(registry, name, value)
    for version in (None, None, "2.5", "v3.0"):
        registry.save("many", [version], version=version)
    shared = [1]
    registry.save(
        "told", 1, metadata={"lr": 0.1, "tags": ["a", None], "when": {"day": 3}, "a": shared, "b": shared}
    )
    registry.save("params", 5, init_params={"x": 1})
    pack(Path(target))


def save(registry: Any, name: str, value: object) -> None:
    """What this version of the package cannot save is left out."""
    try:
        registry.save(name, value)
    except Exception as error:  # noqa: BLE001
        print(f"{name}: not saved: {type(error).__name__}: {error}")


def values() -> dict[str, object]:
    return {
        "str": "h\u00e9llo\n",
        "int": 10**30,
        "float": 1.5,
        "nan": float("nan"),
        "negzero": -0.0,
        "bool": True,
        "bytes": b"\0\xff",
        "list": [1, "a", None, 2.5],
        "dict": {"a": 1, "b": [1, 2]},
        "tuple": (1, 2),
        "set": {1, 2},
        "pairs": {(1, 2)},
        "ordered": OrderedDict(b=1, a=2),
        "counter": Counter("aab"),
        "nested": {"a": (1, {2}), "b": [{"c": ()}]},
        "array": np.arange(4, dtype="<i2"),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "scalararray": np.array(2.5),
        "emptyarray": np.zeros((0, 3), "f4"),
        "objects": np.array([1, "a", None], dtype=object),
        "intkeys": {1: "a", 2: "b"},
        "tuplekeys": {(1, 2): "a"},
        "raws": {"a": b"x", "b": {"c": (b"y", 1)}},
        "setofbytes": {b"a"},
        "arrays": {"w": np.arange(6, dtype="f4").reshape(2, 3), "n": 3},
        "model": Reading(name="a", count=3),
        "under_score": 1,
        "a/b": 2,
        "team:det:yolo": "v1",
    }


def images() -> dict[str, object]:
    INPUTS.mkdir(parents=True)
    Image.new("RGB", (3, 2), (9, 8, 7)).save(INPUTS / "x.jpg")
    return {
        "image:rgb": Image.new("RGB", (3, 2), (1, 2, 3)),
        "image:deep": Image.new("I;16", (2, 2), 700),
        "image:jpeg": Image.open(INPUTS / "x.jpg"),
    }


def paths() -> dict[str, object]:
    (INPUTS / "notes.txt").write_text("some notes\n")
    folder = INPUTS / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "b.bin").write_bytes(bytes(range(10)))
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    linked = INPUTS / "linked"
    linked.mkdir()
    (linked / "first").write_text("same")
    os.link(linked / "first", linked / "hard")
    (linked / "soft").symlink_to("first")
    return {"file": INPUTS / "notes.txt", "folder": folder, "linked": linked}


def pack(target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PLACE.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(PLACE).as_posix())
                entry.external_attr = path.stat().st_mode << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(sys.argv[1])
