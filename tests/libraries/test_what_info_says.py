"""What ``info`` calls an object of a library's, and the table of what casreg keeps by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from sklearn.linear_model import LinearRegression

from casreg import Registry


class Strange:
    pass


@pytest.mark.parametrize(
    ("obj", "name", "word"),
    [
        (pd.DataFrame({"a": [1]}), "pandas.DataFrame", "pandas.DataFrame"),
        (pd.RangeIndex(3), "pandas.Index", "pandas.Index"),
        (pl.Series([1]), "polars.Series", "polars.Series"),
        (pa.table({"a": [1]}), "pyarrow.Table", "pyarrow.Table"),
        (Image.new("L", (2, 2)), "PIL.Image.Image", "PIL.Image"),
        (LinearRegression(), "sklearn.base.BaseEstimator", "sklearn"),
        (np.zeros(3), "numpy.ndarray", "array"),
        ({"a": pd.NA}, "builtins.dict", "tree"),
        (b"", "builtins.bytes", "bytes"),
        (Path(__file__), "pathlib.Path", "file"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_object_is_called_what_it_is(registry: Registry, obj: Any, name: str, word: str) -> None:
    registry.save("x", obj)
    info = registry.info("x", "latest")
    assert info["materializer"] == word
    assert info["class"] == f"{type(obj).__module__}.{type(obj).__qualname__}"
    assert Registry.get_default_materializers()[name] == word


def test_a_pickle_is_called_one(registry: Registry) -> None:
    registry.save("x", Strange(), allow_pickle=True)
    assert registry.info("x", "latest")["materializer"] == "pickle"
