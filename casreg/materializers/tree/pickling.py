"""Pickling what a tree does not keep otherwise: as little of it as that is."""

from __future__ import annotations

from typing import Any

from casreg.errors import InvalidInput
from casreg.materializers.libraries import PICKLE
from casreg.materializers.tree import objects
from casreg.materializers.tree.pack import Packer


class PicklingPacker(Packer):
    def pack(self, obj: Any, path: str) -> Any:
        kept = len(self.tensors), len(self.others), len(self._tied), self.asides.count
        apart = self._apart
        try:
            return super().pack(obj, path)
        except InvalidInput as error:
            self._apart = apart
            if apart or "unpicklable" in error.fields:
                raise  # what is around it is tried
            self._forget(*kept)
            return objects.pack(self, obj, PICKLE, path)

    def _forget(self, tensors: int, others: int, tied: int, asides: int) -> None:
        """What an attempt has left behind."""
        for name in list(self.tensors)[tensors:]:
            del self.tensors[name]
        del self.others[others:]
        self.asides.forget(asides)
        for same in list(self._tied)[tied:]:
            del self._tied[same]
