"""Tempers of simulations that lead to where one mistake shows: who goes first, and is held up where.

What is left to chance is what people save and delete, how long operations take, and who comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from tools.soak.sweeping.world import Hold

Hunt: TypeAlias = Mapping[str, Any]
_BY_CHANCE: Final = ("fault", "jump", "long", "demotion", "crash", "nap", "held", "rest", "landing")
LAST: Final = -100.0
LATER: Final = -50.0
NEXT: Final = -10.0
FIRST: Final = 50.0
SOON: Final = 1.0
"""Before those whose turn is left to chance."""


def hunt(*order: str, **more: Any) -> Hunt:
    """``order``: who goes before all others."""
    quiet: dict[str, Any] = dict.fromkeys(_BY_CHANCE, 0.0)
    return {
        **quiet,
        "versions": 1,
        "rich": False,
        "local": False,
        "page": 1000,
        "reckless": (),
        "order": order,
        **more,
    }


def go_on(place: str) -> Hold:
    """No hold-up: the next one is looked for only from here on."""
    return Hold(place, to=FIRST)


WRITTEN: Final = go_on("write blobs")
SAVE: Final = "create refs"
AGAIN: Final = "scan refs"
"""A writer that has written lists its versions once more."""

OUTRUN: Final = hunt("writer 1", "deleter", "trimmer", "janitor", holds={"writer 1": (Hold(SAVE),)})
"""A writer is about to create its ref; what it reuses is deleted, trimmed and swept."""

UNPROTECTED: Final = hunt(
    "writer 1", "deleter", "trimmer", "janitor", holds={"writer 1": (Hold("create leases"),)}
)
"""The same, for a writer that takes its lease at last."""

LISTED_BEFORE: Final = hunt(
    "janitor",
    "writer 1",
    "deleter",
    "trimmer",
    reckless=("janitor",),
    holds={"janitor": (Hold("read condemned.wait", to=LATER),), "writer 1": (Hold(SAVE, to=LAST),)},
)
"""A list is made of everything, then a writer begins; what it reuses is deleted and trimmed, then swept."""

DROPPED_BEFORE: Final = hunt(
    "janitor",
    "writer 1",
    "deleter",
    "trimmer",
    reckless=("janitor",),
    holds={
        "janitor": (Hold("read condemned.wait", to=LATER), Hold("stat pause", 725.0, to=LATER)),
        "writer 1": (go_on("read refs"), Hold("scan condemned", to=LAST)),
    },
)
"""A writer reads a ref; all that is listed is swept, the list is dropped; then it looks for lists."""

OVERSLEPT: Final = hunt("writer 1", "janitor", holds={"writer 1": (WRITTEN, Hold(AGAIN, 4300.0, to=LAST))})
"""A writer sleeps until nobody waits for it any more; what it wrote is swept."""

OVERSLEPT_READING: Final = hunt(
    "writer 1",
    "deleter",
    "trimmer",
    "janitor",
    holds={"writer 1": (WRITTEN, Hold(AGAIN, 4300.0, to=LAST))},
)
"""A writer sleeps until nobody waits for it any more; what it reuses is swept."""

OVERSLEPT_ONCE: Final = hunt(
    "writer 1",
    "janitor",
    holds={
        "writer 1": (WRITTEN, Hold(AGAIN, 4300.0, to=NEXT), Hold(SAVE, to=LAST)),
        "janitor": (Hold("stat condemned.closed", to=LATER),),
    },
)
"""A writer sleeps until nobody waits for it any more, and starts over while its blobs are being swept."""

RENEWED_LATE: Final = hunt(
    "writer 1",
    "writer 1 renews",
    "janitor",
    holds={
        "writer 1": (WRITTEN, Hold(AGAIN, 3500.0, to=LAST)),
        "writer 1 renews": (Hold("write leases", 800.0, to=LATER),),
    },
)
"""A renewal leaves in time, and lands when nobody waits for the writer any more."""

RENEWED_AFTER_THE_LIST: Final = hunt(
    "writer 1",
    "janitor",
    "writer 1 renews",
    holds={
        "writer 1": (Hold(SAVE, to=LAST),),
        "janitor": (go_on("create condemned"), go_on("read condemned"), Hold("stat condemned", to=LATER)),
    },
)
"""What a writer wrote is listed; then it renews its lease."""

BETWEEN_LEASES_AND_LIST: Final = hunt(
    "janitor",
    "writer 1",
    "deleter",
    "trimmer",
    reckless=("janitor",),
    holds={"janitor": (Hold("create condemned", to=LATER),), "writer 1": (Hold(SAVE, to=LAST),)},
)
"""A writer begins when a janitor knows what it will list, and has not said so."""

LANDS_LAST: Final = hunt(
    "writer 1",
    "janitor",
    faults={"writer 1": ((SAVE, "late"), (SAVE, "before"), (SAVE, "before"))},
    landing=0.02,
)
"""A ref is on its way, its writer has given up; what it wrote is swept."""

WITHIN_THE_MARGIN: Final = hunt(
    "writer 1",
    "janitor",
    holds={"writer 1": (WRITTEN, Hold(AGAIN, 3300.0, to=FIRST), Hold(SAVE, 400.0, to=LAST))},
)
"""A ref is created just after the lease has expired, as it may be."""

ASKED_WHILE_RENEWED: Final = hunt(
    "writer 1",
    "janitor",
    holds={
        "writer 1": (Hold(SAVE, to=LAST),),
        "janitor": (
            go_on("create condemned"),
            go_on("read condemned.wait"),
            go_on("stat leases"),
            Hold("write probe", 4300.0, to=LATER, awake=True),
        ),
    },
)
"""A janitor sleeps between a look at a lease's stamp and the next operation, the writer renews."""

