"""``casreg diff``"""

import json
from pathlib import Path

import numpy as np
import pytest
from running import Cli

from casreg import Registry


@pytest.fixture
def run(store: Path) -> Path:
    """Versions 1 to 3 of "run", the last two alike, and "other"."""
    rng = np.random.default_rng(3)
    layers = {f"layer.{i}.weight": rng.standard_normal((20, 30)).astype(np.float32) for i in range(9)}
    with Registry(store, create=False) as registry:
        registry.save("run", {**layers, "step": 1, "ids": np.arange(3)}, metadata={"loss": 0.3})
        for number in (2, 5):
            layers[f"layer.{number}.weight"] = layers[f"layer.{number}.weight"] * np.float32(1 + number)
        layers["head"] = np.zeros(3, np.float16)
        for _ in range(2):
            registry.save("run", {**layers, "step": 2, "ids": np.arange(4)}, metadata={"loss": 0.2})
        registry.save("other", b"bytes")
    return store


def test_tensors_that_moved_farthest_come_first(cli: Cli, run: Path) -> None:
    facts, tensors, values, metadata = cli("diff", "run@1", "run@2").out.split("\n\n")
    assert facts.splitlines()[0] == "run@1 -> run@2"
    assert "tensors   2 changed, 1 recast, 1 added, 7 unchanged" in facts.splitlines()
    header, *rows = [line.split() for line in tensors.splitlines()]
    assert header == ["tensor", "change", "dtype", "shape", "changed", "relative", "largest"]
    assert [row[:2] for row in rows] == [
        ["layer.5.weight", "changed"],
        ["layer.2.weight", "changed"],
        ["ids", "recast"],
        ["head", "added"],
    ]
    assert rows[0][-3:-1] == ["100.0%", "5.0e+00"]
    assert [line.split() for line in values.splitlines()] == [
        ["values", "before", "after"],
        ["step", "1", "2"],
    ]
    assert metadata.splitlines()[1].split() == ["loss", "0.3", "0.2"]


def test_tensors_that_became_nan_stand_first(cli: Cli, store: Path) -> None:
    with Registry(store, create=False) as registry:
        registry.save("m", {"a": np.ones(4), "b": np.ones(4), "c": np.zeros(4)})
        registry.save("m", {"a": np.full(4, 9.0), "b": np.array([np.nan, np.inf, 1, 1]), "c": np.ones(4)})
    header, *rows = cli("diff", "m").out.split("\n\n")[1].splitlines()
    assert header.endswith("relative  largest  not finite")
    assert [row.split()[0] for row in rows] == ["b", "c", "a"]
    assert rows[0].split()[-1] == "2"


def test_one_reference_means_the_version_before_it(cli: Cli, run: Path) -> None:
    assert cli("diff", "run@2", "--json").json == cli("diff", "run@1", "run@2", "--json").json
    assert cli("diff", "run", "-q").out == "equal\n"
    refused = cli("diff", "run@1")
    assert refused.code == 3
    assert "no version before 1: name two versions" in refused.told


def test_the_exit_code_tells_only_if_asked(cli: Cli, run: Path) -> None:
    assert [cli("diff", "run@1", "run", *more).code for more in ([], ["--exit-code"])] == [0, 1]
    assert cli("diff", "run", "--exit-code").code == 0
    assert cli("diff", "run@1", "run", "-q", "--exit-code").out == "different\n"


def test_rows_can_be_limited_and_data_left_alone(cli: Cli, run: Path) -> None:
    text = cli("diff", "run@1", "run", "--limit", "1").out
    assert "... and 3 more: --limit 0 shows them" in text
    assert "more" not in cli("diff", "run@1", "run", "--limit", "0").out
    unread = cli("diff", "run@1", "run", "--no-values").out
    assert "9 unread" in unread  # they share a chunk


def test_versions_of_different_kinds(cli: Cli, run: Path) -> None:
    lines = cli("diff", "run", "other").out.splitlines()
    assert "kind      tree -> bytes" in lines
    assert ["data", "added", "5", "B"] in [line.split() for line in lines]


def test_it_is_json_whatever_the_numbers_are(cli: Cli, store: Path) -> None:
    with Registry(store, create=False) as registry:
        registry.save("m", {"w": np.array([1e308, 1.0]), "x": float("nan"), "s": "a\x1b[2J"})
        registry.save("m", {"w": np.array([-1e308, np.nan]), "x": 1.0, "s": "b"})
    document = json.loads(cli("diff", "m", "--json").out, parse_constant=pytest.fail)
    norms = {"l2": None, "length": 1e308, "relative": None, "largest": None, "nonfinite": 1}
    assert document["tensors"][0]["norms"] == norms
    assert "\x1b" not in cli("diff", "m").out


def test_a_picture_is_drawn_of_how_far_tensors_moved(cli: Cli, run: Path) -> None:
    pytest.importorskip("matplotlib")
    assert cli("diff", "run@1", "run", "--plot", "change.png").code == 0
    assert Path("change.png").read_bytes().startswith(b"\x89PNG")
    assert cli("diff", "run@1", "run", "--plot", "change.png", "--no-values").code == 2
