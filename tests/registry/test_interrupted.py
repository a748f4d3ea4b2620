"""A save that was interrupted goes on: same lease, same nonce, nothing stored twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry, Uncertain
from casreg.config import Limits
from casreg.errors import Unavailable
from casreg.journal import Journals
from casreg.leases import LIFE, TTL
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer, Store
from casreg.stores.wrapper import Wrapper
from casreg.testing import Fault, FaultyStore

PACK = 1 << 20
DATA = np.random.default_rng(5).integers(0, 255, 8 * PACK, np.uint8)
"""Eight packs, and a small one of the array's header before them."""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Writes(Wrapper):
    """Keeps the keys that were written, and acts before the write of one of them."""

    def __init__(self, inner: Store, at: int = -1, act: Callable[[], object] = lambda: None) -> None:
        super().__init__(inner)
        self.keys: list[str] = []
        self._at, self._act = at, act

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        if key.startswith("blobs/"):
            self.keys.append(key)
            if len(self.keys) == self._at:
                self._act()
        super().write(key, data)


class Desk:
    """A store in memory, and saves of one user on one machine."""

    def __init__(self, folder: Path) -> None:
        self.store, self.clock, self.folder = MemoryStore(), Clock(), folder
        Registry(self.store, version_objects=True)

    def registry(self, store: Store | None = None, *, boot: str = "boot", start: int = 0) -> Registry:
        made = Registry(store or self.store, version_objects=True)
        made._limits = Limits(max_pack=PACK, workers=1)
        made._clock = self.clock
        made._journals = Journals(self.folder, boot, start)
        return made

    def interrupt(self, fault: Fault | None = None, data: object = DATA) -> None:
        """Save and fail when the fifth pack is written."""
        with pytest.raises(Unavailable):
            self.registry(FaultyStore(self.store, [fault or Fault(4, "before", "write")])).save("a", data)

    @property
    def journals(self) -> list[Path]:
        return sorted(self.folder.rglob("*.journal"))

    @property
    def leases(self) -> list[str]:
        return [entry.key for entry in self.store.scan("leases/")]

    @property
    def blobs(self) -> set[str]:
        return {entry.key for entry in self.store.scan("blobs/")}

    def garbage(self) -> set[str]:
        """Blobs that no version reaches."""
        used = set()
        registry = Registry(self.store)
        for name, versions in registry.list_objects_and_versions().items():
            for version in versions:
                with registry.open(f"{name}@{version}") as snapshot:
                    used |= {d.sha256.key for d in (*snapshot.packs, *snapshot.manifest.layers)}
                    used |= {snapshot.manifest.config.sha256.key, snapshot.digest}
        return self.blobs - used


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "state")


def test_what_was_stored_is_not_stored_again(desk: Desk) -> None:
    desk.interrupt()
    assert len(desk.leases) == len(desk.journals) == 1
    before, lease = desk.blobs, desk.leases
    assert len(before) >= 4
    store = Writes(desk.store)
    saved = desk.registry(store).save("a", DATA)
    assert not before & set(store.keys)
    assert saved == "1"
    assert saved.resumed > 3 * PACK
    assert saved.stored > DATA.nbytes
    assert np.array_equal(Registry(desk.store).load("a", verify="full"), DATA)
    assert desk.garbage() == set()
    assert lease
    assert desk.leases == desk.journals == []


def test_it_is_the_same_version_as_without_the_interruption(desk: Desk, tmp_path: Path) -> None:
    desk.interrupt()
    saved = desk.registry().save("a", DATA)
    whole = Desk(tmp_path / "another").registry().save("a", DATA)
    assert (saved.content, saved.chunks, saved.plain) == (whole.content, whole.chunks, whole.plain)
    listed = Registry(desk.store).info("a", "1")
    assert listed["parent"] is None
    assert listed["stored_size"] == saved.stored


def test_it_goes_on_under_the_same_lease_and_nonce(desk: Desk) -> None:
    desk.interrupt()
    nonce = json.loads(desk.journals[0].read_text().splitlines()[0])["nonce"]
    lease = desk.leases
    seen: list[str] = []
    store = Writes(desk.store, 1, lambda: seen.extend(desk.leases))
    desk.registry(store).save("a", DATA)
    assert seen == lease
    with Registry(desk.store).open("a") as snapshot:
        assert snapshot.index.nonce == nonce


