"""Copying to other registries: one version, or all that they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from casreg import refs
from casreg.errors import InvalidInput
from casreg.names import Name
from casreg.progress import Progress, silent
from casreg.refs import State
from casreg.registry.copying import Copied
from casreg.registry.writing import Writing
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

if TYPE_CHECKING:
    from casreg.registry.mirrored import Mirrored, MirrorPlan


class Mirroring(Writing):
    """The part of a :class:`casreg.Registry` that copies to others.

    A target is a Registry, or a place that one can be opened at, where a store is already.
    """

    def copy(
        self,
        reference: str,
        to: Writing | Store | str | Path,
        *,
        name: str | None = None,
        version: str | None = None,
        progress: Progress | None = None,
    ) -> Copied:
        """Copy a version to another registry as it is, nothing decoded: same digest, same content.

        There it is ``name@version``, by default what it is here; the answer is its version, and says how many
        bytes were moved. Atomic, and idempotent: that the very same version is there, is success. Blobs that
        are there are not moved, so a copy that was interrupted goes on by itself.

        Raises VersionNotFound, TargetExists if another version is in its place, Corrupt if the source is
        damaged, Unsupported if the target was made without a feature that the version needs, StoreNotFound.
        """
        with self.open(reference) as snapshot, self._opened_at(to) as target:
            there = Name.parse(snapshot.name if name is None else name)
            number = target._numbering.copied(snapshot.version if version is None else version)
            importer = replace(target._importer(), sign=self._sign)
            return importer.ensure(snapshot, there, number, progress or silent)

    def mirror(
        self,
        to: Writing | Store | str | Path,
        *,
        names: str | Iterable[str] | None = None,
        delete: bool = False,
        progress: Progress | None = None,
    ) -> Mirrored:
        """Copy all versions that the other registry lacks, as they are, with their numbers and digests.

        ``names``: of these names only: patterns such as ``"det/*"``. What is there already is passed over,
        which takes four listings of either side and a read for each version; blobs that are there are not
        moved. Nothing is overwritten: a version that is another one there is a conflict, one that is damaged
        here a failure; the answer tells of them, and all others are copied. Each copy is atomic, all together
        are not: what was done before an interrupt stays, and is passed over by the next mirror.

        Tags, protection and notes are carried, too: the source's win, and nothing is taken away there.

        ``delete=True``: versions of these names that are there and not here are deleted there, once all is
        copied, but for those that are tagged or protected there; none if nothing of these names is here.

        Raises NameNotFound for a name that is not here, InvalidInput, with nothing copied, for a version that
        the target has no number for, StoreNotFound, and what the stores raise.
        """
        with self._opened_at(to) as target:
            return self.plan_mirror(target, names=names, delete=delete).execute(progress or silent)

    def plan_mirror(
        self, to: Writing, *, names: str | Iterable[str] | None = None, delete: bool = False
    ) -> MirrorPlan:
        """What :meth:`mirror` would do. Nothing is written before its ``execute()``, which does that."""
        from casreg.registry.mirror import Chosen, Mirror

        if not isinstance(to, Writing):
            raise InvalidInput(f"a plan is for a Registry that is open, not {type(to).__name__}")

        def opened(state: State) -> Snapshot:
            return self._snapshot(state, refs.read(self.backend, state), "integrity", self._limits)

        importer = replace(to._importer(), sign=self._sign)
        deleting = replace(to._deleting, sign=self._sign)
        mirror = Mirror(self.backend, opened, importer, to._numbering, deleting)
        return mirror.plan(Chosen(names), delete=delete)

    @contextmanager
    def _opened_at(self, place: Writing | Store | str | Path) -> Iterator[Writing]:
        """What is opened here is closed at the end."""
        from casreg.registry.registry import Registry

        if isinstance(place, Writing):
            yield place
        elif isinstance(place, Store):
            yield Registry(place, create=False)
        elif isinstance(place, str | Path):
            with Registry(place, create=False) as registry:
                yield registry
        else:
            raise InvalidInput(f"to= is a Registry, a path or a URL, not {type(place).__name__}")
