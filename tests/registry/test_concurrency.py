"""Many processes, one store: no update is lost, no mixture is seen."""

from pathlib import Path
from typing import Any

import numpy as np
from processes import others

from casreg import Registry


def save_some(store: str, worker: int, count: int, results: Any) -> None:
    with Registry(store, durability="none") as registry:
        made = []
        for i in range(count):
            # Every fifth is too large to travel inline.
            size = 40_000 if i % 5 == 0 else 10
            made.append(
                (str(registry.save("m", {"by": [worker, i], "w": np.full(size, worker)})), [worker, i])
            )
        results.put(made)


def test_eight_processes_saving_one_name_lose_nothing(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    Registry(store, version_objects=True).close()
    results = others.Queue()
    workers = [others.Process(target=save_some, args=(store, i, 10, results)) for i in range(8)]
    for worker in workers:
        worker.start()
    told = dict(pair for _ in workers for pair in results.get())
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    registry = Registry(store)
    assert registry.list_versions("m") == [str(n) for n in range(1, 81)]
    for version in registry.list_versions("m"):
        loaded = registry.load("m", version, verify="full")
        assert loaded["by"] == told[version]
        assert (loaded["w"] == loaded["by"][0]).all()


def overwrite(store: str, worker: int, count: int) -> None:
    with Registry(store, durability="none") as registry:
        for i in range(count):
            registry.save("m", {"by": worker, "w": np.full(50_000 if i % 2 else 10, worker)}, version="1")


def watch(store: str, stop: Any, seen: Any) -> None:
    count = 0
    with Registry(store, read_only=True) as registry:
        while not stop.is_set() or not count:
            loaded = registry.load("m@1")
            assert (loaded["w"] == loaded["by"]).all()
            count += 1
    seen.put(count)


def test_two_processes_overwriting_one_version_never_give_a_mixture(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    with Registry(store, version_objects=True, mutable=True) as registry:
        registry.save("m", {"by": 0, "w": np.zeros(10)}, version="1")
    stop, seen = others.Event(), others.Queue()
    writers = [others.Process(target=overwrite, args=(store, i, 30)) for i in (1, 2)]
    reader = others.Process(target=watch, args=(store, stop, seen))
    for process in [reader, *writers]:
        process.start()
    for process in writers:
        process.join()
    stop.set()
    assert seen.get() > 0
    reader.join()
    assert [p.exitcode for p in [reader, *writers]] == [0, 0, 0]
    registry = Registry(store)
    assert registry.list_versions("m") == ["1"]
    assert registry.load("m@1")["by"] in (1, 2)


def open_one(store: str, ready: Any, ids: Any) -> None:
    ready.wait()
    with Registry(store, version_objects=True) as registry:
        ids.put(registry._opened.config.id)


def test_a_store_that_many_make_at_once_is_made_once(tmp_path: Path) -> None:
    ready, ids = others.Barrier(4), others.Queue()
    makers = [others.Process(target=open_one, args=(str(tmp_path / "store"), ready, ids)) for _ in range(4)]
    for maker in makers:
        maker.start()
    assert len({ids.get() for _ in makers}) == 1
    for maker in makers:
        maker.join()
    assert [maker.exitcode for maker in makers] == [0] * 4
