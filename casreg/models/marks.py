"""What tags and protection hold (spec/tags.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casreg.models.written import Written


class Tagged(Written):
    """``tags/<name>/<tag>,<generation>``: the version that a tag stands for."""

    format: Literal[0] = 0
    version: Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,18}){0,7}$")]


class Protected(Written):
    """``protected/<name>/<version>,<generation>``: a version that is neither deleted nor overwritten."""

    format: Literal[0] = 0
    generation: Annotated[int, Field(ge=1, lt=10**18)]
    """Of the version, when it was protected: what was there already."""
