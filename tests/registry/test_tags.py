"""Tags: movable names for versions, and what they keep from being deleted."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from casreg import Conflict, InvalidInput, NameNotFound, NotFound, Registry, VersionNotFound
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer, Store
from casreg.stores.wrapper import Wrapper
from casreg.testing import Fault, FaultyStore


@pytest.fixture
def reg() -> Registry:
    """``m`` has versions 1 to 3, each its own number; ``prod`` is 2."""
    registry = Registry("memory://", version_objects=True, mutable=True)
    for number in (1, 2, 3):
        registry.save("m", number)
    registry.tag("m", "prod", "2")
    return registry


class Interfering(Wrapper):
    """Does something else right before, or after, the first create of a key that begins so."""

    def __init__(self, inner: Store, prefix: str, act: Callable[[], Any], *, after: bool = False) -> None:
        super().__init__(inner)
        self.prefix, self.act, self.after, self.done = prefix, act, after, False

    def create(self, key: str, data: Buffer) -> bool:
        ours = key.startswith(self.prefix) and not self.done
        self.done = self.done or ours
        if ours and not self.after:
            self.act()
        created = self.inner.create(key, data)
        if ours and self.after:
            self.act()
        return created


def test_a_tag_stands_for_a_version_wherever_one_is_read(reg: Registry, tmp_path: Any) -> None:
    assert reg.tags("m") == {"prod": "2"}
    assert reg.load("m@prod") == reg.load("m", version="prod") == reg["m@prod"] == reg.get("m@prod") == 2
    assert reg.load(["m@prod", "m"]).results == [2, 3]
    assert reg.open("m@prod").version == "2"
    assert reg.info("m@prod")["version"] == "2"
    assert reg.has_object("m@prod")
    assert "m@prod" in reg
    assert not reg.has_object("m@nobody")
    assert reg.stats("m@prod").version == "2"
    assert reg.save("n", 5, base="m@prod") == "1"
    other = Registry("memory://", version_objects=True)
    assert other.download(reg, "m@prod") == "2"
    assert other.tags("m") == {}


def test_a_tag_moves_and_is_given_by_anything_that_stands_for_a_version(reg: Registry) -> None:
    assert reg.tag("m", "prod", "latest") == "3"
    assert reg.tag("m", "canary", "prod") == "3"
    assert reg.tag("m", "first", str(reg.open("m@1").digest)) == "1"
    assert reg.tag("m", "prod", "v1") == "1"
    assert reg.tags("m") == {"canary": "3", "first": "1", "prod": "1"}
    reg.untag("m", "canary")
    assert reg.tags("m") == {"first": "1", "prod": "1"}
    with pytest.raises(NotFound, match="no tag canary; its tags: first, prod"):
        reg.untag("m", "canary")


def test_save_tags_what_it_saved(reg: Registry) -> None:
    assert reg.save("m", 4, tags=("prod", "best")) == "4"
    assert reg.tags("m") == {"best": "4", "prod": "4"}
    reg.save(["m", "n"], [5, 6], tags="new").require_success()
    reg.save(["m", "n"], [7, 8], tags=["a", ("b", "c")]).require_success()
    assert reg.tags("m") == {"a": "6", "best": "4", "new": "5", "prod": "4"}
    assert reg.tags("n") == {"b": "2", "c": "2", "new": "1"}
    with pytest.raises(InvalidInput):
        reg.save("m", 9, tags="latest")
    assert reg.list_versions("m")[-1] == "6"


def test_when_tagging_fails_the_error_says_that_the_version_is_saved(reg: Registry) -> None:
    class NoTags(Wrapper):
        def create(self, key: str, data: Buffer) -> bool:
            if key.startswith("tags/"):
                raise Conflict("no")
            return self.inner.create(key, data)

    failing = Registry(NoTags(reg.backend))
    with pytest.raises(Conflict, match=r"m@4 is saved, but not tagged prod: no; tag\('m', 'prod', '4'\)"):
        failing.save("m", 4, tags="prod")
    assert reg.load("m@4") == 4
    assert reg.tags("m") == {"prod": "2"}


@pytest.mark.parametrize(
    "tag",
    [
        "latest",
        "1",
        "v1",
        "1.2.0",
        "",
        ".a",
        "-a",
        "a b",
        "a/b",
        "a@b",
        "ä",
        "x" * 129,
        "A" * 128,
        "a\n",
        3,
        None,
    ],
)
def test_what_can_be_no_tag_is_refused(reg: Registry, tag: Any) -> None:
    with pytest.raises(InvalidInput):
        reg.tag("m", tag, "1")
    assert reg.tags("m") == {"prod": "2"}


@pytest.mark.parametrize("tag", ["v1-rc", "1.2.x", "_", "con", "PROD", "x" * 128, "a.b-c_d", "1."])
def test_what_oci_allows_and_no_version_is_can_be_a_tag(reg: Registry, tag: str) -> None:
    reg.tag("m", tag, "1")
    assert reg.load(f"m@{tag}") == 1
    assert reg.tags("m")[tag] == "1"


def test_what_is_not_there_is_told_with_what_is(reg: Registry) -> None:
    with pytest.raises(VersionNotFound, match="m has no tag beta; its tags: prod"):
        reg.load("m@beta")
    with pytest.raises(NameNotFound):
        reg.load("nobody@prod")
    with pytest.raises(VersionNotFound):
        reg.tag("m", "beta", "9")
    assert reg.tags("nobody") == {}


def test_a_tagged_version_is_deleted_only_by_force_which_takes_its_tags(reg: Registry) -> None:
    reg.tag("m", "best", "2")
    for delete in (
        lambda: reg.delete("m", "2"),
        lambda: reg.delete("m"),
        lambda: reg.pop("m@2"),
        lambda: reg.pop("m@prod"),
        lambda: reg.__delitem__("m@2"),
        reg.clear,
        lambda: reg.delete(f"m@{reg.open('m@2').digest}"),
    ):
        with pytest.raises(Conflict, match="m@2 has the tags best, prod") as caught:
            delete()
        assert caught.value.tags == ["best", "prod"]
        assert reg.list_versions("m") == ["1", "2", "3"]
    assert reg.delete(["m@1", "m@2"]).results == [True, None]
    reg.delete("m", "2", force=True)
    assert reg.list_versions("m") == ["3"]
    assert reg.tags("m") == {}


def test_a_name_is_deleted_by_force_with_all_tags_and_clear_likewise(reg: Registry) -> None:
    reg.delete("m", force=True)
    assert reg.list_objects() == []
    assert reg.tags("m") == {}
    reg.save("m", 1, tags="x")
    reg.clear(force=True)
    assert reg.list_objects() == []
    assert reg.tags("m") == {}


def test_deleting_by_tag_is_refused_and_names_the_version(reg: Registry) -> None:
    with pytest.raises(InvalidInput, match="m@prod moves, and stands for m@2"):
        reg.delete("m@prod")
    with pytest.raises(VersionNotFound, match="no tag beta"):
        reg.delete("m", "beta")


def test_a_tagged_version_may_be_overwritten(reg: Registry) -> None:
    reg.save("m", "new", version="2")
    assert reg.load("m@prod") == "new"


def test_a_tag_whose_version_is_gone_says_so(reg: Registry) -> None:
    tombstone = next(reg.backend.scan("refs/m/r7~,")).key.replace(",r8", ",r7")
    assert reg.backend.create(tombstone, b"")  # by who knows of no tags
    with pytest.raises(VersionNotFound, match=r"m@prod stands for m@2, which was deleted: undo\('m@2'\)"):
        reg.load("m@prod")
    assert "m@prod" not in reg
    reg.delete("m")  # what stands for nothing holds nothing
    assert reg.list_objects() == []


def test_of_a_tag_and_a_delete_at_once_neither_is_done_by_half(reg: Registry) -> None:
    # deleted after tag() saw the version, before the tag is there
    store = Interfering(reg.backend, "tags/", lambda: reg.delete("m", "1"))
    with pytest.raises(VersionNotFound, match="m@1 was deleted while it was tagged beta"):
        Registry(store).tag("m", "beta", "1")
    assert reg.tags("m") == {"prod": "2"}
    assert reg.list_versions("m") == ["2", "3"]
    # tagged after delete() looked, before the tombstone is there
    store = Interfering(reg.backend, "refs/", lambda: reg.tag("m", "beta", "3"))
    with pytest.raises(Conflict, match="m@3 has the tag beta"):
        Registry(store).delete("m", "3")
    assert reg.tags("m") == {"beta": "3", "prod": "2"}
    assert reg.load("m@beta") == 3


@pytest.mark.parametrize("delete", [lambda r: r.delete("m"), lambda r: r.clear()])
def test_of_all_that_are_deleted_each_that_is_marked_meanwhile_comes_back(reg: Registry, delete: Any) -> None:
    reg.untag("m", "prod")

    def mark() -> None:
        reg.tag("m", "low", "1")
        reg.protect("m@3")

    with pytest.raises(Conflict, match=r"m@1 has the tag low: what is not held was deleted"):
        delete(Registry(Interfering(reg.backend, "refs/", mark)))
    assert reg.list_versions("m") == ["1", "3"]
    assert (reg.load("m@low"), reg.load("m@3")) == (1, 3)


def test_a_tag_that_had_to_be_retracted_stands_where_it_stood(reg: Registry) -> None:
    store = Interfering(reg.backend, "tags/", lambda: reg.delete("m", "1"))
    with pytest.raises(VersionNotFound):
        Registry(store).tag("m", "prod", "1")
    assert reg.load("m@prod") == 2


def test_a_tag_is_not_put_back_to_what_was_deleted_while_it_stood_elsewhere(reg: Registry) -> None:
    store = Interfering(reg.backend, "tags/", lambda: reg.delete("m", "2"), after=True)
    store = Interfering(store, "tags/", lambda: reg.delete("m", "1"))
    with pytest.raises(VersionNotFound, match="m@1 was deleted while it was tagged prod"):
        Registry(store).tag("m", "prod", "1")
    assert reg.list_versions("m") == ["3"]
    assert reg.tags("m") == {}


def test_many_who_tag_and_delete_leave_every_tag_at_a_version(reg: Registry) -> None:
    """Whatever the order: what a tag stands for is there."""
    for number in range(4, 40):
        reg.save("m", number)

    def tags() -> None:
        for number in range(4, 40):
            try:
                reg.tag("m", f"t{number}", str(number))
            except VersionNotFound:
                continue

    def deletes() -> None:
        for number in range(39, 3, -1):
            try:
                reg.delete("m", str(number))
            except Conflict:
                continue

    threads = [threading.Thread(target=target) for target in (tags, deletes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = reg.list_versions("m")
    assert all(version in versions for version in reg.tags("m").values())


def test_tags_of_a_store_far_away_are_read_many_at_once(reg: Registry) -> None:
    met = threading.Barrier(8, timeout=60)

    class Far(Wrapper):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            if key.startswith("tags/"):
                met.wait()
            return super().read(key, start, stop)

    for number in range(7):
        reg.tag("m", f"t{number}", "1")
    far = Far(reg.backend)
    far.local = False
    assert Registry(far).tags("m") == reg.tags("m")


def test_what_is_remembered_makes_no_tag_stale() -> None:
    store = MemoryStore()
    here = Registry(store, version_objects=True, versions_cache_ttl=1e6)
    there = Registry(store)
    here.save("m", 1, tags="prod")
    assert here.load("m@prod") == here.load("m") == 1
    there.save("m", 2, tags="prod")
    assert here.load("m@prod") == 2


def test_a_lost_answer_moves_a_tag_once(reg: Registry) -> None:
    Registry(FaultyStore(reg.backend, [Fault(0, "lost", "create")])).tag("m", "prod", "3")
    assert reg.load("m@prod") == 3
    assert len(list(reg.backend.scan("tags/m/prod,"))) == 2
    reg.tag("m", "prod", "3")  # as it is: nothing is written
    assert len(list(reg.backend.scan("tags/m/prod,"))) == 2


def test_an_unversioned_store_has_tags_too() -> None:
    reg = Registry("memory://")
    reg.save("m", 1, tags="good")
    assert reg.load("m@good") == 1
    with pytest.raises(Conflict):
        del reg["m"]
