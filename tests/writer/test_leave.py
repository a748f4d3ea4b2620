"""Which reused packs are left behind."""

from casreg.models.manifest import MAX_LAYERS
from casreg.writer.leave import packs_to_leave

SIZES = {1: 1000, 2: 1000, 3: 1000}


def test_a_pack_of_which_less_than_a_quarter_is_live_is_left() -> None:
    assert packs_to_leave({1: 249, 2: 250, 3: 1000}, SIZES, own=1, small=0) == {1}


def test_a_pack_that_deltas_are_built_upon_only_if_hardly_anything_of_it_is_live() -> None:
    assert packs_to_leave({1: 9, 2: 10, 3: 249}, SIZES, own=1, small=0, below={1, 2}) == {1, 3}


def test_small_packs_are_joined_when_the_manifest_would_have_too_many_layers() -> None:
    sizes = dict.fromkeys(range(MAX_LAYERS), 1000)
    live = {slot: 1000 - slot for slot in sizes}
    assert packs_to_leave(live, sizes, own=1, small=1000) == set()
    left = packs_to_leave(live, sizes, own=1, small=1001)
    assert len(left) == MAX_LAYERS // 4
    assert min(left) == MAX_LAYERS - len(left)  # those of which least is live
