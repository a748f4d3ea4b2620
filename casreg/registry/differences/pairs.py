"""Which tensor of one version is which of another."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from casreg.arrays import require_size
from casreg.costs import require_few_overlaps
from casreg.errors import Corrupt
from casreg.models.index import Index, PartEntry
from casreg.slices import Piece, cut
from casreg.snapshot import Snapshot
from casreg.tensors import Tensor


class Placed(NamedTuple):
    """A tensor of a version."""

    name: str
    """``path:name`` where several files of the version have a tensor of this name."""
    part: PartEntry
    entry: Tensor

    @property
    def form(self) -> tuple[str, tuple[int, ...], int]:
        return self.entry.dtype, self.entry.shape, self.entry.size


@dataclass
class Side:
    """All tensors of one version. Raises Corrupt for those that cannot be."""

    version: Snapshot

    def __post_init__(self) -> None:
        index = self.version.index
        self.index: Index = index
        times = Counter(tensor.name for _, tensor in index.tensors)
        self.tensors: list[Placed] = []
        for number, entry in index.tensors:
            part = index.parts[number]
            name = entry.name if times[entry.name] == 1 else f"{part.path}:{entry.name}"
            self.tensors.append(Placed(name, part, entry))
        try:
            for _, entry in index.tensors:
                require_size(entry)
            require_few_overlaps(index)
        except Corrupt as error:
            raise error.located(name=self.version.name, version=self.version.version) from None

    def pieces(self, tensor: Placed) -> list[Piece]:
        """What of which chunks a tensor is made of, front to back."""
        start = tensor.entry.start
        return list(cut(self.index, tensor.part, start, start + tensor.entry.size))


def paired(a: Side, b: Side) -> list[tuple[Placed | None, Placed | None]]:
    """The tensors of ``b``, in their order, each with the one of ``a`` that it was; then those that are
    in ``a`` only.

    The same name in the file of the same path, or else of whatever file, where only one is left of the name
    on both sides.
    """
    exact = {(tensor.part.path, tensor.entry.name): tensor for tensor in a.tensors}
    before = {
        id(tensor): found
        for tensor in b.tensors
        if (found := exact.get((tensor.part.path, tensor.entry.name))) is not None
    }
    taken = {id(tensor) for tensor in before.values()}
    gone, new = (
        _by_name([tensor for tensor in side.tensors if id(tensor) not in used])
        for side, used in ((a, taken), (b, before.keys()))
    )
    for name, tensors in new.items():
        if len(tensors) == len(gone[name]) == 1:
            before[id(tensors[0])] = gone[name][0]
    taken = {id(tensor) for tensor in before.values()}
    only_a = [(tensor, None) for tensor in a.tensors if id(tensor) not in taken]
    return [*((before.get(id(tensor)), tensor) for tensor in b.tensors), *only_a]


def _by_name(tensors: list[Placed]) -> defaultdict[str, list[Placed]]:
    found: defaultdict[str, list[Placed]] = defaultdict(list)
    for tensor in tensors:
        found[tensor.entry.name].append(tensor)
    return found
