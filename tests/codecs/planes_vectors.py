"""Writes spec/vectors/planes.json: ``python tests/codecs/planes_vectors.py [file]``.

What zstd's compressor makes of a plane may differ with its version; only decoding is fixed by the format.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from casreg.codecs import planes
from casreg.codecs._planes_elements import Transform
from casreg.codecs._planes_frames import Effort
from casreg.codecs._planes_sample import Plan

FILE = Path(__file__).parents[2] / "spec" / "vectors" / "planes.json"
COUNT = 200
PACKAGES = ("blake3", "numpy", "pyfastcdc", "xxhash", "zstandard")


def vectors() -> dict[str, Any]:
    noise = _noise(COUNT)
    weights = [0.02 * (n / 2**32 - 0.5) for n in noise]
    f32 = struct.pack(f"<{COUNT}f", *weights)
    f64 = struct.pack(f"<{COUNT}d", *[float(2**-20 * round(2**20 * w)) for w in weights])
    bf16 = b"".join([f32[i + 2 : i + 4] for i in range(0, len(f32), 4)])
    i32 = struct.pack(f"<{COUNT}i", *[n % 100 - 50 for n in noise])
    sorted64 = struct.pack(f"<{COUNT}q", *accumulate(n % 1000 for n in noise))
    waves = struct.pack(f"<{COUNT}h", *accumulate(n % 60 - 30 for n in noise))
    few = bytes(n % 5 for n in noise)
    cases = [
        ("bf16, one byte more", bf16 + b"\x07", 2, Transform.ROTATE_1, Effort.ENTROPY),
        ("fp32", f32, 4, Transform.ROTATE_1, Effort.ENTROPY),
        ("fp32, three bytes more", f32 + b"abc", 4, Transform.NONE, Effort.ENTROPY),
        ("fp64, seven bytes more", f64 + b"abcdefg", 8, Transform.ROTATE_4, Effort.ENTROPY),
        ("signed integers", i32, 4, Transform.ZIGZAG, Effort.ENTROPY),
        ("sorted integers", sorted64, 8, Transform.DIFFERENCES, Effort.ENTROPY),
        ("steps below zero", waves, 2, Transform.DIFFERENCES, Effort.ENTROPY),
        ("bytes", few, 1, Transform.NONE, Effort.ENTROPY),
        ("bytes' differences wrap around", bytes(range(256)) * 2, 1, Transform.DIFFERENCES, Effort.ENTROPY),
        ("rows that repeat", f32[:100] * 8, 4, Transform.NONE, Effort.LEVEL_3),
        ("constant planes", b"\x01\x02\x03\x04" * COUNT, 4, Transform.NONE, Effort.ENTROPY),
    ]
    good = []
    for name, plain, width, transform, effort in cases:
        stored = planes.encode(plain, width, Plan(transform, (effort,) * width, 0.0))
        assert stored is not None, name
        good.append({"name": name, "plain": _text(plain), "stored": _text(stored)})
    constant = struct.pack("<BB", 2, 0) + struct.pack("<BI", 0, 1) * 2 + b"\x00\x3f"
    bad = {
        "nothing": b"",
        "only the head": constant[:2],
        "a byte is missing": constant[:-1],
        "a byte too many": constant + b"\x00",
        "width 3": b"\x03" + constant[1:],
        "transform 5": constant[:1] + b"\x05" + constant[2:],
        "kind 3": constant[:2] + b"\x03" + constant[3:],
        "a constant of two bytes": constant[:3] + b"\x02" + constant[4:] + b"\x00",
        "a raw plane that is short": constant[:2] + b"\x01" + constant[3:],
        "a frame that is none": constant[:2] + b"\x02" + constant[3:],
    }
    return {
        "provenance": {
            "generator": "tests/codecs/planes_vectors.py",
            "made with": {name: version(name) for name in PACKAGES},
        },
        "format": 0,
        "decoded": good,
        "refused": [{"name": name, "size": 16, "stored": _text(stored)} for name, stored in bad.items()],
    }


def _noise(count: int) -> array[int]:
    """u32 from SHA-256 over a counter."""
    data = b"".join(sha256(struct.pack("<Q", i)).digest()[:4] for i in range(count))
    return array("Q", struct.unpack(f"<{count}I", data))


def _text(data: bytes) -> str:
    return b64encode(data).decode()


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
