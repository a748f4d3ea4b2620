"""The one place where the operating system's errors become casreg's."""

from __future__ import annotations

import errno
from typing import Any, Final

from casreg.errors import (
    CasregError,
    Corrupt,
    Denied,
    InvalidInput,
    NoSpace,
    ReadOnly,
    Unavailable,
    Unsupported,
)

ABSENT: Final = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EISDIR))
"""On a key: there is no such object, if the store itself is still there."""

_KINDS: Final[dict[int, type[CasregError]]] = {
    errno.ENOSPC: NoSpace,
    errno.EDQUOT: NoSpace,
    errno.EFBIG: NoSpace,
    errno.EACCES: Denied,
    errno.EPERM: Denied,
    errno.EROFS: ReadOnly,
    errno.ENAMETOOLONG: InvalidInput,
    errno.EINVAL: InvalidInput,
    errno.EILSEQ: InvalidInput,
    errno.ENOTDIR: InvalidInput,
    errno.EISDIR: InvalidInput,
    errno.EXDEV: Unsupported,
    errno.ENOSYS: Unsupported,
    errno.ENOTSUP: Unsupported,
    errno.EOPNOTSUPP: Unsupported,
    # What file systems say when their own checksums fail; not every platform has the second.
    errno.EBADMSG: Corrupt,
    getattr(errno, "EUCLEAN", errno.EBADMSG): Corrupt,
}


def translated(error: OSError, doing: str, **where: Any) -> CasregError:
    """Ours for ``error``; ``doing`` completes "<reason> while ...". Raise it ``from error``.

    What is not known to be anything else is Unavailable: EIO, ESTALE, ETIMEDOUT, EMFILE and the like
    may pass, and retrying is safe because every verb is idempotent or settles its answer.
    """
    kind = _KINDS.get(error.errno or 0, Unavailable)
    return kind(f"{error.strerror or error} while {doing}", **where)
