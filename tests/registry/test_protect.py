"""Protected versions are neither deleted, even by force, nor overwritten."""

import pytest
from test_tags import Interfering

from casreg import Conflict, NameNotFound, Registry, Uncertain, VersionNotFound, generations, marks
from casreg.models.marks import Protected
from casreg.names import Name, Version


@pytest.fixture
def reg() -> Registry:
    """``m`` has versions 1 to 3, 2 of them protected."""
    registry = Registry("memory://", version_objects=True, mutable=True)
    for number in (1, 2, 3):
        registry.save("m", number)
    assert registry.protect("m@2") == "2"
    return registry


def test_a_protected_version_stays_what_it_is(reg: Registry) -> None:
    reg.protect("m@2")  # again is the same
    for change in (
        lambda: reg.delete("m", "2"),
        lambda: reg.delete("m", "2", force=True),
        lambda: reg.delete("m"),
        lambda: reg.delete("m", force=True),
        lambda: reg.pop("m@2"),
        lambda: reg.__delitem__("m"),
        lambda: reg.clear(force=True),
        lambda: reg.save("m", 0, version="2"),
        lambda: reg.save("m", 0, version="2", on_conflict="overwrite"),
        lambda: reg.__setitem__("m@2", 0),
    ):
        with pytest.raises(Conflict, match=r"m@2 is protected: .*unprotect\('m@2'\)"):
            change()
        assert reg.load(["m@1", "m@2", "m@3"]).results == [1, 2, 3]
    reg.save("m", 0, version="1")
    reg.delete("m", "3")
    assert reg.unprotect("m@2") == "2"
    reg.unprotect("m@2")
    reg.save("m", 0, version="2")
    reg.delete("m")
    assert reg.list_objects() == []


def test_what_moves_is_protected_as_what_it_stands_for_now(reg: Registry) -> None:
    assert reg.protect("m") == "3"
    reg.tag("m", "prod", "1")
    assert reg.protect("m@prod") == "1"
    assert reg.unprotect("m@prod") == "1"
    with pytest.raises(VersionNotFound):
        reg.protect("m@9")
    with pytest.raises(VersionNotFound):
        reg.unprotect("m@9")
    with pytest.raises(NameNotFound):
        reg.protect("nobody")


def test_of_protecting_and_deleting_at_once_neither_is_done_by_half(reg: Registry) -> None:
    store = Interfering(reg.backend, "protected/", lambda: reg.delete("m", "1"))
    with pytest.raises(VersionNotFound, match="m@1 was deleted while it was protected"):
        Registry(store).protect("m@1")
    reg.save("m", "anew", version="1")
    reg.delete("m", "1")  # is not protected
    store = Interfering(reg.backend, "refs/", lambda: reg.protect("m@3"))
    with pytest.raises(Conflict, match="m@3 is protected"):
        Registry(store).delete("m", "3", force=True)
    assert reg.load("m@3") == 3


def test_an_overwrite_that_was_begun_before_a_version_was_protected_is_taken_back(reg: Registry) -> None:
    store = Interfering(reg.backend, "refs/", lambda: reg.protect("m@3"))
    with pytest.raises(Conflict, match="m@3 is protected"):
        Registry(store).save("m", "new", version="3")
    assert reg.load("m@3") == 3


def test_who_cannot_take_back_an_overwrite_does_not_say_that_there_was_none(reg: Registry) -> None:
    """Of two who overwrite what is protected, the second brings back what the first has written."""

    def protect_and_overwrite() -> None:
        stem = marks.protected_stem(Name.parse("m"), Version.parse("1"))
        generations.create(reg.backend, f"{stem},r8", Protected(generation=1, **reg._sign()))
        reg.backend.create("refs/m/r8~,r6", reg.backend.read("refs/m/r8~,r8"))

    store = Interfering(reg.backend, "refs/", protect_and_overwrite, after=True)
    with pytest.raises(Uncertain, match="m@1 is overwritten, but whether it may stay so could not be seen"):
        Registry(store).save("m", "new", version="1")


def test_what_was_overwritten_just_before_it_was_protected_stays_so(reg: Registry) -> None:
    """Protected was what had been written: who wrote it looks only after that."""
    store = Interfering(reg.backend, "refs/", lambda: reg.protect("m@3"), after=True)
    assert Registry(store).save("m", "new", version="3") == "3"
    assert reg.load("m@3") == "new"


def test_a_large_version_is_brought_back_too(reg: Registry) -> None:
    import numpy as np

    value = np.random.default_rng(0).integers(0, 255, 300_000, np.uint8)
    reg.save("big", value)
    store = Interfering(reg.backend, "refs/", lambda: reg.protect("big@1"))
    with pytest.raises(Conflict):
        Registry(store).delete("big", "1")
    assert np.array_equal(reg.load("big", verify="full"), value)
    assert not list(reg.backend.scan("leases/"))
