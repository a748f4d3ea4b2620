"""One Registry in many threads, sent to other processes, and used on both sides of a fork."""

import copy
import fcntl
import multiprocessing
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import others

from casreg import ReadOnly, Registry, Unsafe, Unsupported
from casreg.cache import Bounds, PathCache
from casreg.journal import Journals
from casreg.leases import Lease
from casreg.pins import Pins
from casreg.stores.memory import MemoryStore
from casreg.stores.readonly import ReadOnlyStore

fork = multiprocessing.get_context("fork")

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def work(registry: Registry, worker: int) -> list[str]:
    """Saves, small ones and large, and loads."""
    made = []
    for i in range(6):
        value = {"by": [worker, i], "w": np.full(40_000 if i % 3 == 0 else 10, worker)}
        made.append(str(registry.save("m", value)))
        loaded = registry.load("m", made[-1])
        assert loaded["by"] == [worker, i]
        assert (loaded["w"] == worker).all()
    return made


def test_a_pickled_registry_opens_the_store_anew_as_it_was_opened(tmp_path: Path) -> None:
    registry = Registry(
        tmp_path / "s", version_objects=True, durability="none", memory=80 << 20, cache_dir=tmp_path / "cache"
    )
    registry["a"] = 1
    sent = pickle.loads(pickle.dumps(registry))
    assert sent.backend is not registry.backend
    assert sent["a"] == 1
    assert sent.save("a", 2) == "2"
    assert registry["a"] == 2
    assert not sent.backend.durable
    assert (sent._limits.memory, sent._cache.directory) == (80 << 20, tmp_path / "cache")
    read_only = pickle.loads(pickle.dumps(Registry(tmp_path / "s", read_only=True)))
    assert not isinstance(read_only.backend.inner, ReadOnlyStore)
    with pytest.raises(ReadOnly):
        read_only["a"] = 3


class Prefixed(Registry):
    """As programs derive one, with arguments of its own."""

    def __init__(self, prefix: str, place: Path) -> None:
        super().__init__(place, version_objects=True)
        self.prefix = prefix

    def list_objects(self) -> list[str]:
        return [self.prefix + name for name in super().list_objects()]


def test_a_registry_of_a_derived_class_stays_one_with_what_it_has(tmp_path: Path) -> None:
    registry = Prefixed("models/", tmp_path / "s")
    registry["a"] = 1
    for sent in (pickle.loads(pickle.dumps(registry)), copy.copy(registry)):
        assert type(sent) is Prefixed
        assert sent.list_objects() == ["models/a"]
        assert vars(sent).keys() == vars(registry).keys()
    assert vars(Registry(tmp_path / "s")).keys() == vars(registry).keys() - {"prefix"}


def test_what_a_registry_trusts_its_store_with_is_pickled_too(tmp_path: Path) -> None:
    wary = Registry(tmp_path / "s")
    trusting = Registry(tmp_path / "s", allow_pickle=True, allow_import=["pkg.*"])
    assert pickle.loads(pickle.dumps(trusting))._trust == trusting._trust
    with pytest.raises(Unsafe):
        pickle.loads(pickle.dumps(wary))._trust.require_pickle("it")


@pytest.mark.parametrize("place", ["memory://", "memory://named"])
def test_a_store_in_memory_is_not_pickled_and_says_why(place: str) -> None:
    for registry in (Registry(place), Registry(MemoryStore())):
        with pytest.raises(Unsupported, match="in the memory of this process"):
            pickle.dumps(registry)


def test_worker_processes_use_a_registry_that_they_were_sent(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "s", version_objects=True, durability="none")
    with ProcessPoolExecutor(2, others) as pool:
        made = [v for versions in pool.map(work, [registry] * 3, range(3)) for v in versions]
    assert sorted(made, key=int) == registry.list_versions("m") == [str(n) for n in range(1, 19)]


@pytest.mark.parametrize("place", ["memory", "directory"])
def test_sixteen_threads_use_one_registry(tmp_path: Path, place: str) -> None:
    store: Any = MemoryStore() if place == "memory" else tmp_path / "s"
    registry = Registry(store, version_objects=True, durability="none")
    with ThreadPoolExecutor(16) as pool:
        made = [v for versions in pool.map(lambda i: work(registry, i), range(16)) for v in versions]
    assert sorted(made, key=int) == registry.list_versions("m") == [str(n) for n in range(1, 97)]


