"""The suite that every store passes: flushing, not flushing, with named temporary files."""

from __future__ import annotations

from pathlib import Path

import pytest

from casreg.stores.local import LocalStore
from casreg.testing import StoreSuite


class TestLocalStore(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


class TestWithoutFlushing(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path, durability="none")


class TestWithNamedTemporaries(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path, durability="none", _anonymous=False)
