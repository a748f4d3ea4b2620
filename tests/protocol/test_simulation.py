"""Real saves, imports and deletes against the sweep, in many orders: nothing visible is ever incomplete."""

from collections import Counter

import pytest

from tools.soak.sweeping.people import CONFIGURATIONS
from tools.soak.sweeping.simulate import simulate

CHUNK = 40
CHUNKS = 5

MUST_HAPPEN = {
    "saves",
    "saves that reuse",
    "saves that start over",
    "fates unknown",
    "tombstones",
    "trimmed",
    "emptied refs removed",
    "blobs swept",
    "lists",
    "lists closed",
    "lists dropped",
    "janitors that wait",
    "crashes",
    "create lands late",
    "remove lands late",
    "create lost",
    "create unsent",
    "remove twice",
    "write late",
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_ref_reaches_a_missing_blob_and_nothing_is_left_for_ever(configuration: str, chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        simulate(configuration, seed)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_enough_happens(configuration: str) -> None:
    met: Counter[str] = Counter()
    for seed in range(1000, 1100):
        met += simulate(configuration, seed).met
        if met.keys() >= MUST_HAPPEN:
            return
    assert met.keys() >= MUST_HAPPEN, f"never: {MUST_HAPPEN - met.keys()}"


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_seed_gives_the_same_run_every_time(configuration: str) -> None:
    for seed in (3, 4, 5):
        assert simulate(configuration, seed).trace == simulate(configuration, seed).trace
