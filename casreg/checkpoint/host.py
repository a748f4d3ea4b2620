"""Arrays and tensors of the libraries that hold them, copied into memory of the host."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from casreg import arrays, torch_tensors

if TYPE_CHECKING:
    import numpy as np
    import torch


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

    def finish(self, tensors: Iterable[Any]) -> None:
        """Wait until the copies of ``tensors`` are complete."""

    def view(self, buffer: Any, tensor: Any) -> Any:
        """The copy of ``tensor`` in ``buffer``, of the same type."""


class NumpyLibrary:
    def holds(self, obj: object) -> bool:
        return arrays.is_array(obj)

    def identity(self, tensor: np.ndarray) -> Hashable:
        return tensor.__array_interface__["data"][0], tensor.dtype, tensor.shape, tensor.strides

    def layout(self, tensor: np.ndarray) -> Hashable:
        return tensor.dtype, tensor.shape, tensor.strides

    def buffer(self, tensor: np.ndarray) -> np.ndarray:
        import numpy as np

        return np.empty_like(tensor, subok=False)

    def fill(self, buffer: np.ndarray, tensor: np.ndarray) -> None:
        buffer[...] = tensor

    def finish(self, tensors: Iterable[np.ndarray]) -> None:
        pass

    def view(self, buffer: np.ndarray, tensor: np.ndarray) -> np.ndarray:
        return buffer


class TorchLibrary:
    """Tensors on the CPU are copied at once; those of a GPU into pinned memory, all at the same time."""

    def holds(self, obj: object) -> bool:
        return torch_tensors.is_tensor(obj)

    def identity(self, tensor: torch.Tensor) -> Hashable:
        return torch_tensors.identity(tensor)

    def layout(self, tensor: torch.Tensor) -> Hashable:
        return tensor.dtype, tensor.shape, tensor.stride(), tensor.is_cuda

    def buffer(self, tensor: torch.Tensor) -> torch.Tensor:
        torch = sys.modules["torch"]
        with torch.inference_mode(False):  # what is made in that mode cannot be filled again outside of it
            return torch.empty_like(tensor.detach(), device="cpu", pin_memory=tensor.is_cuda)

    def fill(self, buffer: torch.Tensor, tensor: torch.Tensor) -> None:
        with sys.modules["torch"].no_grad():
            buffer.copy_(tensor, non_blocking=tensor.is_cuda)

    def finish(self, tensors: Iterable[torch.Tensor]) -> None:
        for device in {tensor.device for tensor in tensors if tensor.is_cuda}:
            sys.modules["torch"].cuda.current_stream(device).synchronize()

    def view(self, buffer: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
        return torch_tensors.finished(
            buffer,
            dtype=None,
            requires_grad=tensor.requires_grad,
            parameter=torch_tensors.is_parameter(tensor),
        )


LIBRARIES: tuple[Library, ...] = (NumpyLibrary(), TorchLibrary())


def library(obj: object) -> Library | None:
    """The library that ``obj`` is a tensor of."""
    return next((library for library in LIBRARIES if library.holds(obj)), None)
