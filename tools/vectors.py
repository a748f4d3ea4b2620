"""Writes the golden vectors of ``spec/vectors``: ``python -m tools.vectors [folder]``.

Inputs are those that spec/README.md defines, nonces and times are constants, so that a second run with
the same versions of the packages gives the same files. What zstd's compressor makes of them may differ
with its version; only decoding is fixed by the format.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.golden.chunking import blocks, fastcdc
from tools.golden.contents import content_digest
from tools.golden.deltas import deltas
from tools.golden.documents import documents
from tools.golden.indexing import index
from tools.golden.layout import text
from tools.golden.naming import generations, names, versions
from tools.golden.packing import pack
from tools.golden.stores import store

PACKAGES = ("blake3", "numpy", "pyfastcdc", "xxhash", "zstandard")

VECTORS = {
    "names": names,
    "versions": versions,
    "generations": generations,
    "fastcdc": fastcdc,
    "blocks": blocks,
    "content": content_digest,
    "pack": pack,
    "delta": deltas,
    "index": index,
    "documents": documents,
}
"""What makes the content of each file; ``store`` is made beside them."""


def main(folder: Path) -> None:
    """All vector files, and the store; what was in their place is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {name: make() for name, make in VECTORS.items()}
    for name, content in {**contents, "store": store(folder / "store")}.items():
        document = text({"provenance": provenance(), "format": 0, **content})
        (folder / f"{name}.json").write_text(document + "\n", encoding="utf-8")


def provenance() -> dict[str, Any]:
    return {
        "generator": "tools/vectors.py",
        "made with": {name: version(name) for name in PACKAGES},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "spec" / "vectors")
