"""A Registry as people use dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from casreg import marks, refs
from casreg.errors import BlobNotFound, InvalidInput, NameNotFound, RegistryVersionConflict, VersionNotFound
from casreg.models.ref import Ref
from casreg.models.store import Settings
from casreg.names import Reference
from casreg.progress import Progress, Together, silent
from casreg.refs import State
from casreg.registry import copying, resolving, settings
from casreg.registry.elsewhere import also_called
from casreg.registry.reading import Reading
from casreg.registry.writing import Writing

_NONE_GIVEN: Final = object()


class DictFace(Writing):
    """``reg["a"]``, ``reg["a@1.2"] = obj``, ``del``, ``in``, ``len``, iteration, ``get``, ``pop``, ...

    A key is a reference; written to, ``name`` or ``name@version``. Iteration and ``keys`` give names,
    ``len`` is their number, their values are the latest versions. What is not there, and what can be no key,
    raises KeyError where a dict does, or gives the default; damage never does. A list of keys is a batch.

    It is no MutableMapping, whose laws do not hold: ``a@1`` is in it and not among the keys, ``pop`` takes
    the latest version and leaves others, and a version of an immutable store is assigned once.
    """

    def __getitem__(self, key: str | list[str]) -> Any:
        """The object; of a list of keys the BatchResult."""
        if isinstance(key, list):
            return self.load(key)
        return self._object(*self._resolved(self._key(key)))

    def __setitem__(self, key: str | list[str], value: object) -> None:
        """Save as the next version, or as the one that the key names.

        To a list of keys: a list with a value for each, or one for all. Raises what the first that failed
        raised, once all others are saved; what is there already, and stays, is skipped.
        """
        if isinstance(key, list):
            keys = [_split(one) for one in key]
            names, versions = [name for name, _ in keys], [version for _, version in keys]
            self.save(names, value, version=versions).require_success()
        else:
            name, version = _split(key)
            self.save(name, value, version=version)

    def __delitem__(self, key: str | list[str]) -> None:
        """Delete all versions of a name, or the one that the key names. Raises KeyError if there is none."""
        if isinstance(key, list):
            self.delete(key).require_success()
            return
        name = self._key(key).name
        if not self._deleting.delete(key):
            raise VersionNotFound(f"there is no {key} in {self.backend.url}", name=name)

    def __contains__(self, key: object) -> bool:
        """Whether the version is there; of a list of keys whether all are. What can be no key is not."""
        if isinstance(key, list):
            return all(one in self for one in key)
        return isinstance(key, str) and self.has_object(key)

    def __iter__(self) -> Iterator[str]:
        """Names, sorted."""
        return iter(self.keys())

    def __len__(self) -> int:
        """How many names there are; one listing."""
        return len(self.keys())

    def keys(self) -> list[str]:
        """Names, sorted."""
        return self.list_objects()

    def values(self) -> list[Any]:
        """The latest versions, in the order of ``keys``; all in memory at once."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[str, Any]]:
        """Names and their latest versions, all in memory at once. Raises what loading one of them raises."""
        names = self.keys()
        loaded = self.load(names)
        pairs = []
        for name, value, error in zip(names, loaded.results, loaded.exceptions, strict=True):
            if error is None:
                pairs.append((name, value))
            elif not isinstance(error, VersionNotFound):  # deleted since the listing
                raise error
        return pairs

    def get(self, key: str | list[str], default: Any = None) -> Any:
        """The object, or ``default`` if it is not there. Raises Corrupt, never the default, for damage."""
        if isinstance(key, list):
            return self.load(key)
        try:
            found = self._resolved(self._key(key))
        except VersionNotFound:
            return default
        return self._object(*found)

    def pop(self, key: str, default: Any = _NONE_GIVEN) -> Any:
        """Load a version, of a name the latest, and delete it; ``default``, or KeyError, if it is not there.

        Of several who pop at once each gets another version: whoever is not the one to delete it loads again.
        Raises Conflict, and deletes nothing, if the version is tagged or protected.
        """
        while True:
            try:
                state, ref = self._at(key)
            except VersionNotFound:
                if default is _NONE_GIVEN:
                    raise
                return default
            value = self._object(state, ref)
            if self._deleting.version(state.name, state.version, state.generation):
                return value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The object; if it is not there ``default``, which is saved, unless it is None.

        Of several who do so at once one saves its default, and all others get that. An unversioned store
        saves as its only version whatever the key selects; if that is there, it is the object.
        """
        while True:
            try:
                return self._object(*self._at(key))
            except VersionNotFound:
                if default is None:
                    return None
            name, version = _split(key)
            given = self._numbering.first if version is None else version
            try:
                self.save(name, default, version=given, on_conflict="skip")
            except RegistryVersionConflict as conflict:  # somebody else was first, or it is an only version
                if version is not None:
                    key = f"{name}@{conflict.fields['version']}"
                continue
            return default

    @also_called(mapping="mapping_or_registry")
    def update(
        self,
        mapping_or_registry: Mapping[str, Any] | Reading,
        *,
        sync_all_versions: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Save what a mapping holds, key by key; or copy all versions that another registry has.

        Versions are copied as they are, with their numbers and digests, nothing decoded; with
        ``sync_all_versions=False`` the latest of each name, but for those that are here just so: it can be
        done again and again. Raises TargetExists, with nothing copied, if one of them, else, is here. Each
        copy is atomic, all together are not: those made before an error stay.
        """
        if not isinstance(mapping_or_registry, Reading):
            for key, value in _items(mapping_or_registry):
                self[key] = value
            return
        source, together = mapping_or_registry, Together(progress or silent)

        importer = self._importer()
        bring = importer.add if sync_all_versions else importer.ensure

        def copy(pair: copying.Pair) -> None:
            with suppress(BlobNotFound):  # deleted, and trimmed, since the listing
                ref = refs.read(source.backend, pair.state)
                with source._snapshot(pair.state, ref, "integrity", source._limits) as snapshot:
                    bring(snapshot, pair.state.name, pair.version, together.one())

        stores = source.backend, self.backend
        self._each(copy, copying.absent(*stores, self._numbering, all_versions=sync_all_versions))

    def clear(self, clear_registry_metadata: bool = False, *, force: bool = False) -> None:
        """Delete all versions of all names; with ``clear_registry_metadata`` the settings are a new store's.

        Each version is deleted atomically. What is saved meanwhile may stay. Raises Conflict, with nothing
        deleted, if a version is tagged, unless ``force`` is given, or protected.
        """
        states = [state for state in refs.all_states(self.backend) if state.alive]
        self._deleting.all(states, lambda: marks.all_marks(self.backend), self._each, force=force)
        if clear_registry_metadata:
            changed = settings.change(self.backend, self._opened.config, lambda _: Settings())
            self._opened = replace(self._opened, settings=changed)

    def _at(self, key: str) -> tuple[State, Ref]:
        """What the key names now. Raises NameNotFound, VersionNotFound."""
        return resolving.resolve(self.backend, self._key(key))

    def _key(self, key: str) -> Reference:
        try:
            return self._numbering.read(key)
        except InvalidInput as error:
            raise NameNotFound(f"there is no {key!r}: {error.message}") from error

    def _object(self, state: State, ref: Ref) -> Any:
        with self._snapshot(state, ref, "integrity", self._limits) as snapshot:
            return self._loaded(snapshot)


def _split(key: str) -> tuple[str, str | None]:
    """Where an object is to be saved; checked there."""
    if not isinstance(key, str):
        raise InvalidInput(f"a key is a string such as 'name@version', not {type(key).__name__}")
    name, at, version = key.partition("@")
    return name, version if at else None


def _items(given: object) -> Iterable[tuple[str, Any]]:
    """Of a mapping, or of what has ``items()`` as mappings have it."""
    items = getattr(given, "items", None)
    if not callable(items):
        raise InvalidInput(f"update takes a mapping or a Registry, not {type(given).__name__}")
    found: Iterable[tuple[str, Any]] = items()
    return found
