"""Batches: items side by side, each on its own; one that fails fails no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from traceback import clear_frames
from typing import Any

from casreg.config import Limits
from casreg.errors import InvalidInput, RegistryVersionConflict
from casreg.names import LATEST, plain
from casreg.parallel import Pool
from casreg.registry.results import BatchResult, Failed, Key, Outcome, Skipped, Succeeded
from casreg.snapshot import Snapshot


def spread(names: Sequence[Any], **given: Any) -> list[dict[str, Any]]:
    """For each name what is given for it: of a list the item at its place, anything else as it is.

    Raises InvalidInput, naming the argument, for a list of another length.
    """
    for word, value in given.items():
        if isinstance(value, list) and len(value) != len(names):
            raise InvalidInput(f"{word}= is a list of {len(value)} for {len(names)} names: one for each")
    return [
        {word: value[at] if isinstance(value, list) else value for word, value in given.items()}
        for at in range(len(names))
    ]


def at_once(limits: Limits, tasks: int, *, waits: bool) -> tuple[int, Limits]:
    """How many of ``tasks`` go on at once, and the limits of each.

    One where none ``waits``, for a network or a disk to flush: threads that only compute take turns, which
    doubles what small objects cost; and a large object has threads of its own.
    """
    return limits.split(tasks) if waits else (1, limits)


def save(
    names: Sequence[str], items: Sequence[dict[str, Any]], act: Callable[..., str], workers: int
) -> BatchResult:
    """``act(name, **item)`` for each, ``workers`` at once; those of one name in turn, in order."""

    def one(at: int) -> Outcome:
        name, item = names[at], items[at]
        try:
            version = act(name, **item)
        except RegistryVersionConflict as conflict:
            return Skipped((_text(name), str(conflict.fields["version"])))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one is no concern of the others
            return _failed((_text(name), _text(item["version"] or "pending")), error)
        return Succeeded((_text(name), str(version)), version)

    return _run(_by_name(names), one, workers)


def load(
    names: Sequence[str],
    versions: Sequence[Any],
    open: Callable[[str, Any], Snapshot],
    read: Callable[[Snapshot], Any],
    workers: int,
) -> BatchResult:
    """``read(open(name, version))`` for each, ``workers`` at once."""

    def one(at: int) -> Outcome:
        key = _asked(names[at], versions[at], LATEST)
        try:
            with open(names[at], versions[at]) as snapshot:
                key = str(snapshot.name), str(snapshot.version)
                return Succeeded(key, read(snapshot))
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(key, error)

    return _run([[at] for at in range(len(names))], one, workers)


def delete(
    names: Sequence[str], versions: Sequence[Any], act: Callable[[str, Any], object], workers: int
) -> BatchResult:
    """``act(name, version)`` for each, ``workers`` at once; those of one name in turn, in order."""

    def one(at: int) -> Outcome:
        key = _asked(names[at], versions[at], "all")
        try:
            act(names[at], versions[at])
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(key, error)
        return Succeeded(key, True)

    return _run(_by_name(names), one, workers)


def _failed(key: Key, error: Exception) -> Failed:
    """With its traceback, but without what the functions in it held: arrays that were being filled."""
    clear_frames(error.__traceback__)
    return Failed(key, error)


def _asked(name: Any, version: Any, default: str) -> Key:
    name, _, selector = _text(name).partition("@")
    return name, selector or _text(version or default)


def _text(given: Any) -> str:
    return plain(given) if isinstance(given, str) else str(given)


def _by_name(names: Iterable[Any]) -> list[list[int]]:
    """The places of each name, one list for all references to it."""
    groups: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        groups.setdefault(_text(name).partition("@")[0], []).append(at)
    return list(groups.values())


def _run(groups: Sequence[Sequence[int]], one: Callable[[int], Outcome], workers: int) -> BatchResult:
    """The outcomes of all places in their order; groups side by side, within one from front to back."""
    outcomes: dict[int, Outcome] = {}

    def run(group: Sequence[int]) -> None:
        for at in group:
            outcomes[at] = one(at)

    if workers == 1 or len(groups) == 1:
        for group in groups:
            run(group)
    else:
        with Pool(workers, "casreg-batch") as pool:
            for _ in pool.map(run, groups, len(groups)):
                pass
    return BatchResult.of(outcomes[at] for at in range(len(outcomes)))
