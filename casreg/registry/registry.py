"""The Registry: a table of contents, of what it changes; what it reads is beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, Unpack, overload

from casreg import commit, default
from casreg.cache import PathCache, Pins
from casreg.config import MIB, Limits
from casreg.errors import InvalidInput
from casreg.journal import Journals
from casreg.names import LATEST, Name, Reference, Version
from casreg.progress import Progress, Together, silent
from casreg.registry import batches, copying, deleting, saving
from casreg.registry.choices import OnConflict, chosen
from casreg.registry.dictface import DictFace
from casreg.registry.metadata import checked
from casreg.registry.opening import open_store
from casreg.registry.order import Order, SaveOptions
from casreg.registry.registering import Registering
from casreg.registry.results import BatchResult
from casreg.registry.saving import Saved
from casreg.stores.protocol import Store
from casreg.trust import Trust


class Registry(DictFace, Registering):
    """Named, versioned objects in a store.

    ``backend``: None (``CASREG_STORE``, or a directory below the user's data), a path, ``file://`` or
    ``memory://`` URL, or a store object. A store that is not there is made, unless ``create=False``
    or ``read_only=True``.

    ``version_objects``, ``mutable``: given to a new store they are kept there (False, False when not
    given); given to an existing store they must agree with it. An unversioned store keeps version
    "1" of each name; a mutable one lets versions be overwritten.

    ``read_amplification``: kept and held to likewise, 2.0 when not given: how many bytes a cold load may
    read for each byte of the version that it gives, twice as many for one tensor of it, so that versions can
    be stored as what they differ by. 1.0 keeps a load as cheap as it can be, more makes for smaller stores.

    ``allow_pickle``: whether objects that nothing else keeps are pickled, and pickles loaded, which can run
    any code; each call can say otherwise. ``allow_import``: patterns of modules, such as ``"pkg.*"``, that
    are imported when a store names a class of them; others must be imported already.

    ``durability``: ``"fsync"`` (a save that has returned outlives a power cut) or ``"none"``.
    ``memory``: bytes of buffers that one save or load takes at most, 64 MiB or more.
    ``cache_dir``, ``cache_bytes``: where files are laid that ``load`` gives a read-only path of, and
    how many bytes of them are kept.

    A Registry may be used from many threads, and is a context manager; closing it lets go of the
    files that it handed out paths of.
    """

    def __init__(
        self,
        backend: Store | str | Path | None = None,
        version_objects: bool | None = None,
        mutable: bool | None = None,
        *,
        read_only: bool = False,
        create: bool = True,
        allow_pickle: bool = False,
        allow_import: str | Iterable[str] = (),
        durability: str = "fsync",
        memory: int = 512 * MIB,
        cache_dir: str | Path | None = None,
        cache_bytes: int = 32 << 30,
        read_amplification: float | None = None,
    ) -> None:
        self._limits = Limits(memory=memory)
        self._trust = Trust.of(allow_pickle, allow_import)
        self._clock = default.clock
        self._opened = open_store(
            default.default_store() if backend is None else backend,
            versioned=version_objects,
            mutable=mutable,
            read_amplification=read_amplification,
            read_only=read_only,
            create=create,
            durability=durability,
            now=default.now,
        )
        cache = Path(cache_dir) if cache_dir is not None else default.default_cache()
        self._cache = PathCache(cache, cache_bytes, default.boot_id())
        self._pins = Pins()
        self._journals = Journals(default.default_state() / "saves", default.clock_id())

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

        Atomic: the version is visible whole when this returns, and not at all before. The object
        must not change meanwhile. Interrupted after it stored 16 MiB or more, by whatever: the next save
        of the same name on this machine goes on from there, within the hour.

        Raises RegistryVersionConflict, Conflict when a file changed while it was read, InvalidInput for
        objects or names that cannot be kept, NoSpace, Denied.

        A list of names is a batch: objects, versions, metadata and init_params are lists of one for each, or
        one for all. Several are saved at once, each on its own as above; those of one name one after the
        other, in the order given. What is there already, and stays, is skipped. The BatchResult tells of
        each; raises InvalidInput for lists of different lengths, and for what is wrong with all.
        """
        order = partial(
            self._order,
            base="auto" if base == "auto" else None if base is None else Reference.parse(base),
            overwrite=self._overwrites(on_conflict),
            trust=self._trust.but(allow_pickle),
            materializer=materializer,
        )
        given: dict[str, Any] = {"version": version, "metadata": metadata, "init_params": init_params}
        if not isinstance(name, list):
            return saving.save(self._opened, obj, order(name, **given, progress=progress or silent))
        workers, limits = self._at_once(len(name))
        together = Together(progress or silent)

        def one(name: str, obj: object, **item: Any) -> str:
            return saving.save(self._opened, obj, order(name, **item, limits=limits, progress=together.one()))

        return batches.save(name, batches.spread(name, obj=obj, **given), one, workers)

    def download(
        self,
        source_registry: Registry,
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
        with source_registry.open(name, version) as snapshot:
            here = Name.parse(target_name or str(snapshot.name))
            wanted = "1" if not self.version_objects else target_version or str(snapshot.version)
            return str(
                copying.download(
                    self._opened, snapshot, here, Version.parse(wanted), self._clock, progress or silent
                )
            )

    @overload
    def delete(self, name: str, version: str | None = None) -> None: ...
    @overload
    def delete(self, name: list[str], version: str | list[str | None] | None = None) -> BatchResult: ...
    def delete(
        self, name: str | list[str], version: str | list[str | None] | None = None
    ) -> BatchResult | None:
        """Delete one version, or with neither ``version`` nor ``@...`` all of them.

        Each version is deleted atomically. Deleting a version that is not there is success; raises
        NameNotFound when all are to be deleted and there is none, InvalidInput for "latest".

        A list of names is a batch, with a version for all or a list of them; the BatchResult tells of each.
        """
        if not isinstance(name, list):
            deleting.delete(self.backend, name, version)
            return None
        versions = [item["version"] for item in batches.spread(name, version=version)]
        workers, _ = self._at_once(len(name))
        return batches.delete(name, versions, partial(deleting.delete, self.backend), workers)

    def close(self) -> None:
        """Let go of files handed out and of the store's connections."""
        self._pins.release()
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Registry {self.backend.url}>"

    def _order(
        self,
        name: str,
        version: str | None,
        metadata: Mapping[str, Any] | None,
        init_params: Mapping[str, Any] | None,
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
            version=self._version(version),
            overwrite=overwrite,
            metadata=checked(metadata, "metadata"),
            init_params=checked(init_params, "init_params"),
            base=base,
            limits=limits or self._limits,
            now=default.now,
            clock=self._clock,
            progress=progress,
            trust=trust,
            materializer=materializer,
            journals=self._journals,
        )

    def _version(self, version: str | None) -> Version | None:
        """Where a save goes; None for the next number."""
        if version == LATEST:
            raise InvalidInput("'latest' is computed: save with version=None for the next number")
        if not self.version_objects:
            return commit.FIRST
        return None if version is None else Version.parse(version)

    def _at_once(self, tasks: int) -> tuple[int, Limits]:
        return batches.at_once(self._limits, tasks, waits=self.backend.durable or not self.backend.local)

    def _overwrites(self, on_conflict: str | None) -> bool:
        if on_conflict is None:
            return self.mutable
        overwrite = chosen(OnConflict, on_conflict, "on_conflict") is OnConflict.OVERWRITE
        if overwrite and not self.mutable:
            raise InvalidInput("on_conflict='overwrite' needs a mutable store")
        return overwrite
