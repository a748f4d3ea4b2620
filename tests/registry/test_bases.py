"""What a version builds upon: its own name, the one that was asked for, the one that is most alike."""

import logging
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry, VersionNotFound
from casreg.codecs import Codec
from casreg.models.index import Index
from casreg.testing.metered import MeteredStore

SIZE = 120_000
Tree = dict[str, np.ndarray]


def model(seed: int, *names: str, size: int = SIZE) -> Tree:
    rng = np.random.default_rng(seed)
    return {name: (rng.standard_normal(size) * 0.05).astype(np.float32) for name in names}


def tuned(tree: Tree, seed: int = 99) -> Tree:
    """A fine-tune: every number moved a little."""
    rng = np.random.default_rng(seed)
    return {name: w + (rng.standard_normal(w.size) * 2e-6).astype(np.float32) for name, w in tree.items()}


def same(loaded: Tree, tree: Tree) -> bool:
    return {n: w.tobytes() for n, w in loaded.items()} == {n: w.tobytes() for n, w in tree.items()}


def has_deltas(registry: Registry, reference: str) -> bool:
    with registry.open(reference) as snapshot:
        return Codec.DELTA in snapshot.index.chunks.codec


PRETRAINED = model(1, "encoder.w", "encoder.v", "head.w")


@pytest.fixture
def store(registry: Registry) -> Registry:
    """With "pretrained", "other" of another shape, and "small", half a model."""
    registry.save("pretrained", PRETRAINED)
    registry.save("other", model(2, "encoder.w", "encoder.v", "head.w", size=SIZE + 1))
    registry.save("small", {"head.w": PRETRAINED["head.w"]})
    return registry


@pytest.fixture
def mutable() -> Registry:
    return Registry("memory://", version_objects=True, mutable=True)


def test_a_save_tells_the_version_that_it_continued(store: Registry) -> None:
    again = store.save("pretrained", tuned(PRETRAINED))
    assert again.base == "pretrained@1"
    assert store.save("new", model(3, "w")).base is None
    assert store.save("tuned", tuned(PRETRAINED), base="pretrained@1").base == "pretrained@1"


@pytest.mark.parametrize("fate", ["kept", "deleted", "overwritten"])
def test_a_fine_tune_stands_whatever_becomes_of_what_it_was_made_from(mutable: Registry, fate: str) -> None:
    steps = [PRETRAINED]
    for seed in range(3):
        steps.append(tuned(steps[-1], seed))
    mutable.save("pretrained", PRETRAINED)
    first = mutable.save("ft", steps[1], base="pretrained@1")
    if fate == "deleted":
        mutable.delete("pretrained")
    elif fate == "overwritten":
        mutable.save("pretrained", model(7, "encoder.w"), version="1")
    others = [mutable.save("ft", tree) for tree in steps[2:]]
    assert [saved.base for saved in (first, *others)] == ["pretrained@1", "ft@1", "ft@2"]
    for version, tree in enumerate(steps[1:], 1):
        assert has_deltas(mutable, f"ft@{version}")
        assert same(mutable.load("ft", str(version), verify="full"), tree)
    assert [f for f in mutable.fsck() if not f.harmless] == []


def test_a_base_that_is_not_there_is_an_error_and_nothing_is_saved(store: Registry) -> None:
    with pytest.raises(VersionNotFound):
        store.save("ft", PRETRAINED, base="pretrained@9")
    assert "ft" not in store.list_objects()


def test_auto_finds_the_version_whose_tensors_agree(
    store: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "casreg"):
        saved = store.save("ft", tuned(PRETRAINED), base="auto")
    assert saved.base == "pretrained@1"
    assert "base=auto found pretrained@1" in caplog.text
    assert saved.stored < 0.6 * saved.plain
    assert same(store.load("ft", verify="full"), tuned(PRETRAINED))
    assert store.stats("ft@latest").base == "pretrained@1"


def test_auto_is_off_unless_asked_for(store: Registry) -> None:
    saved = store.save("ft", tuned(PRETRAINED))
    assert saved.base is None
    assert not has_deltas(store, "ft")


def test_auto_sees_through_prefixes(store: Registry) -> None:
    wrapped = {f"module.{name}": w for name, w in tuned(PRETRAINED).items()}
    saved = store.save("ft", wrapped, base="auto")
    assert (saved.base, saved.stored < 0.6 * saved.plain) == ("pretrained@1", True)


