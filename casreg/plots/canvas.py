"""Empty figures, and files of full ones."""

from __future__ import annotations

import io
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from casreg.errors import Denied, InvalidInput, Unsupported
from casreg.text import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLAIN, STORED, ALARM, FAINT, DARK = "#E69F00", "#0072B2", "#D55E00", "#BBBBBB", "#444444"
"""Of Okabe and Ito's colours, which people who do not tell red from green tell apart; and two greys."""
_METADATA: Final[dict[str, dict[str, Any]]] = {".png": {"Software": None}, ".svg": {"Date": None}}
"""By what a file's name ends with; without what would be another each time."""
_LONGEST: Final = 48
"""Characters of a label."""


def require(path: str | Path | None = None) -> None:
    """Raise Unsupported without matplotlib, InvalidInput for a file that would be no picture."""
    if path is not None and Path(path).suffix.lower() not in _METADATA:
        raise InvalidInput(f"{str(path)!r}: pictures are files that end with {' or '.join(_METADATA)}")
    if find_spec("matplotlib") is None:
        raise Unsupported("pictures are drawn by matplotlib: pip install 'casreg[plot]'")


def figure(width: float, height: float) -> Figure:
    """An empty one, its size in inches. Raises Unsupported without matplotlib."""
    require()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def save(figure: Figure, path: str | Path) -> None:
    """As PNG or SVG, by the end of the path; the same bytes for the same figure.

    Raises InvalidInput for another ending, or a place that cannot be written; Denied where one may not write.
    """
    require(path)
    import matplotlib

    suffix = Path(path).suffix.lower()
    memory = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "casreg"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a box stands in its place
        figure.savefig(memory, format=suffix[1:], metadata=_METADATA[suffix])
    try:
        Path(path).write_bytes(memory.getvalue())
    except PermissionError as error:
        raise Denied(f"{str(path)!r} may not be written") from error
    except OSError as error:
        raise InvalidInput(f"{str(path)!r} cannot be written: {error.strerror}") from error


def nothing(axes: Any, told: str) -> None:
    """A sentence where there is nothing to draw."""
    axes.text(0.5, 0.5, told, ha="center", va="center", transform=axes.transAxes, color=DARK)
    axes.set(xticks=[], yticks=[], xlabel="")
    axes.spines[:].set_visible(False)


def title(figure: Figure, text: str) -> None:
    figure.suptitle(text, x=0.01, ha="left", fontsize=11)


def label(text: str) -> str:
    """``text`` as a picture shows it: on one line, its middle left out where it is long, no formula."""
    shown = printable(text)
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST // 3]}...{shown[3 - 2 * _LONGEST // 3 :]}"
    return shown.replace("$", r"\$")


def tidy(axes: Any, *, grid: str) -> None:
    """Lines of a grid along one axis, behind everything; no frame that says nothing."""
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color="#E4E4E4", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, which="both")
