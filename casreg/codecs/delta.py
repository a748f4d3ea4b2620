"""delta: the elements of an array as what they differ by from those of a base (spec/codecs.md).

A step of training moves a weight by about as much as any other: in units of its last place, by the less
the larger it is. Residuals are therefore coded in groups, by the exponent of the base's element, each
with as many bits left alone as are noise there; stripes that hardly moved apart from the others. Needs
numpy, loaded when first used.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from casreg.codecs import _bits, _delta_groups, _scratch, kernel, zstd
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_groups import HEAD, layout, misfit
from casreg.codecs._delta_sample import SHIFTS, Way, estimate, is_factor
from casreg.codecs._delta_stripes import count_of
from casreg.codecs._loops import SEARCH, Packed, Sorted
from casreg.codecs._planes_elements import Transform
from casreg.codecs._planes_frames import PLANE, Effort, frame, plane, search
from casreg.codecs._planes_kinds import KINDS, Kind
from casreg.errors import Corrupt

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Way", "decode", "encode", "estimate"]

_HEAD: Final = Struct("<BBBfI")
"""Width, order, shift, factor (1 for none), number of escapes."""
_CLASS_BITS: Final = 2


@_scratch.turn()
def encode(
    plain: bytes | memoryview,
    base: bytes | memoryview,
    width: int,
    way: Way,
    most: float | None = None,
    memory: memoryview | None = None,
) -> bytes | memoryview | None:
    """The stored bytes of a chunk of elements of ``width`` bytes; ``base`` has as many bytes.

    ``most``: None rather than more bytes than that. ``memory``: as many bytes as the chunk has, for the
    result to lie in; without, or where it is larger, it is new.
    """
    import numpy as np

    count = len(plain) // width
    elements, own = (np.frombuffer(data, f"<u{width}", count) for data in (plain, base))
    left = _scratch.array("left", count, elements.dtype)
    by = kernel.loops().sort(elements, own, _scaled(own, way.factor), way.order, way.shift, left)
    ends = _delta_groups.groups(by.tally)
    packed = kernel.loops().pack(left, ends)
    stored = _stored(way, by.classes, ends, packed, memoryview(plain)[count * width :])
    if most is not None and sum(map(len, stored)) > most:
        return None
    return _joined(stored, memory)


def _stored(
    way: Way, classes: np.ndarray, ends: np.ndarray, packed: Packed, rest: memoryview
) -> list[bytes | memoryview]:
    """What is stored, end to end; some of it in scratch memory."""
    escapes = packed.escapes
    planes = kernel.loops().split(escapes, Transform.NONE) if len(escapes) else []
    if len(classes):
        planes = [_bits.pack(classes, _CLASS_BITS), *planes]
    framed = [frame(plane, Effort.ENTROPY) for plane in planes]
    groups = _searched(packed, ends)
    return [
        _HEAD.pack(escapes.itemsize, way.order, way.shift, way.factor, len(escapes)),
        *(PLANE.pack(kind, len(data)) for kind, data in framed),
        *(data for _, data in framed),
        packed.heads.tobytes(),
        *groups,
        rest,
    ]


def _searched(packed: Packed, ends: np.ndarray) -> list[memoryview | bytes]:
    """The groups' symbols and noise, with zstd's frames where a search may pay; heads then say so."""
    import numpy as np

    heads, body = packed.heads, packed.body
    wanted = np.flatnonzero(heads["kind"] == SEARCH).tolist()
    places = layout(heads, ends).places.tolist() if wanted else []
    pieces: list[memoryview | bytes] = []
    done = 0
    for group in wanted:
        at, end = places[group], places[group] + int(heads["length"][group])
        made = search(body[at:end], Effort.ENTROPY)
        heads["kind"][group] = Kind.RAW if made is None else Kind.ZSTD
        if made is not None:
            heads["length"][group] = len(made)
            pieces += (body[done:at].data, made)
            done = end
    return [*pieces, body[done:].data]


def _joined(pieces: list[bytes | memoryview], memory: memoryview | None) -> bytes | memoryview:
    if memory is None or sum(map(len, pieces)) > len(memory):
        return b"".join(pieces)
    at = 0
    for piece in pieces:
        memory[at : at + len(piece)] = piece
        at += len(piece)
    return memory[:at]


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
    loops = kernel.loops()
    striped = [source.take(PLANE) for _ in range(bool(count))]
    planes = [source.take(PLANE) for _ in range(width)] if escaped else []
    classes = np.empty(count_of(count), np.uint8)
    for kind, length in striped:
        size = _bits.size(len(classes), _CLASS_BITS)
        packed = source.plane(kind, length, size)
        _bits.unpack(
            packed.data if len(packed) == size else memoryview(packed.tobytes() * size),
            _CLASS_BITS,
            classes,
        )
    escapes = np.empty(escaped, f"<u{width}")
    if escaped:
        merged = [source.plane(kind, n, escaped) for kind, n in planes]
        loops.merge(merged, Transform.NONE, escapes)
    by = Sorted(classes, loops.tally(own, shift, classes))
    left = _scratch.array("left", count, own.dtype)
    used = source.residuals(_delta_groups.groups(by.tally), escapes, left)
    if used != escaped or source.left != len(destination) - count * width:
        raise Corrupt(f"a delta has {escaped} escapes, {used} of them used, and {source.left} bytes over")
    out = np.frombuffer(destination[: count * width], f"<u{width}")
    loops.unsort(left, own, _scaled(own, factor), Order(order), shift, by, out)
    destination[count * width :] = source.read(source.left)


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
        return form.unpack(self.read(form.size))

    def read(self, count: int) -> memoryview:
        """Raises Corrupt if there are fewer."""
        if count > self.left:
            raise Corrupt(f"a delta of {len(self._data)} bytes ends {count - self.left} too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def plane(self, kind: int, length: int, count: int) -> np.ndarray:
        """``count`` bytes, or the one that they all are, of which ``length`` are stored."""
        if kind not in KINDS or length != {int(Kind.CONSTANT): 1, int(Kind.RAW): count}.get(kind, length):
            raise Corrupt(f"{count} bytes of a delta have kind {kind} and {length} stored ones")
        return plane(kind, self.read(length), count)

    def residuals(self, ends: np.ndarray, escapes: np.ndarray, out: np.ndarray) -> int:
        """Fill ``out`` with those of all groups; how many escapes that took."""
        import numpy as np

        form = np.dtype(HEAD)
        heads = np.frombuffer(self.read(form.itemsize * len(ends)), form)
        sizes, places = layout(heads, ends)
        if (group := misfit(heads, sizes, out.itemsize)) is not None:
            raise Corrupt(f"a delta has a group of {sizes[group]} bytes whose head is {heads[group]}")
        body = self.read(int(places[-1]))
        symbols = _scratch.array("symbols", int(sizes.sum()), "u1")
        loops = kernel.loops()
        for group in loops.read(body, ends, heads, symbols):
            at, size, done = int(places[group]), int(sizes[group]), int(sizes[:group].sum())
            by_zstd = zstd.decompress(body[at : at + int(heads["length"][group])], size)
            symbols[done : done + size] = np.frombuffer(by_zstd, np.uint8)
        used = loops.unpack(out, ends, heads, symbols, body, escapes)
        if used > len(escapes):
            raise Corrupt("a delta lacks escapes")
        return used
