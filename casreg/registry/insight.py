"""What a Registry tells of versions side by side: what they differ by, and what they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from casreg import notes
from casreg.errors import VersionNotFound
from casreg.progress import Progress, silent
from casreg.registry import resolving
from casreg.registry.reading import Reading

if TYPE_CHECKING:
    from casreg.registry.differences import Diff
    from casreg.registry.stats import VersionStats
    from casreg.registry.usage import NameStats, StoreStats
    from casreg.snapshot import Snapshot


class Insight(Reading):
    """The part of a :class:`casreg.Registry` that compares and counts."""

    def diff(
        self, a: str, b: str | None = None, *, values: bool = True, progress: Progress | None = None
    ) -> Diff:
        """What changed from one version to another, of the same name or not; with one reference, from the
        version before it.

        Files and tensors are known by the ids of their chunks: what is the same is not read. Tensors are
        found by name, whatever files hold them; of those that changed the elements that did are counted, bit
        by bit, and of floats it is measured how far they moved. ``values=False``: reads no data; tensors that
        lie in chunks which differ are then ``unread``.

        Raises VersionNotFound, also where there is no version before, and Corrupt.
        """
        from casreg.registry.differences import diff

        newer = a if b is None else b
        with self.open(newer) as second, self._before(second) if b is None else self.open(a) as first:
            noted = self._notes_of(first), self._notes_of(second)
            return diff(first, second, notes=noted, read=values, progress=progress or silent)

    @overload
    def stats(self) -> StoreStats: ...
    @overload
    def stats(self, name: str) -> NameStats | VersionStats: ...
    @overload
    def stats(self, name: str, version: str) -> VersionStats: ...

    def stats(
        self, name: str | None = None, version: str | None = None
    ) -> StoreStats | NameStats | VersionStats:
        """What is stored, as :meth:`info` is asked: of everything, of a name, or of one version.

        ``stats()`` -> StoreStats, with a row for each name; ``stats(name)`` -> NameStats, with a row for each
        version: plain and stored bytes, what deduplication and compression save, what deleting would free.
        ``stats("name@version")``, ``stats("name@latest")`` or ``stats(name, version)`` -> VersionStats: what
        that one costs to keep and to read, and is built upon, as a whole and per tensor.

        Reads no data. Versions that are deleted meanwhile are counted or not. Raises NameNotFound,
        VersionNotFound, Corrupt.
        """
        from casreg.registry import usage
        from casreg.registry.stats import of_version

        if name is None and version is None:
            return usage.of_store(self.backend)
        reference = self._numbering.read(name, version)  # type: ignore[arg-type]  # None is told to be none
        if name is not None and version is None and "@" not in name:
            return usage.of_name(self.backend, reference.name)
        with self.open(name, version) as snapshot:  # type: ignore[arg-type]
            return of_version(self.backend, snapshot)

    def _notes_of(self, version: Snapshot) -> dict[str, Any]:
        listed = notes.listed_of_version(self.backend, version.name, version.version)
        return listed.of(version.name, version.version, version.digest)

    def _before(self, version: Snapshot) -> Snapshot:
        """The highest version of the name that is below."""
        below = (s for s in resolving.alive(self.backend, version.name) if s.version < version.version)
        state = next(below, None)
        if state is None:
            raise VersionNotFound(
                f"{version.name} has no version before {version.version}: name two versions to compare",
                name=version.name,
            )
        return self.open(version.name, state.version)
