"""Cuts: by content, and of tensors in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from pyfastcdc.py import constants

from casreg.chunkers.blocks import block_lengths
from casreg.chunkers.content import ContentChunker
from casreg.digest import chunk_id
from casreg.models.store import BlockChunking, ContentChunking
from tools.golden.inputs import made


def fastcdc() -> dict[str, Any]:
    usual = (
        {"kind": "zeros", "size": 0},
        {"kind": "counter", "seed": "tiny", "size": 1},
        {"kind": "counter", "seed": "tiny", "size": 65536},
        {"kind": "zeros", "size": (3 << 20) + 1},
        {"kind": "counter", "seed": "three", "size": 3 << 20},
        {"kind": "rows", "size": 1500000},
    )
    cases = [_case(recipe, ContentChunking()) for recipe in usual]
    for low, average, high, level in (
        (64, 256, 1024, 0),
        (64, 256, 1024, 1),
        (64, 256, 1024, 2),
        (64, 256, 1024, 3),
        (65, 257, 1025, 2),
        (127, 363, 1031, 2),
        (128, 362, 1024, 2),
        (1024, 1024, 1024, 2),
    ):
        parameters = ContentChunking(min_size=low, avg_size=average, max_size=high, normalization=level)
        cases.append(_case({"kind": "counter", "seed": "small", "size": 16383}, parameters))
        cases.append(_case({"kind": "rows", "size": 8192}, parameters))
    return {
        "source of the tables": {
            "package": "pyfastcdc",
            "version": version("pyfastcdc"),
            "file": "pyfastcdc/py/constants.py",
            "license": "MIT",
            "copyright": "Copyright (c) 2026 Fallen_Breath",
        },
        "gear": [f"{value:016x}" for value in constants.GEAR],
        "masks": {str(bits): f"{constants.MASKS[bits]:016x}" for bits in range(5, 26)},
        "cases": cases,
    }


def _case(recipe: dict[str, Any], parameters: ContentChunking) -> dict[str, Any]:
    data = memoryview(made(recipe))
    lengths = ContentChunker(parameters).cut(data, True)
    return {
        "input": recipe,
        "parameters": parameters.model_dump(by_alias=True),
        "lengths": lengths,
        "ids": [chunk_id(data[end - length : end]).hex() for end, length in _ends(lengths)],
    }


def _ends(lengths: list[int]) -> Iterator[tuple[int, int]]:
    end = 0
    for length in lengths:
        end += length
        yield end, length


def blocks() -> dict[str, Any]:
    usual, mib = BlockChunking(), 1 << 20
    small = BlockChunking(block_size=1024, small=512, group_size=2048)
    cases = []
    for parameters, pieces in (
        (usual, []),
        (usual, [0, 0]),
        (usual, [128, 65535, 65536, 1]),
        (usual, [mib]),
        (usual, [mib + 1]),
        (usual, [200, 3 * mib, 0, 40000, 40000, 40000, 40000, 40000, 40000, 40000, 40000, 70000, 5]),
        (usual, [1, 65536, 1, 1, 2 * mib + 7]),
        (usual, [60000] * 12),
        (usual, [(120, 0), (5000, 4), (60, 0), (5000, 4), (7, 0), (3000, 2), (3000, 2), (80000, 2), (9, 0)]),
        (small, [100, 511, 512, 513, 511, 511, 511, 511, 511, 2048, 2049, 1]),
        (BlockChunking(block_size=1024, small=0, group_size=1024), [0, 1, 1023, 1025]),
    ):
        tagged = [piece if isinstance(piece, tuple) else (piece, 4) for piece in pieces]
        chunks = list(block_lengths(tagged, parameters))
        cases.append({"pieces": tagged, "parameters": parameters.model_dump(by_alias=True), "chunks": chunks})
    return {"cases": cases}
