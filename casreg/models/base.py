"""What all JSON documents have in common: strict, frozen, parsed from the bytes that were read."""

from __future__ import annotations

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from casreg import canonical
from casreg.errors import Corrupt

MAX_DOCUMENT: Final = 4 << 20
"""Registries limit manifests to 4 MiB; no JSON document of casreg is larger."""


class Document(BaseModel):
    """A JSON document. Fields it does not know are ignored: features announce what must be known.

    Lists in it fail fast: to tell of every bad item of millions in 4 MiB would take gigabytes.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )

    def encode(self) -> bytes:
        """Canonical JSON; fields that are None are left out."""
        return canonical.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    @classmethod
    def decode(cls, data: bytes | memoryview) -> Self:
        """Raises Corrupt for bytes that are no such document."""
        if len(data) > MAX_DOCUMENT:
            raise Corrupt(f"a {cls.__name__.lower()} of {len(data)} bytes is too large to be one")
        try:
            return cls.model_validate(canonical.loads(bytes(data)), by_alias=True, by_name=False)
        except ValidationError as error:
            raise Corrupt(f"not a {cls.__name__.lower()}: {_first(error)}") from error
        except ValueError as error:
            raise Corrupt(f"not a {cls.__name__.lower()}: {error}") from error


def _first(error: ValidationError) -> str:
    details: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(step) for step in details["loc"])
    return f"{where}: {details['msg']}" if where else str(details["msg"])
