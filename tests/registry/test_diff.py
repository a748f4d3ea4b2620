"""What two versions differ by."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import Corrupt, InvalidInput, Registry, VersionNotFound
from casreg.registry.differences import Diff, TensorChange
from casreg.testing.metered import MeteredStore

RNG = np.random.default_rng(7)
WEIGHTS = RNG.standard_normal(700_000).astype(np.float32)


def between(registry: Registry, a: Any, b: Any, **options: Any) -> Diff:
    """Of two objects, saved one after the other."""
    registry.save("one", a)
    registry.save("two", b)
    return registry.diff("one", "two", **options)


def tensors(diff: Diff) -> dict[str, TensorChange]:
    return {change.name: change for change in diff.tensors}


def statuses(diff: Diff) -> dict[str, str]:
    return {change.name: change.status for change in diff.tensors}


def safetensors(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    """A file as the package safetensors writes it."""
    from safetensors.numpy import save_file

    save_file(tensors, path)
    return path


def test_a_version_is_equal_to_itself_and_to_what_was_saved_again(registry: Registry) -> None:
    tree = {"w": WEIGHTS, "step": 3}
    diff = between(registry, tree, tree)
    for same in (diff, registry.diff("one", "one")):
        assert same.equal
        assert (same.parts, same.tensors) == ((), ())
        assert same.values is not None
        assert not any((same.values, same.metadata, same.init_params))
        assert (same.tensors_unchanged, same.parts_unchanged) == (1, 2)
    assert registry.diff("one", "one").shared.packs == diff.shared.stored[0]
    assert diff.shared.plain == diff.shared.plains[0]


def test_tensors_that_changed_are_counted_and_measured(registry: Registry) -> None:
    after = WEIGHTS.copy()
    after[[3, 600_000]] += 2
    tree = {"w": WEIGHTS, "ids": np.arange(9), "gone": np.ones(3), "cast": np.ones(4), "same": np.ones(5)}
    ids = np.arange(9)
    ids[2] = 0
    new = {"w": after, "ids": ids, "cast": np.ones(4, np.float16), "new": np.zeros(2), "same": np.ones(5)}
    diff = between(registry, tree, new)
    assert statuses(diff) == {
        "w": "changed",
        "ids": "changed",
        "cast": "recast",
        "new": "added",
        "gone": "removed",
    }
    assert diff.tensors_unchanged == 1
    w, ids_change = tensors(diff)["w"], tensors(diff)["ids"]
    assert (w.elements, w.changed, w.shapes) == (700_000, 2, ((700_000,), (700_000,)))
    assert w.norms
    moved = after.astype(np.float64) - WEIGHTS
    assert w.norms.l2 == pytest.approx(np.linalg.norm(moved))
    assert w.norms.relative == pytest.approx(np.linalg.norm(moved) / np.linalg.norm(WEIGHTS.astype(float)))
    assert w.norms.largest == np.abs(moved).max()
    assert (ids_change.changed, ids_change.norms) == (1, None)
    assert tensors(diff)["cast"].dtypes == ("F64", "F16")


def test_only_what_differs_is_read(on_disk: Registry) -> None:
    after = WEIGHTS.copy()
    after[0] += 1
    on_disk.save("m", {"w": WEIGHTS, "v": WEIGHTS + 1, "ids": np.arange(500_000)})
    changed = np.arange(500_000)
    changed[0] = 9
    on_disk.save("m", {"w": after, "v": WEIGHTS + 1, "ids": changed})
    with on_disk.open("m@1") as version:
        chunks = version.index.chunks
        costs = {tensor.name: tensor.read_cold for tensor in on_disk.stats("m@1").tensors}
        assert len(chunks) > 6
    metered = MeteredStore(on_disk.backend)
    with Registry(metered, read_only=True) as reading:
        metered.reset()
        assert statuses(reading.diff("m")) == {"w": "changed", "ids": "changed"}
        data = metered.bytes_out
        metered.reset()
        unread = reading.diff("m", values=False)
    assert statuses(unread) == {"w": "unread", "ids": "unread"}
    assert unread.values is None
    assert (
        data - metered.bytes_out < 2 * costs["w"] + costs["ids"]
    )  # all of w, for its norm; one block of ids


def test_no_pack_is_needed_without_values(registry: Registry) -> None:
    between(registry, {"w": WEIGHTS}, {"w": WEIGHTS + 1})
    for name in ("one", "two"):
        with registry.open(name) as version:
            for pack in version.packs:
                registry.backend.remove(pack.sha256.key)
    assert statuses(registry.diff("one", "two", values=False)) == {"w": "unread"}
    with pytest.raises(Corrupt, match="missing"):
        registry.diff("one", "two")


def test_tensors_are_found_by_name_whatever_holds_them(registry: Registry, tmp_path: Path) -> None:
    held = {"w": WEIGHTS[:300_000], "b": np.ones(7, np.float32), "c": np.zeros(5)}
    path = safetensors(tmp_path / "model.safetensors", held)
    diff = between(registry, path, {**held, "c": np.ones(5)})
    assert statuses(diff) == {"c": "changed"}
    assert (diff.tensors_unchanged, diff.kinds) == (2, ("file", "tree"))
    assert tensors(diff)["c"].files == ("model.safetensors", "arrays.safetensors")
    np.savez(tmp_path / "model.npz", **held)
    registry.save("npz", tmp_path / "model.npz")
    assert registry.diff("one", "npz").tensors_unchanged == 3


def test_a_torch_checkpoint_beside_safetensors(registry: Registry, tmp_path: Path) -> None:
    from with_torch import torch

    held = {"w": torch.randn(300, 400), "half": torch.randn(1000).bfloat16()}
    torch.save(held, tmp_path / "model.pt")
    moved = {"w": held["w"].clone(), "half": held["half"] * 2}
    diff = between(registry, tmp_path / "model.pt", moved)
    half = tensors(diff)["half"]
    assert (list(tensors(diff)), diff.tensors_unchanged) == (["half"], 1)
    assert half.norms
    assert (half.norms.relative, half.changed) == (1.0, 1000)


def test_files_of_the_same_name_are_told_apart_by_their_places(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for name in "abc":
        safetensors(folder / f"{name}.safetensors", {"w": np.full(10, ord(name))})
    registry.save("m", folder)
    (folder / "a.safetensors").unlink()
    safetensors(folder / "c.safetensors", {"w": np.full(10, 0)})
    registry.save("m", folder)
    diff = registry.diff("m")
    assert statuses(diff) == {"c.safetensors:w": "changed", "a.safetensors:w": "removed"}
    assert {part.path: part.status for part in diff.parts} == {
        "c.safetensors": "changed",
        "a.safetensors": "removed",
    }


def test_what_got_another_name_is_renamed(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    safetensors(folder / "a.safetensors", {"encoder.w": WEIGHTS})
    (folder / "run.sh").write_text("run")
    (folder / "old.txt").write_text("old")
    registry.save("m", folder)
    (folder / "old.txt").rename(folder / "new.txt")
    (folder / "run.sh").chmod(0o755)
    safetensors(folder / "a.safetensors", {"model.w": WEIGHTS})
    registry.save("m", folder)
    diff = registry.diff("m")
    found = {part.path: (part.status, part.was, part.executable) for part in diff.parts}
    assert found == {
        "a.safetensors": ("changed", None, (False, False)),
        "new.txt": ("renamed", "old.txt", (False, False)),
        "run.sh": ("changed", None, (False, True)),
    }
    (change,) = diff.tensors
    assert (change.name, change.status, change.was) == ("model.w", "renamed", "encoder.w")


def test_values_and_metadata_are_compared_by_key(registry: Registry) -> None:
    registry.save("m", {"lr": 0.1, "n": {"a": 1, "$x": "y"}, "t": (1, 2), "same": None, "gone": True})
    registry.save("m", {"lr": 0.2, "n": {"a": 1.0, "$x": "y"}, "t": (1, 3), "same": None, "new": "x" * 999})
    values = registry.diff("m").values
    assert values
    assert values.changed == {"lr": (0.1, 0.2), "n.a": (1, 1.0), "t.1": (2, 3)}
    assert (values.removed, list(values.added), len(values.added["new"])) == ({"gone": True}, ["new"], 200)
    for metadata in ({"loss": 0.3, "by": {"who": "me"}}, {"loss": 0.2, "by": {"who": "you", "at": 1}}):
        registry.save("n", 1, metadata=metadata)
    diff = registry.diff("n")
    assert diff.metadata.changed == {"loss": (0.3, 0.2), "by.who": ("me", "you")}
    assert diff.metadata.added == {"by.at": 1}
    assert diff.contents[0] == diff.contents[1]
    assert not diff.equal


def test_a_key_with_a_dot_is_not_a_key_within_a_key(registry: Registry) -> None:
    for metadata in ({"a.b": 1}, {"a": {"b": 1}}, {"a": {"b": 2}, "a.b": 3}):
        registry.save("m", 1, metadata=metadata)
    diff = registry.diff("m@1", "m@2")
    assert (diff.metadata.removed, diff.metadata.added, diff.equal) == ({"a.b": 1}, {"a.b": 1}, False)
    assert registry.diff("m@1", "m@3").metadata.changed == {"a.b": (1, 3)}
    assert registry.diff("m@3", "m@3").equal


def test_notes_are_compared_and_do_not_make_versions_differ(registry: Registry) -> None:
    for loss in (0.3, 0.2):
        registry.save("m", "same")
        registry.note("m", {"loss": loss})
    diff = registry.diff("m")
    assert diff.notes.changed == {"loss": (0.3, 0.2)}
    assert diff.equal


def test_versions_of_wholly_different_kinds(registry: Registry, noise: Any) -> None:
    diff = between(registry, noise(1000), {"w": np.ones(3)})
    assert (diff.kinds, diff.classes) == (("bytes", "tree"), ("builtins.bytes", "builtins.dict"))
    assert statuses(diff) == {"w": "added"}
    assert [part.status for part in diff.parts] == ["added", "added", "removed"]
    assert (diff.shared.plain, diff.shared.packs, diff.values) == (0, 0, None)


def test_one_reference_is_compared_with_the_version_before_it(registry: Registry) -> None:
    for number in range(3):
        registry.save("m", number)
    assert (registry.diff("m").a, registry.diff("m@2").a, registry.diff("m@2").b) == ("m@2", "m@1", "m@2")
    registry.delete("m@2")
    assert registry.diff("m").a == "m@1"
    with pytest.raises(VersionNotFound, match="no version before 1"):
        registry.diff("m@1")
    with pytest.raises(InvalidInput):
        registry.diff("m", "")


def test_many_batches_give_what_one_gives(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    from casreg.registry.differences import stretches

    sizes = RNG.integers(1, 40_000, 30)
    tree = {f"t{i}": RNG.standard_normal(size).astype(np.float32) for i, size in enumerate(sizes)}
    after = {name: w + (np.arange(len(w)) % 3 == 0) for name, w in tree.items()}
    whole = between(registry, tree, {name: w.astype(np.float32) for name, w in after.items()})
    monkeypatch.setattr(stretches, "_BATCH", 50_000)
    cut = registry.diff("one", "two")
    assert [(c.name, c.changed) for c in cut.tensors] == [(c.name, c.changed) for c in whole.tensors]
    for one, other in zip(cut.tensors, whole.tensors, strict=True):
        assert one.norms
        assert other.norms
        assert one.norms.l2 == pytest.approx(other.norms.l2)
        assert one.norms.relative == pytest.approx(other.norms.relative)


@given(data=st.data())
def test_any_two_states_differ_by_what_numpy_says(data: st.DataObject) -> None:
    names = st.sets(st.sampled_from("abcd"))
    draw = st.builds(
        lambda size, seed: np.random.default_rng(seed).integers(0, 2, size).astype(np.float32),
        st.sampled_from([3, 5000]),
        st.integers(0, 2),
    )
    a, b = ({name: data.draw(draw) for name in sorted(data.draw(names))} for _ in "ab")
    with Registry("memory://", version_objects=True) as registry:
        diff = between(registry, {"x": 1, **a}, {"x": 1, **b})
    for name, change in tensors(diff).items():
        if change.status == "changed":
            assert change.changed == np.count_nonzero(a[name] != b[name])
        elif change.status == "recast":
            assert a[name].shape != b[name].shape
    same = {name for name in a.keys() & b.keys() if np.array_equal(a[name], b[name])}
    renamed = {change.name for change in diff.tensors if change.status == "renamed"}
    assert diff.tensors_unchanged == len(same)
    assert tensors(diff).keys() - renamed == (a.keys() | b.keys()) - same - renamed - {
        change.was for change in diff.tensors
    }
    assert diff.equal == (len(same) == len(a) == len(b))


def test_progress_is_told_in_bytes(registry: Registry) -> None:
    told: list[tuple[int, int | None]] = []
    registry.save("m", {"w": WEIGHTS})
    registry.save("m", {"w": WEIGHTS + 1})
    registry.diff("m", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (WEIGHTS.nbytes, WEIGHTS.nbytes)


def test_tensors_and_files_without_bytes(registry: Registry) -> None:
    with pytest.raises(InvalidInput):
        registry.diff("one", "one@@")
    diff = between(registry, {"e": np.zeros((0, 3))}, {"e": np.zeros((0, 3)), "f": np.zeros(0)})
    assert statuses(diff) == {"f": "added"}
    registry.save("s", io.BytesIO(b""))
    assert registry.diff("one", "s").kinds == ("tree", "bytes")
