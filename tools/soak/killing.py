"""SIGKILL at random moments: whatever a process was doing, every listed version loads and verifies.

python -m tools.soak.killing --rounds 2000
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from casreg import CasregError, Registry

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["numpy", "casreg.registry", "casreg.codecs.planes", __name__])
STORES_OF = 25
"""Rounds in one store, before a new one is made."""


def value(seed: int) -> dict[str, Any]:
    """An object that tells whether it is whole: small, large, or large and much like another."""
    size = (10, 300_000, 300_000)[seed % 3]
    data = np.random.default_rng(seed % 3 if seed % 3 == 2 else seed).integers(0, 255, size, np.uint8)
    data[:8] = np.frombuffer(seed.to_bytes(8, "little"), np.uint8)
    return {"seed": seed, "data": data}


def busy(store: str, seed: int) -> None:
    """Save, overwrite and delete until killed."""
    rng = random.Random(seed)
    with Registry(store) as registry:
        while True:
            name, number = rng.choice("abc"), rng.randrange(1 << 40)
            act = rng.random()
            if act < 0.4:
                registry.save(name, value(number), version=str(rng.randrange(1, 4)))
            elif act < 0.7:
                registry.save(name, value(number))
            else:
                for version in registry.list_versions(name)[:-2]:
                    registry.delete(name, version)


def check(store: Path) -> int:
    """Load everything that is listed; how many versions that were. Raises AssertionError for damage."""
    count = 0
    with Registry(store, read_only=True) as registry:
        for name, versions in registry.list_objects_and_versions().items():
            for version in versions:
                loaded = registry.load(name, version, verify="full")
                assert np.array_equal(loaded["data"], value(loaded["seed"])["data"]), f"{name}@{version}"
                count += 1
        damage = [finding for finding in registry.fsck(hashes=False) if not finding.harmless]
        assert not damage, damage
    return count


def kill_at_random(rounds: int, seed: int, place: Path) -> Counter[str]:
    """Kill ``rounds`` processes at their work; what was met, counted."""
    rng = random.Random(seed)
    met: Counter[str] = Counter()
    for number in range(rounds):
        store = place / str(number // STORES_OF)
        if not store.exists():
            Registry(store, version_objects=True, mutable=True).close()
        process = context.Process(target=busy, args=(str(store), rng.randrange(1 << 40)))
        process.start()
        process.join(rng.expovariate(25))
        met["killed"] += process.is_alive()
        process.kill()
        process.join()
        met["versions checked"] += check(store)
        met["leases left"] = max(met["leases left"], len(list((store / "leases").glob("*"))))
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        try:
            met = kill_at_random(given.rounds, given.seed, Path(place))
        except (AssertionError, CasregError) as error:
            raise SystemExit(f"damage: {error}") from error
    print(", ".join(f"{count} {what}" for what, count in met.items()))


if __name__ == "__main__":
    main()
