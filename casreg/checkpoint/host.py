"""Arrays and tensors of the libraries that hold them, copied into memory of the host."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

from casreg.materializers import npy

if TYPE_CHECKING:
    import numpy as np


class Library(Protocol):
    """What copying has to know of a library's tensors."""

    def holds(self, obj: object) -> bool:
        """Whether ``obj`` is a tensor of this library, which is not imported for it."""

    def identity(self, tensor: Any) -> Hashable:
        """Equal for tensors that are the same elements of the same memory: tied weights."""

    def layout(self, tensor: Any) -> Hashable:
        """Equal for tensors that one buffer can hold, one after the other."""

    def buffer(self, tensor: Any) -> Any:
        """Uninitialised memory of the host that can hold ``tensor``, dense, its axes in the same order."""

    def fill(self, buffer: Any, tensor: Any) -> None:
        """Begin to copy; over when :meth:`finish` has returned."""

    def finish(self) -> None: ...

    def view(self, buffer: Any, tensor: Any) -> Any:
        """The copy of ``tensor`` in ``buffer``, of the same type."""


class NumpyLibrary:
    def holds(self, obj: object) -> bool:
        return npy.is_array(obj)

    def identity(self, tensor: np.ndarray) -> Hashable:
        return tensor.__array_interface__["data"][0], tensor.dtype, tensor.shape, tensor.strides

    def layout(self, tensor: np.ndarray) -> Hashable:
        return "numpy", tensor.dtype, tensor.shape, tensor.strides

    def buffer(self, tensor: np.ndarray) -> np.ndarray:
        import numpy as np

        return np.empty_like(tensor, subok=False)

    def fill(self, buffer: np.ndarray, tensor: np.ndarray) -> None:
        buffer[...] = tensor

    def finish(self) -> None:
        pass

    def view(self, buffer: np.ndarray, tensor: np.ndarray) -> np.ndarray:
        return buffer


LIBRARIES: tuple[Library, ...] = (NumpyLibrary(),)


def library(obj: object) -> Library | None:
    """The library that ``obj`` is a tensor of."""
    return next((library for library in LIBRARIES if library.holds(obj)), None)
