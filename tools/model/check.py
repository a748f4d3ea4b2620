"""What is checked of spec/model/casreg.pml, and how: configurations, mutants, and one run of spin."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parents[2] / "spec" / "model" / "casreg.pml"


class Configuration(NamedTuple):
    """Bounds of the model, and the places of it that a run must reach (see the model: places)."""

    flags: str
    must_reach: str


class Mutant(NamedTuple):
    """One rule broken, and the smallest configuration known to find it unsafe."""

    broken: str
    configuration: str
    quick: bool = True


class Outcome(NamedTuple):
    """What a run found: the assertion that failed, if any, and whether the search was complete."""

    violated: str | None
    complete: bool
    states: int
    seconds: float
    reached: frozenset[str]
    said: str


ALWAYS = (
    "SAVE_COMMITS LEASE_EXPIRES LOST_ANSWER_LANDED LOST_ANSWER_VANISHED LOST_ANSWER_WAS_OURS FATE_UNKNOWN "
)
WRITES = ALWAYS + "REUSE_COMMITS CONDEMNED_IS_NOT_REUSED OWN_SWEPT "
SWEEPS = "SHARED_SWEPT CONDEMNED_BUT_MARKED JANITOR_WAITS PERMIT_ENDS LIST_DROPPED TRIMMED "
IMPORTS = "IMPORT_COMMITS IMPORT_MEETS_LIST IMPORT_AFTER_SWEEP DELETE_LANDS_TWICE "

SMALL = {
    "writer, janitor": Configuration(
        "WRITERS=1 JANITORS=1 RENEWALS", WRITES + SWEEPS + "RESTART_COMMITS RENEWAL_LANDS_LATE"
    ),
    "writer, janitor, deletion": Configuration(
        "WRITERS=1 JANITORS=1 DELETIONS=1 ATTEMPTS=1", WRITES + SWEEPS + "TOMBSTONE SOMEBODY_WAS_FIRST"
    ),
    "importer, janitor, deletion": Configuration(
        "WRITERS=0 IMPORTERS=1 JANITORS=1 DELETIONS=1 DUPLICATES",
        ALWAYS + SWEEPS + IMPORTS + "RESTART_COMMITS TOMBSTONE SOMEBODY_WAS_FIRST",
    ),
    "2 writers, janitor": Configuration(
        "WRITERS=2 JANITORS=1 ATTEMPTS=1 PLANS_OF_ONE ALL_ANSWERED",
        "SAVE_COMMITS REUSE_COMMITS LEASE_EXPIRES OWN_SWEPT SOMEBODY_WAS_FIRST " + SWEEPS,
    ),
    "writer, 2 janitors": Configuration(
        "WRITERS=1 JANITORS=2 ATTEMPTS=1 PLANS_OF_ONE", WRITES + SWEEPS + "MARK_FORGOTTEN"
    ),
}

LARGE = {
    "2 writers, janitor, lost answers": Configuration(
        "WRITERS=2 JANITORS=1 ATTEMPTS=1 PLANS_OF_ONE", WRITES + SWEEPS + "SOMEBODY_WAS_FIRST"
    ),
    "writer, janitor, deletion, renewals": Configuration(
        "WRITERS=1 JANITORS=1 DELETIONS=1 RENEWALS",
        WRITES + SWEEPS + "RESTART_COMMITS RENEWAL_LANDS_LATE TOMBSTONE SOMEBODY_WAS_FIRST",
    ),
    "2 writers, deletion, removal": Configuration(
        "WRITERS=2 JANITORS=0 DELETIONS=1 ATTEMPTS=1 REMOVAL",
        ALWAYS + "REUSE_COMMITS TOMBSTONE SOMEBODY_WAS_FIRST EMPTIED_REMOVED",
    ),
    "2 writers, janitor, 2 deletions": Configuration(
        "WRITERS=2 JANITORS=1 DELETIONS=2 ATTEMPTS=1 PLANS_OF_ONE",
        WRITES + SWEEPS + "TOMBSTONE SOMEBODY_WAS_FIRST",
    ),
    "writer, 2 janitors, 2 runs": Configuration(
        "WRITERS=1 JANITORS=2 RUNS=2 LISTS=2 ATTEMPTS=1 PLANS_OF_ONE", WRITES + SWEEPS + "MARK_FORGOTTEN"
    ),
    "importer, 2 janitors, deletion": Configuration(
        "WRITERS=0 IMPORTERS=1 JANITORS=2 DELETIONS=1 ATTEMPTS=1 DUPLICATES",
        ALWAYS + SWEEPS + IMPORTS + "TOMBSTONE MARK_FORGOTTEN",
    ),
    "writer, importer, janitor, deletion": Configuration(
        "WRITERS=1 IMPORTERS=1 JANITORS=1 DELETIONS=1 ATTEMPTS=1 DUPLICATES PLANS_OF_ONE",
        WRITES + SWEEPS + IMPORTS + "TOMBSTONE SOMEBODY_WAS_FIRST",
    ),
}

ALL = SMALL | LARGE

MUTANTS: dict[str, Mutant] = {
    "REFS_BEFORE_LISTS": Mutant("W3 before W2: refs are read before the lists", "writer, janitor, deletion"),
    "LISTS_IGNORED": Mutant("W2: no condemned list is read", "writer, janitor, deletion"),
    "PRESENT_IS_ENOUGH": Mutant("W2, W3: a blob is reused because it is there", "writer, janitor, deletion"),
    "LEASE_AFTER_READS": Mutant("W1 after W2 and W3", "writer, janitor, deletion"),
    "LEASE_ENDED_BEFORE_ACK": Mutant("W7: the lease ends before the ref is acknowledged", "writer, janitor"),
    "LEASE_ENDED_ON_UNKNOWN": Mutant("W7: the lease ends when the fate cannot be told", "writer, janitor"),
    "NO_MARGIN": Mutant("J3: last-modified + TTL, without M", "writer, janitor"),
    "CLOCK_STOPS": Mutant("W6: a clock that does not count suspension", "writer, janitor"),
    "LATE_RENEWAL_COUNTS": Mutant("W5: a renewal counts though it was acknowledged late", "writer, janitor"),
    "LEASES_BY_LAST_MODIFIED": Mutant(
        "J2, J3: a lease is taken for younger than the list by its last-modified", "writer, janitor"
    ),
    "NO_WAIT": Mutant("J3: nobody is waited for", "writer, janitor"),
    "LEASES_LISTED_BEFORE_LIST": Mutant("J2: leases are listed before the list exists", "writer, janitor"),
    "PLANS_MARK_IS_USED": Mutant("J4: the plan's mark serves for deleting", "writer, janitor"),
    "LIST_NOT_RECHECKED": Mutant("J5: the list is not looked at after the mark", "writer, 2 janitors"),
    "LIST_NAME_REUSED": Mutant(
        "J1: a dropped list's name is used again", "writer, 2 janitors, 2 runs", quick=False
    ),
    "NONCE_MISSING": Mutant("W4: what starts over writes the same digests", "writer, janitor"),
    "DROPPED_EARLY": Mutant("J7: a list is dropped as soon as it is closed", "importer, janitor, deletion"),
    "TRIMS_THE_NEWEST": Mutant("D2: the newest generation is emptied", "writer, janitor"),
    "TRIM_FREES_THE_KEY": Mutant(
        "D2: a superseded object is removed at once", "2 writers, deletion, removal"
    ),
    "MARK_SKIPS_TOMBSTONED": Mutant(
        "J4: generations under a tombstone are not read", "writer, janitor, deletion"
    ),
    "MARK_SKIPS_CHILDREN": Mutant(
        "J4: what a manifest points at is not followed: packs, delta bases, children of an index",
        "writer, janitor",
    ),
    "MARK_SKIPS_UNREADABLE": Mutant("J4: an unreadable manifest is skipped", "writer, janitor"),
    "IMPORT_IGNORES_LISTS": Mutant("I1: a condemned digest is imported", "importer, janitor, deletion"),
    "RESTART_KEEPS_READS": Mutant(
        "W5: starting over without W2 and W3", "writer, janitor, deletion, renewals"
    ),
    "SWEEPS_ON": Mutant("J6: deleting goes on after H", "importer, 2 janitors, deletion"),
    "CLOSED_READ_LAST": Mutant("J5: .closed is read after the list", "importer, 2 janitors, deletion"),
    "STARTS_OVER_UNSETTLED": Mutant("W5: starting over while a create's fate is open", "writer, janitor"),
    "EMPTY_IS_SOMEBODY_ELSES": Mutant(
        "W6: a key found empty after a lost answer counts as somebody else's", "writer, janitor, deletion"
    ),
}


class Failed(RuntimeError):
    """spin, the compiler or the verifier did not do its work."""


def places() -> dict[str, str]:
    """Numbers and names of the places that the model says it reached."""
    found = re.findall(r"REACHED\(([A-Z_]+)\)", MODEL.read_text(encoding="utf-8"))
    return {number: name for name, number in _numbers() if name in found}


def _numbers() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^#define ([A-Z_]+) +(\d+)$", MODEL.read_text(encoding="utf-8"), re.MULTILINE)


def mutants_of_the_model() -> set[str]:
    """The names of all MUTANT_ switches that the model has."""
    return set(re.findall(r"\bMUTANT_([A-Z_]+)", MODEL.read_text(encoding="utf-8"))) - {""}


def verify(
    flags: str,
    folder: Path,
    mutant: str = "",
    memory: int = 4000,
    seconds: float = 600,
    compact: bool = False,
    bitstate: bool = False,
    optimise: int = 2,
) -> Outcome:
    """Search all states in ``folder``, up to ``memory`` MB and ``seconds``; the first violation ends it.

    ``compact`` trades time for memory. ``bitstate`` may miss states: no violation is then no proof.
    ``optimise`` is gcc's level: below a few million states the compiler takes longer than the search.
    """
    defines = ["-DPROBES", *(f"-D{flag}" for flag in flags.split())]
    if mutant:
        defines.append(f"-DMUTANT_{mutant}")
    _run(["spin", "-a", *defines, str(MODEL)], folder)
    how = ["-DBITSTATE"] if bitstate else [f"-DMEMLIM={memory}", *(["-DCOLLAPSE"] if compact else [])]
    _run(["gcc", "-w", f"-O{optimise}", "-DSAFETY", *how, "-o", "pan", "pan.c"], folder)
    start = time.monotonic()
    search = ["./pan", "-E", "-n", "-m200000", *(["-w33"] if bitstate else [])]
    with subprocess.Popen(search, cwd=folder, stdout=subprocess.PIPE, text=True) as pan:
        try:
            said, in_time = pan.communicate(timeout=seconds)[0], True
        except subprocess.TimeoutExpired:
            pan.send_signal(signal.SIGINT)  # it then says how far it came
            said, in_time = pan.communicate()[0], False
    took = time.monotonic() - start
    violated = re.search(r"pan:\d+: (.+?) \(at depth", said)
    stored = re.search(r"([\d.e+]+) states, stored", said)
    names = places()
    return Outcome(
        violated[1] if violated else None,
        in_time and "errors: 0" in said and "out of memory" not in said and "max search depth" not in said,
        int(float(stored[1])) if stored else 0,
        took,
        frozenset(names[number] for number in re.findall(r"^reached (\d+)$", said, re.MULTILINE)),
        said,
    )


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
