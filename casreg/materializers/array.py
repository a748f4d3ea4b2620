"""numpy arrays: one part, ``array.npy``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from casreg import arrays
from casreg.filling import Filling
from casreg.materializers import npy
from casreg.materializers.protocol import Dumped, Request
from casreg.parts import InMemory
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust

PATH: Final = "array.npy"


class ArrayMaterializer:
    kind = "array"

    def accepts(self, obj: Any) -> bool:
        if not arrays.is_array(obj) or arrays.is_foreign(obj.dtype) or obj.dtype.hasobject:
            return False
        return arrays.word(obj.dtype) is not None or npy.is_described(obj.dtype)

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        npy.require_plain(obj)
        part = npy.part(PATH, obj, "array")
        assert isinstance(part.data, InMemory)
        return Dumped([part], part.data.size)

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        request.refuse(self.kind, only=request.only)
        filling = Filling(snapshot.read_ranges)
        array = npy.load(snapshot, PATH, request.into, "array", filling)
        filling.run()
        return array
