"""Every rule that is broken in the code is found out; the unbroken code passes the same runs."""

import pytest

from tools.soak.sweeping.mutants import MUTANTS, hunted
from tools.soak.sweeping.simulate import simulate

SEEDS = 120


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_found_out(name: str) -> None:
    assert any(hunted(MUTANTS[name], seed) for seed in range(SEEDS))


@pytest.mark.parametrize("name", MUTANTS)
def test_what_finds_a_mistake_finds_nothing_in_the_real_code(name: str) -> None:
    mutant = MUTANTS[name]
    for seed in range(3):
        simulate(mutant.configuration, seed, **mutant.temper)
