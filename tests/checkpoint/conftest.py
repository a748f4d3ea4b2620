"""What tests of savers share."""

from collections.abc import Iterator

import numpy as np
import pytest
from gates import Gate

from casreg import Registry


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def gated(gate: Gate) -> Registry:
    return Registry(gate, version_objects=True)


@pytest.fixture
def weights() -> np.ndarray:
    return (np.random.default_rng(3).standard_normal(20_000) * 0.05).astype(np.float32)
