"""Pictures by matplotlib (``pip install 'casreg[plot]'``): what versions take, and how far tensors moved.

    from casreg import plots

    plots.sizes(registry, "det/yolo").savefig("sizes.png")
    plots.save(plots.change(registry.diff("det/yolo")), "change.svg")

Figures are made without pyplot, so nothing global is touched and nothing is shown. Raises Unsupported without
matplotlib.
"""

from __future__ import annotations

from casreg.plots.canvas import require, save
from casreg.plots.change import change
from casreg.plots.sizes import sizes, usage

__all__ = ["change", "require", "save", "sizes", "usage"]
