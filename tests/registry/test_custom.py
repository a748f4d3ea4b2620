"""Objects that classes of the user write as files."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keepers
import pytest
from keepers import Failing, Files, Itself, Mapped, Pixel, PixelArchiver, Plain, Point, PointArchiver, Silent

from casreg import Archiver, InvalidInput, ReadOnly, Registry, Unsafe, Unsupported
from casreg.materializers import registered


@pytest.fixture(autouse=True)
def _no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_defaults", {})


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary directories are made; nothing stays there."""
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def kept_by(registry: Registry, name: str) -> str:
    return str(registry.info(name, "latest")["materializer"])


def test_what_an_archiver_writes_loads_as_the_class_that_was_saved(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    registry.save("p", Point(3))
    assert registry.load("p") == Point(3)
    info = registry.info("p", "latest")
    assert (info["class"], info["materializer"]) == ("keepers.Point", "keepers.PointArchiver")
    registry.save("q", Pixel(4))
    assert registry.load("q") == Pixel(4)


@pytest.mark.parametrize("given", [Plain, "keepers.Plain", Plain(uri="elsewhere")])
def test_a_materializer_is_given_as_a_class_a_name_or_an_instance(registry: Registry, given: object) -> None:
    registry.save("p", Point(3), materializer=given, base="auto")
    assert kept_by(registry, "p") == "keepers.Plain"
    assert registry.load("p") == Point(3)


def test_what_is_given_goes_before_what_is_registered_and_the_nearest_base_before_others(
    registry: Registry,
) -> None:
    registry.register_materializer("keepers.Point", "keepers.PointArchiver")
    assert kept_by(registry, registry.save("a", Pixel(1)).name) == "keepers.PointArchiver"
    registry.register_materializer(Pixel, PixelArchiver)
    assert kept_by(registry, registry.save("a", Pixel(1)).name) == "keepers.PixelArchiver"
    assert kept_by(registry, registry.save("a", Point(1)).name) == "keepers.PointArchiver"
    assert kept_by(registry, registry.save("a", Pixel(1), materializer=Plain).name) == "keepers.Plain"


class Shape:
    pass


class Round(Shape):
    pass


class Small(Shape):
    pass


class Coin(Round, Small):
    x = 1


class Stamp(Itself, Small):
    pass


def test_bases_are_asked_in_their_order_and_before_the_object_itself(registry: Registry) -> None:
    for wanted, cls, materializer in (
        ("keepers.Plain", Shape, Plain),
        ("keepers.PixelArchiver", Small, PixelArchiver),
        ("keepers.PointArchiver", Round, PointArchiver),
    ):
        registry.register_materializer(cls, materializer)
        assert kept_by(registry, registry.save("coin", Coin()).name) == wanted
    assert kept_by(registry, registry.save("stamp", Stamp(x=1)).name) == "keepers.PixelArchiver"
    Registry.register_default_materializer(Stamp, "keepers.Itself")
    assert kept_by(registry, registry.save("stamp", Stamp(x=1)).name) == "keepers.Itself"


def test_what_is_registered_goes_before_what_casreg_knows_but_for_object(registry: Registry) -> None:
    registry.register_materializer(object, Plain)
    registry.save("d", {"a": 1})
    assert kept_by(registry, "d") == "tree"
    assert kept_by(registry, registry.save("p", Point(1)).name) == "keepers.Plain"
    registry.register_materializer(dict, Silent)
    with pytest.raises(InvalidInput, match=r"keepers\.Silent has written no files below its uri"):
        registry.save("d", {"a": 1}, base="auto")


def test_an_object_that_is_a_materializer_keeps_itself(registry: Registry) -> None:
    registry.save("i", Itself(x=5))
    assert registry.load("i").x == 5
    assert kept_by(registry, "i") == "keepers.Itself"


def test_init_params_and_keywords_of_load_reach_the_materializer(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    registry.save("p", Point(3), init_params={"quality": 9, "inflate": False})
    assert registry.load("p").told == ({"quality": 9}, {"quality": 9})
    assert registry.load("p", quality=1, init_params={"fast": True}).told[1] == {"quality": 1, "fast": True}


def test_what_the_class_does_not_take_reaches_its_load(registry: Registry) -> None:
    registry.save("p", Point(3), materializer=keepers.ScalingArchiver, init_params={"scale": 2})
    assert registry.load("p") == Point(6)
    assert registry.load("p", scale=5) == Point(15)
    with pytest.raises(TypeError, match="unknown"):
        registry.load("p", unknown=1)


def test_a_slip_in_an_option_is_told_where_the_class_has_no_init_of_its_own(registry: Registry) -> None:
    registry.save("p", Point(3), materializer=keepers.ShiftingArchiver, init_params={"shift": 1})
    assert registry.load("p") == Point(4)
    assert registry.load("p", shift=5) == Point(8)
    with pytest.raises(TypeError, match=r"keepers\.ShiftingArchiver takes no option shfit="):
        registry.load("p", shfit=5)
    with pytest.raises(TypeError, match="shfit="):
        registry.save("q", Point(3), materializer=keepers.ShiftingArchiver, init_params={"shfit": 1})
    assert "q" not in registry


def test_what_is_registered_is_kept_in_the_store(tmp_path: Path) -> None:
    with Registry(tmp_path / "s", version_objects=True) as first, Registry(tmp_path / "s") as second:
        first.register_materializer(Point, PointArchiver)
        second.register_materializer("keepers.Pixel", PixelArchiver)
        wanted = {"keepers.Pixel": "keepers.PixelArchiver", "keepers.Point": "keepers.PointArchiver"}
        assert first.registered_materializers() == wanted
        assert first.registered_materializer(Pixel) == "keepers.PixelArchiver"
        assert second.registered_materializer("keepers.Itself") is None
        assert first.settings.versioned
    with Registry(tmp_path / "s") as later:
        assert later.registered_materializers() == wanted
        later.register_materializer(Point, PointArchiver)
        assert len(list((tmp_path / "s" / "settings").iterdir())) == 2
        assert later.load(later.save("p", Point(1)).name) == Point(1)
    with Registry(tmp_path / "s", read_only=True) as reader, pytest.raises(ReadOnly):
        reader.register_materializer(Point, Plain)


def test_defaults_are_of_the_process_and_a_store_says_otherwise(registry: Registry) -> None:
    Registry.register_default_materializer("keepers.Point", PointArchiver)
    assert Registry.get_default_materializers()["keepers.Point"] == "keepers.PointArchiver"
    assert registry.registered_materializers() == {}
    assert kept_by(registry, registry.save("p", Point(1)).name) == "keepers.PointArchiver"
    registry.register_materializer(Point, Plain)
    assert kept_by(registry, registry.save("p", Point(1)).name) == "keepers.Plain"


def test_a_store_has_nothing_imported_a_caller_has(tmp_path: Path) -> None:
    """A program of its own: nothing but casreg is imported there."""
    with Registry(tmp_path / "s") as registry:
        registry.register_materializer(Point, PointArchiver)
        registry.save("p", Point(3))

    def run(arguments: str, before: str = "") -> str:
        program = f"""
import sys; sys.path.insert(0, {str(Path(keepers.__file__).parent)!r})
from casreg import Registry, Unsafe
reg = Registry({str(tmp_path / "s")!r}{arguments})
{before}
try:
    print(reg.load("p").x)
except Unsafe as error:
    print(error)
    assert "keepers" not in sys.modules
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert "needs the module 'keepers'" in run("")
    assert run("", "import keepers") == "3"
    assert run(", allow_import=['keepers']") == "3"
    assert run("", "reg.register_materializer('keepers.Point', 'keepers.PointArchiver')") == "3"
    assert run("", "Registry.register_default_materializer('a.B', 'keepers.PointArchiver')") == "3"


@pytest.mark.parametrize("given", [(Point, PointArchiver), ("keepers.Point", "keepers.PointArchiver")])
def test_a_registry_that_is_sent_to_another_process_imports_there_what_was_registered(
    tmp_path: Path, given: Any
) -> None:
    registry = Registry(tmp_path / "s")
    registry.register_materializer(*given)
    registry["p"] = Point(3)
    program = f"""
import pickle, sys; sys.path.insert(0, {str(Path(keepers.__file__).parent)!r})
print(pickle.loads({pickle.dumps(registry)!r}).load("p").x)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3", done.stderr


def test_a_class_of_pythons_own_that_is_registered_brings_no_other_of_its_module(registry: Registry) -> None:
    registry.register_materializer(subprocess.CompletedProcess, Plain)
    assert not registry._trust.imports("subprocess")
    assert registry._trust.imports("keepers")


def test_a_path_that_is_loaded_is_placed_below_output_dir(registry: Registry, tmp_path: Path) -> None:
    registry.save("file", Point(0), materializer=Files)
    registry.save("directory", Point(1), materializer=Files)
    assert registry.load("file", output_dir=tmp_path) == tmp_path / "file@1" / "x"
    assert (tmp_path / "file@1" / "x").read_text() == "0"
    assert registry.load("directory", output_dir=tmp_path) == tmp_path / "directory@1"
    assert (tmp_path / "directory@1" / "er" / "x").read_text() == "1"
    with pytest.raises(InvalidInput, match="give output_dir="):
        registry.load("file")


def test_files_that_were_mapped_stay_as_they_are(registry: Registry) -> None:
    registry.save("m", Point(7), materializer=Mapped)
    assert registry.load("m").tolist() == [7] * 5000


def test_what_a_materializer_raises_comes_through_and_nothing_is_saved(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError):
        registry.save("p", Point(1), materializer=Failing)
    with pytest.raises(TypeError):
        registry.save("p", Point(1), materializer=Plain, init_params={"unknown": 1})
    assert registry.list_objects() == []


def test_what_links_lead_to_is_kept_as_files(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "x").write_text("7")
    registry.save("p", tmp_path / "weights", materializer=keepers.Linking)
    (tmp_path / "weights" / "x").unlink()
    assert registry.load("p") == "7"
    with pytest.raises(InvalidInput, match="has written no files below its uri"):
        registry.save("p", tmp_path / "weights", materializer=keepers.Linking)


def test_what_no_load_would_find_is_refused(registry: Registry) -> None:
    class Local(Plain):
        pass

    class LocalPoint(Point):
        pass

    for wrong in (
        lambda: registry.save("p", Point(1), materializer=Local),
        lambda: registry.save("p", LocalPoint(1), materializer=Plain),
        lambda: registry.register_materializer(LocalPoint, Plain),
        lambda: registry.register_materializer(Point, Local),
        lambda: Registry.register_default_materializer(Point, Local),
    ):
        with pytest.raises(InvalidInput, match="define it at the top of a module"):
            wrong()


def test_what_is_no_materializer_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"needs save\(obj\)"):
        registry.save("p", Point(1), materializer=Point)
    with pytest.raises(InvalidInput, match=r"needs save\(obj\)"):
        registry.register_materializer(Point, Point)
    for wrong in ("Point", "", "a..b", "keepers.*", "a b.c"):
        with pytest.raises(InvalidInput, match="does not name a class"):
            registry.register_materializer(wrong, Plain)
        with pytest.raises(InvalidInput, match="does not name a class"):
            registry.save("p", Point(1), materializer=wrong)
    with pytest.raises(InvalidInput, match="no class"):
        registry.register_materializer(Point, 5)  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="cannot be imported"):
        registry.save("p", Point(1), materializer="no_such_module_here.Plain")
    with pytest.raises(Unsupported, match=r"keepers has no class 'Nobody'"):
        registry.save("p", Point(1), materializer="keepers.Nobody")


