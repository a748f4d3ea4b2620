"""The facade: a Registry, and what it gives back."""

from casreg.registry.choices import OnConflict, VerifyLevel
from casreg.registry.registry import Registry
from casreg.registry.results import BatchResult
from casreg.registry.saving import Saved
from casreg.registry.searching import Found

__all__ = ["BatchResult", "Found", "OnConflict", "Registry", "Saved", "VerifyLevel"]
