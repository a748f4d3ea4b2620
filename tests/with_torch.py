"""torch, for the tests that need it: where it is not installed they are skipped, in CI they fail."""

import os

import pytest

if os.environ.get("CI"):
    import torch
else:
    torch = pytest.importorskip("torch")

__all__ = ["torch"]
