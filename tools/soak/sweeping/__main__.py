"""Many simulations, or every mutant; see the package."""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter

from tools.soak.sweeping.mutants import MUTANTS, hunted
from tools.soak.sweeping.people import CONFIGURATIONS
from tools.soak.sweeping.simulate import simulate
from tools.soak.sweeping.watched import Broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--schedules", type=int, default=3000, help="simulations, of all configurations together"
    )
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--mutants", action="store_true", help="look for what shows each mistake")
    given = parser.parse_args()
    logging.getLogger("casreg").setLevel(logging.ERROR)
    if given.mutants:
        _hunt(given.seed, given.schedules)
    else:
        _simulate(given.seed, given.schedules)


def _simulate(first: int, count: int) -> None:
    met: Counter[str] = Counter()
    began = time.monotonic()
    names = list(CONFIGURATIONS)
    for number in range(count):
        name = names[number % len(names)]
        try:
            met += simulate(name, first + number // len(names)).met
        except Broken as error:
            raise SystemExit(f"{error}\n" + "\n".join(error.__notes__)) from error
    print(f"{count} schedules in {time.monotonic() - began:.0f} s; nothing was broken")
    for what, times in met.most_common():
        print(f"{times:9}  {what}")


def _hunt(first: int, count: int) -> None:
    missed = []
    for name, mutant in MUTANTS.items():
        seed = next((s for s in range(first, first + count) if hunted(mutant, s)), None)
        print(f"{name:28} {'missed' if seed is None else f'seed {seed}'}  {mutant.broken}")
        missed += [name] if seed is None else []
    if missed:
        raise SystemExit(f"not found: {', '.join(missed)}")


if __name__ == "__main__":
    main()