LOST_AND_LATE: Final = hunt(
    "writer 1", holds={"writer 1": (Hold(SAVE, 3700.0, answer=True),)}, faults={"writer 1": ((SAVE, "lost"),)}
)
"""A ref lands; that there is no answer is known only when the lease has expired."""

LOST_AND_EMPTIED: Final = hunt(
    "writer 1",
    "deleter",
    "trimmer",
    holds={"writer 1": (go_on(SAVE), Hold(SAVE))},
    faults={"writer 1": ((SAVE, "lost"),)},
)
"""A ref lands without answer, is deleted and trimmed; then its writer asks."""

NEVER_ANSWERED: Final = hunt(
    "writer 1", faults={"writer 1": ((SAVE, "lost"), (SAVE, "before"), (SAVE, "before"))}
)
"""A ref lands, and nothing is ever answered."""

UNREADABLE: Final = hunt(
    "janitor", reckless=("janitor",), rich=True, faults={"janitor": (("read blobs", "before"),) * 4}
)
"""Manifests cannot be read for a while."""

IMPORTED_WHILE_LISTED: Final = hunt(
    "janitor 1",
    "importer",
    "deleter",
    "trimmer",
    reckless=("janitor 1",),
    holds={"janitor 1": (Hold("read condemned.wait", to=LATER),), "importer": (Hold(SAVE, to=LAST),)},
)
"""A list is made of everything, then a version is imported whose blobs are there."""

DURING_THE_MARK: Final = hunt(
    "janitor 1",
    "janitor 2",
    "writer",
    "deleter",
    "trimmer",
    reckless=("janitor 1",),
    holds={
        "janitor 1": (go_on("read condemned.wait"), Hold("read refs", to=LAST)),
        "janitor 2": (Hold("stat pause", to=FIRST), Hold("stat pause", 725.0, to=FIRST)),
    },
)
"""While a janitor reads what it listed, its list is carried out and dropped by another one; a version is
saved, and the one whose blobs it reuses is deleted and trimmed before the janitor reads it."""

SAME_NAME_AGAIN: Final = hunt(
    "janitor 1",
    "janitor 2",
    "writer",
    "deleter",
    "trimmer",
    reckless=("janitor 1", "janitor 2"),
    holds={
        "janitor 1": (go_on("read condemned.wait"), Hold("read refs", to=LATER)),
        "janitor 2": (
            Hold("stat pause", to=FIRST),
            Hold("stat pause", 725.0, to=FIRST),
            go_on("remove condemned"),
            Hold("scan blobs", to=NEXT),
            Hold("create condemned.wait", to=LAST),
        ),
    },
)
"""The same; and before the first janitor goes on, the second one makes another list."""

_GONE_FIRST: Final = ("deleter", "trimmer", "janitor 1", "janitor 2", "importer")

DROPPED_AT_THE_CHECK: Final = hunt(
    *_GONE_FIRST,
    holds={
        "janitor 1": (
            go_on("read condemned.wait"),
            Hold("scan refs", to=-30.0),
            go_on("stat condemned"),
            Hold("stat condemned.closed", to=LAST),
        ),
        "janitor 2": (
            go_on("stat pause"),
            Hold("stat pause", 725.0, to=FIRST),
            Hold("remove condemned", to=-40.0),
        ),
        "importer": (Hold("stat pause", to=-45.0),),
    },
)
"""A list is dropped between the two looks at it; then a version is imported that needs what it listed."""

DELETED_TWICE: Final = hunt(
    *_GONE_FIRST,
    holds={
        "janitor 1": (Hold("remove blobs", to=LAST),),
        "janitor 2": (go_on("stat pause"), Hold("stat pause", to=FIRST)),
    },
)
"""A delete is on its way while another janitor closes the list; then what is deleted is imported."""

ANSWERED_LATE: Final = hunt(
    *_GONE_FIRST,
    versions=2,
    holds={
        "janitor 1": (Hold("remove blobs", to=LAST, answer=True),),
        "janitor 2": (go_on("stat pause"), Hold("stat pause", 725.0, to=FIRST)),
    },
)
"""A delete is answered late: others have carried out and dropped the list, and imported what was in it."""

RESTORED_WHILE_LISTED: Final = hunt(
    "janitor 1",
    "undoer",
    "trimmer",
    "janitor 2",
    reckless=("janitor 1",),
    holds={
        "janitor 1": (Hold("read condemned.wait", to=LATER),),
        "undoer": (go_on("create leases"), Hold(SAVE, to=SOON)),
    },
)
"""A list is made of everything, then a version is deleted and brought back: trimmed and swept in between."""

RENAMED_WHILE_LISTED: Final = hunt(
    "janitor 1",
    "renamer",
    "deleter",
    "trimmer",
    reckless=("janitor 1",),
    holds={
        "janitor 1": (Hold("read condemned.wait", to=LATER),),
        "renamer": (go_on("create leases"), Hold(SAVE, to=LAST)),
    },
)
"""A list is made of everything, then a name is renamed; what it has is deleted, trimmed and swept."""
