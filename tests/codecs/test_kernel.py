"""The compiled inner loops give what numpy's give, byte for byte, and touch nothing that is not theirs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from casreg.codecs import _bits, _scratch, delta, kernel, planes
from casreg.codecs._delta_elements import Order, residuals
from casreg.codecs._delta_groups import HEAD, layout, misfit, packing
from casreg.codecs._delta_sample import SHIFTS
from casreg.codecs._loops import SEARCH, Loops
from casreg.codecs._planes_elements import CANDIDATES, Transform
from casreg.codecs._planes_frames import Effort
from casreg.codecs._planes_kinds import Kind
from casreg.codecs._planes_sample import Plan

NUMPY = kernel.NUMPY
KERNEL = (
    kernel.COMPILED or kernel.NUMPY
)  # where there is none, the first test says whether that is as it should be
BLOCK = 1024

unzstd = zstandard.ZstdDecompressor().decompress
widths = st.sampled_from([1, 2, 4, 8])
lengths = st.sampled_from(
    [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, *(n * BLOCK + by for n in (1, 3, 4, 5) for by in (-5, -1, 0, 1, 3))]
) | st.integers(0, 3000)


@pytest.fixture(autouse=True, scope="module")
def loops() -> None:
    """Instead of the folder's: here each test names those that it runs."""


def test_there_is_a_kernel_where_there_is_a_compiler() -> None:
    compiler = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")
    header = Path(sysconfig.get_path("include"), "Python.h")
    if compiler and header.exists() and sys.byteorder == "little":
        assert kernel.COMPILED is not None, "pip install has not built it: install again, with -v"


@pytest.mark.parametrize(("told", "used"), [("0", "numpy"), ("1", "compiled"), (None, "compiled")])
def test_an_environment_variable_switches_it_off(told: str | None, used: str) -> None:
    code = "from casreg.codecs import kernel; print(kernel.loops().__name__)"
    env = {key: value for key, value in os.environ.items() if key != "CASREG_KERNEL"}
    env |= {"CASREG_KERNEL": told} if told is not None else {}
    ran = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert ran.stdout.strip().endswith(f"_loops_{used if kernel.COMPILED else 'numpy'}")


# --- the same from both


def at_odd(elements: np.ndarray, by: int) -> np.ndarray:
    """The same elements, ``by`` bytes behind an address that suits them."""
    room = np.zeros(elements.nbytes + by, np.uint8)
    room[by:] = elements.view(np.uint8)
    return room[by:].view(elements.dtype)


