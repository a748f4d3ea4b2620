"""mirror: all that another registry lacks."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from servers import s3 as servers
from servers.process import Server
from servers.s3 import KEYS

from casreg import Conflict, Corrupt, InvalidInput, NameNotFound, Registry, Unavailable, Uncertain
from casreg.importing import Carriage
from casreg.models.manifest import Descriptor
from casreg.models.store import Features, StoreConfig
from casreg.stores.memory import MemoryStore
from casreg.stores.s3 import S3Store
from casreg.stores.wrapper import Wrapper
from casreg.testing import Crashed, Fault, FaultyStore, MeteredStore, Sweep, fault_points

no_aws_of_the_user = servers.no_aws_of_the_user
s3_server = servers.s3_server
bucket = servers.bucket

NOISE = np.random.default_rng(0).integers(0, 255, 200_000, np.uint8)


def opened(store: Any = None) -> Registry:
    return Registry(store or MemoryStore(), version_objects=True)


def digests(registry: Registry) -> dict[str, str]:
    """Of everything there is."""
    return {
        f"{name}@{version}": facts["digest"]
        for name, versions in registry.info().items()
        for version, facts in versions.items()
    }


@pytest.fixture
def source() -> Registry:
    made = opened()
    made.save("det/a", {"x": NOISE})
    made.save("det/a", {"x": NOISE, "y": NOISE[:50_000]})
    made.save("det/b", {"x": NOISE, "z": 1}, version="7.1")
    made.save("words", "hello")
    made.save("gone", 1)
    made.delete("gone")
    return made


def test_the_target_has_all_with_numbers_and_digests(source: Registry) -> None:
    target = opened()
    done: list[tuple[int, int | None]] = []
    mirrored = source.mirror(to=target, progress=lambda *at: done.append(at))
    assert digests(target) == digests(source)
    assert sorted(f"{one.name}@{one}" for one in mirrored.copied) == sorted(digests(source))
    assert (mirrored.present, mirrored.complete, mirrored.deleted) == (0, True, ())
    assert done[-1][0] == done[-1][1] == max(done)[0]
    assert [f for f in target.fsck() if f.kind != "orphan"] == []
    again = source.mirror(to=target)
    assert (again.copied, again.present, again.bytes) == ((), 4, 0)


def test_the_plan_is_what_is_done(source: Registry) -> None:
    target = opened()
    source.copy("det/a@1", to=target)
    plan = source.plan_mirror(target)
    assert list(target.backend.scan("refs/det%2fb/")) == []
    assert [str(copy) for copy in plan.copies] == ["det/a@2", "det/b@7.1", "words@1"]
    assert plan.present == 1
    mirrored = plan.execute()
    assert mirrored.bytes == plan.bytes
    assert 250_000 < plan.bytes < 270_000
    assert plan.execute().present == 4


def test_nothing_to_do_is_four_listings_each_and_a_read_of_each_version(source: Registry) -> None:
    there = MeteredStore(MemoryStore())
    source.mirror(to=opened(there))
    here = MeteredStore(source.backend)
    mirror = opened(here)
    target = opened(there)
    here.reset()
    there.reset()
    mirror.mirror(to=target)
    for store in (here, there):
        assert {verb: count for verb, count in store.counts.items() if count} == {"scan": 4, "read": 4}


def test_a_new_version_costs_its_own_bytes(source: Registry) -> None:
    target = opened()
    source.mirror(to=target)
    source.save("det/a", {"x": NOISE, "y": NOISE[1:50_000]})
    assert 49_000 < source.mirror(to=target, names="det/*").bytes < 60_000


def test_names_choose_and_must_be_there(source: Registry) -> None:
    target = opened()
    assert len(source.mirror(to=target, names="det/b").copied) == 1
    assert len(source.mirror(to=target, names=["det/*", "words"]).copied) == 3
    for nothing in ("det", "nobody/*", "gone"):
        with pytest.raises(NameNotFound):
            source.mirror(to=target, names=["words", nothing])
    with pytest.raises(InvalidInput, match="a Registry that is open, not str"):
        source.plan_mirror("somewhere")  # type: ignore[arg-type]
    assert source.mirror(to=target, names=(name for name in ("det/*", "words"))).present == 4
    assert source.mirror(to=target, names={"det/b"}).present == 1
    for rubbish in ([], "", [""], [7], 7):
        with pytest.raises(InvalidInput):
            source.mirror(to=target, names=rubbish)  # type: ignore[arg-type]


def test_what_differs_there_is_told_and_stays(source: Registry) -> None:
    target = opened()
    target.save("det/a", "theirs")
    mirrored = source.mirror(to=target)
    assert not mirrored.complete
    (clash,) = mirrored.conflicts
    assert (str(clash), clash.source) == ("det/a@1", source.open("det/a@1").digest)
    assert clash.target == target.open("det/a@1").digest
    assert target.load("det/a@1") == "theirs"
    assert len(mirrored.copied) == 3


def test_one_version_that_is_damaged_keeps_no_other_back(source: Registry) -> None:
    with source.open("det/a@1") as snapshot:
        own = {pack.digest for pack in snapshot.packs}
    with source.open("det/a@2") as snapshot:
        (lost,) = [pack for pack in snapshot.packs if pack.digest not in own]
    source.backend.remove(lost.sha256.key)
    mirrored = source.mirror(to=(target := opened()))
    (failure,) = mirrored.failures
    assert str(failure) == "det/a@2"
    assert isinstance(failure.error, Corrupt)
    assert target.list_versions("det/a") == ["1"]
    assert len(mirrored.copied) == 3


@pytest.mark.parametrize("when", ["planned", "copied"])
def test_what_is_deleted_and_swept_while_it_is_read_is_no_failure(source: Registry, when: str) -> None:
    source.save("swept", {"x": NOISE[::-1].copy()}, metadata={"much": "x" * 20_000})  # not all of it inline
    armed = when == "planned"

    class Sweeping(Wrapper):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            nonlocal armed
            if armed and key.startswith("blobs/"):
                armed = False
                source.delete("swept")
                for number in range(1, 4):
                    Sweep(source.backend, lambda now=number: time.time() + now * 10**8).run()  # type: ignore[misc]
            return super().read(key, start, stop)

    plan = opened(Sweeping(source.backend)).plan_mirror(target := opened(), names="swept")
    armed = True
    mirrored = plan.execute()
    assert not armed or when == "planned"
    assert (mirrored.failures, mirrored.copied, mirrored.complete) == ((), (), True)
    assert target.list_objects() == []


def test_a_store_that_lacks_a_feature_gets_what_needs_none(source: Registry, tmp_path: Path) -> None:
    weights = np.random.default_rng(0).standard_normal(50_000).astype(np.float32)
    source.save("planes", {"w": weights})
    older = MemoryStore()
    config = StoreConfig(id="0" * 32, created="2025-01-02T03:04:05Z", features=Features(reader=[]))
    older.create("casreg.json", config.model_copy(update={"settings": source.settings}).encode())
    mirrored = source.mirror(to=Registry(older))
    assert [str(failure) for failure in mirrored.failures] == ["planes@1"]
    assert len(mirrored.copied) == 4


def test_delete_takes_away_what_is_not_here_and_nothing_else(source: Registry) -> None:
    target = opened()
    target.save("det/old", 1)
    target.save("other", 1)
    target.save("det/a", "theirs", version="9")
    assert source.mirror(to=target, names="det/*").deleted == ()
    mirrored = source.mirror(to=target, names="det/*", delete=True)
    assert [str(one) for one in mirrored.deleted] == ["det/a@9", "det/old@1"]
    assert target.list_objects_and_versions() == {"det/a": ["1", "2"], "det/b": ["7.1"], "other": ["1"]}
    assert len(source.mirror(to=target, names=["other", "words"], delete=True).deleted) == 1


def test_what_is_tagged_or_protected_there_is_kept(source: Registry) -> None:
    target = opened()
    target.save(["old", "old", "old"], 1)
    target.tag("old", "prod", "1")
    target.protect("old@2")
    mirrored = source.mirror(to=target, delete=True)
    assert [str(one) for one in mirrored.kept] == ["old@1", "old@2"]
    assert [str(one) for one in mirrored.deleted] == ["old@3"]
    assert target.list_versions("old") == ["1", "2"]


def test_tags_protection_and_notes_go_along_and_the_sources_win(source: Registry) -> None:
    target = opened()
    source.mirror(to=target)
    source.tag("det/a", "prod", "2")
    source.protect("det/b@7.1")
    source.note("det/a@1", {"acc": 0.9, "by": "us"})
    target.tag("det/a", "prod", "1")
    target.tag("det/a", "theirs", "1")
    target.note("det/a@1", {"acc": 0.5, "seen": True})
    plan = source.plan_mirror(target)
    assert [str(mark) for mark in plan.marks] == [
        "det/a@1 notes: acc, by",
        "det/a@2 tag prod",
        "det/b@7.1 protected",
    ]
    assert target.tags("det/a")["prod"] == "1"
    assert plan.execute().marked == plan.marks
    assert target.tags("det/a") == {"prod": "2", "theirs": "1"}
    assert target.notes("det/a@1") == {"acc": 0.9, "by": "us", "seen": True}
    with pytest.raises(Conflict):
        target.delete("det/b", "7.1", force=True)
    assert source.mirror(to=target).marked == ()


def test_notes_that_are_too_much_together_are_a_failure_and_stay_as_they_are(source: Registry) -> None:
    target = opened()
    source.mirror(to=target)
    source.note("words", {"ours": "x" * 600_000})
    source.tag("words", "prod", "1")
    target.note("words", {"theirs": "x" * 600_000})
    mirrored = source.mirror(to=target)
    (failure,) = mirrored.failures
    assert (str(failure), failure.error.kind, mirrored.complete) == ("words@1", "invalid-input", False)
    assert list(target.notes("words")) == ["theirs"]
    assert [str(mark) for mark in mirrored.marked] == ["words@1 tag prod"]


def test_no_tag_is_set_on_a_version_that_is_another(source: Registry) -> None:
    target = opened()
    target.save("det/a", "theirs")
    source.tag("det/a", "prod", "1")
    source.protect("det/a@1")
    assert source.mirror(to=target).marked == ()
    assert target.tags("det/a") == {}


def test_an_empty_source_deletes_nothing(source: Registry) -> None:
    for names in (None, "*", "det/a"):
        with pytest.raises(InvalidInput, match="an empty source deletes none"):
            opened().mirror(to=source, names=names, delete=True)
    assert len(source) == 3


def test_what_was_overwritten_since_the_plan_is_not_deleted(source: Registry) -> None:
    target = Registry(MemoryStore(), version_objects=True, mutable=True)
    target.save("old", 1)
    plan = source.plan_mirror(target, delete=True)
    target.save("old", 2, version="1")
    assert plan.execute().deleted == ()
    assert target.load("old") == 2


def test_what_was_overwritten_since_the_plan_is_neither_tagged_nor_protected(source: Registry) -> None:
    target = Registry(MemoryStore(), version_objects=True, mutable=True)
    source.mirror(to=target)
    source.tag("words", "prod", "1")
    source.protect("words")
    plan = source.plan_mirror(target)
    target.save("words", "theirs", version="1")
    assert (len(plan.marks), plan.execute().marked) == (2, ())
    assert target.tags("words") == {}
    target.delete("words")


def test_numbers_that_become_one_are_a_conflict() -> None:
    source = opened()
    source.save(["a", "a"], [1, 2], version=["1", "1.0"])
    source.tag("a", "prod", "1.0")
    source.tag("a", "dev", "1")
    target = Registry(MemoryStore(), version_objects=True, version_digits=2)
    mirrored = source.mirror(to=target)
    assert ([str(one) for one in mirrored.copied], len(mirrored.conflicts)) == (["1.0"], 1)
    assert target.tags("a") == {("dev" if target["a"] == 1 else "prod"): "1.0"}
    with pytest.raises(InvalidInput, match="a has 2 versions"):
        source.mirror(to=Registry(MemoryStore()))


def test_what_the_target_has_no_number_for_is_told_by_its_name(source: Registry) -> None:
    source.save("det/b", 3, version="7.1.2")
    target = Registry(MemoryStore(), version_objects=True, version_digits=2)
    with pytest.raises(InvalidInput, match=r"det/b@7\.1\.2 has no number at the target: .* 3 parts"):
        source.mirror(to=target)
    assert target.list_objects() == []
    assert len(source.mirror(to=target, names=["det/a", "words"]).copied) == 3


def test_at_every_fault_of_either_side_versions_are_whole_and_the_next_mirror_goes_on() -> None:
    source = opened()
    source.save("a", {"x": NOISE})
    source.save("b", 1)
    source.tag("b", "prod", "1")
    source.note("b", {"acc": 1})

    def run(
        fault_here: Fault | None, fault_there: Fault | None
    ) -> tuple[FaultyStore, FaultyStore, MemoryStore]:
        inner = MemoryStore()
        opened(inner)
        here, there = FaultyStore(source.backend), FaultyStore(inner)
        reading, target = opened(here), opened(there)
        for store, fault in ((here, fault_here), (there, fault_there)):
            if fault:
                opening = [call.verb for call in store.calls].count(fault.verb or "read")
                store.plan = frozenset([Fault(fault.call + opening, fault.when, fault.verb)])
            else:
                store.calls.clear()
        try:
            reading.mirror(to=target)
        except (Unavailable, Uncertain, Crashed):
            assert here.struck or there.struck
        return here, there, inner

    here, there, _ = run(None, None)
    points = [(point, None) for point in fault_points(here.calls)]
    points += [(None, point) for point in fault_points(there.calls)]  # type: ignore[misc]
    assert len(points) > 50
    wanted = digests(source)
    for point in points:
        _, _, inner = run(*point)
        partly = opened(inner)
        assert digests(partly).items() <= wanted.items(), point
        assert [f for f in partly.fsck() if f.kind != "orphan"] == [], point
        moved = {entry.key for entry in inner.scan("blobs/")}
        again = MeteredStore(inner)
        source.mirror(to=opened(again))
        assert digests(opened(inner)) == wanted, point
        assert (opened(inner).tags("b"), opened(inner).notes("b")) == ({"prod": "1"}, {"acc": 1})
        assert again.counts["write"] <= 1 - len(moved), point


def test_blobs_are_moved_once_and_memory_is_bounded() -> None:
    carriage, large = Carriage(100), threading.Event()
    blob = Descriptor(media_type="x", digest="sha256:" + "0" * 64, size=60)
    inside: list[int] = []
    peak = 0

    def carry(blob: Descriptor) -> None:
        nonlocal peak
        with carriage.alone(blob), carriage.room(blob):
            inside.append(blob.size)
            peak = max(peak, sum(inside))
            large.wait(0.001)
            inside.remove(blob.size)

    sizes = (60, 60, 30, 30, 30, 500, 10)
    blobs = [blob.model_copy(update={"digest": f"sha256:{i:064x}", "size": s}) for i, s in enumerate(sizes)]
    threads = [threading.Thread(target=carry, args=(one,)) for one in blobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peak == 500 or peak <= 100  # what is larger than all the room has it alone
    assert not inside


def test_packs_that_versions_share_are_read_once(source: Registry, tmp_path: Path) -> None:
    for number in range(6):
        source.save(f"many/{number}", {"x": NOISE, "i": number}, base="det/a@1")
    reads: list[str] = []

    class Counting(Wrapper):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            reads.append(key)
            return super().read(key, start, stop)

    with Registry(tmp_path / "t", version_objects=True) as target:
        opened(Counting(source.backend)).mirror(to=target, names="many/*")
    packs = [key for key in reads if key.startswith("blobs/")]
    assert len(packs) == len(set(packs))


@pytest.mark.parametrize(("here", "there"), [("local", "s3"), ("s3", "memory"), ("memory", "local")])
def test_between_all_kinds_of_stores(
    source: Registry, s3_server: Server, bucket: str, tmp_path: Path, here: str, there: str
) -> None:
    def made(kind: str, name: str) -> Registry:
        if kind == "s3":
            return opened(S3Store(bucket, name, endpoint=s3_server.endpoint, **KEYS))
        return opened() if kind == "memory" else Registry(tmp_path / name, version_objects=True)

    first, second = made(here, "first"), made(there, "second")
    source.mirror(to=first)
    first.mirror(to=second)
    assert digests(second) == digests(source)
    assert np.array_equal(second.load("det/a", verify="full")["y"], NOISE[:50_000])
    assert first.mirror(to=second).present == 4
    second.mirror(to=first, delete=True)
    assert digests(first) == digests(source)
