"""Paths that loads hand out: shared by threads and processes, checked, bounded; nobody waits for a close."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from processes import others

from casreg import Corrupt, Denied, InvalidInput, Registry

Noise = Callable[..., bytes]


@pytest.fixture
def store(tmp_path: Path, noise: Noise) -> Path:
    (tmp_path / "f").write_bytes(noise(300_000))
    with Registry(tmp_path / "store", version_objects=True, durability="none") as registry:
        registry.save("f", tmp_path / "f")
    return tmp_path / "store"


def load_and_hold(store: Path, cache: Path, loaded: Any, done: Any) -> None:
    with Registry(store, cache_dir=cache) as registry:
        loaded.put(registry.load("f").read_bytes())
        done.wait()


def test_processes_that_load_the_same_at_once_do_not_wait_for_each_other(
    store: Path, tmp_path: Path, noise: Noise
) -> None:
    loaded, done = others.Queue(), others.Event()
    arguments = (store, tmp_path / "cache", loaded, done)
    processes = [others.Process(target=load_and_hold, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    assert [loaded.get() for _ in processes] == [noise(300_000)] * 3  # all of them, before any is closed
    done.set()
    for process in processes:
        process.join()
    assert len(list((tmp_path / "cache" / "paths").iterdir())) == 1


def test_threads_of_one_registry_share_an_entry(store: Path, tmp_path: Path) -> None:
    with Registry(store, cache_dir=tmp_path / "cache") as registry, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: registry.load("f"), range(32)))) == 1


def test_what_was_tampered_with_while_in_use_is_made_anew_beside_it(
    store: Path, tmp_path: Path, noise: Noise
) -> None:
    options = {"cache_dir": tmp_path / "cache"}
    with Registry(store, **options) as first, Registry(store, **options) as second:
        held = first.load("f")
        held.chmod(0o644)
        held.write_bytes(b"tampered")
        fresh = second.load("f")
        assert fresh != held
        assert fresh.read_bytes() == noise(300_000)
        assert held.read_bytes() == b"tampered"
        assert first.load("f") == fresh


def flip(store: Path) -> None:
    (pack,) = (store / "blobs" / "sha256").iterdir()
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(data)


def test_a_load_without_verification_leaves_nothing_wrong_behind(store: Path, tmp_path: Path) -> None:
    flip(store)
    with Registry(store, cache_dir=tmp_path / "cache") as registry:
        for verify in ("none", "integrity", "full"):
            with pytest.raises(Corrupt):
                registry.load("f", verify=verify)  # type: ignore[arg-type]


def test_full_verification_reads_the_cached_bytes(store: Path, tmp_path: Path, noise: Noise) -> None:
    with Registry(store, cache_dir=tmp_path / "cache") as registry:
        loaded = registry.load("f")
        status = loaded.stat()
        data = bytearray(noise(300_000))
        data[5] ^= 1
        loaded.chmod(0o644)
        loaded.write_bytes(data)
        loaded.chmod(0o444)
        os.utime(loaded, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert registry.load("f", verify="full").read_bytes() == noise(300_000)


def test_many_loads_hold_one_descriptor(tmp_path: Path) -> None:
    with Registry("memory://", version_objects=True, cache_dir=tmp_path / "cache") as registry:
        (tmp_path / "f").write_bytes(b"x")
        for _ in range(20):
            registry.save("f", tmp_path / "f")
        registry.load("f@1")
        before = len(os.listdir("/proc/self/fd"))
        assert all(registry.load("f", str(v)).exists() for v in range(1, 21))
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(("buffer", "kept"), [(None, 3), (0, 4), (2, 2), (9, 1)])
def test_so_many_versions_are_kept_and_some_fewer_once_there_are_more(
    tmp_path: Path, buffer: int | None, kept: int
) -> None:
    def opened() -> Registry:
        cache = tmp_path / "cache"
        return Registry(tmp_path / "s", True, cache_dir=cache, cache_max_entries=4, cache_prune_buffer=buffer)

    def cached() -> int:
        return len(list((tmp_path / "cache/paths").iterdir()))

    for number in range(5):
        (tmp_path / "file").write_text(str(number))
        opened().save("f", tmp_path / "file")
    for number in range(1, 5):
        with opened() as registry:
            registry.load(f"f@{number}")
    assert cached() == 4
    with opened() as registry:
        assert registry.load("f@5").read_text() == "4"
        assert cached() == kept


@pytest.mark.parametrize(
    "bounds",
    [{"cache_max_entries": 0}, {"cache_prune_buffer": -1}, {"cache_bytes": -1}, {"cache_bytes": "1"}],
)
def test_bounds_that_bound_nothing_are_refused(bounds: Any) -> None:
    with pytest.raises(InvalidInput, match=next(iter(bounds))):
        Registry("memory://", **bounds)


def test_a_registry_that_was_forgotten_pins_nothing(store: Path, tmp_path: Path) -> None:
    registry = Registry(store, cache_dir=tmp_path / "cache")
    registry.load("f")
    assert len(list((tmp_path / "cache" / "pins").iterdir())) == 1
    del registry
    assert list((tmp_path / "cache" / "pins").iterdir()) == []


def test_a_cache_that_cannot_be_is_an_error_of_its_own(store: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        Registry(store, cache_dir=tmp_path / "file") as registry,
        pytest.raises(InvalidInput, match="in the way"),
    ):
        registry.load("f")
    assert Denied.kind == "denied"
