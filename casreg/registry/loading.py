"""Loading: a snapshot through its materializer into an object, or into files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from casreg import materializers
from casreg.cache import PathCache
from casreg.errors import AlreadyExists, CasregError, InvalidInput, NoSpace
from casreg.materializers import Request
from casreg.materializers.contents import same_files
from casreg.materializers.extract import extract_fresh, select, told
from casreg.pins import Pins
from casreg.progress import Progress, silent
from casreg.snapshot import Snapshot
from casreg.trust import Trust

_SAID_BY_CALLERS: Final = frozenset(("allow_import", "allow_pickle", "trusted"))


def load(
    snapshot: Snapshot,
    *,
    output_dir: Path | None = None,
    only: tuple[str, ...] = (),
    into: Any = None,
    init_params: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    trust: Trust,
    cache: PathCache,
    pins: Pins,
) -> Any:
    """The object. Paths lead into ``output_dir``, or else to read-only files in the cache."""
    materializer = materializers.named(snapshot.head.kind)
    materializers.require_known(materializer.kind, init_params or {})
    if snapshot.verify == "full":
        snapshot.require_consistent()

    def loaded(directory: Path | None, fresh: bool = False) -> Any:
        params = {**_kept(snapshot.head.init_params, trust), **(init_params or {})}
        request = Request(
            only=only,
            into=into,
            params=params,
            directory=directory,
            fresh=fresh,
            progress=progress,
            trust=trust,
        )
        try:
            return materializer.load(snapshot, request)
        except CasregError as error:
            error.located(name=snapshot.name, version=snapshot.version)
            raise
        except MemoryError as error:
            size = sum(part.size for part in snapshot.parts)
            raise NoSpace(
                f"{snapshot.name}@{snapshot.version} takes {size} bytes, more memory than there is",
                name=snapshot.name,
                version=snapshot.version,
            ) from error

    if output_dir is not None:
        return loaded(output_dir / f"{snapshot.name}@{snapshot.version}")
    if into is not None or snapshot.head.kind not in ("file", "directory"):
        return loaded(None)
    key = hashlib.sha256("\0".join([snapshot.digest, *only]).encode()).hexdigest()
    chosen = select(snapshot, only)
    if snapshot.verify == "none":
        snapshot.verify = "integrity"  # what is shared with other loads is checked, whatever this one asks

    def fill(directory: Path) -> None:
        loaded(directory, fresh=True)

    def check(directory: Path) -> bool:
        return same_files(snapshot, chosen, directory)

    tree = cache.use(key, fill, pins, check if snapshot.verify == "full" else None)
    return tree / snapshot.only_part().path if snapshot.head.kind == "file" else tree


def _kept(params: Mapping[str, Any], trust: Trust) -> dict[str, Any]:
    """The options of the save, but for those that say what is to be trusted: of a store that says nothing."""
    said = _SAID_BY_CALLERS - ({"allow_pickle"} if trust.allow_pickle else set())
    return {key: value for key, value in params.items() if key not in said}


def checkout(
    snapshot: Snapshot, directory: Path, only: tuple[str, ...] = (), progress: Progress = silent
) -> None:
    """The version's parts as writable files in ``directory``, absent or empty; atomic."""
    with told(directory):
        there = directory.exists()
        if there and not directory.is_dir():
            raise AlreadyExists(f"{directory} is a file", path=str(directory))
        if there and next(directory.iterdir(), None) is not None:
            raise AlreadyExists(
                f"{directory} is not empty; check out into a new directory", path=str(directory)
            )
    extract_fresh(snapshot, select(snapshot, only), directory, progress=progress)


def patterns(only: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """``only=`` as given by a caller. Raises InvalidInput for anything but patterns."""
    if only is None:
        return ()
    chosen = (only,) if isinstance(only, str) else tuple(only)
    if not chosen or not all(isinstance(pattern, str) and pattern for pattern in chosen):
        raise InvalidInput("only= is a pattern such as 'encoder.*', or several; none would match nothing")
    return chosen
