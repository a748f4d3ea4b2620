"""What somebody may have meant by a name that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import Final

from casreg import refs
from casreg.stores.protocol import Store

_MOST: Final = 10_000
"""Names that are looked at."""
_TOLD: Final = 3
_LOOK: Final = "`casreg ls` lists what there is"


def meant(store: Store, name: str) -> str:
    """The next move of somebody who wrote ``name``; one listing, and none of a store that is far away."""
    if not store.local:
        return _LOOK
    names = [str(one) for one in islice(refs.names(store), _MOST)]
    if not names:
        return "nothing is saved there yet"
    below = [one for one in names if one.startswith(f"{name.rstrip('/')}/")]
    if below:
        return f"names below it are {', '.join(below[:_TOLD])}{', ...' * (len(below) > _TOLD)}"
    like = [one for one in names if name in one.split("/")] or get_close_matches(name, names)
    return f"did you mean {' or '.join(like[:_TOLD])}?" if like else _LOOK
