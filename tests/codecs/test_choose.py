"""Which codec a chunk gets, and what a chunk may take over from the one before it."""

from __future__ import annotations

import numpy as np
import pytest

from casreg import codecs
from casreg.codecs import Codec, Coded

COUNT = 1 << 18


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


def bf16(seed: int = 0, scale: float = 0.02) -> bytes:
    bits = (rng(seed).standard_normal(COUNT, np.float32) * np.float32(scale)).view(np.uint32)
    return (bits >> 16).astype("<u2").tobytes()


def unlike() -> dict[str, bytes]:
    """Chunks of the same width that want something else than weights."""
    half = bytearray(bf16())
    half[: len(half) // 2] = bytes(len(half) // 2)
    rows = np.tile(np.frombuffer(bf16()[:4096], "<u2"), COUNT * 2 // 4096)
    return {
        "sorted": np.sort(rng().integers(0, 1 << 16, COUNT)).astype("<u2").tobytes(),
        "constant": bytes(2 * COUNT),
        "noise": rng().bytes(2 * COUNT),
        "half empty": bytes(half),
        "rows that repeat": rows.tobytes(),
    }


def plain(coded: Coded, size: int) -> bytes:
    found = bytearray(size)
    codecs.decode(coded.codec, b"".join(coded.data), memoryview(found))
    return bytes(found)


def test_a_chunk_like_the_one_before_is_stored_as_it_would_be_alone() -> None:
    before, chunk = codecs.encode(bf16(), 2), bf16(seed=1)
    assert before.plan is not None
    after = codecs.encode(chunk, 2, before.plan)
    assert after == codecs.encode(chunk, 2)._replace(plan=before.plan)
    assert plain(after, len(chunk)) == chunk


@pytest.mark.parametrize(("name", "chunk"), unlike().items())
def test_a_chunk_unlike_the_one_before_is_stored_as_it_would_be_alone(name: str, chunk: bytes) -> None:
    after = codecs.encode(chunk, 2, codecs.encode(bf16(), 2).plan)
    assert after == codecs.encode(chunk, 2)
    assert plain(after, len(chunk)) == chunk


def test_weights_of_another_scale_are_like_it() -> None:
    before = codecs.encode(bf16(), 2)
    after = codecs.encode(bf16(seed=1, scale=3.0), 2, before.plan)
    assert after.codec == Codec.PLANES
    assert after.plan == before.plan


def test_only_planes_leave_a_plan() -> None:
    assert codecs.encode(rng().bytes(1 << 20), 4).plan is None
    assert codecs.encode(b"words " * 100_000).plan is None