def test_auto_takes_nothing_that_agrees_in_less_than_half_of_the_bytes(store: Registry) -> None:
    mixed = {**tuned(PRETRAINED), **model(4, "a", "b", "c", "d")}
    assert store.save("mixed", mixed, base="auto").base is None
    del mixed["d"]
    assert store.save("half", mixed, base="auto").base == "mixed@1"
    assert store.save("text", {"text": "word " * 10_000}, base="auto").base is None
    assert store.save("bytes", b"word " * 10_000, base="auto").base is None


def test_auto_takes_half_of_the_bytes(store: Registry) -> None:
    mixed = {**tuned(PRETRAINED), **model(4, "a", "b", "c")}
    assert store.save("mixed", mixed, base="auto").base == "pretrained@1"


def test_a_name_that_agrees_with_itself_goes_on_from_itself(store: Registry) -> None:
    mixed = {**PRETRAINED, **model(4, "a", "b")}
    store.save("mixed", mixed)
    store.save("restarted", model(6, "w", size=9_000))
    store.save("pretrained", PRETRAINED)
    assert store.save("mixed", tuned(PRETRAINED), base="auto").base == "mixed@1"
    store.delete("mixed")
    assert store.save("restarted", tuned(PRETRAINED), base="auto").base == "pretrained@2"
    assert store.info("restarted@2")["parent"] == store.info("pretrained@2")["digest"]


def test_of_equals_auto_takes_what_was_written_last(store: Registry) -> None:
    store.save("pretrained", tuned(PRETRAINED))
    store.save("aaa", tuned(PRETRAINED, 5))
    store.save("zzz", model(2, "encoder.w"))
    assert store.save("ft", tuned(PRETRAINED, 6), base="auto").base == "aaa@1"


def test_auto_passes_over_what_is_deleted_or_damaged(
    store: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    store.save("latest", tuned(PRETRAINED))
    store.save("gone", tuned(PRETRAINED))
    store.delete("gone")
    state = next(entry for entry in store.backend.scan("refs/latest/"))
    store.backend.write(state.key, [b"{damaged"])
    assert store.save("ft", tuned(PRETRAINED), base="auto").base == "pretrained@1"
    assert "not comparing with latest@1" in caplog.text


def test_auto_passes_over_what_only_a_newer_casreg_reads(
    store: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as newer:
        encode = Index.encode

        def marked(index: Index) -> bytes:
            index.flags[0] |= 128
            return encode(index)

        newer.setattr(Index, "encode", marked)
        store.save("newer", tuned(PRETRAINED))
    assert store.save("ft", tuned(PRETRAINED, 5), base="auto").base == "pretrained@1"
    assert "not comparing with newer@1" in caplog.text


def test_auto_reads_no_data_to_choose(store: Registry) -> None:
    metered = MeteredStore(store.backend)
    counting = Registry(metered)
    metered.reset()
    assert counting.save("new", model(8, "w", size=30_000), base="auto").base is None
    assert metered.bytes_out < 40_000


def test_auto_knows_the_tensors_of_files_and_directories_before_it_reads_them(
    on_disk: Registry, tmp_path: Path
) -> None:
    from safetensors.numpy import save_file

    on_disk.save("pretrained", PRETRAINED)
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file(tuned(PRETRAINED), folder / "model.safetensors")
    for name, path in (("folder", folder), ("file", folder / "model.safetensors")):
        saved = on_disk.save(name, path, base="auto")
        assert saved.base in ("pretrained@1", "folder@1")
        assert saved.stored < 0.6 * saved.plain
    loaded = on_disk.load("file", output_dir=tmp_path / "out", verify="full")
    assert loaded.read_bytes() == (folder / "model.safetensors").read_bytes()


def test_a_name_that_is_called_auto_is_given_with_its_version(registry: Registry) -> None:
    registry.save("auto", PRETRAINED)
    registry.save("later", tuned(PRETRAINED, 3))
    assert registry.save("a", tuned(PRETRAINED), base="auto").base == "later@1"
    assert registry.save("b", tuned(PRETRAINED), base="auto@latest").base == "auto@1"


def test_what_travels_inline_looks_for_nothing(store: Registry) -> None:
    metered = MeteredStore(store.backend)
    counting = Registry(metered)
    metered.reset()
    saved = counting.save("tiny", {"w": np.zeros(9)}, base="auto")
    assert (saved.base, metered.counts["scan"]) == (None, 1)
