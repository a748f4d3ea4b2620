"""What casreg keeps by itself, by the names of classes, as ``info()["materializer"]`` calls it."""

from __future__ import annotations

from typing import Final

from casreg.materializers.tree.containers import BY_TYPE as CONTAINERS
from casreg.materializers.tree.leaves import BY_TYPE as LEAVES
from casreg.trust import full_name

_TREES: Final = (
    *("builtins.NoneType", "builtins.bool", "builtins.list", "dataclasses.dataclass", "enum.Enum"),
    *("numpy.generic", "pydantic.BaseModel", "torch.Tensor", "typing.NamedTuple"),
)
_OBJECTS: Final = (
    *("pandas.DataFrame", "pandas.Index", "pandas.NA", "pandas.NaT", "pandas.Series"),
    *("pandas.Timedelta", "pandas.Timestamp", "polars.DataFrame", "polars.Series", "pyarrow.Array"),
    *("pyarrow.ChunkedArray", "pyarrow.RecordBatch", "pyarrow.Schema", "pyarrow.Table"),
)
_BYTES: Final = ("builtins.bytearray", "builtins.bytes", "builtins.memoryview", "io.IOBase")
KEPT: Final = {
    **dict.fromkeys(map(full_name, (*CONTAINERS, *LEAVES)), "tree"),
    **dict.fromkeys(_TREES, "tree"),
    **dict.fromkeys(_BYTES, "bytes"),
    **{name: name for name in _OBJECTS},
    "PIL.Image.Image": "PIL.Image",
    "numpy.ndarray": "array",
    "pathlib.Path": "file",
    "sklearn.base.BaseEstimator": "sklearn",
}
"""A Path is kept as ``file`` or as ``directory``."""
