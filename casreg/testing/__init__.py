"""What a backend is proved with: one suite for all stores, stores that fail or count on purpose or take
turns, and a plain sweep.

``StoreSuite`` needs pytest and is loaded when first asked for; the rest needs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casreg.testing.faulty import Call, Crashed, Fault, FaultyStore, fault_points
from casreg.testing.metered import MeteredStore
from casreg.testing.stepped import Actor, SteppedStore
from casreg.testing.sweeping import Sweep, Times

if TYPE_CHECKING:
    from casreg.testing.suite import StoreSuite

__all__ = [
    "Actor",
    "Call",
    "Crashed",
    "Fault",
    "FaultyStore",
    "MeteredStore",
    "SteppedStore",
    "StoreSuite",
    "Sweep",
    "Times",
    "fault_points",
]


def __getattr__(name: str) -> Any:
    if name != "StoreSuite":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pytest

    # Before the import: a failing assert of the suite then shows its values in anybody's test run.
    pytest.register_assert_rewrite("casreg.testing.suite")
    from casreg.testing.suite import StoreSuite

    return StoreSuite
