"""What a Registry reads: objects, snapshots, files, facts, listings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casreg.cache import PathCache
from casreg.config import Limits
from casreg.errors import InvalidInput
from casreg.models.ref import Ref
from casreg.models.store import Settings
from casreg.names import LATEST, Name, Reference
from casreg.pins import Pins
from casreg.progress import Progress, Together, silent
from casreg.reader import Verify
from casreg.refs import State
from casreg.registry import batches, listing, loading, resolving
from casreg.registry.choices import VerifyLevel, verified
from casreg.registry.elsewhere import also_called
from casreg.registry.numbering import Numbering
from casreg.registry.opening import Opened
from casreg.registry.remembering import Remembering
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store
from casreg.trust import Trust

if TYPE_CHECKING:
    from casreg.fsck import Finding


class Reading:
    """The half of a :class:`casreg.Registry` that changes nothing; the other half opens and closes."""

    _opened: Opened
    _limits: Limits
    _trust: Trust
    _cache: PathCache
    _pins: Pins

    @property
    def backend(self) -> Store:
        return self._opened.store

    @property
    def version_objects(self) -> bool:
        return self._opened.settings.versioned

    @property
    def mutable(self) -> bool:
        return self._opened.settings.mutable

    @property
    def version_digits(self) -> int | None:
        return self._opened.settings.version_digits

    @property
    def settings(self) -> Settings:
        """What the store was told that may change."""
        return self._opened.settings

    def load(
        self,
        name: str | list[str],
        version: str | list[str | None] | None = LATEST,
        output_dir: str | Path | None = None,
        verify: Verify | VerifyLevel = "integrity",
        *,
        only: str | list[str] | None = None,
        into: Any = None,
        init_params: Mapping[str, Any] | None = None,
        allow_pickle: bool | None = None,
        progress: Progress | None = None,
        **kwargs: Any,
    ) -> Any:
        """Load the object that a reference names: ``name``, ``name@1.2``, ``name@sha256:...``.

        Files and directories come as a Path: below ``output_dir`` as ``name@version/...``, there
        writable; without it in the cache, read-only, until this Registry is closed. ``only``:
        patterns of tensor names or paths, each for what it matches and all that lies in it. ``into``:
        arrays and torch tensors to be filled, in the tree that was saved, for files a mapping from names of
        tensors; or a buffer for bytes. What does not fit is told before anything is written.
        ``as_numpy=True``: torch tensors of a tree come as numpy arrays, without torch. Other keywords
        extend ``init_params``, and reach the materializer; what means nothing to casreg's own is refused, and
        what a user's calls by one of the names above is given in ``init_params``.

        ``verify``: ``"none"``, ``"integrity"`` (every chunk against its digest or, for raw chunks on
        the local disk, its checksum) or ``"full"`` (everything against its digest).

        Raises VersionNotFound, Corrupt (then nothing is returned), InvalidInput, Unsupported.

        A list of references is a batch, with a version for all or a list of them: several are loaded at once,
        each on its own, and a BatchResult tells of each. All have the same options; ``into`` is for one.
        """
        if isinstance(name, list) and into is not None:
            raise InvalidInput("into= is filled by one object: load a batch without it")
        read = partial(
            self._loaded,
            output_dir=None if output_dir is None else Path(output_dir),
            only=loading.patterns(only),
            into=into,
            init_params={**(init_params or {}), **kwargs},
            trust=self._trust.but(allow_pickle),
        )
        if not isinstance(name, list):
            with self._open(name, version, verified(verify), self._limits) as snapshot:
                return read(snapshot, progress=progress or silent)
        versions = [item["version"] for item in batches.spread(name, version=version)]
        workers, limits = batches.at_once(self._limits, len(name), waits=not self.backend.local)
        opened = partial(self._open, verify=verified(verify), limits=limits)
        together = Together(progress or silent)
        return batches.load(name, versions, opened, lambda s: read(s, progress=together.one()), workers)

    def open(
        self, name: str, version: str | None = LATEST, *, verify: Verify | VerifyLevel = "integrity"
    ) -> Snapshot:
        """Open a version for reading; moves no data. The snapshot is a context manager."""
        return self._open(name, version, verified(verify), self._limits)

    def checkout(
        self,
        reference: str,
        directory: str | Path,
        *,
        only: str | list[str] | None = None,
        verify: Verify = "integrity",
        progress: Progress | None = None,
    ) -> Path:
        """The version's parts as writable files in a directory, which must be absent or empty.

        Atomic: the directory appears whole, or stays what it was.
        """
        with self.open(reference, verify=verify) as snapshot:
            target = Path(directory)
            loading.checkout(snapshot, target, loading.patterns(only), progress or silent)
            return target

    def info(self, name: str | None = None, version: str | None = None) -> dict[str, Any]:
        """What is known without loading: of one version, of a name's versions, or of everything.

        ``info()`` -> {name: {version: facts}}, ``info(name)`` -> {version: facts}, ``info(name,
        version)`` or ``info("name@version")`` -> facts, {} when absent.
        """
        if name is None:
            return listing.facts_of_all(self.backend)
        reference = self._numbering.read(name, version)
        if version is None and "@" not in name:
            return listing.facts_of_name(self.backend, reference.name)
        return listing.facts_of_version(self.backend, reference)

    def has_object(self, name: str, version: str = LATEST) -> bool:
        """Whether the version is there; what is no name or no version is not.

        Raises InvalidInput if both arguments name a version.
        """
        if isinstance(name, str) and "@" in name and version != LATEST:
            self._numbering.read(name, version)
        try:
            reference = self._numbering.read(name, version)
        except InvalidInput:
            return False
        return listing.present(self.backend, reference)

    def list_objects(self) -> list[str]:
        """Names, sorted."""
        return [str(name) for name in listing.names(self.backend)]

    @also_called(object_name="name")
    def list_versions(self, name: str) -> list[str]:
        """Versions of a name, lowest first; empty if there is none."""
        parsed, store = Name.parse(name), self.backend
        return store.versions(parsed) if isinstance(store, Remembering) else listing.versions(store, parsed)

    def list_objects_and_versions(self) -> dict[str, list[str]]:
        """Names, sorted, and their versions, lowest first; one listing."""
        found = listing.states_of_all(self.backend)
        return {str(name): [str(state.version) for state in states] for name, states in found.items()}

    def fsck(self, *, hashes: bool = True, progress: Progress | None = None) -> list[Finding]:
        """What is wrong with the store, as values; nothing is changed.

        Follows every ref to its packs, and with ``hashes`` reads every pack that a version needs.
        Orphans, blobs that no version needs, are told too and are no damage.
        """
        from casreg.fsck import fsck

        return list(fsck(self.backend, hashes=hashes, progress=progress or silent))

    @property
    def _numbering(self) -> Numbering:
        return Numbering.of(self.settings)

    def _open(self, name: str, version: object, verify: Verify, limits: Limits) -> Snapshot:
        return self._snapshot(*self._resolved(self._numbering.read(name, version)), verify, limits)

    def _resolved(self, reference: Reference) -> tuple[State, Ref]:
        store = self.backend
        if reference.selector is None and isinstance(store, Remembering):
            return store.latest(reference.name)
        return resolving.resolve(store, reference)

    def _snapshot(self, state: State, ref: Ref, verify: Verify, limits: Limits) -> Snapshot:
        return Snapshot(self.backend, state.name, state.version, ref, limits=limits, verify=verify)

    def _loaded(self, snapshot: Snapshot, **options: Any) -> Any:
        """The object, by the ``options`` of :func:`loading.load`."""
        given = {"trust": self._trust, **options}
        return loading.load(snapshot, **given, cache=self._cache, pins=self._pins)
