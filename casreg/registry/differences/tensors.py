"""Tensors of two versions, compared by name, whatever files hold them."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from casreg.progress import Progress
from casreg.registry.differences.facts import TensorChange
from casreg.registry.differences.floats import FLOATS
from casreg.registry.differences.pairs import Placed, Side, paired
from casreg.registry.differences.stretches import Span, Stretch, differing, rest, tallies
from casreg.registry.differences.tally import Tally
from casreg.snapshot import Snapshot
from casreg.tensors import ELEMENT_SIZES


def compared(
    a: Snapshot, b: Snapshot, *, read: bool, progress: Progress
) -> tuple[tuple[TensorChange, ...], int]:
    """What changed, in the order of ``b``, then what was removed; and how many tensors did not.

    With ``read``, chunks that only one version has are read and their elements compared; of floats that
    changed the whole of ``a``, too, for its norm. Raises Corrupt.
    """
    first, second = Side(a), Side(b)
    pairs = _with_renamed(paired(first, second), first, second)
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    spans = [_differing(first, second, one, other) for one, other in both]
    counts = _counts(a, b, both, spans, progress) if read else {}
    changes: list[TensorChange] = []
    at = 0
    for one, other in pairs:
        if one is None or other is None:
            changes.append(_change(one, other, "added" if one is None else "removed"))
            continue
        number, at = at, at + 1
        if one.form != other.form:
            changes.append(_change(one, other, "recast"))
        elif spans[number] and not read:
            changes.append(_change(one, other, "unread"))
        elif counts.get(number, Tally()).changed:
            changes.append(_changed(one, other, counts[number]))
        elif one.name != other.name and one.entry.name != other.entry.name:
            changes.append(_change(one, other, "renamed"))
    return tuple(changes), len(pairs) - len(changes)


def _with_renamed(
    pairs: list[tuple[Placed | None, Placed | None]], a: Side, b: Side
) -> list[tuple[Placed | None, Placed | None]]:
    """The pairs; what is new in ``b`` and made of what is gone from ``a`` is a pair, too."""
    forms = {one.form for one, other in pairs if other is None and one is not None and one.entry.size}
    forms &= {other.form for one, other in pairs if one is None and other is not None}
    gone: defaultdict[Any, list[Placed]] = defaultdict(list)
    for one, other in pairs:
        if other is None and one is not None and one.form in forms:
            gone[_content(a, one)].append(one)
    if not gone:
        return pairs
    moved: set[int] = set()
    found: list[tuple[Placed | None, Placed | None]] = []
    for one, other in pairs:
        same = gone.get(_content(b, other)) if one is None and other and other.form in forms else None
        if same:
            found.append((same.pop(0), other))
            moved.add(id(found[-1][0]))
        else:
            found.append((one, other))
    return [pair for pair in found if pair[1] is not None or id(pair[0]) not in moved]


def _content(side: Side, tensor: Placed) -> tuple[Any, ...]:
    ids = side.index.chunks.id
    return tensor.form, *((ids(piece.row), piece.start, piece.stop) for piece in side.pieces(tensor))


def _differing(a: Side, b: Side, one: Placed, other: Placed) -> list[Span]:
    if one.form != other.form:
        return []
    return differing((a.index, a.pieces(one)), (b.index, b.pieces(other)), one.entry.dtype)


def _counts(
    a: Snapshot, b: Snapshot, pairs: list[tuple[Placed, Placed]], spans: list[list[Span]], progress: Progress
) -> dict[int, Tally]:
    """By number of the pair, of those that are not made of the same chunks."""
    stretches = [Stretch(number, *span) for number, found in enumerate(spans) for span in found]
    total = sum(stretch.stop - stretch.start for stretch in stretches)
    done = 0
    found: defaultdict[int, Tally] = defaultdict(Tally)
    for number, tally, size in tallies(a, b, pairs, stretches):
        found[number] += tally
        done += size
        progress(done, total)
    others = [
        Stretch(number, *span)
        for number, tally in found.items()
        if tally.changed and pairs[number][0].entry.dtype in FLOATS
        for span in rest(spans[number], pairs[number][0].entry.size)
    ]
    total += sum(stretch.stop - stretch.start for stretch in others)
    for number, tally, size in tallies(a, None, pairs, others):
        found[number] += tally
        done += size
        progress(done, total)
    return found


def _changed(a: Placed, b: Placed, tally: Tally) -> TensorChange:
    known = a.entry.dtype in ELEMENT_SIZES
    return _change(
        a,
        b,
        "changed",
        elements=math.prod(a.entry.shape),
        changed=tally.changed if known else None,
        norms=tally.norms if a.entry.dtype in FLOATS else None,
    )


def _change(a: Placed | None, b: Placed | None, status: Any, **more: Any) -> TensorChange:
    here = b or a
    assert here is not None
    return TensorChange(
        name=here.name,
        status=status,
        was=a.name if status == "renamed" and a else None,
        files=(a and a.part.path, b and b.part.path),
        dtypes=(a and a.entry.dtype, b and b.entry.dtype),
        shapes=(a and a.entry.shape, b and b.entry.shape),
        sizes=(a and a.entry.size, b and b.entry.size),
        **more,
    )
