"""``casreg demo``: a small network is trained, its checkpoints are saved, and every claim is proved.

    run("my-demo")       # keeps the store in my-demo
    run()                # in a temporary directory

Text (:mod:`text`) goes through a network (:mod:`network`) in phases (:mod:`training`); :mod:`story`
saves and proves, :mod:`tell` says so on a terminal.
"""

from __future__ import annotations

from casreg.demo.plan import FULL, SMALL, Plan
from casreg.demo.result import Result
from casreg.demo.run import run

__all__ = ["FULL", "SMALL", "Plan", "Result", "run"]
