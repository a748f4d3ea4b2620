"""Requests come as lines of JSON, ``[verb, arguments]``; each is answered by one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any


def serve(**verbs: Callable[..., Any]) -> None:
    """Answer until the input ends: the seconds a verb took and what it returned, or its error.

    What the library itself prints goes to stderr.
    """
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        for line in sys.stdin:
            verb, arguments = json.loads(line)
            print(json.dumps(_answer(verbs[verb], arguments)), file=answers, flush=True)


def _answer(function: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    start = perf_counter()
    try:
        returned = function(**arguments)
    except Exception as error:  # noqa: BLE001 - told to the one who asked, whatever it is
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": perf_counter() - start, "returned": returned}


def fsync(path: str) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
