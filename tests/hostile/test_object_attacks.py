"""Arrays and trees whose chunks are all right, and whose own headers and values lie."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from attacking import attacked

from casreg import CasregError, Corrupt, InvalidInput, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor

FLOATS = np.arange(6, dtype="<f4").tobytes()


def npy(descr: str = "'<f4'", shape: str = "(6,)", data: bytes = FLOATS, header: str | None = None) -> bytes:
    text = (
        header if header is not None else f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    )
    encoded = text.encode("latin-1")
    return b"\x93NUMPY\x02\x00" + len(encoded).to_bytes(4, "little") + encoded + data


ARRAYS: dict[str, tuple[bytes, type[CasregError]]] = {
    "of objects": (npy("'|O'"), Unsafe),
    "of objects in a field": (npy("[('a', '|O')]"), Unsafe),
    "larger than its bytes": (npy(shape="(7,)"), Corrupt),
    "smaller than its bytes": (npy(shape="(5,)"), Corrupt),
    "enormous": (npy(shape="(4611686018427387904,)"), Corrupt),
    "enormous and empty": (npy(shape="(0, 4611686018427387904, 4611686018427387904)", data=b""), Corrupt),
    "of a dimension beyond 63 bits": (npy(shape="(0, 9223372036854775808)", data=b""), Corrupt),
    "of a dimension of a million digits": (npy(shape="(0x" + "f" * 100_000 + ",)"), Corrupt),
    "with a negative dimension": (npy(shape="(-1,)"), Corrupt),
    "with two negative dimensions": (npy(shape="(-2, -3)"), Corrupt),
    "of a hundred dimensions": (npy(shape=repr((1,) * 99 + (6,))), Corrupt),
    "of texts without characters": (npy("'|S0'", "(4611686018427387904,)", b""), Corrupt),
    "whose shape is a call": (npy(shape="(__import__('os').getpid(),)"), Corrupt),
    "whose shape is text": (npy(shape="'6'"), Corrupt),
    "whose type is a call": (npy("__import__('os')"), Corrupt),
    "whose type is a comprehension": (npy("[x for x in ()]"), Corrupt),
    "whose header is nested": (npy(header="(" * 20_000), Corrupt),
    "whose header is a long sum": (npy(shape="(" + "+".join("1" * 50_000) + ",)"), Corrupt),
    "whose header is many signs": (npy(header="-" * 200_000 + "1"), Corrupt),
    "whose header is no text": (npy(header="\0" * 100), Corrupt),
    "whose header is longer than it is": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", Corrupt),
    "whose header is longer than any": (npy(header=" " * (1 << 21)), Corrupt),
    "of a form of the future": (b"\x93NUMPY\x09\x00" + npy()[8:], Corrupt),
    "that is a pickle": (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", Corrupt),
    "that is empty": (b"", Corrupt),
}


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("lie", ARRAYS)
def test_an_array(lie: str) -> None:
    data, error = ARRAYS[lie]
    store = MemoryStore()
    for kind, parts in (
        ("array", {"array.npy": data}),
        ("tree", {"value.json": b'[{"$npy":"arrays/0.npy"}]', "arrays/0.npy": data}),
    ):
        attacked(store, parts=parts, kind=kind)
        with pytest.raises(error) as caught:
            Registry(store).load("evil")
        assert len(str(caught.value)) < 1000


def tree(value: bytes, *tensors: Tensor, floats: bytes = FLOATS) -> MemoryStore:
    store = MemoryStore()
    parts = {"value.json": value, "arrays.safetensors": floats, "arrays/0.npy": npy()}
    attacked(store, parts=parts, kind="tree", tensors=[(1, tensor) for tensor in tensors])
    return store


W = Tensor("w", "F32", (6,), 0, 24)
VALUES: dict[str, tuple[bytes, type[CasregError], str]] = {
    "an unknown tag": (b'{"$pickle":"gASVAA=="}', Corrupt, "uses \\$pickle"),
    "a tag as long as a book": (b'{"$' + b"x" * 100_000 + b'":1}', Corrupt, "uses"),
    "one array twice": (b'[{"$array":"w"},{"$array":"w"}]', Corrupt, "twice"),
    "one part twice": (b'[{"$npy":"arrays/0.npy"},{"$npy":"arrays/0.npy"}]', Corrupt, "twice"),
    "one array a million times": (b"[" + b'{"$array":"w"},' * 100_000 + b"1]", Corrupt, "twice"),
    "an array that is not there": (b'{"$array":"v"}', Corrupt, "which the index has not"),
    "an array by a list": (b'{"$array":[]}', Corrupt, "value.json"),
    "a part that is not there": (b'{"$npy":"../../etc/passwd"}', Corrupt, "no part"),
    "a part by a number": (b'{"$npy":7}', Corrupt, "value.json|no part"),
    "a part that is no array": (b'{"$npy":"value.json"}', Corrupt, "no .npy file"),
    "a float that is short": (b'{"$float":"7ff0"}', Corrupt, "value.json"),
    "a float that is no text": (b'{"$float":1.5}', Corrupt, "value.json"),
    "bytes that are no base64": (b'{"$bytes":"a*"}', Corrupt, "value.json"),
    "a tuple that is text": (b'{"$tuple":"abc"}', Corrupt, "uses \\$tuple"),
    "a tuple that is a dict": (b'{"$tuple":{"a":1}}', Corrupt, "uses \\$tuple"),
    "counts that are a dict": (b'{"$counter":{"a":1}}', Corrupt, "uses \\$counter"),
    "pairs that are text": (b'{"$dict":["ab"]}', Corrupt, "value.json"),
    "pairs that are triples": (b'{"$dict":[[1,2,3]]}', Corrupt, "value.json"),
    "a key that cannot be one": (b'{"$dict":[[[1],2]]}', Corrupt, "value.json"),
    "a key that is an array": (b'{"$dict":[[{"$array":"w"},2]]}', Corrupt, "value.json"),
    "a key twice": (b'{"a":1,"a":2}', Corrupt, "a key twice"),
    "not a number": (b"NaN", Corrupt, "no JSON"),
    "an integer of ten thousand digits": (b"1" * 10_000, Corrupt, "value.json"),
    "lists without end": (b"[" * 100_000, InvalidInput, "nested"),
    "what is no JSON": (b"pickle", Corrupt, "value.json"),
    "what is not ASCII": ('"é"'.encode(), Corrupt, "ascii"),
    "UTF-16": ("[1]".encode("utf-16"), Corrupt, "ascii"),
    "nothing": (b"", Corrupt, "value.json"),
}


@pytest.mark.parametrize("lie", VALUES)
def test_a_tree(lie: str) -> None:
    value, error, told = VALUES[lie]
    with pytest.raises(error, match=told) as caught:
        Registry(tree(value, W)).load("evil")
    assert (caught.value.name, caught.value.version) == ("evil", "1")
    assert len(str(caught.value)) < 1000


TENSORS: dict[str, tuple[Tensor, type[CasregError]]] = {
    "whose shape is larger": (Tensor("w", "F32", (7,), 0, 24), Corrupt),
    "whose shape wraps around": (Tensor("w", "F32", (1 << 62, 16, 6), 0, 24), Corrupt),
    "that is empty and enormous": (Tensor("w", "F32", (0, 1 << 63), 0, 0), Corrupt),
    "of two hundred dimensions": (Tensor("w", "F32", (1,) * 200 + (6,), 0, 24), Corrupt),
    "of an unknown type": (Tensor("w", "F3", (6,), 0, 24), Unsupported),
    "of a type that numpy would evaluate": (Tensor("w", "O", (3,), 0, 24), Unsupported),
}


@pytest.mark.parametrize("lie", TENSORS)
def test_a_tensor(lie: str) -> None:
    tensor, error = TENSORS[lie]
    registry = Registry(tree(b'{"$array":"w"}', tensor))
    with pytest.raises(error):
        registry.load("evil")
    with registry.open("evil") as snapshot, pytest.raises(error):
        snapshot["w"]


def test_many_tensors_over_the_same_bytes_are_not_as_many_arrays() -> None:
    """Each within the part, no name twice, and all together a thousand times what is stored."""
    names = [f"w{n}" for n in range(1000)]
    value = ("[" + ",".join(f'{{"$array":"{name}"}}' for name in names) + "]").encode()
    tensors = [Tensor(name, "F32", (6,), 0, 24) for name in names]
    with pytest.raises(Corrupt, match="overlap"):
        Registry(tree(value, *tensors)).load("evil")


def test_tensors_that_overlap_a_little_are_refused() -> None:
    store = tree(
        b'[{"$array":"a"},{"$array":"b"}]', Tensor("a", "F32", (4,), 0, 16), Tensor("b", "F32", (3,), 12, 12)
    )
    with pytest.raises(Corrupt, match="overlap"):
        Registry(store).load("evil")


def test_a_file_whose_name_is_a_path(tmp_path: Path) -> None:
    store = MemoryStore()
    attacked(store, parts={"a/b": b"x"}, kind="file")
    with pytest.raises(Corrupt, match="of kind 'file'"):
        Registry(store, cache_dir=tmp_path / "cache").load("evil", output_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_good_arrays_are_loaded_all_the_same() -> None:
    stream = io.BytesIO()
    np.save(stream, np.arange(6, dtype="<f4"))
    for data in (npy(), stream.getvalue()):
        store = MemoryStore()
        attacked(store, parts={"array.npy": data}, kind="array")
        assert np.array_equal(Registry(store).load("evil"), np.arange(6, dtype="<f4"))
    loaded = Registry(tree(b'[{"$array":"w"},{"$npy":"arrays/0.npy"}]', W)).load("evil")
    assert all(np.array_equal(array, np.arange(6)) for array in loaded)