def test_interrupted_twice_it_goes_on_twice(desk: Desk) -> None:
    desk.interrupt(Fault(2, "before", "write"))
    some = len(desk.blobs)
    desk.clock.now += 0.9 * TTL
    desk.interrupt(Fault(3, "before", "write"))  # the first write renews the lease
    more = len(desk.blobs)
    assert more > some
    desk.clock.now += 0.9 * TTL
    store = Writes(desk.store)
    desk.registry(store).save("a", DATA)
    assert len(desk.blobs) - more == len(store.keys)
    assert desk.garbage() == set()


def test_deltas_whose_base_was_meanwhile_stored_upon_them_end_well(desk: Desk, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    old = {"w": rng.standard_normal(1 << 20, np.float32), "z": rng.standard_normal(1 << 20, np.float32)}
    new = {"w": old["w"] + np.float32(1e-5), "z": rng.standard_normal(1 << 20, np.float32)}
    elsewhere = Desk(tmp_path / "another machine")
    elsewhere.store = desk.store
    desk.registry().save("a", old)
    desk.interrupt(Fault(3, "before", "write"), new)  # "w" is stored, upon the old one
    Registry(desk.store).delete("a", "1")
    alone = elsewhere.registry().save("a", new)
    back = elsewhere.registry().save("a", old)  # upon the new one
    saved = desk.registry().save("a", new)
    assert saved.resumed
    for version, tree in ((alone, new), (back, old), (saved, new)):
        loaded = Registry(desk.store).load("a", version, verify="full")
        assert all(np.array_equal(loaded[name], array) for name, array in tree.items())


def test_a_process_that_was_killed_is_gone_on_from(tmp_path: Path) -> None:
    script = """
import os, signal, sys
import numpy as np
from casreg import Registry
from casreg.config import Limits
from casreg.journal import Journals
from casreg.default import clock_id
from casreg.stores.wrapper import Wrapper
from casreg.stores.locate import locate
from pathlib import Path

class Dies(Wrapper):
    packs = 0
    def write(self, key, data):
        self.packs += key.startswith("blobs/")
        if self.packs == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(key, data)

registry = Registry(Dies(locate(sys.argv[1], create=True, durability="fsync")), version_objects=True)
registry._limits = Limits(max_pack=1 << 20, workers=1)
registry._journals = Journals(Path(sys.argv[2]), clock_id(), 0)
registry.save("a", np.random.default_rng(5).integers(0, 255, 8 << 20, np.uint8))
"""
    store, state = tmp_path / "store", tmp_path / "state"
    ended = subprocess.run([sys.executable, "-c", script, store, state], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    registry = Registry(store)
    assert registry.list_objects() == []
    from casreg.default import clock_id

    registry._journals = Journals(state, clock_id(), 0)
    saved = registry.save("a", DATA)
    assert saved.resumed > 2 * PACK
    assert np.array_equal(registry.load("a", verify="full"), DATA)
    assert not list(state.rglob("*.journal"))
    assert not os.listdir(store / "leases")


class TestStartsOver:
    def resumed(self, desk: Desk, **how: object) -> int:
        saved = desk.registry(**how).save("a", DATA)  # type: ignore[arg-type]
        assert np.array_equal(Registry(desk.store).load("a", verify="full"), DATA)
        return saved.resumed

    def test_when_the_lease_ran_out(self, desk: Desk) -> None:
        desk.interrupt()
        desk.clock.now += TTL
        assert self.resumed(desk) == 0
        assert desk.journals == []

    def test_when_the_lease_reached_its_longest_life(self, desk: Desk) -> None:
        desk.interrupt()
        text = desk.journals[0].read_text().splitlines()
        head = json.loads(text[0])
        head["lease"][1] -= LIFE
        desk.journals[0].write_text("\n".join([json.dumps(head), *text[1:], ""]))
        assert self.resumed(desk) == 0

    def test_after_the_machine_did(self, desk: Desk) -> None:
        desk.interrupt()
        assert self.resumed(desk, boot="another boot") == 0
        assert desk.journals == []

    def test_where_boots_cannot_be_told_apart(self, desk: Desk) -> None:
        desk.interrupt()
        assert self.resumed(desk, boot="") == 0

    def test_when_the_lease_cannot_be_renewed(self, desk: Desk) -> None:
        desk.interrupt()
        assert self.resumed(desk, store=FaultyStore(desk.store, [Fault(0, "before", "write")])) == 0

    def test_for_another_name(self, desk: Desk) -> None:
        desk.interrupt()
        assert desk.registry().save("b", DATA).resumed == 0
        assert len(desk.journals) == 1

    def test_in_another_store(self, desk: Desk, tmp_path: Path) -> None:
        desk.interrupt()
        other = Desk(desk.folder)
        assert other.registry().save("a", DATA).resumed == 0

    def test_when_somebody_is_at_it(self, desk: Desk) -> None:
        desk.interrupt()
        seen = []
        store = Writes(desk.store, 1, lambda: seen.append(desk.registry().save("a", DATA).resumed))
        assert desk.registry(store).save("a", DATA).resumed > 0
        assert seen == [0]

    def test_once_the_ref_may_have_been_created(self, desk: Desk) -> None:
        faults = [Fault(n, "unsent", "create") for n in range(1, 9)]
        with pytest.raises(Uncertain):
            desk.registry(FaultyStore(desk.store, faults)).save("a", DATA)
        assert desk.journals == []
        assert len(desk.leases) == 1
        assert self.resumed(desk) == 0

    def test_where_packs_must_last_and_did_not_have_to(self, desk: Desk) -> None:
        desk.interrupt()
        text = desk.journals[0].read_text()
        desk.journals[0].write_text(text.replace('"durable": true', '"durable": false'))
        assert desk.store.durable
        assert self.resumed(desk) == 0


def test_only_packs_that_are_still_there_and_whole_are_gone_on_from(desk: Desk) -> None:
    desk.interrupt()
    packs = sorted(desk.blobs)
    desk.store.remove(packs[0])
    damaged = bytearray(desk.store.read(packs[1]))
    damaged[-20] ^= 1
    desk.store.write(packs[1], [damaged])
    saved = desk.registry().save("a", DATA)
    assert saved.resumed > 0
    assert np.array_equal(Registry(desk.store).load("a", verify="full"), DATA)


def test_another_object_of_the_same_name_is_itself(desk: Desk) -> None:
    desk.interrupt()
    other = DATA.copy()
    other[: 4 * PACK] = 7
    saved = desk.registry().save("a", other)
    assert np.array_equal(Registry(desk.store).load("a", verify="full"), other)
    assert desk.leases == []
    assert saved.stored < other.nbytes


def test_a_save_that_ended_well_leaves_nothing_to_go_on_from(desk: Desk) -> None:
    desk.registry().save("a", DATA)
    assert desk.journals == desk.leases == []


def test_little_is_not_worth_a_journal(desk: Desk) -> None:
    with pytest.raises(Unavailable):
        desk.registry(FaultyStore(desk.store, [Fault(4, "before", "write")]), start=1 << 24).save("a", DATA)
    assert desk.journals == desk.leases == []
    assert not desk.folder.exists()


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_journal_whose_end_was_torn_off_counts_up_to_there(desk: Desk, cut: int) -> None:
    desk.interrupt()
    desk.journals[0].write_bytes(desk.journals[0].read_bytes()[:-cut])
    desk.interrupt(Fault(3, "before", "write"))  # goes on, and writes behind the torn line
    assert desk.registry().save("a", DATA).resumed > 3 * PACK


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"lease": 1}\n',
        b'{"lease": ["leases/../x", 0, 1e400], "store": "", "name": "", "boot": "", "durable": 0}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_journal_that_is_none_is_removed_and_nothing_else_happens(desk: Desk, text: bytes) -> None:
    desk.interrupt()
    journal = desk.journals[0]
    journal.write_bytes(text)
    assert desk.registry().save("a", DATA).resumed == 0
    assert not journal.exists()


def test_a_pack_that_a_journal_lies_about_is_not_gone_on_from(desk: Desk) -> None:
    desk.interrupt()
    lines = desk.journals[0].read_text().splitlines()
    digest, *_ = json.loads(lines[1])["pack"]
    lines[1] = json.dumps({"pack": [digest, -5, 10**30, 3]})
    desk.journals[0].write_text("\n".join([*lines, ""]))
    desk.registry().save("a", DATA)
    assert np.array_equal(Registry(desk.store).load("a", verify="full"), DATA)


def test_without_a_place_for_journals_saves_work_as_ever(desk: Desk) -> None:
    desk.folder.write_text("not a directory")
    desk.interrupt()
    assert desk.leases == []
    assert desk.registry().save("a", DATA).resumed == 0
