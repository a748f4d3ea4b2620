"""The comparison on series of checkpoints, with a tiny one that nobody trained. No times are asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tools.bench.checkpoints import adapters, datasets, files, publish, series, trade
from tools.bench.checkpoints.series import Parameters, Series
from tools.bench.peers import results

ROOT = Path(__file__).parents[2]
TINY = Parameters(steps=1, count=3)


@pytest.fixture
def made(tmp_path: Path) -> Series:
    """A series that says it is made, of a few numbers that no training saw."""
    generator, folder = np.random.default_rng(0), tmp_path / "series"
    weight = generator.standard_normal((40, 50), np.float32)
    for number in range(1, TINY.count + 1):
        (folder / str(number)).mkdir(parents=True)
        weight = weight + generator.standard_normal(weight.shape, np.float32) * np.float32(1e-5)
        files.write_weights(folder / str(number), {"weight": weight})
        files.write_adam(folder / str(number), {"weight": {"exp_avg": weight, "exp_avg_sq": weight}}, number)
        (folder / str(number) / files.COMBINED).write_bytes(weight.tobytes())
    (folder / series.DONE).write_text(series.note(TINY))
    return Series(folder, TINY)


def test_the_comparison_has_every_file_and_every_tool_asked_for(made: Series, tmp_path: Path) -> None:
    before = _contents(made)
    report = _compared(made, tmp_path, "casreg", "cp", "z4ai-delta")
    assert [data.name for data in report.data] == list(datasets.NAMES)
    for data in report.data:
        assert [one.tool for one in report.all_of(data.name)] == ["casreg", "z4ai-delta", "cp"]
        plain = report.of(data.name, "cp")
        assert (plain.ratio, plain.versions) == (1.0, 3)
        ours = report.of(data.name, "casreg")
        assert ours.problem == ""
        assert None not in (ours.ratio, ours.save, ours.save_next, ours.load)
        assert report.of(data.name, "z4ai-delta").problem.startswith("not installed: pip install z4ai==")
    assert _contents(made) == before, "the benchmark changed the series"
    bought = trade.read(publish.beside(tmp_path / "report.json"))
    assert [row.amplification for row in bought.rows] == list(trade.AMPLIFICATIONS)
    assert all(row.read <= row.amplification and row.ratio < 1 for row in bought.rows)
    assert publish.lines(report)[2].startswith("| casreg |")


def test_a_series_that_cannot_be_made_says_so_in_every_row(tmp_path: Path) -> None:
    report = _compared(Series(tmp_path / "series", TINY), tmp_path, "cp")
    for data in datasets.NAMES:
        assert report.of(data, "cp").problem.startswith("not installed: pip install torch==")


def _compared(made: Series, tmp_path: Path, *tools: str) -> results.Report:
    """The report of the command, with nothing set up."""
    for name in ("cache", "work"):
        (tmp_path / name).mkdir()
    chosen = [word for tool in tools for word in ("--tool", tool)]
    parameters = ["--steps", str(TINY.steps), "--count", str(TINY.count), "--series", str(made.folder)]
    places = ["--cache", str(tmp_path / "cache"), "--dir", str(tmp_path / "work")]
    others = ["--no-install", "--json", str(tmp_path / "report.json")]
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.checkpoints", *chosen, *parameters, *places, *others],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "work").iterdir()) == [], "the benchmark left its data behind"
    return results.read(tmp_path / "report.json")


def _contents(made: Series) -> list[bytes]:
    return [path.read_bytes() for path in sorted(made.folder.rglob("*")) if path.is_file()]


CHAIN = """
import zlib
from tools.bench.checkpoints.workers.chain import serve_chain

def compress(data, before, about):
    assert (about.name, about.dtype) == ("file", "float32")
    return zlib.compress(bytes(a ^ b for a, b in zip(data, before)) if before else data)

def decompress(data, before, about):
    data = zlib.decompress(data)
    return bytes(a ^ b for a, b in zip(data, before)) if before else data

serve_chain(lambda: "1", compress, decompress, delta={delta})
"""


@pytest.mark.parametrize("delta", [True, False])
def test_a_version_is_loaded_from_the_store_alone(tmp_path: Path, delta: bool) -> None:
    versions = {number: np.random.default_rng(number).bytes(1000) for number in (1, 2, 3)}
    for number, data in versions.items():
        (tmp_path / "source" / str(number)).mkdir(parents=True)
        (tmp_path / "source" / str(number) / "file").write_bytes(data)
    (tmp_path / "out").mkdir()
    words = {"store": str(tmp_path / "store"), "dtype": "float32"}
    saves = [
        ["save", {**words, "number": number, "source": f"{tmp_path}/source/{number}/file"}]
        for number in versions
    ]
    _served(delta, [["prepare", {"store": words["store"]}], *saves])
    (tmp_path / "source").rename(tmp_path / "gone")
    _served(delta, [["load", {**saves[2][1], "target": str(tmp_path / "out")}]])
    assert (tmp_path / "out" / "file").read_bytes() == versions[3]


def _served(delta: bool, requests: list[list[object]]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHAIN.format(delta=delta)],
        cwd=ROOT,
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(answer) for answer in answers] == [{"seconds", "returned"}] * len(requests), answers


def test_the_comparison_has_the_tools_of_the_other_one_and_the_deltas() -> None:
    assert list(adapters.ALL) == [
        *("casreg", "zipnn", "zipnn-delta", "z4ai", "z4ai-delta", "borg", "restic", "mindtrace", "cp")
    ]
