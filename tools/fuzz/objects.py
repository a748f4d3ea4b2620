"""Objects of libraries as versions: what describes them, or their arrays, are to be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from PIL import Image
from sklearn.linear_model import LogisticRegression

from casreg.materializers.tree import TreeMaterializer
from casreg.materializers.tree.places import ARRAYS, VALUE
from casreg.parts import InMemory
from tools.fuzz.loading import load


@dataclass(frozen=True)
class Changing:
    """A version of which one part is given."""

    name: str
    load: Callable[[bytes], object]
    seed: bytes


def changing() -> Iterator[Changing]:
    for name, obj in _objects().items():
        dumped = list(TreeMaterializer().dump(obj, {}).parts)
        parts = {
            part.path: b"".join(part.data.buffers()) for part in dumped if isinstance(part.data, InMemory)
        }
        tensors = [(number, tensor) for number, part in enumerate(dumped) for tensor in part.tensors]
        for path in (VALUE, ARRAYS):
            yield Changing(f"{name}-{path}", partial(_load, parts, tensors, path), parts[path])


def _load(parts: dict[str, bytes], tensors: list[Any], path: str, data: bytes) -> object:
    return load({**parts, path: data}, "tree", tensors)


def _objects() -> dict[str, Any]:
    columns = {
        "i": [1, 2],
        "o": pd.Series([1, "x"], dtype=object),
        "c": pd.Categorical(["u", None]),
        "z": pd.to_datetime(["2020", None]).tz_localize("UTC"),
        "p": pd.period_range("2020", periods=2, freq="M"),
        "v": pd.interval_range(0, 2),
        "s": ["a", None],
        "m": pd.array([1, None], dtype="Int8"),
        "a": pd.array([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int8()))),
    }
    index = pd.MultiIndex.from_product([pd.date_range("2020", periods=2, freq="D"), ["k"]], names=["x", None])
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)).convert("P")
    image.info["dpi"] = (72, 72.5)
    return {
        "pandas": [pd.DataFrame(columns, index=index), pd.RangeIndex(3), pd.Timestamp(0), pd.NA],
        "polars": pl.DataFrame(
            {"n": [1.5, 2.5], "t": ["a", None], "e": pl.Series(["u", "v"], dtype=pl.Enum(["u", "v"]))}
        ),
        "pyarrow": [
            pa.table({"t": ["a", None], "d": pa.array(["x", "x"]).dictionary_encode()}),
            pa.array([[1], []]),
        ],
        "PIL": [image, image.convert("RGB"), image.convert("1")],
        "sklearn": LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
    }