def in_child(act: Callable[[], object]) -> int:
    """The exit status of a forked process that does ``act``; it is killed if it takes forever."""
    process = fork.Process(target=act)
    process.start()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def test_a_registry_is_used_on_both_sides_of_a_fork_in_the_middle_of_its_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    with Registry(
        tmp_path / "s", version_objects=True, durability="none", cache_dir=tmp_path / "cache"
    ) as registry:
        registry.save("file", tmp_path / "file")
        stop = threading.Event()

        def busy(worker: int) -> int:
            count = 0
            while not stop.is_set():
                count += len(work(registry, worker))
                assert registry.load("file", verify="full").stat().st_size == 100_000
            return count

        def child() -> None:
            work(registry, 99)
            assert registry.load("file").stat().st_size == 100_000
            registry.save(["a", "b"], [1, 2]).require_success()

        with ThreadPoolExecutor(3) as pool:
            busied = [pool.submit(busy, i) for i in range(3)]
            codes = [in_child(child) for _ in range(4)]
            stop.set()
            done = sum(future.result() for future in busied)
        assert codes == [0] * 4
        assert len(registry.list_versions("m")) == done + 4 * 6
        assert registry.list_versions("a") == ["1", "2", "3", "4"]


def test_a_store_in_memory_is_copied_whole_by_a_fork() -> None:
    registry = Registry("memory://", version_objects=True)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            registry.save("m", 1)

    thread = threading.Thread(target=busy)
    thread.start()

    def child() -> None:
        before = registry.list_versions("m")
        assert registry.save("m", 2) == str(len(before) + 1)

    codes = [in_child(child) for _ in range(5)]
    stop.set()
    thread.join()
    assert codes == [0] * 5


def test_files_handed_out_stay_pinned_when_a_forked_process_closes_its_registry(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    registry = Registry(tmp_path / "s", cache_dir=tmp_path / "cache", cache_bytes=0)
    registry.save("file", tmp_path / "file")
    path = registry.load("file")

    def child() -> None:
        registry.load("file")
        registry.close()

    assert in_child(child) == 0
    Registry(tmp_path / "s", cache_dir=tmp_path / "cache").clear_cache()
    assert path.read_text() == "x"
    registry.close()
    Registry(tmp_path / "s", cache_dir=tmp_path / "cache").clear_cache()
    assert not path.exists()


def require_no_lock_left(tmp_path: Path, hold: Callable[[Callable[[], None]], None]) -> None:
    """``hold`` calls back while it holds locks below ``tmp_path``; a process is forked then, and goes on."""
    started, ending = fork.Event(), fork.Event()

    def child() -> None:
        started.set()
        ending.wait(60)

    def now() -> None:
        process = fork.Process(target=child)
        process.start()
        forked.append((process, ending))
        started.wait(60)

    forked: list[Any] = []
    hold(now)
    try:
        for path in filter(Path.is_file, tmp_path.rglob("*")):
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if anybody has it
    finally:
        ending.set()
        for process, _ in forked:
            process.join()


def test_a_process_forked_while_files_are_laid_out_keeps_no_lock_of_theirs(tmp_path: Path) -> None:
    pins = Pins()

    def hold(now: Callable[[], None]) -> None:
        PathCache(tmp_path, Bounds(1 << 20), "boot").use("key", lambda folder: now(), pins)
        pins.release()

    require_no_lock_left(tmp_path, hold)


def test_a_process_forked_during_a_save_that_is_interrupted_keeps_no_lock_of_its_journal(
    tmp_path: Path,
) -> None:
    def hold(now: Callable[[], None]) -> None:
        journal = Journals(tmp_path, "boot", 0).new("s", "n", "0" * 32, Lease("k", 0.0, 1.0), durable=True)
        journal._begin()
        now()
        journal.close()

    require_no_lock_left(tmp_path, hold)
    assert any(path.suffix == ".journal" for path in tmp_path.rglob("*"))
