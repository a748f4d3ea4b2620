"""Stores that the real mindtrace-registry wrote (tools/golden/mindtrace_stores.py), unpacked."""

import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def unpacked(version: str, target: Path) -> Path:
    with zipfile.ZipFile(HERE / f"registry-{version}.zip") as archive:
        archive.extractall(target)
    return target


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of 0.9.0."""
    return unpacked("0.9.0", tmp_path / "old")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A store of 0.16.0."""
    return unpacked("0.16.0", tmp_path / "newer")
