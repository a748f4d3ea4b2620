"""Pictures: what they show, and that they are the same files for the same figures."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from casreg import InvalidInput, NameNotFound, Registry, Unsupported, plots
from casreg.plots.units import unit


def words(figure: Any) -> list[str]:
    """All text in a figure, as it is drawn."""
    from matplotlib.text import Text

    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def layers(count: int, step: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        f"layer.{i}.{kind}": rng.standard_normal(20).astype(np.float32) * np.float32(1 + step * (i + 1))
        for i in range(count)
        for kind in ("weight", "bias")
    }


@pytest.fixture
def filled(registry: Registry) -> Registry:
    for step in (0.0, 0.1):
        registry.save("small", layers(12, step))
        registry.save("large", layers(30, step))
    return registry


def test_sizes_of_a_name_are_drawn_version_by_version(filled: Registry) -> None:
    stats = filled.stats("small")
    figure = plots.sizes(filled, "small")
    above, below = figure.axes
    plain, stored = (line.get_ydata()[-1] for line in above.lines)
    assert plain / stored == pytest.approx(stats.plain / stats.stored)  # type: ignore[union-attr]
    assert len(below.patches) == 4
    assert {"version", "1", "2", "plain, cumulative", "stored, cumulative"} <= set(words(figure))


def test_sizes_of_a_store_are_drawn_name_by_name_the_largest_first(filled: Registry) -> None:
    figure = plots.sizes(filled)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["large", "small"]
    assert "nothing is stored" in words(plots.sizes(Registry("memory://")))
    with pytest.raises(NameNotFound):
        plots.sizes(filled, "nobody")
    with pytest.raises(InvalidInput):
        plots.sizes(filled, "small@1")


@pytest.mark.parametrize("count", [1, 7, 12, 60])
def test_long_versions_are_named_as_far_as_there_is_room(registry: Registry, count: int) -> None:
    for number in range(count):
        registry.save("m", number, version=f"2024.11.{number}.1001")
    (_, below) = (figure := plots.sizes(registry, "m")).axes
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in below.get_xticklabels()]
    assert len(boxes) >= min(count, 4)
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert "0.00 x" not in " ".join(words(figure))
    assert below.get_xlim()[1] - below.get_xlim()[0] > 5


def test_changes_stand_in_the_order_of_the_model(filled: Registry) -> None:
    diff = filled.diff("small")
    (axes,) = plots.change(diff).axes
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == [f"layer.{i}.{kind}" for i in range(12) for kind in ("bias", "weight")]
    by_name = {tensor.name: tensor.norms.relative for tensor in diff.tensors if tensor.norms}
    ends = [patch.get_x() + patch.get_width() for patch in axes.patches]
    assert ends == pytest.approx([by_name[name] for name in names])


def test_many_tensors_are_drawn_layer_by_layer(filled: Registry) -> None:
    diff = filled.diff("large")
    figure = plots.change(diff)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == [f"layer.{i} (2)" for i in range(30)]
    both = [tensor.norms for tensor in diff.tensors if tensor.name.startswith("layer.7.")]
    moved = np.hypot(*[norms.l2 for norms in both if norms])
    length = np.hypot(*[norms.l2 / norms.relative for norms in both if norms and norms.relative])
    patch = figure.axes[0].patches[7]
    assert patch.get_x() + patch.get_width() == pytest.approx(moved / length)


def test_where_names_have_no_layers_those_that_moved_farthest_are_drawn(registry: Registry) -> None:
    for step in (0, 1):
        registry.save("m", {f"w{i}": np.full(3, 1.0 + step * i) for i in range(200)})
    figure = plots.change(registry.diff("m"))
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        f"w{i}" for i in range(160, 200)
    ]
    assert any("the 40 of 199 tensors" in text for text in words(figure))


def test_a_model_of_many_layers_is_drawn_layer_by_layer_in_print_that_does_not_overlap(
    registry: Registry,
) -> None:
    for step in (0, 1):
        registry.save("m", {f"model.{name}": array + step for name, array in layers(150).items()})
    figure = plots.change(registry.diff("m"))
    names = figure.axes[0].get_yticklabels()
    assert [text.get_text() for text in names] == [f"model.layer.{i} (2)" for i in range(150)]
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in names]
    assert all(below.y1 <= above.y0 + 1 for above, below in pairwise(boxes))


def test_tensors_that_became_nan_have_not_come_from_zero(registry: Registry) -> None:
    registry.save("m", {"all": np.ones(3), "some": np.ones(3), "zero": np.zeros(3), "sign": np.zeros(3)})
    some = np.array([np.nan, np.inf, 2.0])
    registry.save("m", {"all": np.full(3, np.nan), "some": some, "zero": np.ones(3), "sign": -np.zeros(3)})
    figure = plots.change(registry.diff("m"))
    told = [text.get_text() for text in figure.axes[0].texts]
    assert told == ["3 NaN or infinite", "signs of zero", "5.8e-01, 2 NaN or infinite", "from 0"]


def test_nothing_that_floats_can_be_breaks_a_picture(registry: Registry, tmp_path: Path) -> None:
    before = {
        "zero": [0.0, 0.0],
        "sign": [0.0, 1.0],
        "nan": [1.0, 1.0],
        "huge": [-1e308, 1e-300],
        "tiny": [1, 1e9],
    }
    after = {
        "zero": [1.0, 0.0],
        "sign": [-0.0, 1.0],
        "nan": [np.nan, 1.0],
        "huge": [1e308, 1.0],
        "tiny": [1, 1e9 + 1],
    }
    for tree in (before, after):
        registry.save("m", {name: np.array(values, np.float64) for name, values in tree.items()})
    figure = plots.change(registry.diff("m"))
    plots.save(figure, tmp_path / "a.png")
    assert "from 0" in words(figure)
    assert "no floats changed" in words(plots.change(registry.diff("m@1", "m@1")))


def test_names_are_shown_as_they_are(registry: Registry, tmp_path: Path) -> None:
    name = "$x_{1$ \x1b " + "long " * 20
    for step in (1.0, 2.0):
        registry.save("m", {name: np.full(3, step), "名": np.full(3, step), r"$\frac{": np.full(3, step)})
    figure = plots.change(registry.diff("m"))
    plots.save(figure, tmp_path / "a.svg")
    shown = words(figure)
    assert r"\$\frac{" in shown
    assert any(text.startswith(r"\$x_{1\$ \x1b lo") and "..." in text for text in shown)


@pytest.mark.parametrize("ending", ["png", "svg", "PNG"])
def test_the_same_figure_is_the_same_file(filled: Registry, tmp_path: Path, ending: str) -> None:
    for number in "12":
        plots.save(plots.sizes(filled, "small"), tmp_path / f"{number}.{ending}")
    first, second = ((tmp_path / f"{number}.{ending}").read_bytes() for number in "12")
    assert first == second
    assert first.startswith(b"\x89PNG" if ending.lower() == "png" else b"<?xml")


def test_a_file_that_would_be_no_picture_is_refused_by_name(filled: Registry, tmp_path: Path) -> None:
    figure = plots.sizes(filled)
    with pytest.raises(InvalidInput, match=r"'a\.jpg': pictures are files that end with \.png or \.svg"):
        plots.save(figure, "a.jpg")
    with pytest.raises(InvalidInput, match="cannot be written: No such file"):
        plots.save(figure, tmp_path / "nowhere" / "a.png")


def test_where_nobody_may_write_a_picture_is_denied(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest" in str(folder):
            folder.chmod(0o755)
    code = """