def test_an_object_that_nothing_keeps_is_told_what_to_register(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"keep a keepers\.Point.*register_materializer\(\).*Archiver"):
        registry.save("p", Point(1))


def test_only_and_into_mean_nothing_to_files_of_the_users(registry: Registry) -> None:
    registry.save("p", Point(1), materializer=Plain)
    for wrong in ({"only": "x"}, {"into": {}}):
        with pytest.raises(InvalidInput, match="has no meaning"):
            registry.load("p", **wrong)


def test_a_batch_is_kept_by_one_materializer(registry: Registry) -> None:
    assert registry.save(["a", "b"], [Point(1), Point(2)], materializer=Plain).all_succeeded
    assert list(registry.load(["a", "b"])) == [Point(1), Point(2)]


def test_an_archiver_must_say_how_it_saves_and_loads() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Archiver(uri="x")  # type: ignore[abstract]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with entry points, of which one is broken."""
    package = tmp_path / "plugin-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        f"[{registered.GROUP}]\n"
        "keepers.Pixel = no_such_module_here:PixelArchiver\n"
        "keepers.Point = keepers:PointArchiver\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registered._entry_points.cache_clear()
    yield
    registered._entry_points.cache_clear()


@pytest.mark.usefixtures("installed")
def test_an_installed_package_offers_materializers(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    registry.save("p", Point(1))
    assert kept_by(registry, "p") == "keepers.PointArchiver"
    assert not caplog.records
    registry.save("p", Pixel(1))
    assert kept_by(registry, "p") == "keepers.PointArchiver"
    assert registry.load("p") == Pixel(1)
    assert "keepers.Pixel = no_such_module_here:PixelArchiver is of no use" in caplog.text


def test_a_store_that_names_what_is_not_imported_is_unsafe(registry: Registry) -> None:
    registry.register_materializer("keepers.Point", "keepers.Plain")
    registry.register_materializer("keepers.Pixel", "never_imported_here.Plain")
    other = Registry(registry.backend)
    with pytest.raises(Unsafe, match="never_imported_here"):
        other.save("p", Pixel(1))
