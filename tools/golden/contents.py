"""Content digests."""

from __future__ import annotations

from typing import Any

from casreg.digest import chunk_id
from casreg.models import columns
from casreg.models.index import ChunkTable, Index
from tools.golden.inputs import NONCE, made


def content_digest() -> dict[str, Any]:
    trees: list[list[Any]] = [
        [],
        [["empty", False, []]],
        [["a", False, [[{"kind": "counter", "seed": "a", "size": 10}, 10]]]],
        [["a", True, [[{"kind": "counter", "seed": "a", "size": 10}, 10]]]],
        [
            ["z", False, [[{"kind": "rows", "size": 99}, 99], [{"kind": "zeros", "size": 7}, 7]]],
            ["Z", False, []],
            ["é/x", True, [[{"kind": "zeros", "size": 7}, 7], [{"kind": "zeros", "size": 7}, 7]]],
            ["d/", False, []],
        ],
    ]
    cases = [{"parts": parts, "content": _content(parts)} for parts in trees]
    return {"parts are": "[path, executable, [[input of the chunk, its length] ...]]", "cases": cases}


def _content(parts: list[Any]) -> str:
    table, sequence, counts = ChunkTable(), [], []
    for _, _, chunks in parts:
        counts.append(len(chunks))
        for recipe, size in chunks:
            sequence.append(len(table))
            table.ids += chunk_id(made(recipe))
            table.plain.append(size)
    numbers = columns.numbers
    flags = numbers("u8", [executable for _, executable, _ in parts])
    paths = [path for path, _, _ in parts]
    return Index(NONCE, table, paths, flags, numbers("u32", counts), numbers("u32", sequence), []).content()
