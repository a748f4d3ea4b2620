"""torch's checkpoints: storages as members of an archive, and a pickle that says what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from casreg.borders.directory import Member
from casreg.borders.layout import Malformed, Span, byte_size, file_stem
from casreg.borders.pickles import named_views
from casreg.borders.views import View
from casreg.borders.window import Window
from casreg.tensors import ELEMENT_SIZES, Tensor

_MAX_PICKLE: Final = 32 << 20


def root(names: list[str]) -> str | None:
    """The directory that all of a checkpoint's members lie in, with its slash; None for other archives."""
    first = names[0].partition("/")[0] + "/"
    return first if first + "data.pkl" in names else None


def find(members: list[Member], root: str, path_name: str, window: Window) -> tuple[list[Span], list[Tensor]]:
    """The storages, their parts, and the tensors; nothing if the pickle cannot be followed."""
    by_name = {member.name: member for member in members}
    described = by_name[root + "data.pkl"]
    if not described.plain or described.end - described.start > _MAX_PICKLE:
        return [], []
    order = by_name.get(root + "byteorder")
    if order and (order.end - order.start != 6 or window.take(order.start, order.end) != b"little"):
        return [], []
    data = window.take(described.start, described.end)
    stem = file_stem(path_name, "").partition(".")[0] or "tensor"
    try:
        views = named_views(data)
    except Malformed:
        return [], []
    storages: dict[str, Span] = {}
    tensors = []
    for name, view in views:
        member = by_name.get(f"{root}data/{view.storage.key}")
        if member and member.plain:
            storages.setdefault(member.name, (member.start, member.end, view.word))
            if tensor := _tensor(name or stem, view, member):
                tensors.append(tensor)
    return [*storages.values(), *_side_by_side(tensors)], tensors


def _tensor(name: str, view: View, member: Member) -> Tensor | None:
    """A view as a tensor, None unless it lies in C order within its storage and that in its member."""
    width = ELEMENT_SIZES[view.word]
    try:
        size = byte_size(view.word, view.shape)
    except Malformed:
        return None
    begin = view.offset * width
    end = view.storage.count * (ELEMENT_SIZES[view.storage.word] if view.storage.word else 1)
    if not begin + size <= end <= member.end - member.start or not _in_c_order(view):
        return None
    return Tensor(name, view.word, view.shape, member.start + begin, size)


def _in_c_order(view: View) -> bool:
    if 0 in view.shape:
        return True
    expected = 1
    for n, stride in zip(reversed(view.shape), reversed(view.strides), strict=True):
        if n != 1 and stride != expected:
            return False
        expected *= n
    return True


def _side_by_side(tensors: Iterable[Tensor]) -> list[Span]:
    """The tensors without those that begin within another one that begins earlier, or there and is longer."""
    spans: list[Span] = []
    reached = 0
    for tensor in sorted(tensors, key=lambda t: (t.start, -t.size)):
        if tensor.start >= reached and tensor.size:
            reached = tensor.start + tensor.size
            spans.append((tensor.start, reached, tensor.dtype))
    return spans
