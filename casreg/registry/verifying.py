"""Holding files against a version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from casreg.progress import Progress, silent
from casreg.registry.reading import Reading

if TYPE_CHECKING:
    from casreg.materializers.compare import Difference


class Verifying(Reading):
    """The part of a :class:`casreg.Registry` that tells whether files are a version."""

    def verify(
        self, reference: str, directory: str | Path, *, progress: Progress | None = None
    ) -> list[Difference]:
        """Whether a directory, or of a version with one part a file, holds what a checkout of the version
        would: how it differs, sorted by path; an empty list if it does not.

        Reads the version's index and none of its data, but of parts that are stored inflated the first bytes,
        and all of those that differ. Writes nothing. Links count as what they lead to, as in a save.

        Raises VersionNotFound, NotFound if there is no such place, InvalidInput for a file where the version
        has several, Conflict if a file changes meanwhile, Denied for one that may not be read.
        """
        from casreg.materializers.compare import compare

        with self.open(reference) as snapshot:
            return compare(snapshot, Path(directory), progress or silent)
