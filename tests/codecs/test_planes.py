"""The codec planes: exact for every bit pattern, small for floats, Corrupt for whatever is not its own."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tracemalloc
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import accumulate
from typing import Any

import numpy as np
import planes_vectors
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from casreg.codecs import planes
from casreg.codecs._planes_elements import CANDIDATES, WIDTHS, Transform, forward, invert, split
from casreg.codecs._planes_frames import Effort
from casreg.codecs._planes_kinds import Kind
from casreg.codecs._planes_sample import Plan
from casreg.errors import Corrupt

VECTORS: dict[str, Any] = json.loads(planes_vectors.FILE.read_text(encoding="utf-8"))
MIB = 1 << 20

widths = st.sampled_from(WIDTHS)
transforms = st.sampled_from(Transform)


def decoded(stored: bytes | memoryview, size: int) -> bytes:
    plain = bytearray(size)
    planes.decode(stored, memoryview(plain))
    return bytes(plain)


def stored_always(plain: bytes, width: int, transform: Transform, kinds: list[Kind] | None = None) -> bytes:
    """What encode() makes, written down from the specification, whatever it saves."""
    count = len(plain) // width
    elements = np.frombuffer(plain, f"<u{width}", count)
    table, body = b"", b""
    for number, plane in enumerate(split(forward(transform, elements))):
        kind = (kinds or [Kind.RAW] * width)[number]
        data = plane.tobytes()
        data = zstandard.compress(data) if kind == Kind.ZSTD else data[:1] if kind == Kind.CONSTANT else data
        table += struct.pack("<BI", kind, len(data))
        body += data
    return struct.pack("<BB", width, transform) + table + body + plain[count * width :]


def decoded_slowly(stored: bytes, size: int) -> bytes:
    """A second decoder, from the specification alone."""
    width, transform = stored[:2]
    count, over = divmod(size, width)
    at, rows = 2 + 5 * width, []
    for number in range(width):
        kind, length = struct.unpack_from("<BI", stored, 2 + 5 * number)
        data = stored[at : at + length]
        at += length
        rows.append({0: data * count, 1: data}[kind] if kind < 2 else zstandard.decompress(data))
    bits = 8 * width
    numbers = [int.from_bytes(bytes(places), "little") for places in zip(*rows, strict=True)]
    if transform in (1, 2):
        by = 1 if transform == 1 else 4
        numbers = [n >> by | n << bits - by for n in numbers]
    if transform in (3, 4):
        numbers = [n >> 1 ^ -(n & 1) for n in numbers]
    if transform == 4:
        numbers = list(accumulate(numbers))
    return b"".join((n % 2**bits).to_bytes(width, "little") for n in numbers) + stored[at : at + over]


@st.composite
def arrays(draw: st.DrawFn) -> tuple[bytes, int]:
    """(plain bytes, width): noise, constants, few values, runs, sorted; with and without a remainder."""
    width = draw(widths)
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 3000))
    noise = np.random.default_rng(seed).bytes(count * width)
    numbers = np.frombuffer(noise, f"<u{width}")
    made = draw(st.sampled_from(["noise", "constant", "few", "runs", "sorted", "small"]))
    if made == "constant":
        plain = noise[:width] * count
    elif made == "few":
        plain = (numbers % numbers.dtype.type(3)).tobytes()
    elif made == "runs":
        plain = np.repeat(numbers, 20)[:count].tobytes()
    elif made == "sorted":
        plain = np.sort(numbers).tobytes()
    elif made == "small":
        plain = (numbers % numbers.dtype.type(101) - numbers.dtype.type(50)).tobytes()
    else:
        plain = noise
    return plain + draw(st.binary(max_size=width - 1)), width


@given(arrays())
def test_what_is_encoded_comes_back(chunk: tuple[bytes, int]) -> None:
    plain, width = chunk
    stored = planes.encode(plain, width)
    if stored is not None:
        assert len(stored) < 0.97 * len(plain)
        assert decoded(stored, len(plain)) == plain
        assert decoded_slowly(stored, len(plain)) == plain


@given(st.binary(min_size=8, max_size=200), widths, transforms, st.booleans())
@example(b"\x80" * 16, 8, Transform.ZIGZAG, True)
def test_every_bit_pattern_survives_every_transform(
    plain: bytes, width: int, transform: Transform, packed: bool
) -> None:
    stored = stored_always(plain, width, transform, [Kind.ZSTD] * width if packed else None)
    assert decoded(stored, len(plain)) == plain == decoded_slowly(stored, len(plain))


@pytest.mark.parametrize("transform", Transform)
@pytest.mark.parametrize("width", WIDTHS)
def test_transforms_are_undone_across_the_blocks_they_are_undone_in(width: int, transform: Transform) -> None:
    elements = np.frombuffer(np.random.default_rng(5).bytes(300_000 // width * width), f"<u{width}")
    there = forward(transform, elements).copy()
    invert(transform, there)
    assert (there == elements).all()


@pytest.mark.parametrize("width", [1, 2])
def test_all_numbers_of_one_and_two_bytes(width: int) -> None:
    elements = np.arange(256**width, dtype=f"<u{width}")
    for transform in Transform:
        there = forward(transform, elements).copy()
        if transform != Transform.DIFFERENCES:
            assert len(np.unique(there)) == len(there)
        invert(transform, there)
        assert (there == elements).all()


@pytest.mark.parametrize("width", WIDTHS)
def test_tiny_chunks_are_left_alone(width: int) -> None:
    for size in {0, 1, width - 1, width, width + 1, 2 * width}:
        assert planes.encode(bytes(size), width) is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("remainder", [0, 1, 7])
def test_a_constant_chunk_is_a_header(width: int, remainder: int) -> None:
    element = bytes(range(1, width + 1))
    plain = element * 1000 + element[: remainder % width]
    stored = planes.encode(plain, width, Plan(Transform.NONE, (Effort.ENTROPY,) * width, 0.0))
    assert stored is not None
    assert len(stored) == 2 + 5 * width + width + remainder % width
    assert decoded(stored, len(plain)) == plain


@pytest.mark.parametrize(
    ("dtype", "quiet", "signalling"),
    [
        ("<u2", [0x7E01, 0xFE01, 0x7FC1, 0xFFC1], [0x7C01, 0xFC01, 0x7F81, 0xFF81]),
        ("<u4", [0x7FC12345, 0xFFC12345], [0x7F812345, 0xFF812345]),
        ("<u8", [0x7FF8123456789ABC, 0xFFF8123456789ABC], [0x7FF0123456789ABC, 0xFFF0123456789ABC]),
    ],
)
def test_payloads_of_nan_and_the_sign_of_zero_survive(
    dtype: str, quiet: list[int], signalling: list[int]
) -> None:
    width = np.dtype(dtype).itemsize
    odd = [*quiet, *signalling, 0, 1 << (8 * width - 1), 1, (1 << (8 * width)) - 1]
    plain = np.array(odd * 100, dtype).tobytes()
    for transform in CANDIDATES[width]:
        for effort in Effort:
            stored = planes.encode(plain, width, Plan(transform, (effort,) * width, 0.0))
            assert stored is not None
            assert decoded(stored, len(plain)) == plain


def normal(count: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(count) * 0.02


def bf16(floats: np.ndarray) -> np.ndarray:
    bits = floats.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def test_weights_become_as_small_as_their_exponents_allow() -> None:
    for array, width, most in [
        (bf16(normal(MIB // 2)), 2, 0.666),
        (normal(MIB // 4).astype("<f4"), 4, 0.835),
        (normal(MIB // 2).astype("<f2"), 2, 0.846),
        (normal(MIB // 8), 8, 0.877),
        (np.arange(MIB // 8) * 7, 8, 0.001),
        (np.sort(np.random.default_rng(1).integers(0, 1 << 40, MIB // 8)), 8, 0.40),
        (np.random.default_rng(1).integers(-100, 100, MIB // 4).astype("<i4"), 4, 0.26),
    ]:
        plain = array.tobytes()
        stored = planes.encode(plain, width)
        assert stored is not None
        assert len(stored) < most * len(plain)
        assert decoded(stored, len(plain)) == plain


def test_rows_that_repeat_are_found_by_a_searching_level() -> None:
    plain = normal(500).astype("<f4").tobytes() * 500
    stored = planes.encode(plain, 4)
    assert stored is not None
    assert len(stored) < 0.02 * len(plain)
    assert decoded(stored, len(plain)) == plain


def test_noise_is_not_worth_it() -> None:
    assert planes.encode(np.random.default_rng(1).bytes(MIB), 4) is None


def test_what_is_noise_in_the_sample_only_is_compressed() -> None:
    elements = np.random.default_rng(5).integers(0, 1 << 16, MIB // 2, np.uint16)
    elements[MIB // 16 : MIB // 5] = 7  # between the places that the sample is taken from
    plain = elements.tobytes()
    chosen = planes.plan(plain, 2)
    assert chosen.efforts == (Effort.NOISE, Effort.NOISE)
    stored = planes.encode(plain, 2, chosen)
    assert stored is not None
    assert len(stored) < 0.75 * len(plain)
    assert decoded(stored, len(plain)) == plain


def test_what_is_noise_all_over_is_stored_as_it_is() -> None:
    bits = np.random.default_rng(6).standard_normal(MIB // 4, np.float32).view(np.uint32)
    plain = (bits >> 16).astype("<u2").tobytes()
    chosen = planes.plan(plain, 2)
    assert chosen.efforts == (Effort.NOISE, Effort.ENTROPY)
    stored = planes.encode(plain, 2, chosen)
    assert stored is not None
    assert stored[2] == Kind.RAW
    assert stored == planes.encode(plain, 2, chosen._replace(efforts=(Effort.ENTROPY, Effort.ENTROPY)))


def test_estimates_come_close_and_their_plan_is_what_encode_follows() -> None:
    for array, width in [(bf16(normal(MIB // 2)), 2), (normal(MIB // 4).astype("<f4"), 4)]:
        plain = memoryview(array.tobytes())
        estimate = planes.estimate(plain, width)
        stored = planes.encode(plain, width, estimate.plan)
        assert stored is not None
        assert estimate.raw == len(plain)
        assert abs(estimate.planes - len(stored)) < 0.01 * len(plain)
        assert estimate.planes < 0.97 * estimate.zstd
    text = b"".join(b"%d: the row of this number\n" % i for i in range(40_000))
    estimate = planes.estimate(text, 1)
    assert estimate.zstd < 0.5 * len(text)


@given(arrays())
def test_estimates_are_made_of_anything_that_has_an_element(chunk: tuple[bytes, int]) -> None:
    plain, width = chunk
    if len(plain) >= width:
        estimate = planes.estimate(memoryview(plain), width)
        assert estimate.raw == len(plain)
        assert 0 < estimate.planes <= estimate.raw + 2 + 5 * width


def test_words_of_safetensors_have_widths() -> None:
    assert planes.choose_width("F64") == planes.choose_width("I64") == 8
    assert planes.choose_width("F32") == planes.choose_width("C64") == 4
    assert planes.choose_width("BF16") == planes.choose_width("F16") == 2
    assert planes.choose_width("F8_E4M3") == planes.choose_width("BOOL") == 1
    assert planes.choose_width("F4") is None
    assert planes.choose_width("") is None


def test_views_at_odd_addresses_do_as_well() -> None:
    plain = bf16(normal(50_000)).tobytes() + b"\x01"
    stored = planes.encode(memoryview(b"x" + plain)[1:], 2)
    assert stored is not None
    destination = bytearray(len(plain) + 2)
    planes.decode(memoryview(b"x" + stored)[1:], memoryview(destination)[1:-1])
    assert destination == b"\0" + plain + b"\0"


def test_threads_do_not_disturb_one_another() -> None:
    chunks = [bf16(normal(30_000) * scale).tobytes() for scale in (1, 3, 50, 1000)] * 5

    def there_and_back(plain: bytes) -> bool:
        stored = planes.encode(plain, 2)
        return stored is not None and decoded(stored, len(plain)) == plain

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(there_and_back, chunks))


@pytest.mark.parametrize("width", WIDTHS)
def test_decoding_sets_aside_no_more_than_it_fills(width: int) -> None:
    plain = np.random.default_rng(1).bytes(4 * MIB)
    destination = memoryview(bytearray(len(plain)))
    for transform in Transform:
        stored = stored_always(plain, width, transform, [Kind.ZSTD] * width)
        planes.decode(stored, destination)
        tracemalloc.start()
        planes.decode(stored, destination)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < len(plain) + (512 << 10)
        assert destination == plain


def test_importing_the_codec_does_not_load_numpy() -> None:
    code = "import sys, casreg.codecs.planes; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False).returncode == 0


# --- golden vectors


@pytest.mark.parametrize("vector", VECTORS["decoded"], ids=lambda v: v["name"])
def test_golden_vectors_decode(vector: dict[str, Any]) -> None:
    plain, stored = b64decode(vector["plain"]), b64decode(vector["stored"])
    assert decoded(stored, len(plain)) == plain
    assert decoded_slowly(stored, len(plain)) == plain


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["name"])
def test_golden_vectors_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Corrupt):
        decoded(b64decode(vector["stored"]), vector["size"])


def test_the_generator_makes_vectors_that_decode_to_the_same() -> None:
    """Not the same stored bytes: those are zstd's, of the version at hand."""
    made = planes_vectors.vectors()
    assert made["refused"] == VECTORS["refused"]
    for new, old in zip(made["decoded"], VECTORS["decoded"], strict=True):
        assert (new["name"], new["plain"]) == (old["name"], old["plain"])
        plain = b64decode(new["plain"])
        assert decoded(b64decode(new["stored"]), len(plain)) == plain


