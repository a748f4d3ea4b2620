"""What a Registry changes: versions are saved, deleted, copied from another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Unpack, overload

from casreg.config import Limits
from casreg.errors import InvalidInput
from casreg.importing import Carriage
from casreg.journal import Journals
from casreg.models.written import Signature
from casreg.names import LATEST, Name, Reference
from casreg.parallel import Pool
from casreg.progress import Progress, Together, silent
from casreg.registry import batches, saving, tagging
from casreg.registry.choices import OnConflict, chosen
from casreg.registry.copying import Importer
from casreg.registry.deleting import Deleting
from casreg.registry.metadata import checked
from casreg.registry.order import Order, SaveOptions
from casreg.registry.reading import Reading
from casreg.registry.results import BatchResult
from casreg.registry.saving import Saved
from casreg.trust import Trust


class Writing(Reading):
    """The half of a :class:`casreg.Registry` that changes its store."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]
    _journals: Journals | None

    @overload
    def save(self, name: str, obj: object, **options: Unpack[SaveOptions]) -> Saved: ...
    @overload
    def save(self, name: list[str], obj: object, **options: Unpack[SaveOptions]) -> BatchResult: ...
    def save(
        self,
        name: str | list[str],
        obj: object,
        *,
        version: str | list[str | None] | None = None,
        metadata: Mapping[str, Any] | list[Any] | None = None,
        tags: str | Iterable[str] | list[Any] = (),
        base: str | None = None,
        on_conflict: str | None = None,
        init_params: Mapping[str, Any] | list[Any] | None = None,
        materializer: Any = None,
        allow_pickle: bool | None = None,
        progress: Progress | None = None,
    ) -> Saved | BatchResult:
        """Save ``obj`` as a version of ``name``; the version, a string that also says what was stored.

        ``version``: None for the next number after the latest. ``base``: a reference to a version
        whose chunks are reused, and built upon, before those of ``name`` itself; or ``"auto"``: the version
        whose tensors agree with the object's in name, dtype and shape, in half of their bytes at least: the
        latest of ``name`` if it does, else the latest of whichever of the 64 names written last agrees best.
        (A name "auto" is given as "auto@latest".) ``on_conflict``: ``"skip"`` or
        ``"overwrite"``, by default what the store's mutability says. ``init_params``: the
        materializer's options: for files ``{"symlinks": "refuse"}``, and ``{"inflate": False}`` for
        compressed ``.npz`` files that are not to be stored inflated.

        ``materializer``: what is to keep the object: a class such as :class:`casreg.Archiver`'s, an instance,
        or ``"module.Class"``. By default what was registered for the class of the object or the nearest of
        its bases, else the object itself if it is a materializer, else what casreg knows of it.
        ``allow_pickle``: whether what nothing keeps, by itself or within a value, is pickled; the Registry's
        word by default.

        ``tags``: tags that are to stand for the version, moved to it right after it is there; an error in
        that says that the version is saved.

        Atomic: the version is visible whole when this returns, and not at all before. The object
        must not change meanwhile. Interrupted after it stored 16 MiB or more, by whatever: the next save
        of the same name on this machine goes on from there, within the hour.

        Raises RegistryVersionConflict, Conflict when a file changed while it was read, InvalidInput for
        objects or names that cannot be kept, NoSpace, Denied.

        A list of names is a batch: objects, versions, metadata, init_params and tags are lists of one for
        each, or one for all. Several are saved at once, each on its own as above; those of one name one
        after the other, in the order given. What is there already, and stays, is skipped. The BatchResult
        tells of each; raises InvalidInput for lists of different lengths, and for what is wrong with all.
        """
        order = partial(
            self._order,
            base="auto" if base == "auto" else None if base is None else self._numbering.read(base),
            overwrite=self._overwrites(on_conflict),
            trust=self._trust.but(allow_pickle),
            materializer=materializer,
        )
        given: dict[str, Any] = {
            "version": version,
            "metadata": metadata,
            "init_params": init_params,
            "tags": tags,
        }
        if not isinstance(name, list):
            return self._saved(obj, order(name, **given, progress=progress or silent))
        workers, limits = self._at_once(len(name))
        together = Together(progress or silent)

        def one(name: str, obj: object, **item: Any) -> str:
            return self._saved(obj, order(name, **item, limits=limits, progress=together.one()))

        return batches.save(name, batches.spread(name, obj=obj, **given), one, workers)

    def download(
        self,
        source_registry: Reading,
        name: str,
        version: str = LATEST,
        target_name: str | None = None,
        target_version: str | None = None,
        *,
        progress: Progress | None = None,
    ) -> str:
        """Copy a version from another registry, as it is: same digest, same content, nothing decoded.

        Atomic; blobs that are here already are not moved, so an interrupted copy goes on by itself. The
        version here is ``target_version``, by default that of the source ("1" in an unversioned store).
        Raises TargetExists if it is here, VersionNotFound, Corrupt if the source is damaged,
        Unsupported if this store was made without a feature that the version's chunks or files need.
        """
        if not isinstance(source_registry, Reading):
            raise InvalidInput(f"download takes a Registry, not {type(source_registry).__name__}")
        with source_registry.open(name, version) as snapshot:
            here = Name.parse(snapshot.name if target_name is None else target_name)
            number = self._numbering.copied(snapshot.version if target_version is None else target_version)
            return str(self._importer().add(snapshot, here, number, progress or silent))

    @overload
    def delete(self, name: str, version: str | None = None, *, force: bool = False) -> None: ...
    @overload
    def delete(
        self, name: list[str], version: str | list[str | None] | None = None, *, force: bool = False
    ) -> BatchResult: ...
    def delete(
        self, name: str | list[str], version: str | list[str | None] | None = None, *, force: bool = False
    ) -> BatchResult | None:
        """Delete one version, or with neither ``version`` nor ``@...`` all of them.

        Each version is deleted atomically. Deleting a version that is not there is success; raises
        NameNotFound when all are to be deleted and there is none, InvalidInput for "latest" and for tags,
        Uncertain where it is deleted and then could not be seen whether it was tagged meanwhile.

        A tagged version is not deleted: Conflict, with nothing changed, naming the tags; with ``force`` they
        are taken away, too. A protected version is not deleted at all. Versions that are tagged or protected
        at the same moment are there again when the Conflict is raised, and all others that it is about gone.

        A list of names is a batch, with a version for all or a list of them; the BatchResult tells of each.
        """
        if not isinstance(name, list):
            self._deleting.delete(name, version, force=force)
            return None
        versions = [item["version"] for item in batches.spread(name, version=version)]
        workers, _ = self._at_once(len(name))
        return batches.delete(name, versions, partial(self._deleting.delete, force=force), workers)

    def _saved(self, obj: object, order: Order) -> Saved:
        saved = saving.save(self._opened, obj, order)
        tagging.after_save(self.backend, saved, order)
        return saved

    @property
    def _deleting(self) -> Deleting:
        return Deleting(self.backend, self._numbering, self._sign, self._clock)

    def _order(
        self,
        name: str,
        version: str | None,
        metadata: Mapping[str, Any] | None,
        init_params: Mapping[str, Any] | None,
        tags: str | Iterable[str],
        *,
        base: Reference | Literal["auto"] | None,
        overwrite: bool,
        trust: Trust,
        materializer: Any,
        progress: Progress,
        limits: Limits | None = None,
    ) -> Order:
        return Order(
            name=Name.parse(name),
            version=self._numbering.saved(version),
            first=self._numbering.first,
            overwrite=overwrite,
            metadata=checked(metadata, "metadata"),
            init_params=checked(init_params, "init_params"),
            tags=tagging.parsed(tags),
            base=base,
            limits=limits or self._limits,
            sign=self._sign,
            clock=self._clock,
            progress=progress,
            trust=trust,
            materializer=materializer,
            journals=self._journals,
        )

    def _importer(self) -> Importer:
        """Of one call: what copies into this store need, and share."""
        return Importer(self._opened, self._sign, self._clock, Carriage(self._limits.memory // 2))

    def _at_once(self, tasks: int) -> tuple[int, Limits]:
        return batches.at_once(self._limits, tasks, waits=self.backend.durable or not self.backend.local)

    def _each(self, act: Callable[[Any], object], items: Sequence[Any]) -> None:
        """Side by side where that helps; the first error ends it."""
        workers, _ = self._at_once(len(items))
        with Pool(workers) as pool:
            for _ in pool.map(act, items):
                pass

    def _overwrites(self, on_conflict: str | None) -> bool:
        if on_conflict is None:
            return self.mutable
        overwrite = chosen(OnConflict, on_conflict, "on_conflict") is OnConflict.OVERWRITE
        if overwrite and not self.mutable:
            raise InvalidInput("on_conflict='overwrite' needs a mutable store")
        return overwrite