import os, sys
from casreg import Denied, Registry, plots
figure = plots.sizes(Registry("memory://"))
plots.save(figure, sys.argv[2])  # imports what nobody need be able to
if os.geteuid() == 0:
    os.seteuid(65534)
try:
    plots.save(figure, sys.argv[1])
except Denied as error:
    print(error)
"""
    path, mine = tmp_path / "locked" / "a.png", tmp_path / "mine.png"
    ran = subprocess.run([sys.executable, "-c", code, str(path), str(mine)], capture_output=True, check=True)
    assert ran.stdout.decode() == f"{str(path)!r} may not be written\n"


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casreg.plots.canvas.find_spec", lambda name: None)
    with pytest.raises(Unsupported, match=r"pip install 'casreg\[plot\]'"):
        plots.sizes(Registry("memory://"))


def test_pyplot_is_never_loaded_nor_matplotlib_before_it_is_used(tmp_path: Path) -> None:
    code = """
import sys
from casreg import Registry, plots
assert "matplotlib" not in sys.modules
plots.save(plots.sizes(Registry("memory://")), sys.argv[1])
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code, tmp_path / "a.png"], check=True)


def test_sizes_have_the_unit_that_reads_best() -> None:
    assert [unit(size)[1] for size in (0, 2047, 2048, 5 << 20, 3 << 30, 1 << 62)] == [
        "B",
        "B",
        "KiB",
        "MiB",
        "GiB",
        "PiB",
    ]
