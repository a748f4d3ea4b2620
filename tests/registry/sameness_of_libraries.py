"""Equal in type, value and bits, for objects of libraries: on import :mod:`sameness` knows them."""

from __future__ import annotations

import pandas as pd
import polars as pl
from sameness import COMPARED
from with_torch import torch


def _tensors(a: torch.Tensor, b: torch.Tensor) -> bool:
    def raw(tensor: torch.Tensor) -> bytes:
        return (
            bytes(tensor.detach().contiguous().flatten().view(torch.uint8).numpy()) if tensor.numel() else b""
        )

    return (a.dtype, a.shape, raw(a)) == (b.dtype, b.shape, raw(b))


def _frames(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    pd.testing.assert_frame_equal(a, b, check_exact=True, check_column_type="exact", check_index_type="exact")
    return a.dtypes.equals(b.dtypes)


def _series(a: pd.Series, b: pd.Series) -> bool:
    pd.testing.assert_series_equal(a, b, check_exact=True, check_index_type="exact")
    return a.dtype == b.dtype and type(a.name) is type(b.name)


def _indexes(a: pd.Index, b: pd.Index) -> bool:
    pd.testing.assert_index_equal(a, b, exact=True)
    return getattr(a, "freq", None) == getattr(b, "freq", None)


COMPARED |= {
    torch.Tensor: _tensors,
    pd.DataFrame: _frames,
    pd.Series: _series,
    pd.Index: _indexes,
    type(pd.NA): lambda a, b: a is b,
    type(pd.NaT): lambda a, b: a is b,
    pl.DataFrame: lambda a, b: a.equals(b) and a.schema == b.schema,
    pl.Series: lambda a, b: a.equals(b, check_dtypes=True, check_names=True),
}
