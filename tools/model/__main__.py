"""The command: check configurations and mutants of the model, print a line of each."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tools.model.check import ALL, LARGE, MUTANTS, SMALL, Outcome, verify


def main() -> int:
    """Exit code 0 if every configuration holds and every mutant is caught."""
    parser = argparse.ArgumentParser(prog="python -m tools.model", description=main.__doc__)
    parser.add_argument("--large", action="store_true", help="the large configurations too: hours")
    parser.add_argument("--mutants", action="store_true", help="only mutants")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="a configuration or mutant"
    )
    parser.add_argument("--in", dest="place", choices=list(ALL), help="where to look for the mutants")
    parser.add_argument("--memory", type=int, default=16000, help="MB for one search (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3600, help="for one search (%(default)s)")
    parser.add_argument("--bitstate", action="store_true", help="hash only: finds, but proves nothing")
    chosen = parser.parse_args()
    unknown = set(chosen.only) - set(ALL) - set(MUTANTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join([*ALL, *MUTANTS])}")

    def search(configuration: str, mutant: str = "") -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            return verify(
                ALL[configuration].flags,
                Path(folder),
                mutant,
                chosen.memory,
                chosen.seconds,
                compact=configuration in LARGE,
                bitstate=chosen.bitstate,
                optimise=1 if mutant else 2,
            )

    good = True
    for name in ALL if chosen.large else SMALL if not chosen.only else ALL:
        if chosen.mutants or (chosen.only and name not in chosen.only):
            continue
        found = search(name)
        missed = set(ALL[name].must_reach.split()) - found.reached
        word = found.violated or ("holds" if found.complete else "not searched to the end")
        if missed:
            word += f"; never reached: {' '.join(sorted(missed))}"
        good &= word == "holds"
        print(f"{name:40} {found.states:>12,} states {found.seconds:7.1f} s  {word}", flush=True)
    for name, mutant in MUTANTS.items():
        if chosen.only and name not in chosen.only:
            continue
        place = chosen.place or mutant.configuration
        if place in LARGE and not (chosen.large or chosen.only or chosen.mutants):
            continue
        found = search(place, name)
        good &= found.violated is not None
        word = found.violated or ("NOT CAUGHT" if found.complete else "not searched to the end")
        print(
            f"{name:26} in {place:36} {found.states:>12,} states {found.seconds:7.1f} s  {word}", flush=True
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
