"""The store in a directory, with both kinds of temporary files."""

from __future__ import annotations

from pathlib import Path

import pytest

from casreg.stores.local import LocalStore


@pytest.fixture(params=[True, False], ids=["anonymous", "named"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStore:
    root = tmp_path / "store"
    root.mkdir()
    return LocalStore(root, _anonymous=request.param)