def test_the_vectors_hold_every_width_transform_and_kind() -> None:
    heads = [b64decode(vector["stored"]) for vector in VECTORS["decoded"]]
    assert {stored[0] for stored in heads} == set(WIDTHS)
    assert {stored[1] for stored in heads} == set(Transform)
    assert {stored[2 + 5 * i] for stored in heads for i in range(stored[0])} == set(Kind)


# --- hostile bytes

PLAIN = bf16(normal(500)).tobytes() + b"\x01"
GOOD = [
    stored_always(PLAIN, 2, Transform.ROTATE_1, [Kind.RAW, Kind.ZSTD]),
    stored_always(PLAIN, 4, Transform.DIFFERENCES, [Kind.ZSTD] * 4),
    stored_always(PLAIN, 8, Transform.ROTATE_4, [Kind.CONSTANT, *[Kind.ZSTD, Kind.RAW] * 3, Kind.ZSTD]),
    stored_always(PLAIN, 1, Transform.NONE, [Kind.ZSTD]),
]


def corrupt_or_some_bytes(stored: bytes, size: int) -> None:
    """Decoding ends in Corrupt or in bytes; what lies around the destination stays as it was."""
    room = bytearray(b"\xaa" * (size + 32))
    with suppress(Corrupt):
        planes.decode(stored, memoryview(room)[16 : 16 + size])
    assert room[:16] == room[16 + size :] == b"\xaa" * 16


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_any_bytes_are_corrupt_or_bytes(stored: bytes, size: int) -> None:
    corrupt_or_some_bytes(stored, size)


