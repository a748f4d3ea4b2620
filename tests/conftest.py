"""What all tests share. Profiles: ``ci`` (default, the same examples every time), ``nightly`` (many)."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from casreg import Registry

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile("nightly", deadline=None, max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the user's own store, cache or state."""
    monkeypatch.setenv("CASREG_STORE", str(tmp_path_factory.getbasetemp() / "default-store"))
    monkeypatch.setenv("CASREG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("CASREG_STATE", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A versioned, immutable registry in memory."""
    with Registry("memory://", version_objects=True) as registry:
        yield registry


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Registry]:
    """A versioned, immutable registry in a directory."""
    with Registry(tmp_path / "store", version_objects=True, durability="none") as registry:
        yield registry


@pytest.fixture
def noise() -> Callable[..., bytes]:
    """``noise(size, seed)``: bytes that do not compress, the same every time."""
    return lambda size, seed=0: random.Random(seed).randbytes(size)
