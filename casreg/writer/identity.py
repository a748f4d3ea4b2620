"""Which tensors of two versions are the same one, whatever container they came in.

A tensor keeps its name but for what containers put in front of it: ``encoder.w`` is ``model.encoder.w`` in a
combined checkpoint, ``module.encoder.w`` or ``_orig_mod.encoder.w`` as a wrapper saved it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeAlias

from casreg.tensors import Tensor

_COMPONENTS: Final = 32
"""Dotted components that are compared, from the end; what is in front of them counts as one."""
_Sides: TypeAlias = tuple[list[int], list[int]]
"""Positions of some of ours, and of theirs."""
_Words: TypeAlias = tuple[Mapping[int, list[str]], Mapping[int, list[str]]]
"""The components of their names, from the last on."""
_Found: TypeAlias = dict[int, int]


def same_tensors(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> dict[int, int]:
    """Positions in ``theirs`` by positions in ``ours``: no tensor is matched twice, and the other way round
    the answer is the same.

    Only tensors of one dtype and shape match. Those of one name do, if no other has it. Of the others, the
    longest common ends of names first, the one of ours and the one of theirs that alone have it; where
    several have it nobody can tell, and none of them matches.
    """
    found = _by_name(ours, theirs)
    taken = set(found.values())
    left = [n for n in range(len(ours)) if n not in found], [n for n in range(len(theirs)) if n not in taken]
    if all(left):
        words = _words(ours, left[0]), _words(theirs, left[1])
        for alike in _kinds(ours, theirs, left):
            _match_ends(alike, words, 0, found)
    return found


def likeness(tensor: Tensor) -> Hashable:
    """What tensors that match have in common, at least."""
    return tensor.dtype, tensor.shape, tensor.name.rpartition(".")[2]


def _by_name(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> _Found:
    there = _alone(theirs)
    pairs = ((number, there.get(key)) for key, number in _alone(ours).items())
    return {mine: other for mine, other in pairs if mine is not None and other is not None}


def _alone(tensors: Sequence[Tensor]) -> dict[Hashable, int | None]:
    """Positions by name, dtype and shape; None where several have these."""
    found: dict[Hashable, int | None] = {}
    for number, tensor in enumerate(tensors):
        key = tensor.name, tensor.dtype, tensor.shape
        found[key] = None if key in found else number
    return found


def _words(tensors: Sequence[Tensor], numbers: list[int]) -> dict[int, list[str]]:
    return {number: tensors[number].name.rsplit(".", _COMPONENTS)[::-1] for number in numbers}


def _kinds(ours: Sequence[Tensor], theirs: Sequence[Tensor], left: _Sides) -> list[_Sides]:
    """The tensors of either side by dtype and shape."""
    kinds: dict[Hashable, _Sides] = {}
    for side, tensors in enumerate((ours, theirs)):
        for number in left[side]:
            kind = tensors[number].dtype, tensors[number].shape
            kinds.setdefault(kind, ([], []))[side].append(number)
    return list(kinds.values())


def _match_ends(alike: _Sides, words: _Words, shared: int, found: _Found) -> _Sides:
    """What cannot be matched of tensors whose names have the last ``shared`` components in common."""
    mine, other = alike
    if not mine or not other:
        return alike
    if shared and len(mine) == len(other) == 1:
        return _settled(alike, found)
    left: _Sides = [], []
    longer: dict[str, _Sides] = {}
    for side, numbers in enumerate(alike):
        for number in numbers:
            name = words[side][number]
            of = longer.setdefault(name[shared], ([], [])) if shared < len(name) else left
            of[side].append(number)
    for more_alike in longer.values():
        rest = _match_ends(more_alike, words, shared + 1, found)
        left[0].extend(rest[0])
        left[1].extend(rest[1])
    return _settled(left, found) if shared else left


def _settled(alike: _Sides, found: _Found) -> _Sides:
    """One of ours and one of theirs are the same; what is left if they are not alone."""
    mine, other = alike
    if not len(mine) == len(other) == 1:
        return alike
    found[mine[0]] = other[0]
    return [], []