@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.integers(-3, 3),
)
def test_mutated_bytes_are_corrupt_or_bytes(good: bytes, changes: list[tuple[int, int]], resize: int) -> None:
    stored = bytearray(good)
    for at, value in changes:
        stored[at % (60 if at % 2 else len(stored))] = value
    if resize:
        stored = stored[:resize] if resize < 0 else stored + bytes(resize)
    corrupt_or_some_bytes(bytes(stored), len(PLAIN))


@pytest.mark.parametrize("good", GOOD, ids=len)
def test_a_truncation_anywhere_is_corrupt(good: bytes) -> None:
    for size in range(0, len(good), 7 if len(good) > 200 else 1):
        with pytest.raises(Corrupt):
            decoded(good[:size], len(PLAIN))
    with pytest.raises(Corrupt):
        decoded(good + b"\0", len(PLAIN))


@pytest.mark.parametrize("good", GOOD, ids=len)
def test_another_plain_size_is_corrupt(good: bytes) -> None:
    width = good[0]
    for size in (0, 1, len(PLAIN) - width, len(PLAIN) + width, 2 * len(PLAIN), 10 * MIB):
        with pytest.raises(Corrupt):
            decoded(good, size)


def with_frame(frame: bytes, width: int = 1) -> bytes:
    return struct.pack("<BBBI", width, 0, 2, len(frame)) + frame


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        zstandard.compress(b""),
        zstandard.compress(bytes(999)),
        zstandard.compress(bytes(1001)),
        zstandard.compress(bytes(1 << 24)),
        zstandard.compress(bytes(1000)) + b"\0",
        zstandard.compress(bytes(1000))[:-1],
        zstandard.compress(bytes(500)) * 2,
        zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1000)),
        b"\x50\x2a\x4d\x18" + struct.pack("<I", 1000) + bytes(1000),
    ],
    ids=["empty", "of nothing", "short", "long", "bomb", "tail", "cut", "two", "no size", "skippable"],
)
def test_frames_that_are_not_the_plane_are_corrupt(frame: bytes) -> None:
    with pytest.raises(Corrupt):
        decoded(with_frame(frame), 1000)
    assert decoded(with_frame(zstandard.compress(bytes(1000))), 1000) == bytes(1000)


def test_lengths_that_wrap_around_are_corrupt() -> None:
    table = struct.pack("<BI", Kind.ZSTD, 2**32 - 1) + struct.pack("<BI", Kind.ZSTD, 2)
    with pytest.raises(Corrupt):
        decoded(struct.pack("<BB", 2, 0) + table + bytes(1), 2000)
