"""``.npy`` files."""

import io

import crafted
import numpy as np
import pytest
from looking import contents, cut_at, found, look

from casreg.arrays import WORDS


def saved(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version)
    return stream.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3), (1, 5, 0), (2, 1, 3, 1)])
@pytest.mark.parametrize("word", WORDS)
def test_an_array_in_c_order_is_a_tensor(word, shape, version):
    array = np.arange(np.prod(shape)).astype(WORDS[word]).reshape(shape)
    data = saved(array, version)
    layout = found(data, "some/dir/weights.npy")
    assert layout.format == "npy"
    assert contents(layout, data) == {"weights": (word, shape, array.tobytes())}
    assert cut_at(layout, data)[1:] == ([array.tobytes()] if array.size else [])


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6, dtype=">f4"),
        np.array([1 + 2j]),
        np.array(["text"]),
        np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8", (2,))]),
        np.array(["2020-01-01"], dtype="M8[s]"),
    ],
)
def test_other_arrays_are_pieces_but_no_tensors(array):
    data = saved(array)
    layout = found(data, "a.npy")
    assert layout.tensors == []
    assert cut_at(layout, data)[1:] == [array.tobytes("A")]


def test_an_array_in_fortran_order_has_a_word():
    data = saved(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert found(data).words == [None, "F64"]


def test_an_array_of_objects_is_not_unpickled(tmp_path, monkeypatch):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    stream = io.BytesIO()
    np.save(stream, np.array([Hostile()], dtype=object), allow_pickle=True)
    assert found(stream.getvalue(), "a.npy").tensors == []
    assert not (tmp_path / "made").exists()


def test_trailing_bytes_are_a_piece():
    data = saved(np.arange(4, dtype=np.uint8)) + b"more"
    assert cut_at(found(data), data)[1:] == [bytes(range(4)), b"more"]


@pytest.mark.parametrize(
    "header",
    [
        b'{"shape": (2, 2,), "fortran_order": False, "descr": "<f4"}',
        b"{'descr':'<f4','fortran_order':False,'shape':(2L, 2L)}",
        b"{ 'descr' : '<f4' ,\n'fortran_order':False , 'shape':( 2,2 ) , } ",
    ],
)
def test_headers_of_other_writers(header):
    assert found(crafted.npy_of(header, bytes(16))).tensors[0].shape == (2, 2)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': __import__('os').abort(), 'fortran_order': False, 'shape': (4,), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (,), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4, -1), }",
        b"{'descr': '<f4', 'fortran_order': False}",
        b"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
        b"{'descr': True, 'fortran_order': False, 'shape': (4,)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}",
        b"{" + b"(" * 60_000 + b"}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 20_000 + b")}",
    ],
)
def test_a_description_that_is_not_understood_gives_no_tensor(header):
    assert found(crafted.npy_of(header, bytes(16))).tensors == []


@pytest.mark.parametrize(
    "data",
    [
        crafted.npy("'<f4'", bytes(15)),
        crafted.npy("'<f4'", bytes(16), shape=f"({1 << 62}, {1 << 62})"),
        crafted.npy("'<f4'", bytes(16), shape=f"({10**18 * 9},)"),
        crafted.npy("'<f4'", bytes(16), version=4),
        crafted.npy("'<f4'", bytes(16), version=0),
        crafted.npy_of(b"not a dict", bytes(16)),
        crafted.npy_of(b"{}", bytes(16), length=1000),
        crafted.npy_of(b"{}", bytes(16), version=2, length=(1 << 32) - 1),
        crafted.npy_of(b"{\xff}", bytes(16), version=3),
        b"\x93NUMPY\x02\x00\x01\x00",
        b"\x93NUMPY\x02\x00\x01\x00\x00",
    ],
)
def test_a_header_that_contradicts_the_file_is_no_layout(data):
    assert look(data) is None
    assert look(data, size=len(data) + 1) is None
