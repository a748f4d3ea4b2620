"""Classes that a store names are found among what is imported; nothing is imported because of a store."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

import pytest

from casreg import InvalidInput, Registry, Unsafe, Unsupported
from casreg.trust import Trust, findable

Module = Callable[[str, str], str]


class Colour(Enum):
    RED = 1


class Outer:
    class Inner:
        pass


class Renamed:
    pass


Renamed.__qualname__ = "Colour"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    """``module(name, source)`` makes a module that can be imported, and is not."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(name: str, source: str) -> str:
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        made.append(name)
        return name

    yield make
    for name in made:
        for known in {name, name.partition(".")[0]}:
            sys.modules.pop(known, None)


def test_a_class_of_an_imported_module_is_found_by_its_qualified_name() -> None:
    assert Trust().find_class(__name__, "Colour") is Colour
    assert Trust().find_class(__name__, "Outer.Inner") is Outer.Inner


def lazily(name: str) -> None:
    """``import name`` that waits until somebody looks into the module."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def test_a_module_that_waits_to_be_imported_goes_on_waiting(module: Module, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    name = module("waiting", f"import pathlib\nclass A: pass\npathlib.Path({str(ran)!r}).touch()")
    lazily(name)
    with pytest.raises(Unsafe, match=r"'waiting'.*import it first"):
        Trust().find_class(name, "A")
    with pytest.raises(Unsafe):
        Trust().find("waiting.A")
    assert not ran.exists()
    assert Trust(allow_import=(name,)).find_class(name, "A").__name__ == "A"
    assert ran.exists()
    assert Trust().find_class(name, "A").__name__ == "A"


class Asked(type):
    def __getattribute__(cls, name: str) -> object:
        raise AssertionError(f"asked for {name}")


class Silent(metaclass=Asked):
    class Within:
        pass


def test_no_code_of_a_metaclass_runs_while_a_class_is_looked_for() -> None:
    assert Trust().find_class(__name__, "Silent.Within") is type.__getattribute__(Silent, "Within")


def test_nothing_is_imported_because_a_store_names_it(module: Module) -> None:
    name = module("never_imported", "class A: pass")
    with pytest.raises(Unsafe, match=r"'never_imported'.*import it first.*allow_import=\['never_imported'\]"):
        Trust().find_class(name, "A")
    with pytest.raises(Unsafe):
        Trust(allow_import=("never_imported.*.b", "never", "other.*")).find_class(name, "A")
    assert name not in sys.modules


@pytest.mark.parametrize("pattern", ["package_here.sub", "package_here.*", "*"])
def test_what_a_pattern_names_is_imported(module: Module, pattern: str) -> None:
    module("package_here.sub", "class A: pass")
    found = Trust(allow_import=(pattern,)).find_class("package_here.sub", "A")
    assert (found.__module__, found.__name__) == ("package_here.sub", "A")


def test_a_pattern_of_what_is_in_a_package_means_the_package_too(module: Module) -> None:
    assert Trust(allow_import=("lone.*",)).find_class(module("lone", "class A: pass"), "A")


def test_looking_for_a_class_runs_no_code_of_its_module(module: Module) -> None:
    name = module("lazy_here", "def __getattr__(name): raise SystemExit\nclass A: pass")
    trust = Trust(allow_import=(name,))
    assert trust.find_class(name, "A")
    for absent in ("B", "A.x", "A.__class__", "__getattr__", "", "A."):
        with pytest.raises(Unsupported, match=r"the module lazy_here has no class"):
            trust.find_class(name, absent)


def test_a_module_that_cannot_be_imported_is_told(module: Module) -> None:
    name = module("broken_here", "raise RuntimeError('no licence')")
    with pytest.raises(Unsupported, match=r"'broken_here'.*no licence"):
        Trust(allow_import=(name,)).find_class(name, "A")
    with pytest.raises(Unsupported, match="cannot be imported"):
        Trust(allow_import=("*",)).find_class("", "A")


def test_whether_a_class_can_be_found_again_is_known_beforehand() -> None:
    class Local:
        pass

    assert findable(Colour)
    assert findable(dict)
    assert not findable(Local)
    assert not findable(Renamed)


def test_what_is_no_pattern_and_no_bool_is_refused(registry: Registry) -> None:
    for wrong in ({"allow_pickle": 1}, {"allow_import": [b"x"]}, {"allow_import": [""]}):
        with pytest.raises(InvalidInput, match=next(iter(wrong))):
            Registry("memory://", **wrong)
    with pytest.raises(InvalidInput, match="allow_pickle"):
        registry.save("a", 1, allow_pickle="yes")
    with pytest.raises(InvalidInput, match="allow_pickle"):
        registry.load("a", allow_pickle="yes")
