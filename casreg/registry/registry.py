"""The Registry: how it is opened, pickled, shown and closed; what it reads, changes and is as a dict lies
beside it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from casreg import default
from casreg.cache import Bounds, PathCache, own_directory
from casreg.config import MIB, Limits
from casreg.errors import InvalidInput
from casreg.journal import Journals
from casreg.pins import Pins
from casreg.registry import elsewhere, table
from casreg.registry.dictface import DictFace
from casreg.registry.hinting import Hinting
from casreg.registry.insight import Insight
from casreg.registry.mirroring import Mirroring
from casreg.registry.noting import Noting
from casreg.registry.opening import open_store
from casreg.registry.protecting import Protecting
from casreg.registry.registering import Registering
from casreg.registry.remembering import Remembering
from casreg.registry.renaming import Renaming
from casreg.registry.searching import Searching
from casreg.registry.signing import Signer
from casreg.registry.tagging import Tagging
from casreg.registry.undoing import Undoing
from casreg.registry.uploading import Uploading
from casreg.registry.verifying import Verifying
from casreg.stores.protocol import Store
from casreg.stores.readonly import ReadOnlyStore
from casreg.trust import Trust

if TYPE_CHECKING:
    from rich.table import Table


class Registry(
    DictFace,
    Mirroring,
    Registering,
    Searching,
    Tagging,
    Protecting,
    Undoing,
    Verifying,
    Insight,
    Noting,
    Renaming,
    Hinting,
    Uploading,
):
    """Named, versioned objects in a store.

    ``backend``: None (``CASREG_STORE``, or a directory below the user's data), a path, ``file://``,
    ``s3://bucket/prefix`` or ``memory://`` URL, or a store object. A store that is not there is made, unless
    ``create=False`` or ``read_only=True``.

    ``version_objects``, ``mutable``: given to a new store they are kept there (False, False when not
    given); given to an existing store they must agree with it. An unversioned store keeps version
    "1" of each name, whatever number is given; a mutable one lets versions be overwritten.

    ``version_digits``: kept and held to likewise: how many parts versions have: with 3, "1" is "1.0.0" where
    it is written and where it is read, and so is the first automatic number. None: versions stay as typed.

    ``read_amplification``: kept and held to likewise, 2.0 when not given: how many bytes a cold load may
    read for each byte of the version that it gives, twice as many for one tensor of it, so that versions can
    be stored as what they differ by. 1.0 keeps a load as cheap as it can be, more makes for smaller stores.

    ``grace``, ``undo_window``: kept and held to likewise, a day, and as long as ``grace``, when not given:
    seconds for which a sweep leaves alone what no version needs any more, and what was overwritten or
    deleted, so that it can be undone. 0: no undo.

    ``allow_pickle``: whether objects that nothing else keeps are pickled, and pickles loaded, which can run
    any code; each call can say otherwise. ``allow_import``: patterns of modules, such as ``"pkg.*"``, that
    are imported when a store names a class of them; others must be imported already.

    ``durability``: ``"fsync"`` (a save that has returned outlives a power cut) or ``"none"``.
    ``memory``: bytes of buffers that one save or load takes at most, 64 MiB or more.
    ``cache_dir``, ``cache_bytes``: where files are laid that ``load`` gives a read-only path of, and
    how many bytes of them are kept. ``cache_max_entries``: of how many versions at most; once there are
    more, ``cache_prune_buffer`` less than that are kept, a quarter by default. With ``use_cache=False``
    they lie in a directory of this Registry's own, until it is closed.
    ``versions_cache_ttl``: seconds for which the latest version of a name, and the list of its versions, may
    be remembered, although others have saved or deleted some meanwhile. 0: never.

    ``author``: who history says that it was; by default ``CASREG_AUTHOR``, else the user's name. It and the
    machine's name are kept with every state that is written; with False, or ``CASREG_AUTHOR=""``, neither is.

    Keywords of mindtrace-registry for its logging, configuration and locks are passed by; any other is
    refused, with the options that it is like.

    A Registry may be used from many threads, on both sides of a fork, and is pickled to other processes,
    which open the store anew. It is a context manager; closing it lets go of the files that it handed out
    paths of.
    """

    def __init__(
        self,
        backend: Store | str | Path | None = None,
        version_objects: bool | None = None,
        mutable: bool | None = None,
        versions_cache_ttl: float = 0.0,
        use_cache: bool = True,
        *,
        read_only: bool = False,
        create: bool = True,
        allow_pickle: bool = False,
        allow_import: str | Iterable[str] = (),
        durability: str = "fsync",
        memory: int = 512 * MIB,
        cache_dir: str | Path | None = None,
        cache_bytes: int = 32 << 30,
        cache_max_entries: int | None = None,
        cache_prune_buffer: int | None = None,
        version_digits: int | None = None,
        read_amplification: float | None = None,
        grace: float | None = None,
        undo_window: float | None = None,
        author: str | bool | None = None,
        **others: Any,
    ) -> None:
        if others:
            elsewhere.pass_by(others, inspect.signature(Registry).parameters.keys() - {"others"})
        self._options = {
            "read_only": read_only,
            "memory": memory,
            "cache_dir": cache_dir,
            "cache_bytes": cache_bytes,
            "cache_max_entries": cache_max_entries,
            "cache_prune_buffer": cache_prune_buffer,
            "use_cache": use_cache,
            "versions_cache_ttl": versions_cache_ttl,
            "author": author,
        }
        bounds = Bounds.of(cache_bytes, cache_max_entries, cache_prune_buffer)
        self._limits = Limits(memory=memory)
        self._trust = Trust.of(allow_pickle, allow_import)
        self._clock = default.clock
        self._sign = Signer.of(author, default.now)
        self._opened = open_store(
            default.default_store() if backend is None else backend,
            versioned=version_objects,
            mutable=mutable,
            version_digits=version_digits,
            read_amplification=read_amplification,
            grace=grace,
            undo_window=undo_window,
            read_only=read_only,
            create=create,
            durability=durability,
            now=default.now,
        )
        if _seconds(versions_cache_ttl):
            remembering = Remembering(self._opened.store, versions_cache_ttl, default.clock)
            self._opened = replace(self._opened, store=remembering)
        cache = Path(cache_dir) if cache_dir is not None else default.default_cache()
        if not use_cache:
            cache = own_directory(self)
        self._cache = PathCache(cache, bounds, default.boot_id())
        self._pins = Pins()
        self._journals = Journals(default.default_state() / "saves", default.clock_id())

    def clear_cache(self) -> None:
        """Remove files from the cache that no open Registry has handed out paths of."""
        self._cache.clear()

    def close(self) -> None:
        """Let go of files handed out and of the store's connections."""
        self._pins.release()
        if not self._options["use_cache"]:
            self._cache.clear()
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, for worker processes, as what it was made with: where it is loaded it opens the store
        anew. Of a class derived from this one, with what else such an object has; its ``__init__`` is not
        called. Raises Unsupported for a store that no other process can open, such as one in memory."""
        store = self.backend
        while isinstance(store, ReadOnlyStore | Remembering):
            store = store.inner
        others = {word: value for word, value in vars(self).items() if word not in _OWN}
        return _reopened, (store, self._options, self._trust, type(self)), others or None

    def __repr__(self) -> str:
        words = ["versioned"] * self.version_objects + ["mutable"] * self.mutable
        return f"<Registry {' '.join([self.backend.url, *words])}>"

    def __str__(self, *, color: bool = False, latest_only: bool = True) -> str:
        """A table: the latest version of each name, its class, small values and metadata.

        ``registry.__str__(latest_only=False)``: all versions. ``color`` means nothing: a text has none, and
        rich prints the registry itself in colors.
        """
        rows = table.rows(self.backend, self._object, latest_only=latest_only)
        if not rows:
            return "Registry is empty."
        return table.plain(table.rendered(self.backend.url, rows, versions=self.version_objects))

    def __rich__(self) -> Table:
        """The same, for rich."""
        rows = table.rows(self.backend, self._object)
        return table.rendered(self.backend.url, rows, versions=self.version_objects)


def _seconds(given: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0:
        raise InvalidInput(f"versions_cache_ttl={given!r}: seconds, 0 for never stale")
    return given


_OWN: Final = frozenset(
    ("_cache", "_clock", "_journals", "_limits", "_opened", "_options", "_pins", "_sign", "_trust")
)
"""What a Registry has, and makes anew."""


def _reopened(store: Store, options: dict[str, Any], trust: Trust, cls: type[Registry]) -> Registry:
    registry = cls.__new__(cls)
    Registry.__init__(registry, store, create=False, **options)
    registry._trust = trust
    return registry
