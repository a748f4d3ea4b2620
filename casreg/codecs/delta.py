"""delta: the elements of an array as what they differ by from those of a base (spec/codecs.md).

A step of training moves a weight by about as much as any other: in units of its last place, by the less
the larger it is. Residuals are therefore coded in groups, by the exponent of the base's element, each
with as many bits left alone as are noise there; stripes that hardly moved apart from the others. Needs
numpy, loaded when first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import TYPE_CHECKING, Final

from casreg.codecs import _bits, _delta_groups, _delta_stripes, _scratch, kernel, zstd
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_groups import WIDTHS, Group, groups
from casreg.codecs._delta_sample import SHIFTS, Way, estimate, is_factor
from casreg.codecs._planes_elements import Transform
from casreg.codecs._planes_frames import KINDS, PLANE, Effort, Kind, frame
from casreg.errors import Corrupt

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Way", "decode", "encode", "estimate"]

_HEAD: Final = Struct("<BBBfI")
"""Width, order, shift, factor (1 for none), number of escapes."""
_CLASS_BITS: Final = 2
_GROUP: Final = Struct("<BBBI")
"""Noise, width of a symbol, kind, bytes of the symbols."""


def encode(plain: bytes | memoryview, base: bytes | memoryview, width: int, way: Way) -> bytes:
    """:func:`pieces` in one piece."""
    return b"".join(pieces(plain, base, width, way))


@_scratch.turn()
def pieces(
    plain: bytes | memoryview, base: bytes | memoryview, width: int, way: Way
) -> list[bytes | memoryview]:
    """The stored bytes, end to end, of a chunk of elements of ``width`` bytes; ``base`` has as many bytes."""
    import numpy as np

    count = len(plain) // width
    elements, own = (np.frombuffer(data, f"<u{width}", count) for data in (plain, base))
    below = _scaled(own, way.factor)
    loops = kernel.loops()
    classes = _delta_stripes.classes(loops.levels(elements, below, way.order))
    coded = [
        group
        for part in _delta_stripes.parts(classes)
        for group in _coded(part.of(elements, "moved"), part.of(own, "own"), part.of(below, "below"), way)
    ]
    escapes = np.concatenate([group.escapes for group in coded]) if coded else elements[:0]
    places = loops.split(escapes, Transform.NONE) if len(escapes) else []
    planes = [frame(plane, Effort.ENTROPY) for plane in places]
    striped = [frame(_bits.pack(classes, _CLASS_BITS), Effort.ENTROPY)] if count else []
    return [
        _HEAD.pack(width, way.order, way.shift, way.factor, len(escapes)),
        *(PLANE.pack(kind, len(data)) for kind, data in striped + planes),
        *(data for _, data in striped + planes),
        *(_GROUP.pack(group.noise, group.width, group.kind, len(group.symbols)) for group in coded),
        *(data for group in coded for data in (group.symbols, group.bits)),
        memoryview(plain)[count * width :],
    ]


def _coded(elements: np.ndarray, own: np.ndarray, below: np.ndarray, way: Way) -> Iterator[Group]:
    loops = kernel.loops()
    keys = loops.keys(own, way.shift, out=_scratch.array("keys", len(own), "u1"))
    left = loops.sort(elements, below, way.order, keys, out=_scratch.array("left", len(own), own.dtype))
    start = 0
    for end in groups(keys.counts):
        yield _delta_groups.encode(left[start:end])
        start = end


@_scratch.turn()
def decode(stored: bytes | memoryview, base: bytes | memoryview, destination: memoryview) -> None:
    """Fill ``destination`` with the plain bytes of a chunk; ``base`` has as many.

    Raises Corrupt for stored bytes that no encoder makes, or of another size; what is in ``destination``
    then is undefined.
    """
    import numpy as np

    source = _Source(memoryview(stored))
    width, order, shift, factor, escaped = source.take(_HEAD)
    if width not in SHIFTS or order not in set(Order) or len(base) != len(destination):
        raise Corrupt(f"a delta has elements of {width} bytes in order {order}")
    if factor != 1 and (width != 4 or not is_factor(factor)):
        raise Corrupt(f"a delta scales elements of {width} bytes by {factor}")
    count = len(destination) // width
    if escaped > count:
        raise Corrupt(f"a delta of {count} elements has {escaped} escapes")
    own = np.frombuffer(base, f"<u{width}", count)
    below = _scaled(own, factor)
    out = np.frombuffer(destination[: count * width], f"<u{width}")
    loops = kernel.loops()
    striped = [source.take(PLANE) for _ in range(bool(count))]
    planes = [source.take(PLANE) for _ in range(width)] if escaped else []
    classes = np.empty(_delta_stripes.count_of(count), np.uint8)
    for kind, length in striped:
        packed = source.plane(kind, length, _bits.size(len(classes), _CLASS_BITS))
        _bits.unpack(packed.data, _CLASS_BITS, classes)
    escapes = np.empty(escaped, f"<u{width}")
    if escaped:
        loops.merge([source.plane(kind, n, escaped) for kind, n in planes], Transform.NONE, escapes)
    parts = []
    for number, part in enumerate(_delta_stripes.parts(classes)):
        chosen = part.of(own, "own")
        parts.append(
            (part, loops.keys(chosen, shift, out=_scratch.array(f"keys {number}", len(chosen), "u1")))
        )
    headers = [[source.take(_GROUP) for _ in groups(keys.counts)] for _, keys in parts]
    for (part, keys), header in zip(parts, headers, strict=True):
        left, escapes = source.residuals(header, groups(keys.counts), escapes)
        elements = out if part.is_all else _scratch.array("moved", len(left), left.dtype)
        loops.unsort(left, part.of(below, "below"), Order(order), keys, elements)
        part.put(out, elements)
    if len(escapes) or source.left != len(destination) - count * width:
        raise Corrupt(f"a delta has {len(escapes)} escapes and {source.left} bytes too many")
    destination[count * width :] = source.bytes(source.left)


def _scaled(base: np.ndarray, factor: float) -> np.ndarray:
    return base if factor == 1 else kernel.loops().scale(base, factor)


class _Source:
    """The stored bytes, taken from the front."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, form: Struct) -> tuple[int, ...]:
        return form.unpack(self.bytes(form.size))

    def bytes(self, count: int) -> memoryview:
        """Raises Corrupt if there are fewer."""
        if count > self.left:
            raise Corrupt(f"a delta of {len(self._data)} bytes ends {count - self.left} too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def plane(self, kind: int, length: int, count: int) -> np.ndarray:
        """``count`` bytes, of which ``length`` are stored."""
        import numpy as np

        if kind not in KINDS or length != {int(Kind.CONSTANT): 1, int(Kind.RAW): count}.get(kind, length):
            raise Corrupt(f"{count} bytes of a delta have kind {kind} and {length} stored ones")
        data = self.bytes(length)
        if kind == Kind.CONSTANT:
            return np.full(count, data[0], np.uint8)
        return np.frombuffer(zstd.decompress(data, count) if kind == Kind.ZSTD else data, np.uint8)

    def residuals(
        self, headers: list[tuple[int, ...]], ends: list[int], escapes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(the residuals of all groups of a class, the escapes that are left for others)."""
        left = _scratch.array("left", ends[-1], escapes.dtype)
        start = 0
        for end, (noise, bits, kind, length) in zip(ends, headers, strict=True):
            if bits not in WIDTHS or noise >= 8 * left.itemsize:
                raise Corrupt(f"a delta has a group of {bits} bits above {noise}")
            size = end - start
            joined = self.plane(kind, length, _bits.size(size, bits))
            rest = self.bytes(_bits.size(size, noise))
            used = kernel.loops().unpack(left[start:end], noise, bits, joined, rest, escapes)
            if used > len(escapes):
                raise Corrupt("a delta lacks escapes")
            escapes, start = escapes[used:], end
        return left, escapes
