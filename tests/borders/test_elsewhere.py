"""Files that others tell of."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import check

from casreg.borders import Elsewhere, beside, told_of
from casreg.tensors import Tensor


def told(name: str, start: int, count: int, word: str | None = "U8") -> Elsewhere:
    tensor = Tensor(name, word, (count,), start, count) if word else None
    return Elsewhere("weights", (start, start + count, word), tensor)


def test_arrays_are_pieces_and_tensors_in_any_order():
    layout = told_of(100, [told("b", 50, 20), told("a", 10, 20), told("bits", 30, 5, None)])
    assert layout.pieces == [0, 10, 30, 35, 50, 70]
    assert layout.words == [None, "U8", None, None, "U8", None]
    assert [tensor.name for tensor in layout.tensors] == ["a", "b"]


def test_what_overlaps_or_does_not_fit_is_passed_over():
    others = [told("left", 5, 10), told("right", 29, 10), told("within", 12, 3), told("around", 0, 90)]
    far = [told("far", 95, 6), told("empty", 40, 0), told("huge", 0, 1 << 70), told("before", -5, 9)]
    layout = told_of(100, [told("a", 10, 20), *others, *far, told("b", 30, 10)])
    assert [tensor.name for tensor in layout.tensors] == ["a", "b"]


def test_a_place_may_have_several_names():
    layout = told_of(100, [told("a", 10, 20), told("tied", 10, 20), told("other word", 10, 20, None)])
    assert [tensor.name for tensor in layout.tensors] == ["a", "tied"]


def test_nothing_that_fits_is_no_layout():
    assert told_of(5, [told("a", 0, 6)]) is None
    assert told_of(0, [told("a", 0, 0)]) is None


@given(
    st.integers(0, 60),
    st.lists(
        st.builds(
            told,
            st.sampled_from("abc"),
            st.integers(-5, 70),
            st.integers(0, 30),
            st.sampled_from(["U8", None]),
        )
    ),
)
def test_any_that_are_told(size, all_told):
    layout = told_of(size, all_told)
    if layout is not None:
        check(layout, size)
        places = sorted({(tensor.start, tensor.start + tensor.size) for tensor in layout.tensors})
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))


@pytest.mark.parametrize(
    ("path", "location", "expected"),
    [
        ("m.onnx", "m.data", "m.data"),
        ("a/b/m.onnx", "m.data", "a/b/m.data"),
        ("a/m.onnx", "sub/m.data", "a/sub/m.data"),
        ("a/m.onnx", "./m.data", "a/m.data"),
        ("a/m.onnx", "../m.data", None),
        ("a/m.onnx", "sub/../../m.data", None),
        ("a/m.onnx", "/etc/passwd", None),
        ("a/m.onnx", "sub//m.data", None),
        ("a/m.onnx", "sub\\m.data", None),
        ("a/m.onnx", "m\0.data", None),
        ("a/m.onnx", "sub/", None),
        ("a/m.onnx", "", None),
        ("a/m.onnx", ".", None),
    ],
)
def test_locations_stay_below_the_folder_of_who_tells(path, location, expected):
    assert beside(path, location) == expected
