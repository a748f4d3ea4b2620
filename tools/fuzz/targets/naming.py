"""Names, versions and references as people type them, and the keys of a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from casreg import generations, notes, refs
from casreg.digest import Digest
from casreg.errors import Corrupt, InvalidInput
from casreg.names import Name, Reference, Version
from casreg.names.version import ascending, descending
from casreg.registry import conditions, moments
from tools.fuzz.target import Target

_DIGEST = "sha256:" + "0123456789abcdef" * 4


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """``parse``, given any text, lone surrogates included."""
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


def _name(text: str) -> None:
    name = Name.parse(text)
    assert str(name) == text
    assert Name.from_key(name.key) == name
    assert name.key.isascii()
    assert "/" not in name.key


def _name_key(segment: str) -> None:
    assert Name.from_key(segment).key == segment


def _version(text: str) -> None:
    version = Version.parse(text)
    assert Version.from_key(version.key) == version


def _version_key(segment: str) -> None:
    assert Version.from_key(segment).key == segment


def _generation(code: str) -> None:
    assert descending(ascending(code)) == code


def _ref_key(key: str) -> None:
    state = refs.parse(key)
    assert refs.key(state.name, state.version, state.generation) == key


def _notes_key(key: str) -> None:
    name, version, generation = notes.parse(key)
    assert generations.key(notes.stem(name, version), generation) == key


def _condition(text: str) -> None:
    for condition in conditions.parse(text):
        for value in ({}, {"a": {"b": 0.5, "c": ["x", None]}, "d": True}):
            assert condition.holds(value) in (True, False)


def _moment(text: str) -> None:
    now = datetime(2025, 1, 2, tzinfo=UTC)
    assert moments.first(text, now, "since") <= moments.last(text, now, "until")


def _reference(text: str) -> None:
    reference = Reference.parse(text)
    assert Reference.parse(str(reference)) == reference


TARGETS = (
    Target("name", _text(_name), (b"team/detector", b"my:model", "modèle 1".encode()), (InvalidInput,)),
    Target("name-key", _text(_name_key), (b"team%2fdetector", b"%63on", b"%2ea"), (InvalidInput,)),
    Target("version", _text(_version), (b"1.02.300", b"9" * 18), (InvalidInput,)),
    Target("version-key", _text(_version_key), (b"r8.q89~b", b"r8~"), (Corrupt,)),
    Target("generation", _text(_generation), (b"r8", b"q89"), (Corrupt,)),
    Target("notes-key", _text(_notes_key), (b"notes/team%2fa/r8.r7~ab,q89",), (Corrupt,)),
    Target("condition", _text(_condition), (b"a.b<=0.5", b"!d", b"a.c~x", b'd!="x"'), (InvalidInput,)),
    Target("moment", _text(_moment), (b"1d12h", b"2025-01-02", b"2025-01-02T03:04+05:00"), (InvalidInput,)),
    Target("ref-key", _text(_ref_key), (b"refs/team%2fa/r8.r7~ab,q89",), (Corrupt,)),
    Target(
        "reference",
        _text(_reference),
        (b"a/b@1.2", b"a@prod", f"a@{_DIGEST}".encode()),
        (InvalidInput,),
    ),
    Target("digest", _text(Digest.parse), (_DIGEST.encode(),), (InvalidInput,)),
)
