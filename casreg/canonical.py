"""One JSON text for one value: UTF-8, sorted keys, no spaces, no NaN (RFC 8785 but for number forms)."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: Any) -> bytes:
    """Raises TypeError or ValueError for what JSON cannot carry: NaN, infinities, lone surrogates."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")
