"""``casreg stats``, and what ``casreg show`` tells of how tensors are stored"""

from pathlib import Path

import numpy as np
import pytest
from running import Cli

from casreg import Registry


@pytest.fixture
def run(store: Path) -> Path:
    """Two versions of "run"."""
    rng = np.random.default_rng(3)
    weights = (rng.standard_normal(100_000) * 0.05).astype(np.float32)
    with Registry(store, create=False) as registry:
        for _ in range(2):
            registry.save("run", {"encoder": {"w": weights}})
            weights = weights + (rng.standard_normal(weights.size) * 2e-6).astype(np.float32)
    return store


def test_stats_tell_what_a_version_is_built_upon_and_what_that_costs(cli: Cli, run: Path) -> None:
    told = cli("stats", "run@latest", "--json").json
    assert (told["name"], told["version"], told["base"], told["depth"]) == ("run", "2", "run@1", 1)
    assert told["plain"] < told["read_cold"] == pytest.approx(told["read_amplification"] * told["plain"])
    assert told["read_cold"] + told["dead"] == told["held"]
    assert told["tensors"][0]["name"] == "encoder.w"
    lines = dict(line.split(maxsplit=1) for line in cli("stats", "run@2").out.splitlines())
    assert lines["version"] == "run@2"
    assert lines["base"] == "run@1"
    assert "planes 1/" in lines["chunks"]
    assert "2 packs" in lines["held"]
    assert cli("stats", "run@2", "-q").out == f"{told['read_amplification']:.3f}\n"


def test_stats_of_what_continues_nothing_or_has_no_bytes(cli: Cli, run: Path) -> None:
    Path("nothing").write_bytes(b"")
    assert cli("save", "empty", "nothing").code == 0
    for reference in ("run@1", "empty@1"):
        assert "base" not in cli("stats", reference).out
    assert cli("stats", "empty@1", "--json").json["read_amplification"] == 0.0
    assert cli("stats", "nobody").code == 3


def test_show_tells_how_each_tensor_is_stored(cli: Cli, run: Path) -> None:
    shown = cli("show", "run", "--json").json
    (tensor,) = shown["tensors"]
    assert shown["base"] == "run@1"
    assert (tensor["codecs"], tensor["depth"]) == ({"delta": 1}, 1)
    assert tensor["stored"] < tensor["size"] / 2 < tensor["read_cold"]
    text = cli("show", "run").out
    header, row = text.splitlines()[-2:]
    assert header.split() == ["tensor", "dtype", "shape", "size", "stored", "codec", "base", "depth"]
    assert row.split()[-3:] == ["delta", "run@1", "1"]
    assert tensor["base"] == ["run@1"]
    assert f"run@1, {shown['parent']}" in text


def test_show_of_a_version_whose_parent_is_gone(cli: Cli, run: Path) -> None:
    assert cli("rm", "run@1").code == 0
    shown = cli("show", "run", "--json").json
    assert shown["base"] is None
    text = cli("show", "run").out
    assert f"not found, {shown['parent']}" in text
    assert text.splitlines()[-1].split()[-4:] == ["delta", "1", "back", "1"]
    assert f"not found ({shown['parent']})" in cli("stats", "run@2").out


def test_a_name_has_a_row_for_each_version(cli: Cli, run: Path) -> None:
    told = cli("stats", "run", "--json").json
    assert [row["version"] for row in told["rows"]] == ["1", "2"]
    assert told["stored"] == told["packed"] + told["metadata"] == sum(row["added"] for row in told["rows"])
    facts, rows = cli("stats", "run").out.split("\n\n")
    lines = dict(line.split(maxsplit=1) for line in facts.splitlines())
    assert (lines["name"], lines["versions"], lines["history"]) == ("run", "2", "0 B")
    assert lines["stored"].startswith(f"{told['stored'] / 1024:.1f} KiB: 2 packs of ")
    header, *shown = rows.splitlines()
    assert header.split() == ["version", "created", "size", "stored", "added", "exclusive"]
    assert [line.split()[0] for line in shown] == ["1", "2"]
    assert cli("stats", "run", "-q").out == f"{told['stored']}\n"
    assert "... and 1 more: --limit 0 shows them" in cli("stats", "run", "--limit", "1").out


def test_everything_has_a_row_for_each_name_the_largest_first(cli: Cli, run: Path) -> None:
    with Registry(run, create=False) as registry:
        registry.save("a/small", 1)
        registry.save("gone", 2)
        registry.delete("gone")
    told = cli("stats", "--json").json
    assert [row["name"] for row in told["rows"]] == ["a/small", "run"]
    assert told["rows"][1]["dedup"] == pytest.approx(1.0, rel=0.01)
    text = cli("stats").out
    assert "versions   3 of 2 names" in text
    assert [line.split()[0] for line in text.split("\n\n")[1].splitlines()] == ["name", "run", "a/small"]
    assert max(map(len, text.splitlines())) <= 80 + len(str(run))
    assert told["history"] > 0


def test_an_empty_store_has_stats(cli: Cli, store: Path) -> None:
    assert "versions   0 of 0 names" in cli("stats").out


def test_a_picture_is_drawn_of_a_name_and_of_everything(cli: Cli, run: Path) -> None:
    pytest.importorskip("matplotlib")
    for words in (["run"], []):
        assert cli("stats", *words, "--plot", "sizes.svg").code == 0
        assert Path("sizes.svg").read_bytes().startswith(b"<?xml")
    refused = cli("stats", "run@1", "--plot", "other.svg")
    assert refused.code == 2
    assert "casreg stats run --plot" in refused.told
    assert "end with .png or .svg" in cli("stats", "--plot", "x.pdf").told
