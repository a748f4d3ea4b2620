"""What is noted of versions after they were saved (spec/notes.md).

    notes/<name>/<version>,<generation>

Each generation holds all notes, and the digest of the manifest that they speak of: those of a version are in
the newest one that names its manifest. So a version that was overwritten takes its notes away with it, and
brings them back when it is restored; a tombstone ends them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from casreg import canonical, generations
from casreg.errors import BlobNotFound, Corrupt, InvalidInput, Unavailable
from casreg.generations import Generation
from casreg.models.notes import Notes
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.names.version import ascending
from casreg.stores.protocol import Store

PREFIX: Final = "notes/"
_ROUNDS: Final = 8


def stem(name: Name, version: Version) -> str:
    """What the keys of all generations of a version's notes begin with."""
    return f"{PREFIX}{name.key}/{version.key}"


def says(noted: dict[str, Any], key: str, value: Any) -> bool:
    """Whether notes have just this value for a key."""
    return key in noted and canonical.dumps(noted[key]) == canonical.dumps(value)


def parse(key: str) -> tuple[Name, Version, int]:
    """The version that a key is about, and the generation. Raises Corrupt for what is no key of notes."""
    segment, _, rest = key.removeprefix(PREFIX).partition("/")
    version, _, code = rest.partition(",")
    try:
        parsed = Name.from_key(segment), Version.from_key(version), ascending(code)
    except (Corrupt, InvalidInput) as error:
        raise Corrupt(f"{key[:200]} is no key of notes: {error.message}", key=key) from error
    if not key.startswith(PREFIX):
        raise Corrupt(f"{key[:200]} is no key of notes", key=key)
    return parsed


class Listed(NamedTuple):
    """All generations of notes that one listing showed."""

    store: Store
    by_stem: dict[str, list[Generation]]

    def of(self, name: Name, version: Version, manifest: str) -> dict[str, Any]:
        """The notes of a version with this manifest, {} if there are none; a read if there are some.

        Raises Corrupt for what cannot be read.
        """
        found = self.newest(name, version, manifest)
        return found.notes if found else {}

    def newest(self, name: Name, version: Version, manifest: str) -> Notes | None:
        """As :meth:`of`, with who noted it and when; None if there are none."""
        states: Iterable[Generation] = self.by_stem.get(stem(name, version), ())
        for _ in range(_ROUNDS):
            try:
                return _newest(self.store, states, manifest)
            except BlobNotFound:  # superseded since the listing, and emptied
                states = generations.every(self.store, f"{stem(name, version)},")
            except Corrupt as error:
                raise error.located(name=name, version=version) from None
        raise Unavailable(f"the notes of {name}@{version} change faster than they can be read", name=name)


def listed(store: Store, beginning: str = "") -> Listed:
    """Of all versions, or of those whose names have keys with this ``beginning``; one listing."""
    return _listed(store, PREFIX + beginning)


def listed_of_name(store: Store, name: Name) -> Listed:
    """Of all versions of a name; one listing."""
    return _listed(store, f"{PREFIX}{name.key}/")


def listed_of_version(store: Store, name: Name, version: Version) -> Listed:
    """Of one version; one listing."""
    return _listed(store, f"{stem(name, version)},")


def change(
    store: Store,
    name: Name,
    version: Version,
    manifest: str,
    how: Callable[[dict[str, Any]], dict[str, Any]],
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Replace the notes of a version with this manifest by what ``how`` makes of them; those that then hold.

    As :func:`generations.update`: atomic, nobody's change is lost, what is left as it was is not written.
    """
    made: dict[str, Any] = {}

    def after(before: Notes | None) -> Notes | None:
        nonlocal made
        if before is None or before.manifest == manifest:
            now = before.notes if before else {}
        else:
            now = listed_of_version(store, name, version).of(name, version, manifest)
        made = how(now)
        same = canonical.dumps(made) == canonical.dumps(now)  # 1 is neither 1.0 nor True
        return before if same else Notes(**sign(), manifest=manifest, notes=made)

    generations.update(store, stem(name, version), Notes, after, clock)
    return made


def _listed(store: Store, prefix: str) -> Listed:
    found: dict[str, list[Generation]] = {}
    for state in generations.every(store, prefix):
        found.setdefault(state.stem, []).append(state)
    return Listed(store, found)


def _newest(store: Store, states: Iterable[Generation], manifest: str) -> Notes | None:
    for number, state in enumerate(states):
        if state.alive:
            found = generations.read(store, state.key, Notes)
            if found.manifest == manifest:
                return found
        elif number == 0:
            break
    return None
