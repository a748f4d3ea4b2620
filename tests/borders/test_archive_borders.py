"""zip archives: ``.npz``, and what makes a directory inconsistent."""

import io
import zipfile

import crafted
import numpy as np
import pytest
from crafted import File, archive
from looking import contents, cut_at, found, look

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "dir/ü": np.arange(3, dtype=np.int64),
    "empty": np.zeros((0, 2)),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "texts": np.array(["x"]),
}
TENSORS = ("a", "dir/ü", "empty")
WORDS = {"a": "F32", "dir/ü": "I64", "empty": "F64"}
ONE = crafted.npy("'|u1'", b"data")


def saved(**options: bool) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if options.get("compressed") else np.savez)(stream, **ARRAYS)
    return stream.getvalue()


def test_the_arrays_of_an_npz_are_tensors_and_end_pieces():
    data = saved()
    layout = found(data)
    assert layout.format == "npz"
    expected = {name: (WORDS[name], ARRAYS[name].shape, ARRAYS[name].tobytes()) for name in TENSORS}
    assert contents(layout, data) == expected
    pieces = cut_at(layout, data)
    assert all(array.tobytes("A") in pieces for array in ARRAYS.values() if array.size)


def test_compressed_members_are_pieces_only():
    data = saved(compressed=True)
    layout = found(data)
    assert layout.tensors == []
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        sizes = [info.compress_size for info in opened.infolist()]
    pieces = [len(piece) for piece in cut_at(layout, data)]
    assert pieces[1 : 2 * len(sizes) : 2] == sizes


def test_descriptors_behind_the_data_are_not_part_of_it():
    stream = io.BytesIO()
    stream.seekable = lambda: False  # type: ignore[method-assign]
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr("a.npy", ONE)
        opened.writestr("b.npy", ONE)
    data = stream.getvalue()
    assert {t.name for t in found(data).tensors} == {"a", "b"}
    assert cut_at(found(data), data).count(b"data") == 2


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("comment", [b"", b"PK\5\6", b"PK\5\6" * 10_000])
def test_zip64_and_comments(wide, comment):
    data = archive(
        [File("a.npy", ONE, wide=wide), File("b.npy", ONE, padding=50)], wide=wide, comment=comment
    )
    assert [t.name for t in found(data).tensors] == ["a", "b"]


def test_encrypted_members_are_pieces_only():
    assert found(archive([File("a.npy", ONE, flags=1)])).tensors == []


@pytest.mark.parametrize(
    "data",
    [
        archive([File("a.txt", b"text")]),
        archive([File("a.npy", ONE), File("a.txt", b"text")]),
        archive([]),
        archive([File("x", b""), File("a.npy", ONE)]),
    ],
)
def test_archives_of_other_kinds_have_no_layout(data):
    assert look(data) is None


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    "lie",
    [
        {"count": 1},
        {"count": 3},
        {"count": 0xFFFF},
        {"count": 0xFFFFFFFF},
        {"start": 0},
        {"start": 1 << 31},
        {"size": 10},
        {"size": 1 << 31},
    ],
)
def test_a_lying_end_is_no_layout(lie, wide):
    data = archive([File("a.npy", ONE), File("b.npy", ONE)], wide=wide, **lie)
    assert look(data) is None
    assert look(data + b"more") is None


@pytest.mark.parametrize("record_at", [0, 1, crafted.U64_MAX])
def test_a_lying_locator_is_no_layout(record_at):
    assert look(archive([File("a.npy", ONE)], wide=True, record_at=record_at)) is None


@pytest.mark.parametrize("lie", [{"count": 1 << 62}, {"start": 1 << 63}, {"size": crafted.U64_MAX}])
def test_wide_lies_are_no_layout(lie):
    assert look(archive([File("a.npy", ONE)], wide=True, **lie)) is None


@pytest.mark.parametrize(
    "files",
    [
        [File("a.npy", ONE), File("b.npy", ONE, header=0)],
        [File("a.npy", ONE), File("a.npy", ONE)],
        [File("a.npy", ONE), File("b.npy", ONE, header=7)],
        [File("a.npy", ONE, size=1 << 31), File("b.npy", ONE)],
        [File("a.npy", ONE, size=1 << 62, wide=True)],
        [File("a.npy", ONE, header=1 << 63, wide=True)],
        [File("a.npy", ONE, size=len(ONE) + 1), File("b.npy", ONE)],
        [File("a.npy", ONE, size=len(ONE) - 1)],
        [File("a.npy", ONE, local_name="b.npy")],
        [File("a.npy", ONE, local_name="a.npyx")],
        [File("a.npy", b"not an array")],
        [File("a.npy", b"")],
    ],
)
def test_lying_members_are_no_layout(files):
    assert look(archive(files)) is None


def test_a_million_entries_that_overlap_are_refused_at_the_second():
    reads = []
    data = archive([File("a.npy", ONE)])
    entry = data[data.index(b"PK\1\2") : data.rindex(b"PK\5\6")]
    many = b"".join(entry.replace(b"a.npy", b"%05d.npy"[:5] % i) for i in range(50_000))
    front = data[: data.index(b"PK\1\2")]
    bomb = front + many + archive([], count=50_000, start=len(front), size=len(many))

    from casreg.borders import locate

    assert locate("a.npz", len(bomb), lambda a, b: reads.append(b - a) or bomb[a:b]) is None
    assert len(reads) < 10
