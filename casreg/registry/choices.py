"""Words that a caller chooses from. A plain string is as good."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from casreg.errors import InvalidInput
from casreg.reader import Verify


class OnConflict(StrEnum):
    """What a save does where its version is there already."""

    SKIP = "skip"
    """Leave it: RegistryVersionConflict, in a batch skipped."""
    OVERWRITE = "overwrite"
    """Replace it; mutable stores only."""


class VerifyLevel(StrEnum):
    """What a load compares what it reads with."""

    NONE = "none"
    """Sizes only."""
    INTEGRITY = "integrity"
    """Every chunk with its digest; raw chunks on the local disk with their checksum."""
    FULL = "full"
    """Everything with its digest."""


Choice = TypeVar("Choice", bound=StrEnum)


def chosen(choices: type[Choice], given: str, parameter: str) -> Choice:
    """Raises InvalidInput, naming ``parameter``, for what is none of ``choices``."""
    try:
        return choices(given)
    except ValueError:
        words = " or ".join([repr(str(choice)) for choice in choices])
        raise InvalidInput(f"{parameter}={given!r}: {words}") from None


def verified(given: str) -> Verify:
    """``verify=`` as given by a caller. Raises InvalidInput."""
    return chosen(VerifyLevel, given, "verify").value
