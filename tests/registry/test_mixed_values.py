"""What saves loads equal, or is refused, whatever lies in what."""

from typing import Any

import pytest
import sameness_of_libraries  # noqa: F401  # makes same() know them
from hypothesis import given
from hypothesis import strategies as st
from mixed import arrays, keys, nested, objects, plain, tensors, unkept
from sameness import same

from casreg import InvalidInput, Registry

kept = plain | arrays | tensors | objects


@given(nested(kept, 10))
def test_what_saves_loads_in_type_value_and_bits(value: Any) -> None:
    registry = Registry("memory://", version_objects=True)
    first = registry.save("x", value)
    found = registry.load("x", verify="full")
    assert same(found, value)
    assert registry.save("x", found).content == first.content


@given(nested(kept, 4), unkept, nested(kept, 4), st.sampled_from([list, tuple, dict]))
def test_what_cannot_be_kept_is_refused_wherever_it_is_and_nothing_is_stored(
    before: Any, odd: Any, after: Any, holder: type
) -> None:
    registry = Registry("memory://", version_objects=True)
    items = [before, [{"deep": (odd,)}], after]
    value = dict(enumerate(items)) if holder is dict else holder(items)
    with pytest.raises(InvalidInput, match=r"1\.0\.deep\.0: "):
        registry.save("x", value)
    assert list(registry.backend.scan("refs/")) == list(registry.backend.scan("blobs/")) == []


@given(st.dictionaries(keys, plain, max_size=4))
def test_keys_of_all_kinds_come_back_in_their_order(value: dict[Any, Any]) -> None:
    registry = Registry("memory://", version_objects=True)
    registry.save("x", value)
    assert same(list(registry.load("x").items()), list(value.items()))
