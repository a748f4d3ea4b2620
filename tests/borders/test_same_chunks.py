"""The same weights give the same chunks, whatever the file they were saved in."""

import io
from collections.abc import Sequence
from itertools import accumulate

import crafted
import numpy as np
import pytest
from crafted import Info, Rebuilt
from looking import found

from casreg.chunkers.blocks import block_lengths, gather
from casreg.codecs.planes import choose_width
from casreg.models.store import BlockChunking

rng = np.random.default_rng(0)
WEIGHTS = {
    name: rng.standard_normal(size, dtype=np.float32)
    for name, size in (("a", 700_001), ("b", 16_384), ("c", 300_000))
}


def chunks(data: bytes, pieces: list[int], words: Sequence[str | None]) -> set[bytes]:
    ends = [*pieces[1:], len(data)]
    sized = [
        (end - at, choose_width(word or "") or 0) for at, end, word in zip(pieces, ends, words, strict=True)
    ]
    lengths = [length for length, _ in block_lengths(sized, BlockChunking())]
    return {bytes(chunk) for chunk in gather([memoryview(data)], lengths)}


def of_file(data: bytes) -> set[bytes]:
    layout = found(data, "file.onnx") if data[0] == 8 else found(data)
    return chunks(data, layout.pieces, layout.words)


def in_memory() -> set[bytes]:
    data = b"".join(array.tobytes() for array in WEIGHTS.values())
    starts = list(accumulate((array.nbytes for array in WEIGHTS.values()), initial=0))
    return chunks(data, starts[:-1], ["F32"] * len(WEIGHTS))


def as_safetensors() -> bytes:
    header, at = {}, 0
    for name, array in WEIGHTS.items():
        header[name] = {"dtype": "F32", "shape": [array.size], "data_offsets": [at, at := at + array.nbytes]}
    return crafted.safetensors(header, b"".join(array.tobytes() for array in WEIGHTS.values()))


def as_npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **WEIGHTS)
    return stream.getvalue()


def as_checkpoint() -> bytes:
    value = {name: Rebuilt(name, array.size, (array.size,), (1,)) for name, array in WEIGHTS.items()}
    return crafted.checkpoint(value, {name: array.tobytes() for name, array in WEIGHTS.items()})


def as_one_storage() -> bytes:
    value, at, total = {}, 0, sum(array.size for array in WEIGHTS.values())
    for name, array in WEIGHTS.items():
        value[name] = Rebuilt("0", total, (array.size,), (1,), offset=at)
        at += array.size
    return crafted.checkpoint(value, {"0": b"".join(array.tobytes() for array in WEIGHTS.values())})


def as_gguf() -> bytes:
    infos, body = [], b""
    for name, array in WEIGHTS.items():
        infos.append(Info(name, (array.size,), 0, len(body)))
        body += array.tobytes() + bytes(-array.nbytes % 32)
    return crafted.gguf([], infos, body)


def as_onnx() -> bytes:
    return crafted.onnx(
        *(crafted.onnx_tensor(n, 1, a.shape, (9, a.tobytes())) for n, a in WEIGHTS.items()),
    )


@pytest.mark.parametrize("make", [as_safetensors, as_npz, as_checkpoint, as_one_storage, as_gguf, as_onnx])
def test_files_share_the_chunks_of_their_tensors_with_arrays_in_memory(make):
    assert in_memory() <= of_file(make())


def test_npy_files_have_the_same_chunks_too():
    chunks = set()
    for array in WEIGHTS.values():
        stream = io.BytesIO()
        np.save(stream, array)
        chunks |= of_file(stream.getvalue())
    assert in_memory() <= chunks
