"""What a save builds upon, and what survives a fork."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from casreg import InvalidInput, Registry

Noise = Callable[..., bytes]


def test_what_was_never_flushed_is_not_reused_by_a_save_that_must_last(tmp_path: Path, noise: Noise) -> None:
    data = noise(2_000_000)
    with Registry(tmp_path / "s", version_objects=True, durability="none") as scratch:
        scratch.save("a", data)
        assert scratch.save("a", data).stored == 0
    with Registry(tmp_path / "s") as lasting:
        assert lasting.save("a", data).reused == 0
        assert lasting.save("a", data).stored == 0


@pytest.mark.parametrize("harm", ["gone", "short"])
def test_a_missing_pack_is_stored_again_not_referred_to(on_disk: Registry, noise: Noise, harm: str) -> None:
    data = noise(2_000_000)
    on_disk.save("a", data)
    with on_disk.open("a") as snapshot:
        key = snapshot.packs[0].sha256.key
    if harm == "gone":
        on_disk.backend.remove(key)
    else:
        on_disk.backend.write(key, [on_disk.backend.read(key)[:-1]])
    on_disk.save("a", data)
    assert on_disk.load("a@2", verify="full") == data


# What Python warns of is just what this proves: the snapshot's threads are not used in the child.
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_snapshot_reads_on_in_a_forked_child(on_disk: Registry, noise: Noise) -> None:
    data = noise(10_000_000)
    on_disk.save("a", data)
    with on_disk.open("a") as snapshot:
        assert snapshot.read("data") == data
        child = os.fork()
        if not child:
            signal.alarm(60)
            os._exit(0 if snapshot.read("data") == data else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_file_that_lies_about_being_empty_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="says it is empty"):
        registry.save("a", Path("/proc/cpuinfo"))
    assert registry.list_objects() == []


def test_long_names_of_files_are_written_beside_each_other(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    names = ["x" * 246 + f"{i:03}" for i in range(5)] + ["あ" * 82]
    for name in names:
        (tmp_path / "d" / name).write_text(name)
    registry.save("d", tmp_path / "d")
    loaded = registry.load("d", output_dir=tmp_path / "out")
    assert {p.name: p.read_text() for p in loaded.iterdir()} == {name: name for name in names}
    registry.checkout("d", tmp_path / "mine")
    assert len(list((tmp_path / "mine").iterdir())) == 6


def test_into_that_does_not_fit_is_the_callers_mistake(registry: Registry) -> None:
    import numpy as np

    registry.save("t", {"a": np.ones(2), "l": [np.ones(2), np.ones(2)]})
    registry.save("b", b"xyz")
    for wrong in ({"l": [np.ones(2), np.ones(2)]}, {"a": np.ones(2), "l": [np.ones(2)]}, [1]):
        with pytest.raises(InvalidInput, match="into= has nothing at"):
            registry.load("t", into=wrong)
    for bad in (5, b"abc"):
        with pytest.raises(InvalidInput, match="into="):
            registry.load("b", into=bad)


def test_what_only_looks_like_a_stream_is_refused(registry: Registry, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive, pytest.raises(InvalidInput, match="no stream"):
        registry.save("z", archive)
    with pytest.raises(InvalidInput, match="is no path"):
        registry.save("p", Path("a" * 300))