@st.composite
def arrays(draw: st.DrawFn, width: int | None = None) -> np.ndarray:
    """Elements of any bits: noise, small numbers, one number; at odd addresses too."""
    width = width or draw(widths)
    rng, count = np.random.default_rng(draw(st.integers(0, 1 << 32))), draw(lengths)
    elements = rng.integers(0, 256, count * width, np.uint8).view(f"<u{width}")
    number = elements.dtype.type
    match draw(st.sampled_from(["noise", "small", "some are large", "one", "ends"])):
        case "small":
            elements = elements >> number(8 * width - draw(st.integers(1, 8)))
        case "some are large":
            elements[rng.random(count) < draw(st.sampled_from([0.99, 0.9, 0.1]))] &= number(1)
        case "one":
            elements[:] = elements[:1]
        case "ends":
            elements[:] = np.where(elements % number(2), number(0), ~number(0))
    return at_odd(elements, draw(st.integers(0, 3)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """(elements, as many of a base): equal, near, unlike."""
    base = draw(arrays())
    number, rng = base.dtype.type, np.random.default_rng(draw(st.integers(0, 1 << 32)))
    noise = rng.integers(0, 256, base.nbytes, np.uint8).view(base.dtype)
    near = draw(st.integers(0, 8 * base.itemsize - 1))
    return at_odd(base + (noise >> number(near)), draw(st.integers(0, 3))), base


def room_for(elements: np.ndarray) -> np.ndarray:
    return at_odd(np.full(len(elements), 0x5A, elements.dtype), 1)


@given(arrays(), st.sampled_from(Transform))
def test_elements_are_split_and_merged_alike(elements: np.ndarray, transform: Transform) -> None:
    split = NUMPY.split(elements, transform)
    assert [p.tobytes() for p in KERNEL.split(elements, transform)] == [p.tobytes() for p in split]
    for loops in (NUMPY, KERNEL):
        merged = room_for(elements)
        loops.merge(split, transform, merged)
        assert merged.tobytes() == elements.tobytes()


@given(arrays(), st.sampled_from(Transform), st.integers(0, 255))
def test_planes_of_one_byte_are_merged_alike(elements: np.ndarray, transform: Transform, which: int) -> None:
    split = NUMPY.split(elements, transform)
    mixed = [plane[:1] if which >> at & 1 and len(plane) else plane for at, plane in enumerate(split)]
    merged, expected = room_for(elements), room_for(elements)
    NUMPY.merge(mixed, transform, expected)
    KERNEL.merge(mixed, transform, merged)
    assert merged.tobytes() == expected.tobytes()


@given(pairs(), st.sampled_from(Order), st.sampled_from([*range(66), 255]), st.booleans())
def test_residuals_are_sorted_and_sorted_back_alike(
    pair: tuple[np.ndarray, np.ndarray], order: Order, shift: int, scaled: bool
) -> None:
    elements, own = pair
    below = own ^ own.dtype.type(5) if scaled else own
    left, expected = room_for(elements), room_for(elements)
    by = NUMPY.sort(elements, own, below, order, shift, expected)
    found = KERNEL.sort(elements, own, below, order, shift, left)
    assert left.tobytes() == expected.tobytes()
    assert found.classes.tobytes() == by.classes.tobytes()
    for tally in (found.tally, KERNEL.tally(own, shift, by.classes), NUMPY.tally(own, shift, by.classes)):
        assert tally.sum(axis=0).tolist() == by.tally.sum(axis=0).tolist()
    for loops, how in ((KERNEL, found), (NUMPY, by)):
        restored = room_for(elements)
        loops.unsort(left.copy(), own, below, order, shift, how, restored)
        assert restored.tobytes() == elements.tobytes()


@given(pairs(), st.sampled_from(Order))
def test_stripes_are_of_the_class_of_their_largest_residual(
    pair: tuple[np.ndarray, np.ndarray], order: Order
) -> None:
    elements, base = pair
    left = residuals(elements, base, order).tolist()
    bits = [max(left[i : i + 128]).bit_length() for i in range(0, len(left), 128)]
    for loops in (KERNEL, NUMPY):
        by = loops.sort(elements, base, base, order, 255, room_for(elements))
        assert by.classes.tolist() == [(b >= 1) + (b >= 9) + (b >= 17) for b in bits]


@given(arrays(4), st.floats(width=32))
@example(np.arange(0x00800000 - 99, 0x00800000 + 99, dtype="<u4"), 0.3)
@example(np.arange(0x7F800000 - 99, 0x7F800000 + 99, dtype="<u4"), 1.5)
def test_floats_are_scaled_alike(base: np.ndarray, factor: float) -> None:
    assert KERNEL.scale(base, factor).tobytes() == NUMPY.scale(base, factor).tobytes()


@st.composite
def grouped(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """(numbers of groups that are each of their own kind, where the groups end)."""
    width = draw(widths)
    members = [m for m in draw(st.lists(arrays(width), max_size=4)) if len(m)]
    numbers = np.concatenate(members) if members else np.empty(0, f"<u{width}")
    return at_odd(numbers, draw(st.integers(0, 3))), np.cumsum([len(m) for m in members], dtype=np.uint32)


@given(grouped())
def test_groups_are_packed_alike_and_unpacked_again(given: tuple[np.ndarray, np.ndarray]) -> None:
    numbers, ends = given
    with _scratch.turn():
        expected = NUMPY.pack(numbers, ends)
        packed = KERNEL.pack(numbers, ends)
        assert packed.heads.tobytes() == expected.heads.tobytes()
        assert packed.escapes.tobytes() == expected.escapes.tobytes()
        assert packed.body.tobytes() == expected.body.tobytes()
    heads, body, escapes = expected
    searched = heads["kind"] == SEARCH
    heads["kind"][searched] = Kind.RAW
    sizes, places = layout(heads, ends)
    assert misfit(heads, sizes, numbers.itemsize) is None
    assert places[-1] == len(body)
    planes = []
    for loops in (NUMPY, KERNEL):
        symbols = at_odd(np.full(int(sizes.sum()), 0x5A, np.uint8), 1)
        unread = loops.read(body.data, ends, heads, symbols)
        assert loops is NUMPY or not unread
        for group in unread:
            frame = body[places[group] :][: heads["length"][group]].tobytes()
            symbols[int(sizes[:group].sum()) :][: sizes[group]] = np.frombuffer(unzstd(frame), np.uint8)
        planes.append(symbols)
    assert planes[0].tobytes() == planes[1].tobytes()
    more = np.concatenate([escapes, escapes[:3]])
    for loops in (NUMPY, KERNEL):
        for given_escapes in (escapes, more):
            restored = room_for(numbers)
            made = loops.unpack(restored, ends, heads, planes[0], body.data, given_escapes)
            assert made == len(escapes)
            assert restored.tobytes() == numbers.tobytes()
        for few in {0, len(escapes) // 2, len(escapes) - 1} - {-1, len(escapes)}:
            args = ends, heads, planes[0], body.data, escapes[:few]
            assert loops.unpack(room_for(numbers), *args) > few


@given(grouped())
def test_a_group_has_few_escapes(given: tuple[np.ndarray, np.ndarray]) -> None:
    numbers, ends = given
    for group in np.split(numbers, ends)[:-1]:
        noise, bits = packing(group)
        escaped = int((group >> group.dtype.type(noise) >= (1 << bits) - 1).sum())
        assert bits == 8 or (noise == 0 and escaped <= len(group) // 12)
        assert noise == 0 or sum(int(x).bit_length() > noise + 6 for x in group) <= len(group) // 256


@given(st.data(), widths, st.sampled_from([1, 2, 4, 8]), lengths.filter(bool))
def test_any_symbols_and_noise_are_unpacked_alike(data: Any, width: int, bits: int, count: int) -> None:
    noise = data.draw(st.integers(0, 8 * width - 1))
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    symbols, rest = (rng.integers(0, 256, _bits.size(count, by), np.uint8).tobytes() for by in (bits, noise))
    escapes = rng.integers(0, 256, count * width, np.uint8).view(f"<u{width}")
    ends = np.array([count], np.uint32)
    heads = np.array([(noise, bits, Kind.RAW, len(symbols))], HEAD)
    made, expected = (np.empty(count, f"<u{width}") for _ in range(2))
    joined, body = np.frombuffer(symbols, np.uint8), memoryview(symbols + rest)
    used = NUMPY.unpack(expected, ends, heads, joined, body, escapes)
    assert KERNEL.unpack(made, ends, heads, joined, body, escapes) == used
    assert made.tobytes() == expected.tobytes()


def by_each(make: Callable[[], Any]) -> list[Any]:
    """What ``make`` gives with numpy's loops and with compiled ones."""
    made, before = [], kernel.loops()
    try:
        for loops in (NUMPY, KERNEL):
            kernel.use(loops)
            made.append(make())
    finally:
        kernel.use(before)
    return made


@given(st.data(), pairs(), st.binary(max_size=1))
def test_stored_bytes_are_the_same_and_each_decodes_them(
    data: Any, pair: tuple[np.ndarray, np.ndarray], rest: bytes
) -> None:
    plain, base = (elements.tobytes() + rest for elements in pair)
    width = pair[0].itemsize
    transform = data.draw(st.sampled_from(CANDIDATES[width]))
    shift = data.draw(st.sampled_from([*SHIFTS[width], 255]))
    factor = data.draw(st.sampled_from([1.0, 0.5, 3.25])) if width == 4 else 1.0
    way = delta.Way(data.draw(st.sampled_from(Order)), shift, factor)

    def decoded(decode: Callable[..., None], *stored: bytes) -> bytes:
        out = bytearray(len(plain))
        decode(*stored, memoryview(out))
        return bytes(out)

    reference, compiled = by_each(lambda: delta.encode(plain, base, width, way))
    assert reference == compiled
    assert by_each(lambda: decoded(delta.decode, reference, base)) == [plain] * 2
    plan = Plan(transform, (Effort.ENTROPY,) * width, 0.0)
    reference, compiled = by_each(lambda: planes.encode(plain, width, plan))
    assert reference == compiled
    if reference is not None:
        assert by_each(lambda: decoded(planes.decode, reference)) == [plain] * 2


# --- what is not so, it refuses, and writes nowhere else

needs_kernel = pytest.mark.skipif(kernel.COMPILED is None, reason="there is no compiler here")
PLAIN = bytes(range(48))
COUNTS = bytes(4 * 1024 * 4)


def u32(*numbers: int) -> bytes:
    return np.array(numbers, "<u4").tobytes()


GROUP = b"\x05\x08\x01\x0c\0\0\0"
"""Of twelve numbers: five bits of noise, eight of a symbol, raw, twelve bytes."""
NO_GROUPS = [
    (b"\x40" + GROUP[1:], bytes(108), 12),
    (b"\x05\x03" + GROUP[2:], bytes(20), 5),
    (b"\x05\x00" + GROUP[2:], bytes(20), 0),
    (b"\x05\x10" + GROUP[2:], bytes(20), 24),
    (GROUP[:2] + b"\x03" + GROUP[3:], bytes(20), 12),
    (GROUP[:2] + b"\x00" + GROUP[3:], bytes(20), 12),
    (GROUP[:3] + b"\x0b\0\0\0", bytes(19), 12),
    (GROUP[:2] + b"\x02\x0d\0\0\0", bytes(20), 12),
    (GROUP[:2] + b"\x02\xff\xff\xff\xff", bytes(20), 12),
    (GROUP, bytes(19), 12),
    (GROUP, bytes(21), 12),
    (GROUP, bytes(11), 12),
    (GROUP, bytes(20), 11),
    (GROUP, bytes(20), 13),
    (GROUP[1:], bytes(20), 12),
]
LIES: list[tuple[str, list[Any]]] = [
    ("split", [PLAIN, 3, 0, 48]),
    ("split", [PLAIN, 0, 0, 48]),
    ("split", [PLAIN, 4, 5, 48]),
    ("split", [PLAIN, 4, -1, 48]),
    ("split", [PLAIN, 4, 0, 47]),
    ("split", [PLAIN[:47], 4, 0, 47]),
    ("merge", [(), 0, 48]),
    ("merge", [(PLAIN,) * 3, 0, 144]),
    ("merge", [(PLAIN,) * 9, 0, 432]),
    ("merge", [(PLAIN, PLAIN), 0, 95]),
    ("merge", [(PLAIN, PLAIN), 0, 98]),
    ("merge", [(PLAIN, PLAIN), 9, 96]),
    ("merge", [(PLAIN, b""), 0, 96]),
    ("tally", [PLAIN, 4, -1, b"\0", 16384]),
    ("tally", [PLAIN, 4, 256, b"\0", 16384]),
    ("tally", [PLAIN, 4, 23, b"", 16384]),
    ("tally", [PLAIN, 4, 23, b"\0\0", 16384]),
    ("tally", [PLAIN, 4, 23, b"\0", 16383]),
    ("tally", [PLAIN[1:], 4, 23, b"\0", 16384]),
    ("tally", [PLAIN, 3, 23, b"\0", 16384]),
    ("sort", [PLAIN, PLAIN[1:], PLAIN, 4, 0, 23, 1, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN[1:], 4, 0, 23, 1, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 5, 0, 23, 1, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 4, 2, 23, 1, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 4, 0, 256, 1, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 4, 0, 23, 2, 16384, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 4, 0, 23, 1, 16383, 48]),
    ("sort", [PLAIN, PLAIN, PLAIN, 4, 0, 23, 1, 16384, 44]),
    ("unsort", [PLAIN, PLAIN, PLAIN, 4, 0, 23, b"\0", b"\xff" * 16384, 48]),
    ("unsort", [PLAIN, PLAIN, PLAIN, 1, 1, 3, b"\0", b"\x2f" + bytes(16383), 48]),
    ("unsort", [PLAIN, PLAIN, PLAIN, 8, 0, 52, b"\0", COUNTS, 40]),
    ("unsort", [PLAIN, PLAIN, PLAIN, 8, 0, 52, b"\0", COUNTS[1:], 48]),
    ("unsort", [PLAIN, PLAIN[1:], PLAIN, 4, 0, 23, b"\0", COUNTS, 48]),
    ("unsort", [PLAIN, PLAIN, PLAIN[1:], 4, 0, 23, b"\0", COUNTS, 48]),
    ("scale", [PLAIN[1:], 0.5, 47]),
    ("scale", [PLAIN, 0.5, 44]),
    ("pack_groups", [PLAIN, 3, u32(12), 12, 7, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(11), 12, 7, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(13), 12, 7, 60, 0]),
    ("pack_groups", [PLAIN[1:], 4, u32(12), 12, 7, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(0, 12), 12, 14, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(7, 7, 12), 12, 21, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(7, 5, 12), 12, 21, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(12)[1:], 12, 0, 60, 0]),
    ("pack_groups", [PLAIN, 4, memoryview(bytes(1) + u32(12))[1:], 12, 7, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(5, 12), 12, 13, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(12), 11, 7, 60, 0]),
    ("pack_groups", [PLAIN, 4, u32(12), 12, 7, 59, 0]),
    ("pack_groups", [PLAIN, 4, u32(12), 12, 7, 60, 3]),
    *[("read_groups", [body, u32(12), head, size, 1]) for head, body, size in NO_GROUPS],
    *[("unpack_groups", [48, 4, u32(12), head, bytes(size), body, b""]) for head, body, size in NO_GROUPS],
    ("read_groups", [bytes(20), u32(12), GROUP, 12, 0]),
    ("read_groups", [bytes(20), u32(0), GROUP, 12, 1]),
    ("read_groups", [bytes(20), u32(5, 12), GROUP, 12, 2]),
    ("read_groups", [bytes(20), u32(12)[1:], GROUP, 12, 1]),
    ("read_groups", [bytes(20), memoryview(bytes(1) + u32(12))[1:], GROUP, 12, 1]),
    ("unpack_groups", [48, 4, u32(12), b"\x20" + GROUP[1:], bytes(12), bytes(60), b""]),
    ("unpack_groups", [48, 4, u32(12), GROUP, bytes(12), bytes(20), b"abc"]),
    ("unpack_groups", [48, 4, u32(11), GROUP, bytes(12), bytes(20), b""]),
    ("unpack_groups", [47, 4, u32(12), GROUP, bytes(12), bytes(20), b""]),
    ("unpack_groups", [48, 3, u32(12), GROUP, bytes(12), bytes(20), b""]),
    ("compress", [b"", 10]),
]


@needs_kernel
@pytest.mark.parametrize(("name", "given"), LIES, ids=lambda x: x if isinstance(x, str) else "")
def test_lies_are_refused_and_nothing_around_the_output_is_touched(name: str, given: list[Any]) -> None:
    """A number where a buffer belongs stands for as many bytes to write to."""
    from casreg.codecs import _kernel

    numbers = {"split": (1, 2), "merge": (1,), "tally": (1, 2), "sort": (3, 4, 5), "unsort": (3, 4, 5)}
    numbers |= {"scale": (1,), "pack_groups": (1,), "unpack_groups": (1,)}
    rooms: list[bytearray] = []

    def room(size: int) -> memoryview:
        rooms.append(bytearray(b"\xaa" * (size + 64)))
        return memoryview(rooms[-1])[32 : 32 + size]

    whole = [
        room(value) if isinstance(value, int) and at not in numbers.get(name, ()) else value
        for at, value in enumerate(given)
    ]
    with pytest.raises(ValueError, match=r"."):
        getattr(_kernel, name)(*whole)
    assert all(made[:32] == made[-32:] == b"\xaa" * 32 for made in rooms)


@needs_kernel
@pytest.mark.parametrize("given", [("", 1, 0, bytearray()), (b"", 1, 0, b""), (b"", "1", 0, bytearray()), ()])
def test_what_is_no_buffer_to_write_to_is_refused(given: tuple[Any, ...]) -> None:
    from casreg.codecs import _kernel

    with pytest.raises((TypeError, BufferError)):
        _kernel.split(*given)


@needs_kernel
def test_escapes_that_have_no_room_are_counted_but_not_written() -> None:
    from casreg.codecs import _kernel

    room = bytearray(b"\xaa" * 20)
    numbers = np.zeros(24, "<u4")
    numbers[[5, 23]] = 9
    heads, body = bytearray(7), bytearray(120)
    written, found = _kernel.pack_groups(
        numbers, 4, u32(24), bytearray(24), heads, body, memoryview(room)[8:12]
    )
    assert (written, found) == (3, 2)
    assert heads == bytes([0, 1, Kind.RAW, 3, 0, 0, 0])
    assert body[:3] == bytes([0x20, 0, 0x80])
    assert room == b"\xaa" * 8 + b"\x08\0\0\0" + b"\xaa" * 8


@needs_kernel
def test_a_use_is_for_all_threads_until_the_next() -> None:
    used: list[Loops] = []
    by_each(lambda: used.append(kernel.loops()))
    assert used == [NUMPY, kernel.COMPILED]
