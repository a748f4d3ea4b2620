"""Series of checkpoints without torch: what is trained on, what is written, what is not made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from tools.bench.checkpoints import files, series
from tools.bench.checkpoints.docstrings import Pair, collect, pairs_of
from tools.bench.checkpoints.series import Different, Parameters, Series

TINY = Parameters(steps=1, count=3)
SOURCE = '''
"""Trees of things, and leaves of trees."""

class LeafTree:
    """A tree that knows all of its leaves.

    Examples
    --------
    >>> LeafTree()
    """

    def _addLeaf(self, node, *, weight=1):
        """Add a leaf,
        however heavy it may be.

        And return it.

        Args:
            node: where
        """

    def size(self):
        """Too short."""
'''


def test_pairs_are_names_in_words_and_the_prose_of_their_docstrings() -> None:
    assert list(pairs_of(SOURCE.encode(), Path("woods/leaf_tree.py"))) == [
        Pair("woods leaf tree", "Trees of things, and leaves of trees."),
        Pair("Leaf Tree", "A tree that knows all of its leaves."),
        Pair("Leaf Tree add Leaf (node, weight)", "Add a leaf, however heavy it may be. And return it."),
    ]


@pytest.mark.parametrize("source", ["def broken(:", "x = '\0'"])
def test_what_does_not_parse_has_no_pairs(source: str) -> None:
    assert list(pairs_of(source.encode(), Path("module.py"))) == []


def test_source_is_read_and_never_run(tmp_path: Path) -> None:
    text = "Raises an error as soon as it runs."
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(f'"""{text}"""\nraise RuntimeError\n')
    assert collect(tmp_path, ["package"]) == [Pair("package module", text)]


def test_packages_are_read_in_the_order_given_and_their_files_in_that_of_their_paths(tmp_path: Path) -> None:
    for path in ("b/two.py", "b/one.py", "a/__init__.py", "a/tests/test_it.py", "c/left_out.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f'"""This is the text of {path} itself."""')
    assert [pair.name for pair in collect(tmp_path, ["b", "a"])] == ["b one", "b two", "a"]


def test_a_text_that_comes_again_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    for name in ("first", "second"):
        (tmp_path / "package" / f"{name}.py").write_text('"""One and the same text for both."""')
    assert [pair.name for pair in collect(tmp_path, ["package"])] == ["package first"]


def test_weights_are_written_in_fp32_and_rounded_to_bf16(tmp_path: Path) -> None:
    weight = np.array([[1.0, 1.00390625], [3.0, 1e-20]], "<f4")
    files.write_weights(tmp_path, {"weight": weight, "ids": np.arange(2, dtype="<i8")})
    with safe_open(tmp_path / files.WEIGHTS, "numpy") as found:
        assert found.keys() == ["ids", "weight"]
        assert np.array_equal(found.get_tensor("weight"), weight)
        assert found.get_tensor("ids").tolist() == [0, 1]
    with safe_open(tmp_path / files.HALVES, "numpy") as found:
        assert found.get_slice("weight").get_dtype() == "BF16"
        assert found.get_slice("ids").get_dtype() == "I64"
    assert (tmp_path / files.HALVES).read_bytes().endswith(bytes.fromhex("803f 803f 4040 3d1e"))


def test_the_state_of_adam_is_written_by_kind_and_by_name(tmp_path: Path) -> None:
    def state(value: float) -> dict[str, np.ndarray]:
        return {"exp_avg": np.full((2, 2), value, "<f4"), "exp_avg_sq": np.full((2, 2), value**2, "<f4")}

    files.write_adam(tmp_path, {"b": state(2), "a": state(3)}, step=20)
    with safe_open(tmp_path / files.ADAM, "numpy") as found:
        first = {name: found.get_tensor(name).ravel()[0] for name in found.keys()}  # noqa: SIM118
        assert first == {"exp_avg.a": 3, "exp_avg.b": 2, "exp_avg_sq.a": 9, "exp_avg_sq.b": 4, "step": 20}
        assert found.get_slice("exp_avg.a").get_shape() == [2, 2]
        assert found.get_slice("step").get_shape() == []


@pytest.fixture
def made(tmp_path: Path) -> Series:
    """A series that says it is there."""
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / series.DONE).write_text(series.note(TINY))
    return Series(folder, TINY)


def test_a_series_that_is_there_is_not_made_again(made: Series, tmp_path: Path) -> None:
    assert series.make(TINY, tmp_path / "cache", made.folder) == made
    assert not (tmp_path / "cache").exists()


def test_the_cache_has_series_by_their_parameters(made: Series, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    made.folder.rename(tmp_path / "cache" / "series-steps1-count3-seed0")
    found = series.make(TINY, tmp_path / "cache")
    assert found.versions(files.ADAM)[2] == found.folder / "3" / "adam.safetensors"
    assert found.folder == tmp_path / "cache" / "series-steps1-count3-seed0"


def test_a_folder_with_another_series_is_refused(made: Series, tmp_path: Path) -> None:
    with pytest.raises(Different, match='"seed": 0'):
        series.make(Parameters(steps=1, count=3, seed=1), tmp_path / "cache", made.folder)
