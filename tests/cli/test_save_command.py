"""``casreg save``"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from running import Cli

from casreg import Registry


def test_what_was_saved_is_told_in_numbers(cli: Cli, store: Path, model: Path) -> None:
    first = cli("save", "det/yolo", "model", "--json").json
    assert first["reference"] == "det/yolo@1"
    assert first["plain"] == sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    assert first["stored"] >= 300_000
    assert first["reused"] == 0
    second = cli("save", "det/yolo", "model", "--json").json
    assert second["version"] == "2"
    assert second["content"] == first["content"]
    assert second["stored"] == 0
    assert second["reused"] == second["chunks"] == first["chunks"]


def test_people_read_one_line(cli: Cli, store: Path, model: Path) -> None:
    ran = cli("save", "det/yolo", "model")
    assert ran.err == ""
    (line,) = ran.out.splitlines()
    assert line.startswith("det/yolo@1: ")
    assert len(line) <= 80
    assert cli("save", "det/yolo", "model", "--quiet").out == "det/yolo@2\n"


def test_a_version_can_be_named_in_two_ways_but_not_in_both(cli: Cli, store: Path, model: Path) -> None:
    assert cli("save", "a", "model", "--version", "1.2", "-q").out == "a@1.2\n"
    assert cli("save", "a@v1.3", "model", "-q").out == "a@1.3\n"
    assert cli("save", "a@1.4", "model", "--version", "1.5").code == 2


@pytest.mark.parametrize("reference", ["a@latest", "a@prod", "a@", "a@sha256:" + "0" * 64, "@1", "a//b"])
def test_only_names_and_numbers_can_be_saved_to(cli: Cli, store: Path, model: Path, reference: str) -> None:
    assert cli("save", reference, "model").code == 2
    assert cli("ls", "-q").out == ""


def test_versions_are_immutable(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a@1", "model")
    ran = cli("save", "a@1", "model")
    assert ran.code == 4
    assert ran.told == (
        "a@1 is there already: nothing is overwritten here; saved without a version, it gets the next number"
    )
    assert cli("save", "a@1", "model", "--overwrite").code == 2


def test_a_mutable_store_overwrites_when_asked_to(cli: Cli, place: Path, model: Path) -> None:
    cli("init", "--mutable")
    assert cli("save", "a@1", "-", stdin=b"old").code == 0
    refused = cli("save", "a@1", "-", stdin=b"new")
    assert refused.code == 4
    assert "--overwrite" in refused.told
    assert cli("save", "a@1", "-", "--overwrite", stdin=b"new").code == 0
    assert cli("load", "a@1", "-").raw == b"new"


def test_an_unversioned_store_refuses_other_versions_than_one(cli: Cli, place: Path) -> None:
    cli("init", "--unversioned")
    assert cli("save", "a@2", "-", stdin=b"x").code == 2
    assert cli("save", "a", "-", "-q", stdin=b"x").out == "a@1\n"
    told = "a@1 is there already: nothing is overwritten here; delete it first, or give another name"
    assert cli("save", "a", "-", stdin=b"y").told == told


def test_metadata_comes_from_json_a_file_and_single_entries(cli: Cli, store: Path) -> None:
    Path("facts.json").write_text('{"epoch": 1, "by": "ann"}')
    cli("save", "a", "-", "--metadata", "@facts.json", "--set", "epoch=3", "--set", "note=a=b", stdin=b"x")
    assert cli("show", "a", "--json").json["metadata"] == {"epoch": 3, "by": "ann", "note": "a=b"}
    cli("save", "a", "-", "--metadata", '{"deep": {"x": [1, null]}}', stdin=b"x")
    assert cli("show", "a", "--json").json["metadata"] == {"deep": {"x": [1, None]}}


@pytest.mark.parametrize(
    "options",
    [
        ["--metadata", "{"],
        ["--metadata", "[1]"],
        ["--metadata", "@nowhere.json"],
        ["--metadata", '{"x": NaN}'],
        ["--set", "x"],
        ["--set", "=1"],
        ["--symlinks", "maybe"],
    ],
)
def test_bad_options_are_refused_before_anything_is_saved(cli: Cli, store: Path, options: list[str]) -> None:
    Path("file").write_bytes(b"x")
    ran = cli("save", "a", ".", *options)
    assert ran.code == 2
    assert ran.told
    assert cli("ls", "-q").out == ""


def test_links_are_followed_or_refused(cli: Cli, store: Path, model: Path) -> None:
    (model / "link").symlink_to("weights.bin")
    assert cli("save", "a", "model", "--symlinks", "refuse").code == 2
    assert cli("save", "a", "model").code == 0
    cli("checkout", "a", "copy")
    assert (Path("copy") / "link").read_bytes() == (model / "weights.bin").read_bytes()


def test_bytes_of_another_name_are_reused_when_it_is_the_base(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a", "model")
    reused = cli("save", "b", "model", "--base", "a@1", "--json").json
    assert reused["stored"] == 0
    assert cli("save", "c", "model", "--base", "nobody").code == 3


def test_standard_input_is_saved(cli: Cli, store: Path, noise: Callable[..., bytes]) -> None:
    data = noise(3 << 20)
    saved = cli("save", "stream", "-", "--json", stdin=data).json
    assert saved["plain"] == len(data)
    with Registry(store, create=False) as registry:
        assert registry.load("stream") == data


def test_json_is_one_document_with_stable_keys(cli: Cli, store: Path) -> None:
    assert set(json.loads(cli("save", "a", "-", "--json", stdin=b"x").out)) == {
        "name",
        "version",
        "reference",
        "digest",
        "content",
        "plain",
        "stored",
        "chunks",
        "reused",
        "base",
        "tags",
        "seconds",
    }


def test_the_most_alike_of_the_store_is_built_upon_if_asked_for(cli: Cli, store: Path) -> None:
    rng = np.random.default_rng(3)
    weights = (rng.standard_normal(100_000) * 0.05).astype(np.float32)
    np.save("weights.npy", weights)
    assert cli("save", "base", "weights.npy").code == 0
    np.save("weights.npy", weights + (rng.standard_normal(weights.size) * 2e-6).astype(np.float32))
    told = cli("save", "tuned", "weights.npy", "--base", "auto").out
    assert told.endswith(", upon base@1\n")
    saved = cli("save", "again", "weights.npy", "--base", "base@1", "--json").json
    assert (saved["base"], saved["stored"] < saved["plain"] / 2) == ("base@1", True)
