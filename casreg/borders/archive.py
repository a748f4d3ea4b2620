"""``.npz`` files and torch's checkpoints: zip archives whose members are not compressed, or were not."""

from __future__ import annotations

from collections.abc import Callable

from casreg.borders import npy, torch
from casreg.borders.directory import Directory, Member, members
from casreg.borders.layout import Layout, Malformed, Span, arrange
from casreg.borders.window import Window
from casreg.tensors import Tensor


def locate(path_name: str, window: Window) -> Layout:
    """Raises Malformed for archives of other kinds."""
    directory = members(window)
    if not directory.names:
        raise Malformed("an empty archive")
    is_npz = _is_npz(directory)
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


def deflated(window: Window) -> list[Member]:
    """The members of an ``.npz`` of which at least one is deflated. Raises Malformed for any other file."""
    directory = members(window)
    found = directory.members() if directory.names and _is_npz(directory) else []
    if not any(member.full for member in found):
        raise Malformed("no member is deflated")
    return found


def inflated(size: int, placed: list[tuple[Member, int]], read: Callable[[Member, int], bytes]) -> Layout:
    """The layout of a stream of ``size`` bytes that holds an ``.npz`` inflated (spec/inflated.md).

    ``placed``: each member and where its data begins in the stream. ``read(member, stop)`` gives the first
    ``stop`` bytes of a member as it is in the stream.
    """
    spans: list[Span] = []
    tensors: list[Tensor] = []
    for member, at in placed:
        length = member.end - member.start if member.full is None else member.full
        spans += ((at - (member.start - member.header), at, None), (at, at + length, None))
        if member.plain or member.full is not None:
            window = Window(length, lambda start, stop, member=member: read(member, stop)[start:])  # type: ignore[misc]
            array = npy.find(window, 0, length).moved(at)
            spans.append(array.span)
            tensors += array.tensors(member.name.removesuffix(".npy"))
    return arrange("npz", size, spans, tensors)


def _is_npz(directory: Directory) -> bool:
    return all(name.endswith(".npy") for name in directory.names)


def _arrays(found: list[Member], window: Window) -> tuple[list[Span], list[Tensor]]:
    spans: list[Span] = []
    tensors: list[Tensor] = []
    for member in found:
        if member.plain:
            array = npy.find(window, member.start, member.end)
            spans.append(array.span)
            tensors += array.tensors(member.name.removesuffix(".npy"))
    return spans, tensors
