"""Which tensors are the same one under other names."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg.tensors import Tensor
from casreg.writer.identity import likeness, same_tensors


def tensors(*names: str, dtype: str = "F32", shape: tuple[int, ...] = (2, 3)) -> list[Tensor]:
    return [Tensor(name, dtype, shape, 0, 24) for name in names]


def matched(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> dict[str, str]:
    return {ours[a].name: theirs[b].name for a, b in same_tensors(ours, theirs).items()}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("encoder.w", "encoder.w"),
        ("encoder.w", "model.encoder.w"),
        ("module.encoder.w", "model.encoder.w"),
        ("_orig_mod.module.encoder.w", "encoder.w"),
        ("optimizer.state.0.exp_avg", "state.0.exp_avg"),
        ("w", "w"),
        ("head.", "model.head."),
    ],
)
def test_what_a_container_puts_in_front_of_a_name_is_seen_through(ours: str, theirs: str) -> None:
    assert matched(tensors(ours), tensors(theirs)) == {ours: theirs}


@pytest.mark.parametrize(
    ("ours", "theirs"), [("encoder.w", "encoder.b"), ("encoder.w", "encoder.ww"), ("a.xw", "a.w")]
)
def test_names_that_end_in_other_components_are_others(ours: str, theirs: str) -> None:
    assert matched(tensors(ours), tensors(theirs)) == {}


def test_another_dtype_or_shape_is_another_tensor() -> None:
    assert matched(tensors("w"), tensors("w", dtype="BF16")) == {}
    assert matched(tensors("w"), tensors("w", shape=(3, 2))) == {}
    assert matched(tensors("m.w") + tensors("w", shape=(9,)), tensors("w")) == {"m.w": "w"}


def test_the_longest_common_end_decides() -> None:
    ours = tensors("model.layers.0.w", "model.layers.1.w", "model.w")
    theirs = tensors("w", "layers.1.w", "layers.0.w")
    assert matched(ours, theirs) == {
        "model.layers.0.w": "layers.0.w",
        "model.layers.1.w": "layers.1.w",
        "model.w": "w",
    }


def test_of_several_candidates_none_is_taken() -> None:
    assert matched(tensors("w"), tensors("ema.w", "model.w")) == {}
    assert matched(tensors("ema.w", "model.w"), tensors("w")) == {}
    assert matched(tensors("a.w", "b.w"), tensors("c.w", "d.w")) == {}
    twice = tensors("w", "w")
    assert matched(twice, tensors("w")) == matched(tensors("m.w"), twice) == {}


def test_equal_names_are_settled_before_others_compete() -> None:
    assert matched(tensors("w", "a.w"), tensors("w", "b.w")) == {"w": "w", "a.w": "b.w"}


def test_names_of_very_many_components_are_compared_by_their_ends() -> None:
    ours = tensors(*(f"a.{'x.' * 10_000}{n}.w" for n in range(100)))
    theirs = tensors(*(f"b.{'x.' * 10_000}{n}.w" for n in range(100)))
    assert same_tensors(ours, theirs) == {n: n for n in range(100)}


NAMES = st.lists(st.sampled_from("abw"), min_size=1, max_size=4).map(".".join)
TENSORS = st.lists(
    st.builds(
        Tensor,
        NAMES,
        st.sampled_from(["F32", "BF16"]),
        st.sampled_from([(2,), (3, 2)]),
        st.just(0),
        st.just(8),
    ),
    max_size=12,
)


@given(TENSORS, TENSORS)
def test_no_tensor_is_matched_twice_and_both_ways_agree(ours: list[Tensor], theirs: list[Tensor]) -> None:
    pairs = same_tensors(ours, theirs)
    assert len(set(pairs.values())) == len(pairs)
    assert same_tensors(theirs, ours) == {b: a for a, b in pairs.items()}


@given(TENSORS, TENSORS)
def test_what_is_matched_agrees_in_dtype_shape_and_the_end_of_its_name(
    ours: list[Tensor], theirs: list[Tensor]
) -> None:
    for a, b in same_tensors(ours, theirs).items():
        one, other = ours[a], theirs[b]
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.name.rpartition(".")[2] == other.name.rpartition(".")[2]


@given(TENSORS, TENSORS)
def test_order_does_not_matter(ours: list[Tensor], theirs: list[Tensor]) -> None:
    there = same_tensors(ours, theirs)
    back = same_tensors(ours[::-1], theirs[::-1])
    assert {(len(ours) - 1 - a, len(theirs) - 1 - b) for a, b in back.items()} == set(there.items())


@given(st.lists(TENSORS.filter(bool).map(lambda some: some[0]), unique_by=lambda t: t.name))
def test_every_tensor_is_found_again_behind_a_new_prefix_and_under_its_own_name(
    theirs: list[Tensor],
) -> None:
    same = {number: number for number in range(len(theirs))}
    assert same_tensors(theirs, theirs) == same
    for prefix in ("module.", "state.model."):
        ours = [Tensor(prefix + t.name, t.dtype, t.shape, t.start, t.size) for t in theirs]
        assert same_tensors(ours, theirs) == same


@given(TENSORS, TENSORS)
def test_it_is_what_comparing_all_with_all_gives(ours: list[Tensor], theirs: list[Tensor]) -> None:
    assert same_tensors(ours, theirs) == slowly(ours, theirs)


@given(TENSORS, TENSORS)
def test_only_those_that_are_alike_need_to_be_compared(ours: list[Tensor], theirs: list[Tensor]) -> None:
    kinds = {likeness(tensor) for tensor in ours}
    alike = [number for number, tensor in enumerate(theirs) if likeness(tensor) in kinds]
    found = same_tensors(ours, [theirs[number] for number in alike])
    assert {a: alike[b] for a, b in found.items()} == same_tensors(ours, theirs)


def slowly(ours: list[Tensor], theirs: list[Tensor]) -> dict[int, int]:
    """The definition: whole names first, then by falling length of the end that they share."""
    found: dict[int, int] = {}
    for length in (None, 4, 3, 2, 1):
        classes: dict[object, tuple[list[int], list[int]]] = {}
        for side, tensors in enumerate((ours, theirs)):
            for number, t in enumerate(tensors):
                words = t.name.split(".")
                end = words if length is None else words[-length:]
                matched = number in (found.values() if side else found)
                if not matched and len(end) >= (length or 0):
                    key = t.dtype, t.shape, tuple(end)
                    classes.setdefault(key, ([], []))[side].append(number)
        found.update({mine[0]: other[0] for mine, other in classes.values() if len(mine) == len(other) == 1})
    return found
