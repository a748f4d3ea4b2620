"""Tags: movable names for versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from casreg import generations, marks, refs
from casreg.errors import CasregError, InvalidInput, NotFound, VersionNotFound
from casreg.models.marks import Tagged
from casreg.models.written import Signature
from casreg.names import Name, Tag, Version
from casreg.registry import resolving
from casreg.registry.holding import unless_seen
from casreg.registry.order import Order
from casreg.registry.reading import Reading
from casreg.registry.saving import Saved
from casreg.stores.protocol import Store


class Tagging(Reading):
    """The part of a :class:`casreg.Registry` that knows tags."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]

    def tag(self, name: str, tag: str, version: str) -> str:
        """Let ``name@tag`` stand for a version from now on, whatever it stood for before; the version.

        ``version``: a version, ``"latest"``, another tag or a digest: the version that it stands for now.
        A tag is of letters, digits, ``.``, ``_`` and ``-``, 128 at most, and neither a version nor "latest".
        Atomic, idempotent; what it stood for before is in the history. A tagged version is not deleted,
        unless that is forced. Raises VersionNotFound, also if the version is deleted meanwhile: then the tag
        stands for what it stood for before.
        """
        parsed = Tag.parse(tag)
        reference = self._numbering.read(Name.parse(name), version)
        found = resolving.required(self.backend, reference)
        move(self.backend, reference.name, parsed, found.version, self._sign, self._clock)
        return str(found.version)

    def untag(self, name: str, tag: str) -> None:
        """Take a tag away; no version is touched. Atomic. Raises NotFound if there is no such tag."""
        parsed, here = Name.parse(name), self.backend
        if not untag(here, parsed, Tag.parse(tag), self._clock):
            known = ", ".join(marks.tags(here, parsed)) or "none"
            raise NotFound(f"{name} has no tag {tag}; its tags: {known}", name=parsed, tag=tag)

    def tags(self, name: str) -> dict[str, str]:
        """Tags and the versions that they stand for, sorted by tag; empty if there are none."""
        found = marks.tags(self.backend, Name.parse(name))
        return {str(tag): str(version) for tag, version in found.items()}


def parsed(tags: str | Iterable[str]) -> tuple[Tag, ...]:
    """Raises InvalidInput for what can be no tags; a string is one."""
    if isinstance(tags, str):
        return (Tag.parse(tags),)
    if not isinstance(tags, Iterable):
        raise InvalidInput(f"tags={tags!r}: a tag such as 'prod', or several")
    return tuple(dict.fromkeys(map(Tag.parse, tags)))


def after_save(store: Store, saved: Saved, order: Order) -> None:
    """Move the tags that the order names. An error says that the version is saved."""
    for tag in order.tags:
        try:
            move(store, order.name, tag, Version(saved), order.sign, order.clock)
        except CasregError as error:
            error.message = (
                f"{order.name}@{saved} is saved, but not tagged {tag}: {error.message};"
                f" tag({str(order.name)!r}, {str(tag)!r}, {str(saved)!r}) does it"
            )
            raise error.located(name=order.name, version=Version(saved)) from error.__cause__


def move(
    store: Store,
    name: Name,
    tag: Tag,
    version: Version,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> None:
    """Let ``tag`` stand for ``version``. Raises VersionNotFound, and puts the tag back where it stood, if the
    version is not there once that is done: of this and a delete at once one at least sees the other."""
    earlier: Tagged | None = None

    def change(now: Tagged | None) -> Tagged | None:
        nonlocal earlier
        earlier = now
        return now if now and now.version == version else Tagged(version=str(version), **sign())

    written = generations.update(store, marks.tag_stem(name, tag), Tagged, change, clock)
    with unless_seen(f"{name}@{version} is tagged {tag}"):
        state = refs.state(store, name, version)
        if state is not None and state.alive:
            return
        _retract(store, name, tag, written, earlier, sign, clock)
        raise VersionNotFound(
            f"{name}@{version} was deleted while it was tagged {tag}: the tag was not moved",
            name=name,
            version=version,
        )


def _retract(
    store: Store,
    name: Name,
    tag: Tag,
    written: Tagged | None,
    earlier: Tagged | None,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> None:
    """Put back what stood there before, unless somebody has moved the tag since; and as that may have been
    deleted while the tag stood elsewhere, look for it then: if it is gone, there is no such tag any more."""

    def change(now: Tagged | None) -> Tagged | None:
        if now is None or written is None or now.write != written.write:
            return now
        if earlier is None or earlier.version == written.version:
            return None
        return Tagged(version=earlier.version, **sign())

    stem = marks.tag_stem(name, tag)
    back = generations.update(store, stem, Tagged, change, clock)
    if back is not None and earlier is not None and back.version == earlier.version:
        state = refs.state(store, name, Version(back.version))
        if state is None or not state.alive:
            generations.update(
                store, stem, Tagged, lambda now: None if now and now.write == back.write else now, clock
            )


def untag(
    store: Store, name: Name, tag: Tag, clock: Callable[[], float], only: Version | None = None
) -> bool:
    """Whether there was such a tag; with ``only`` it is left where it stands for another version."""
    there = False

    def change(now: Tagged | None) -> Tagged | None:
        nonlocal there
        if now is None or only not in (None, now.version):
            return now
        there = True
        return None

    generations.update(store, marks.tag_stem(name, tag), Tagged, change, clock)
    return there
