"""``casreg init``"""

from pathlib import Path

from running import Cli

from casreg import Registry


def test_a_store_made_by_the_command_line_is_versioned_and_immutable(cli: Cli, place: Path) -> None:
    ran = cli("init")
    assert (ran.code, ran.err) == (0, "")
    assert str(place) in ran.out
    with Registry(place, create=False) as registry:
        assert (registry.version_objects, registry.mutable) == (True, False)


def test_unversioned_and_mutable_are_kept(cli: Cli, tmp_path: Path) -> None:
    ran = cli("init", str(tmp_path / "other"), "--unversioned", "--mutable", "--json")
    assert ran.json == {
        "store": str(tmp_path / "other"),
        "versioned": False,
        "mutable": True,
        "version_digits": None,
        "read_amplification": 2.0,
    }
    with Registry(tmp_path / "other", create=False) as registry:
        assert (registry.version_objects, registry.mutable) == (False, True)


def test_how_many_parts_versions_have_is_kept(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", str(tmp_path / "other"), "--version-digits", "3").code == 0
    with Registry(tmp_path / "other", create=False) as registry:
        assert registry.save("a", 1) == "1.0.0"
    refused = cli("init", str(tmp_path / "none"), "--version-digits", "0")
    assert refused.code == 2
    assert "version_digits=0" in refused.told


def test_how_much_a_load_may_read_is_kept(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", str(tmp_path / "other"), "--read-amplification", "3.5").code == 0
    with Registry(tmp_path / "other", create=False) as registry:
        assert registry.settings.read_amplification == 3.5
    refused = cli("init", str(tmp_path / "none"), "--read-amplification", "0.5")
    assert refused.code == 2
    assert "read_amplification=0.5" in refused.told
    assert not (tmp_path / "none").exists()


def test_a_store_that_is_there_is_left_alone(cli: Cli, store: Path) -> None:
    before = (store / "casreg.json").read_bytes()
    ran = cli("init", "--mutable")
    assert ran.code == 4
    assert "already" in ran.told
    assert (store / "casreg.json").read_bytes() == before


def test_other_peoples_directories_are_refused(cli: Cli, place: Path) -> None:
    place.mkdir()
    (place / "thesis.tex").write_text("...")
    assert cli("init").code == 2
    assert [path.name for path in place.iterdir()] == ["thesis.tex"]


def test_quiet_prints_the_place_only(cli: Cli, place: Path) -> None:
    assert cli("init", "-q").out == f"{place}\n"


def test_no_other_command_makes_a_store(cli: Cli, place: Path, model: Path) -> None:
    for words in (
        ["save", "a", str(model)],
        ["load", "a"],
        ["checkout", "a", "d"],
        ["ls"],
        ["ls", "a"],
        ["show", "a"],
        ["rm", "a@1"],
    ):
        ran = cli(*words)
        assert ran.code == 3
        assert ran.told.endswith(f"make a store with `casreg init {place}`")
        assert not place.exists()
    place.mkdir()
    assert cli("ls").told.endswith(f"make one with `casreg init {place}`")
    assert cli("doctor").code == 1
    assert not list(place.iterdir())
