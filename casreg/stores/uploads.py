"""Places beside a store on disk where somebody else puts a file that is to be saved.

They are no keys, and nobody's but theirs who know the path. What is forgotten there goes with what crashed
writers left, after eight days.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from casreg.errors import InvalidInput, Unsupported
from casreg.names.escape import escape
from casreg.stores._oserrors import ABSENT, translated
from casreg.stores._staging import TMP
from casreg.stores.local import LocalStore
from casreg.stores.protocol import Store
from casreg.stores.readonly import ReadOnlyStore
from casreg.stores.wrapper import Wrapper

_PREFIX: Final = "upload-"


def place(store: Store, upload_id: str) -> Path:
    """Where the file of this id is to be put; its folder is there.

    Raises Unsupported for a store that is no directory, ReadOnly, and InvalidInput for what makes no name
    of a file.
    """
    path = _folder(store) / (_PREFIX + escape(upload_id))
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise translated(error, f"making room for uploads in {store.url}", store=store.url) from error
    return path


def known(store: Store, path: object) -> Path:
    """A path that :func:`place` may have given. Raises InvalidInput for any other, so that nothing else is
    read, saved and removed because somebody said so."""
    if isinstance(path, str):
        folder, name = os.path.split(path)
        if folder == str(_folder(store)) and name.startswith(_PREFIX):
            return Path(path)
    raise InvalidInput(f"{path!r:.200} is no place for uploads to {store.url}", store=store.url)


def size(path: Path) -> int | None:
    """Bytes of the file that was put there; None if there is none yet. Raises InvalidInput for what is no
    file, a link to one included."""
    try:
        found = path.stat(follow_symlinks=False)
    except OSError as error:
        if error.errno in ABSENT:
            return None
        raise translated(error, f"looking at {path}") from error
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput(f"{path} is no file", path=str(path))
    return found.st_size


def remove(path: Path) -> bool:
    """Whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise translated(error, f"removing {path}") from error
    return True


def _folder(store: Store) -> Path:
    inner = store
    while isinstance(inner, Wrapper):
        if isinstance(inner, ReadOnlyStore):
            inner.refuse("upload", TMP)
        inner = inner.inner
    if not isinstance(inner, LocalStore):
        raise Unsupported(
            f"{store.url} is no directory in which somebody could put a file: save(name, stream) instead",
            store=store.url,
        )
    return inner.root / TMP
