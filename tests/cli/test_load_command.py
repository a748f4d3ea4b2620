"""``casreg load`` and ``casreg checkout``"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from running import Cli

from casreg import Registry


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_directory_lands_below_its_name_and_version(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "det/yolo", "model")
    ran = cli("load", "det/yolo")
    assert (ran.out, ran.err) == ("det/yolo@1\n", "")
    assert tree(Path("det/yolo@1")) == tree(model)
    assert cli("load", "det/yolo", "out", "-q").out == "out/det/yolo@1\n"


def test_a_file_is_printed_with_its_own_name(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a", "model/weights.bin")
    assert cli("load", "a", "--json").json["path"] == "a@1/weights.bin"
    assert Path("a@1/weights.bin").read_bytes() == (model / "weights.bin").read_bytes()


def test_files_of_registry_load_and_of_the_command_are_the_same(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a", "model")
    cli("load", "a", "by-command")
    with Registry(store, create=False) as registry:
        registry.load("a", output_dir="by-library")
    assert tree(Path("by-command")) == tree(Path("by-library"))


def test_objects_that_are_no_files_are_written_as_their_parts(cli: Cli, store: Path) -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    with Registry(store, create=False) as registry:
        registry.save("array", array)
        registry.save("tree", {"w": array, "step": 3})
        registry.save("bytes", b"abc")
    for name in ("array", "tree", "bytes"):
        assert cli("load", name).code == 0
    assert np.array_equal(np.load("array@1/array.npy"), array)
    assert sorted(tree(Path("tree@1"))) == ["arrays.safetensors", "value.json"]
    assert Path("bytes@1/data").read_bytes() == b"abc"


def test_an_archive_that_is_stored_inflated_is_written_as_it_was(cli: Cli, store: Path) -> None:
    np.savez_compressed("w.npz", w=np.random.default_rng(0).standard_normal(20_000))
    cli("save", "a", "w.npz")
    (file,) = cli("show", "a", "--json").json["files"]
    assert file["size"] == Path("w.npz").stat().st_size
    assert cli("load", "a", "-").raw == Path("w.npz").read_bytes()
    cli("save", "b", "w.npz", "--no-inflate")
    shown = cli("show", "b", "--json").json
    assert (shown["init_params"], shown["tensors"]) == ({"inflate": False}, [])


def test_only_what_matches_is_written(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a", "model")
    cli("load", "a", "--only", "*.sh", "--only", "layers/*")
    assert sorted(tree(Path("a@1"))) == ["layers/one.txt", "run.sh"]
    assert cli("load", "a", "--only", "*.gguf").code == 3


def test_standard_output_gets_the_bytes(
    cli: Cli, store: Path, model: Path, noise: Callable[..., bytes]
) -> None:
    data = noise(20 << 20)  # more than two windows
    Path("big").write_bytes(data)
    cli("save", "big", "big")
    cli("save", "empty", "-")
    cli("save", "many", "model")
    assert cli("load", "big", "-").raw == data
    assert cli("load", "empty", "-").raw == b""
    assert cli("load", "many", "-", "--only", "*.sh").raw == b"#!/bin/sh\n"
    refused = cli("load", "many", "-")
    assert refused.code == 2
    assert "--only" in refused.told
    assert refused.raw == b""
    assert cli("load", "big", "-", "--json").code == 2


@pytest.mark.parametrize("level", ["none", "integrity", "full"])
def test_every_level_of_verification_loads_what_is_whole(
    cli: Cli, store: Path, model: Path, level: str
) -> None:
    cli("save", "a", "model")
    assert cli("load", "a", "--verify", level).code == 0
    assert cli("checkout", "a", "copy", "--verify", level).code == 0
    assert tree(Path("copy")) == tree(Path("a@1")) == tree(model)
    assert cli("load", "a", "--verify", "paranoid").code == 2


def test_checkout_wants_a_directory_of_its_own(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "a", "model")
    assert cli("checkout", "a", "copy", "--json").json == {"name": "a", "version": "1", "path": "copy"}
    (Path("copy") / "weights.bin").write_bytes(b"mine to change")
    assert cli("checkout", "a", "copy").code == 4
    assert (Path("copy") / "weights.bin").read_bytes() == b"mine to change"
    assert cli("checkout", "a", "model/run.sh").code == 4
    assert cli("checkout", "a@1", "part", "--only", "*.sh").code == 0
    assert sorted(tree(Path("part"))) == ["run.sh"]


def test_what_is_damaged_is_not_written(cli: Cli, store: Path, noise: Callable[..., bytes]) -> None:
    cli("save", "a", "-", stdin=noise(200_000))
    pack = max((store / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    damaged = bytearray(pack.read_bytes())
    damaged[70_000] ^= 1
    pack.write_bytes(damaged)
    for words in (["load", "a"], ["load", "a", "-"], ["checkout", "a", "copy"]):
        ran = cli(*words)
        assert ran.code == 7
        assert "a@1" in ran.told
        assert "part 'data'" in ran.told
        assert "offset" in ran.told
        assert ran.raw == b""
    assert not [path for path in Path().rglob("*") if path.is_file()]
