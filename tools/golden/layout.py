"""JSON for people."""

from __future__ import annotations

import json
from textwrap import fill
from typing import Any


def text(value: Any, indent: str = "") -> str:
    """JSON for people who compare versions: what fits on a line is on one, numbers are wrapped."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 100:
        return line
    inner = indent + " "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {text(item, inner)}" for key, item in value.items()]
    elif all(isinstance(item, int) for item in value):
        return "[\n" + fill(line[1:-1], 100, initial_indent=inner, subsequent_indent=inner) + f"\n{indent}]"
    else:
        items = [text(item, inner) for item in value]
    body = f",\n{inner}".join(items)
    return f"{line[0]}\n{inner}{body}\n{indent}{line[-1]}"
