"""Is it the object that cannot be read, or the store?"""

from __future__ import annotations

from casreg.errors import CasregError, Corrupt, Unsupported
from casreg.stores.protocol import Store


def reason(store: Store, key: str, error: CasregError) -> str:
    """Why the object at ``key`` cannot be read; raises if the store itself does not answer.

    A bad sector or a file without rights is damage to one object, which must not hide others; a disk
    that is gone or a network that is down must not look like damage.
    """
    if not isinstance(error, Corrupt | Unsupported):
        store.stat(key)
    return error.message
