"""``into=``: arrays and tensors of a caller's own, filled with what lies in a version.

First all of them are looked at, then all are filled: what does not fit is told before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from casreg import arrays, torch_tensors
from casreg.errors import InvalidInput
from casreg.lazytensor import Range, ReadRanges
from casreg.models.index import PartEntry
from casreg.tensors import Form, Tensor


@dataclass(frozen=True, slots=True)
class Staged:
    """What bytes cannot be read straight into: it lies in another order, or on another device."""

    made: Callable[[], tuple[Any, memoryview]]
    """New memory of the same elements, and its bytes."""
    assign: Callable[[Any], None]
    """Copies what was made, and filled, to where it belongs."""


Target: TypeAlias = memoryview | Staged


class Filling:
    """What is to be read, and where to."""

    def __init__(self, read: ReadRanges) -> None:
        self._read = read
        self._direct: list[Range] = []
        self._staged: list[tuple[PartEntry, int, Staged]] = []

    def add(self, part: PartEntry, start: int, target: Target) -> None:
        """Have ``target`` filled with the bytes of ``part`` from ``start`` on."""
        if isinstance(target, Staged):
            self._staged.append((part, start, target))
        else:
            self._direct.append(Range(part, start, target))

    def run(self) -> None:
        """Fill everything, in the order in which it lies; what is staged one by one, after the rest."""
        self._direct.sort(key=lambda found: (found.part.number, found.start))
        self._read(self._direct)
        for part, start, staged in self._staged:
            made, memory = staged.made()
            self._read([Range(part, start, memory)])
            staged.assign(made)


def target(into: Any, tensor: Tensor, name: str, viewed: str | None = None) -> Target:
    """Where the bytes of ``tensor`` go so that ``into`` has its elements, ``viewed`` as another dtype or not.

    Raises InvalidInput, naming ``name``, if ``into`` is no array or torch tensor of this dtype and shape,
    Corrupt if the tensor's shape and size contradict each other.
    """
    library: Any = torch_tensors if torch_tensors.is_tensor(into) else arrays
    if library is arrays and not arrays.is_array(into):
        raise InvalidInput(f"into= must be an array or a tensor for {name}, not {type(into).__name__}")
    wanted, given = Form(tensor.dtype, tensor.shape, viewed), library.form(into)
    if given != wanted:
        raise InvalidInput(f"{name} is {wanted}, into= is {given}", tensor=name)
    if reason := library.unwritable(into):
        raise InvalidInput(f"into= for {name} is {reason}", tensor=name)

    arrays.require_size(tensor)

    def made() -> tuple[Any, memoryview]:
        new = library.empty(tensor)
        return new, library.as_bytes(new)

    memory: memoryview | None = library.memory(into)
    return memory if memory is not None else Staged(made, lambda new: library.assign(into, new))
