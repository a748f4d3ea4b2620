"""What mindtrace-registry 0.9.0 and 0.16.0 saved is loaded from casreg as it was there."""

import hashlib
import math
from pathlib import Path
from typing import Any

import mindtrace_model
import numpy as np
import pytest

from casreg import InvalidInput, Registry
from casreg.mindtrace import Action, Status, plan

COMMON = {
    "str": "h\u00e9llo\n",
    "int": 10**30,
    "float": 1.5,
    "bool": True,
    "bytes": b"\0\xff",
    "list": [1, "a", None, 2.5],
    "dict": {"a": 1, "b": [1, 2]},
    "tuple": (1, 2),
    "set": {1, 2},
    "pairs": {(1, 2)},  # which neither of theirs loads
    "ordered": {"b": 1, "a": 2},
    "counter": {"a": 2, "b": 1},
    "params": 5,
    "team:det:yolo": "v1",
}
OF_09 = {
    "intkeys": {1: "a", 2: "b"},  # these four it never loads
    "tuplekeys": {(1, 2): "a"},
    "raws": {"a": b"x", "b": {"c": (b"y", 1)}},
    "setofbytes": {b"a"},
}
OF_016 = {
    "intkeys": {"1": "a", "2": "b"},
    "nested": {"a": [1, [2]], "b": [{"c": []}]},
    "under_score": 1,
    "a/b": 2,
}
ARRAYS = {
    "array": np.arange(4, dtype="<i2"),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "scalararray": np.array(2.5),
    "emptyarray": np.zeros((0, 3), "f4"),
}


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(params=["old", "newer"])
def theirs(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def loaded(registry: Registry, expected: dict[str, Any]) -> dict[str, Any]:
    return {name: registry.load(name) for name in expected}


def test_to_open_their_store_is_refused_with_the_command_that_imports_it(old: Path) -> None:
    before = sorted(old.rglob("*"))
    with pytest.raises(InvalidInput, match=f"`casreg import-mindtrace {old} --store PLACE`"):
        Registry(old)
    assert sorted(old.rglob("*")) == before


def test_values_are_what_a_user_would_have_loaded(registry: Registry, theirs: Path) -> None:
    expected = {**COMMON, **(OF_09 if theirs.name == "old" else OF_016)}
    plan(theirs, registry).execute()
    assert loaded(registry, expected) == expected
    assert {name: type(registry.load(name)) for name in expected} == {
        name: type(value) for name, value in expected.items()
    }
    assert math.isnan(registry.load("nan"))
    assert math.copysign(1, registry.load("negzero")) == -1


def test_arrays_keep_dtype_shape_and_order(registry: Registry, theirs: Path) -> None:
    plan(theirs, registry).execute()
    for name, array in ARRAYS.items():
        found = registry.load(name)
        assert (found.dtype, found.shape, found.flags.f_contiguous) == (
            array.dtype,
            array.shape,
            array.flags.f_contiguous,
        )
        assert np.array_equal(found, array)


def test_a_dict_of_arrays_of_09_is_loaded_for_the_first_time(registry: Registry, old: Path) -> None:
    plan(old, registry).execute()
    found = registry.load("arrays")
    assert found["n"] == 3
    assert np.array_equal(found["w"], np.arange(6, dtype="f4").reshape(2, 3))


def test_images_keep_mode_and_pixels(registry: Registry, theirs: Path) -> None:
    pytest.importorskip("PIL")
    plan(theirs, registry).execute()
    rgb, deep, jpeg = (registry.load(f"image:{name}") for name in ("rgb", "deep", "jpeg"))
    assert (rgb.mode, rgb.size, rgb.getpixel((1, 1))) == ("RGB", (3, 2), (1, 2, 3))
    assert (deep.mode, deep.getpixel((0, 1))) == ("I;16", 700)
    assert (jpeg.mode, jpeg.size) == ("RGB", (3, 2))


def test_paths_are_files_and_directories_again(on_disk: Registry, theirs: Path) -> None:
    plan(theirs, on_disk).execute()
    assert on_disk.load("file").name == "notes.txt"
    assert on_disk.load("file").read_text() == "some notes\n"
    folder = on_disk.load("folder")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == [
        "a.txt",
        "empty",
        "run.sh",
        "sub",
        "sub/b.bin",
    ]
    assert (folder / "sub" / "b.bin").read_bytes() == bytes(range(10))
    assert (folder / "run.sh").stat().st_mode & 0o100
    assert not (folder / "a.txt").stat().st_mode & 0o100
    linked = on_disk.load("linked")
    assert {path.name: path.read_text() for path in linked.iterdir()} == dict.fromkeys(
        ("first", "hard", "soft"), "same"
    )


def test_versions_metadata_and_init_params_stay(registry: Registry, theirs: Path) -> None:
    plan(theirs, registry).execute()
    numbers = ["1", "2", "2.5", "3.0"] if theirs.name == "old" else ["1.0.0", "1.0.1", "2.5.0", "3.0.0"]
    assert registry.list_versions("many") == numbers
    facts = registry.info("told", "latest")
    origin = facts["metadata"].pop("mindtrace-registry")
    assert facts["metadata"] == {"lr": 0.1, "tags": ["a", None], "when": {"day": 3}, "a": [1], "b": [1]}
    assert origin["class"] == "builtins.int"
    assert len(origin["hash"]) == 64
    assert registry.info("params", "latest")["init_params"] == {"x": 1}


def test_pydantic_models_are_made_of_classes_that_are_imported(registry: Registry, theirs: Path) -> None:
    plan(theirs, registry).execute()
    assert registry.load("model") == mindtrace_model.Reading(name="a", count=3)


def test_pickles_are_left_unless_the_caller_allows_them(registry: Registry, newer: Path) -> None:
    pickles = [f"{name}@1.0.0" for name in ("arrays", "objects", "raws", "setofbytes", "tuplekeys")]
    first = {outcome.item.reference: outcome for outcome in plan(newer, registry).execute()}
    assert {first[name].status for name in pickles} == {Status.SKIPPED}
    assert all("allow_pickle=True" in str(first[name].reason) for name in pickles)
    second = {
        outcome.item.reference: outcome for outcome in plan(newer, registry, allow_pickle=True).execute()
    }
    assert {second[name].status for name in pickles} == {Status.IMPORTED}
    assert registry.load("tuplekeys") == {(1, 2): "a"}
    assert registry.load("objects", allow_pickle=True).tolist() == [1, "a", None]


def test_what_cannot_be_read_is_imported_as_files_if_asked(on_disk: Registry, newer: Path) -> None:
    planned = plan(newer, on_disk, files=True)
    outcomes = planned.execute()
    files = {o.item.reference for o in outcomes if o.status is Status.FILES}
    assert {item.reference for item in planned.items if item.action is Action.FILES} <= files
    assert [path.name for path in on_disk.load("raws").iterdir()] == ["data.pkl"]
    assert not [outcome for outcome in outcomes if outcome.status is Status.SKIPPED]


def test_a_second_import_finds_all_there(registry: Registry, theirs: Path) -> None:
    first = plan(theirs, registry).execute()
    before = registry.info()
    again = plan(theirs, registry)
    assert [o.status for o in again.execute()] == [
        Status.PRESENT if outcome.status is Status.IMPORTED else outcome.status for outcome in first
    ]
    assert sum(outcome.status is Status.PRESENT for outcome in first) == 0
    assert registry.info() == before


def test_an_interrupted_import_goes_on(registry: Registry, old: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(old, registry).execute(interrupt)
    there = set(registry.list_objects())
    assert there
    outcomes = plan(old, registry).execute()
    assert {o.item.stored.name for o in outcomes if o.item.stored and o.status is Status.PRESENT} >= there
    assert loaded(registry, OF_09) == OF_09


def test_another_object_that_is_there_stays(registry: Registry, old: Path) -> None:
    registry.save("str", "mine", version="1")
    found = {outcome.item.reference: outcome for outcome in plan(old, registry).execute()}
    assert found["str@1"].status is Status.SKIPPED
    assert registry.load("str") == "mine"


def test_the_source_is_not_changed(registry: Registry, theirs: Path) -> None:
    before = contents(theirs)
    plan(theirs, registry, files=True, allow_pickle=True).execute()
    assert contents(theirs) == before


def test_progress_ends_at_the_size_of_the_plan(registry: Registry, old: Path) -> None:
    told: list[tuple[int, int | None]] = []
    planned = plan(old, registry)
    planned.execute(lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (planned.size, planned.size)


def test_a_store_of_one_version_each_takes_no_more(old: Path) -> None:
    with Registry("memory://") as registry, pytest.raises(ValueError, match="many has 4 versions"):
        plan(old, registry)
