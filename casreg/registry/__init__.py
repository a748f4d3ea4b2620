"""The facade: a Registry, and what it gives back."""

from casreg.registry.registry import Registry
from casreg.registry.saving import Saved

__all__ = ["Registry", "Saved"]
