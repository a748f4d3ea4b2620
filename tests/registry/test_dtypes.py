"""Arrays of dtypes that would come back as others are refused where they are, before anything is stored."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from sameness import same

from casreg import InvalidInput, Registry

RECORD = np.dtype((np.record, [("a", "i4"), ("b", "f8")]))
SWAPPED = np.dtype(ml_dtypes.bfloat16).newbyteorder()
ARRAYS: dict[str, np.ndarray] = {
    "records": np.zeros(2, RECORD),
    "records in fields": np.zeros(2, [("x", RECORD), ("y", "u1")]),
    "records in arrays of fields": np.zeros(2, [("x", RECORD, (3,))]),
    "numbers with fields": np.zeros(2, np.dtype(("i4", {"low": ("i2", 0), "high": ("i2", 2)}))),
    "bytes of bfloat16 swapped": np.zeros(2, SWAPPED),
    "bfloat16 in a field": np.zeros(2, [("x", ml_dtypes.bfloat16)]),
    "four bits": np.zeros(2, ml_dtypes.int4),
    "fields that overlap": np.zeros(1, {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]}),
    "fields in another order": np.zeros(1, {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0]}),
    "names beyond Latin-1": np.zeros(1, [("\u0100", "f4")]),
    "a description that no reader takes": np.zeros(1, [(f"field number {i}", "f8") for i in range(40_000)]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_they_are_refused_where_they_are_with_what_to_give(registry: Registry, name: str) -> None:
    array = ARRAYS[name]
    instead = "a dict of its fields" if array.dtype.names else r"array\.astype\(\)"
    for obj, place in ((array, "the top"), ({"x": [array]}, r"x\.0")):
        with pytest.raises(
            InvalidInput, match=rf"at {place}: an array of dtype .* cannot be kept.*{instead}"
        ):
            registry.save("a", obj)
    assert registry.list_objects() == []
    assert list(registry.backend.scan("blobs/")) == []


@pytest.mark.parametrize("name", ["records", "fields that overlap", "names beyond Latin-1"])
def test_they_are_pickled_where_that_is_allowed(registry: Registry, name: str) -> None:
    for obj in (ARRAYS[name], [ARRAYS[name]]):
        registry.save("a", obj, allow_pickle=True)
        loaded = registry.load("a", allow_pickle=True)
        assert repr(loaded) == repr(obj)


@pytest.mark.parametrize(
    "dtype",
    [
        [("", "i4")],
        [("a'\"\\\n", "i4")],
        [("\u00e9", "i4")],
        [(("title", "a"), "i4")],
        [],
        "V0",
        "S0",
        ">M8[25s]",
    ],
    ids=str,
)
def test_odd_ones_that_can_be_described_come_back(registry: Registry, dtype: Any) -> None:
    array = np.zeros(3, dtype)
    registry.save("a", [array])
    assert same(registry.load("a"), [array])
    registry.save("b", array)
    assert same(registry.load("b"), array)
