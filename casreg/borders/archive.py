"""``.npz`` files and torch's checkpoints: zip archives whose members are not compressed."""

from __future__ import annotations

from casreg.borders import npy, torch
from casreg.borders.directory import Member, members
from casreg.borders.layout import Layout, Malformed, Span, arrange
from casreg.borders.window import Window
from casreg.tensors import Tensor


def locate(path_name: str, window: Window) -> Layout:
    """Raises Malformed for archives of other kinds."""
    directory = members(window)
    if not directory.names:
        raise Malformed("an empty archive")
    is_npz = all(name.endswith(".npy") for name in directory.names)
    root = torch.root(directory.names)
    if not is_npz and root is None:
        raise Malformed("neither of numpy nor of torch")
    found = directory.members()
    spans: list[Span] = [(directory.start, window.size, None)]
    for member in found:
        spans += ((member.header, member.start, None), (member.start, member.end, None))
    if root is None:
        inner, tensors = _arrays(found, window)
    else:
        inner, tensors = torch.find(found, root, path_name, window)
    return arrange("npz" if is_npz else "torch", window.size, spans + inner, tensors)


def _arrays(found: list[Member], window: Window) -> tuple[list[Span], list[Tensor]]:
    spans: list[Span] = []
    tensors: list[Tensor] = []
    for member in found:
        if member.plain:
            array = npy.find(window, member.start, member.end)
            spans.append(array.span)
            tensors += array.tensors(member.name.removesuffix(".npy"))
    return spans, tensors
