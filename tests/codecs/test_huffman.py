"""Frames of Huffman codes alone: numpy and the kernel make the same, zstd reads it; the kernel reads zstd."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from casreg.codecs import _huffman, kernel
from casreg.codecs._huffman import LONGEST, Outcome
from casreg.codecs._loops import Loops

NUMPY = kernel.NUMPY
KERNEL = kernel.COMPILED or kernel.NUMPY
KIB = 1 << 10

needs_kernel = pytest.mark.skipif(kernel.COMPILED is None, reason="there is no compiler here")


@pytest.fixture(autouse=True, scope="module")
def loops() -> None:
    """Instead of the folder's: here each test names those that it runs."""


def unzstd(frame: bytes, size: int) -> bytes:
    assert zstandard.frame_content_size(frame) == size
    content: bytes = zstandard.ZstdDecompressor().decompress(frame, size, allow_extra_data=False)
    return content


def drawn(chances: np.ndarray, count: int, seed: int = 1) -> np.ndarray:
    """Bytes of which each is as likely as said."""
    rng = np.random.default_rng(seed)
    return rng.choice(len(chances), count, p=chances / chances.sum()).astype(np.uint8)


sizes = st.integers(1, 40) | st.sampled_from(
    [255, 256, 257, 1000, 1023, 1024, 1025, 1027, 5000, 16383, 16384, 65791, 65792]
)


@st.composite
def planes(draw: st.DrawFn, sizes: st.SearchStrategy[int] = sizes) -> np.ndarray:
    """Bytes of any histogram: few and many of them, flat, bell-shaped, and skewed beyond the longest code."""
    count, seed = draw(sizes), draw(st.integers(0, 1 << 32))
    symbols = draw(st.sampled_from([1, 2, 3, 17, 128, 129, 130, 255, 256]))
    steepness = draw(st.sampled_from([0.0, 0.01, 0.05, 0.3, 0.7, 1.0]))
    plane = drawn(np.exp2(-steepness * np.arange(symbols)), count, seed)
    named = np.random.default_rng(seed).permutation(256).astype(np.uint8)
    return draw(st.sampled_from([plane, named[plane], 255 - plane, plane + 100]))


def check(plane: np.ndarray) -> bytes | Outcome:
    made = KERNEL.compress(plane)
    assert NUMPY.compress(plane) == made
    if isinstance(made, bytes):
        assert len(made) < len(plane)
        assert unzstd(made, len(plane)) == plane.tobytes()
        found = KERNEL.decompress(made, len(plane))
        assert (found is None) == (KERNEL is NUMPY)
        assert found is None or found.tobytes() == plane.tobytes()
    return made


@given(planes())
@example(np.zeros(1, np.uint8))
@example(np.arange(256, dtype=np.uint8))
def test_both_make_the_same_and_zstd_reads_it(plane: np.ndarray) -> None:
    check(plane)


@pytest.mark.parametrize("count", [n * 128 * KIB + by for n in (1, 2) for by in (-1, 0, 1, 500)])
def test_large_planes_are_in_blocks(count: int) -> None:
    chances = np.exp2(-np.arange(20) / 2)
    plane = drawn(chances, count)
    made = check(plane)
    share = chances / chances.sum()
    entropy = -(share * np.log2(share)).sum() / 8
    assert isinstance(made, bytes)
    assert len(made) < (entropy + 0.01) * count


def test_a_block_that_gains_nothing_is_raw_beside_others() -> None:
    noise = np.random.default_rng(0).integers(0, 256, 128 * KIB, np.uint8)
    small = noise >> 5
    made = check(np.concatenate([small, noise, small]))
    assert isinstance(made, bytes)
    assert len(made) < 128 * KIB * 1.78
    assert noise.tobytes() in made


@pytest.mark.parametrize("symbols", [2, 3, 16, 128, 129, 130, 254, 255])
def test_any_number_of_symbols_has_codes(symbols: int) -> None:
    """Up to where there is nothing to gain; also with those that are there at either end."""
    for plane in (drawn(np.ones(symbols), 8000), drawn(1 / np.arange(1, symbols + 1), 8000)):
        for values in (plane, plane + (256 - symbols), 255 - plane):
            made = check(values.astype(np.uint8))
            assert isinstance(made, bytes) or symbols > 230


def test_codes_are_no_longer_than_the_longest_and_near_the_best() -> None:
    """Fibonacci's numbers make the deepest of trees."""
    counts = [1, 1]
    while sum(counts) < 100_000:
        counts.append(counts[-1] + counts[-2])
    plane = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.uint8)
    lengths = _huffman._lengths(np.bincount(plane, minlength=256).tolist())
    assert max(lengths) == LONGEST
    assert sum(2.0**-length for length in lengths if length) == 1
    made = check(plane)
    assert isinstance(made, bytes)
    by_zstd = zstandard.ZstdCompressor(level=1).compress(plane.tobytes())
    assert len(made) < 1.01 * len(by_zstd)


