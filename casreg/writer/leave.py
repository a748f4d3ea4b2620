"""Which reused packs to leave behind: a manifest pins whole packs, so dead bytes in them are held."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from casreg.models.manifest import MAX_LAYERS

LIVE_AT_LEAST: Final = 0.25
"""A reused pack of which less is live has its live chunks written again."""
BASES_AT_LEAST: Final = 0.01
"""The same where deltas are built upon what is live: while older versions are kept, a base that is written
again takes more than its delta saves; where they are not, a pack's dead bytes take far more than that."""


def packs_to_leave(
    live: dict[int, int], sizes: dict[int, int], own: int, small: int, below: Container[int] = ()
) -> set[int]:
    """The slots to leave, from bytes in use and sizes by slot, and the number of the version's own packs.

    Those of which less is live than :data:`LIVE_AT_LEAST`, or :data:`BASES_AT_LEAST` where deltas are built
    upon what is in them (``below``). And of packs below ``small`` bytes, which a name gathers with every
    save that changes little, the least used as long as the manifest would have too many layers.
    """
    least = {slot: BASES_AT_LEAST if slot in below else LIVE_AT_LEAST for slot in live}
    leave = {slot for slot, used in live.items() if used < least[slot] * sizes[slot]}
    kept = sorted((slot for slot in live if slot not in leave), key=lambda slot: (live[slot], slot))
    room = MAX_LAYERS - 1 - own - 1  # the index, and one pack for what is written again
    if len(kept) > room:
        joined = [slot for slot in kept if sizes[slot] < small]
        leave.update(joined[: max(len(kept) - room, MAX_LAYERS // 4)])
    return leave
