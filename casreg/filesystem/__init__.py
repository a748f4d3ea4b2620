"""``casreg://``: the files of versions for whatever speaks fsspec; read-only, lazy, by range.

    casreg://det/yolo@3/weights/model.safetensors

The name reaches to the first ``@``; behind it up to the next ``/`` stands a version, a tag, ``latest`` or a
digest; the rest is the path of a file in it. The store is ``storage_options={"store": place}``, by default
that of :class:`casreg.Registry`. fsspec finds this by its entry point.
"""

from casreg.filesystem.filesystem import CasregFileSystem

__all__ = ["CasregFileSystem"]