@pytest.mark.parametrize(
    ("plane", "outcome"),
    [
        (np.zeros(1000, np.uint8), Outcome.MATCHES),
        (np.repeat(drawn(np.ones(9), 1000), 3), Outcome.MATCHES),
        (drawn(np.array([0.95, 0.05]), 9000), Outcome.MATCHES),
        (np.random.default_rng(1).integers(0, 256, 9000, np.uint8), Outcome.NO_GAIN),
        (np.arange(7, dtype=np.uint8), Outcome.NO_GAIN),
    ],
)
def test_what_is_for_zstd_or_for_no_one_is_told(plane: np.ndarray, outcome: Outcome) -> None:
    assert check(plane) == outcome


@needs_kernel
def test_there_is_no_frame_where_there_is_no_room() -> None:
    from casreg.codecs import _kernel

    plane = drawn(np.ones(16), 3000)
    size = _kernel.compress(plane, bytearray(3000))
    for room in range(0, size, 7):
        memory = bytearray(b"\xaa" * (room + 64))
        assert _kernel.compress(plane, memoryview(memory)[32 : 32 + room]) == 0
        assert memory[:32] == memory[32 + room :] == b"\xaa" * 32
    assert _kernel.compress(plane, bytearray(size)) == size


# --- what others made


@needs_kernel
@given(planes(), st.sampled_from([-50, -1, 1, 3, 9, 19]))
def test_frames_of_zstd_are_read_alike_or_left_to_it(plane: np.ndarray, level: int) -> None:
    for options in ({}, {"write_checksum": True}, {"write_content_size": False}):
        frame = zstandard.ZstdCompressor(level=level, **options).compress(plane.tobytes())
        found = KERNEL.decompress(frame, len(plane))
        assert found is None or (not options and found.tobytes() == plane.tobytes())


@needs_kernel
def test_frames_without_a_match_are_read() -> None:
    for count in (600, 5000, 70_000, 500_000):
        plane = drawn(np.exp2(-np.arange(100) / 8), count)
        params = zstandard.ZstdCompressionParameters(strategy=1, min_match=7, hash_log=6, window_log=17)
        frame = zstandard.ZstdCompressor(compression_params=params).compress(plane.tobytes())
        found = KERNEL.decompress(frame, count)
        assert found is not None
        assert found.tobytes() == plane.tobytes()
        assert KERNEL.decompress(frame, count - 1) is KERNEL.decompress(frame, count + 1) is None


def mutations(frame: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """The frame with some bits or bytes changed, cut off or appended; more often near its beginning."""
    for _ in range(60):
        changed = bytearray(frame)
        for _ in range(int(rng.integers(1, 4))):
            at = int(len(frame) * rng.random() ** 3)
            changed[at] = rng.choice(
                [changed[at] ^ 1 << int(rng.integers(8)), 0, 255, int(rng.integers(256))]
            )
        yield bytes(changed)
    yield frame + b"\0"
    yield from (frame[: int(cut)] for cut in rng.integers(0, len(frame), 10))


@needs_kernel
@given(planes(), st.integers(0, 1 << 32), st.booleans())
def test_damaged_frames_are_read_as_zstd_reads_them_or_left_to_it(
    plane: np.ndarray, seed: int, by_zstd: bool
) -> None:
    made = zstandard.ZstdCompressor(level=1).compress(plane.tobytes()) if by_zstd else KERNEL.compress(plane)
    for frame in mutations(made, np.random.default_rng(seed)) if isinstance(made, bytes) else ():
        for size in (len(plane), len(plane) + 1):
            found = KERNEL.decompress(frame, size)
            if found is not None:
                assert unzstd(frame, size) == found.tobytes()


@needs_kernel
@given(st.binary(max_size=60), st.integers(1, 200))
def test_any_bytes_behind_a_header_are_read_as_zstd_reads_them_or_left_to_it(body: bytes, size: int) -> None:
    block = (len(body) << 3 | 2 << 1 | 1).to_bytes(3, "little")
    frame = b"\x28\xb5\x2f\xfd\x20" + bytes([size]) + block + body
    found = KERNEL.decompress(frame, size)
    if found is not None:
        assert unzstd(frame, size) == found.tobytes()


def test_loops_are_of_one_protocol() -> None:
    both: list[Loops] = [NUMPY, KERNEL]
    assert all(isinstance(loops.compress(np.zeros(9, np.uint8)), Outcome) for loops in both)
