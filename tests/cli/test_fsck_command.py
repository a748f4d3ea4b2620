"""``casreg fsck``"""

import random
from pathlib import Path

import pytest
from running import Cli


@pytest.fixture
def pack(cli: Cli, store: Path) -> Path:
    cli("save", "net", "-", stdin=random.Random(0).randbytes(100_000))
    (found,) = (store / "blobs" / "sha256").iterdir()
    return found


def test_a_whole_store_is_reported_as_such(cli: Cli, pack: Path) -> None:
    ran = cli("fsck")
    assert (ran.code, ran.out) == (0, "no damage\n")
    assert cli("fsck", "--json").json == {"ok": True, "findings": []}
    assert cli("fsck", "-q").out == ""


def test_a_flipped_bit_is_named_and_the_exit_code_says_corrupt(cli: Cli, pack: Path) -> None:
    data = bytearray(pack.read_bytes())
    data[10] ^= 1
    pack.write_bytes(data)
    ran = cli("fsck")
    assert ran.code == 7
    assert "net@1, part data" in ran.out
    assert pack.name in ran.out
    (finding,) = cli("fsck", "--json").json["findings"]
    assert (finding["kind"], finding["name"], finding["part"], finding["offset"]) == (
        "corrupt",
        "net",
        "data",
        0,
    )
    assert cli("fsck", "--structure").code == 0


def test_a_missing_pack_is_found_by_structure_alone(cli: Cli, pack: Path) -> None:
    pack.unlink()
    ran = cli("fsck", "--structure")
    assert ran.code == 7
    assert ran.out.startswith("missing: blobs/sha256/")


def test_orphans_are_counted_and_no_damage(cli: Cli, pack: Path) -> None:
    (pack.parent / ("0" * 64)).write_bytes(b"left over")
    ran = cli("fsck")
    assert (ran.code, ran.out) == (0, "1 orphan of 9 bytes, needed by no version\nno damage\n")


def test_it_looks_at_a_store_that_no_other_command_opens(cli: Cli, pack: Path, store: Path) -> None:
    (store / "casreg.json").write_bytes(b"rubbish")
    pack.unlink()
    assert cli("ls").code == 7
    ran = cli("fsck", "-q")
    assert (ran.code, ran.out) == (7, f"corrupt casreg.json\nmissing blobs/sha256/{pack.name}\n")
    (store / "casreg.json").unlink()
    assert cli("fsck", "-q").out == f"missing casreg.json\nmissing blobs/sha256/{pack.name}\n"


def test_where_there_is_no_store_it_says_how_one_is_made(cli: Cli, place: Path) -> None:
    ran = cli("fsck")
    assert ran.code == 3
    assert "casreg init" in ran.err
    place.mkdir()
    (place / "notes.txt").write_text("no store's")
    ran = cli("fsck")
    assert ran.code == 3
    assert "casreg init" in ran.err


def test_a_store_of_a_newer_format_is_refused_not_called_damaged(cli: Cli, pack: Path, store: Path) -> None:
    (store / "casreg.json").write_text('{"format":7}')
    ran = cli("fsck")
    assert ran.code == 11
    assert "format 7" in ran.err


def test_of_what_was_deleted_the_generation_is_told(cli: Cli, pack: Path) -> None:
    assert cli("rm", "net@1").code == 0
    pack.unlink()
    assert "(net@1, generation 1, part data, pack sha256:" in cli("fsck").out
