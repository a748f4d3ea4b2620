"""Names, versions and references: parsed once, at the gate, into values that need no second look."""

from casreg.names.name import Name
from casreg.names.plain import plain
from casreg.names.reference import Reference
from casreg.names.tag import Tag
from casreg.names.version import LATEST, Version

__all__ = ["LATEST", "Name", "Reference", "Tag", "Version", "plain"]
