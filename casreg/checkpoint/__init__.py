"""Checkpoints of a training run: saved while training goes on, kept by rules, restored after a crash.

from casreg.checkpoint import Saver
"""

from casreg.checkpoint.checkpoint import Checkpoint, Restored
from casreg.checkpoint.saver import Saver

__all__ = ["Checkpoint", "Restored", "Saver"]
