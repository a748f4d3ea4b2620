"""Batches, single saves, deletes and loads of one name at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import Registry, VersionNotFound
from casreg.stores.memory import MemoryStore


@pytest.fixture(params=["memory", "directory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Registry]:
    """``opened(**options)``: another Registry on the same store each time."""
    store: Any = MemoryStore() if request.param == "memory" else tmp_path / "store"
    return lambda **options: Registry(store, durability="none", **options)


def value(number: int, large: bool) -> dict[str, Any]:
    return {"number": number, "w": np.full(40_000 if large else 10, number)}


def whole(loaded: dict[str, Any]) -> int:
    assert (loaded["w"] == loaded["number"]).all()
    return int(loaded["number"])


def test_batches_and_single_saves_of_one_name_lose_nothing(opened: Callable[..., Registry]) -> None:
    opened(version_objects=True).close()
    told: dict[str, int] = {}

    def batch(worker: int) -> None:
        numbers = [worker * 100 + i for i in range(8)]
        result = opened().save(["m"] * 8, [value(n, n % 4 == 0) for n in numbers])
        assert list(result) == sorted(result, key=int)  # of one batch in the order given
        told.update(zip(result, numbers, strict=True))

    def singly(worker: int) -> None:
        registry = opened()
        for i in range(8):
            number = worker * 100 + i
            told[registry.save("m", value(number, i % 4 == 0))] = number

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(batch if i % 2 else singly, i) for i in range(6)]:
            done.result()
    registry = opened()
    assert registry.list_versions("m") == [str(n) for n in range(1, 49)]
    assert {version: whole(registry.load("m", version)) for version in told} == told


def test_a_load_beside_deletes_gives_the_whole_object_or_says_that_it_is_not_there(
    opened: Callable[..., Registry],
) -> None:
    opened(version_objects=True, mutable=True).close()
    stop = threading.Event()

    def churn(worker: int) -> None:
        registry = opened()
        for i in range(25):
            registry.save("m", value(i, i % 2 == 0), version=str(worker))
            if i % 3 == 0:
                registry.delete("m", str(worker))
            elif i % 3 == 1:
                registry.delete(["m", "m"], ["1", "2"]).require_success()

    def look() -> tuple[int, int]:
        registry, found, absent = opened(), 0, 0
        while not stop.is_set() or not found + absent:
            for wanted in ("m", "m@1", "m@2"):
                try:
                    whole(registry.load(wanted))
                    found += 1
                except VersionNotFound:
                    absent += 1
            result = registry.load(["m@1", "m@2"])
            found += len([whole(loaded) for loaded in result if loaded is not None])
            assert {error["error"] for error in result.errors.values()} <= {"RegistryObjectNotFound"}
        return found, absent

    with ThreadPoolExecutor(4) as pool:
        lookers = [pool.submit(look) for _ in range(2)]
        for done in [pool.submit(churn, worker) for worker in (1, 2)]:
            done.result()
        stop.set()
        assert all(sum(looker.result()) for looker in lookers)


def test_sixteen_threads_use_every_verb_of_one_registry(opened: Callable[..., Registry]) -> None:
    registry = opened(version_objects=True)

    def work(worker: int) -> None:
        mine = f"own/{worker}"
        registry[mine] = value(worker, large=worker % 4 == 0)
        registry.save([mine, "shared"], [value(worker, False)] * 2, metadata={"by": worker}).require_success()
        assert [whole(loaded) for loaded in registry[[f"{mine}@1", mine]]] == [worker] * 2
        assert whole(registry.setdefault("one", value(worker, False))) in range(16)
        assert mine in registry
        assert registry.info(mine, "2")["metadata"] == {"by": worker}
        assert registry.stats(mine, "latest").version == "2"
        assert registry.stats(mine).versions == 2
        assert whole(registry.pop(mine)) == worker
        assert registry.list_versions(mine) == ["1"]
        with registry.open("shared") as snapshot:
            assert len(snapshot["w"]) == 10
        del registry[mine]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert registry.list_versions("shared") == [str(n) for n in range(1, 17)]
    assert registry.list_objects_and_versions().keys() == {"one", "shared"}
    assert registry.list_versions("one") == ["1"]
    assert all(finding.kind == "orphan" for finding in registry.fsck())
