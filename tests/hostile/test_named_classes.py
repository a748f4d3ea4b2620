"""Versions that name classes which are to be made on load."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from attacking import attacked

from casreg import CasregError, Corrupt, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore

MADE: list[object] = []


class NoUri:
    """What looks like a materializer, and is none."""

    def __init__(self, **options: Any) -> None:
        MADE.append(self)

    def save(self, obj: object) -> None:
        MADE.append(obj)

    def load(self, data_type: type) -> object:
        return data_type


LIES: dict[str, tuple[dict[str, Any], type[CasregError]]] = {
    "no materializer named": ({}, Corrupt),
    "not imported": ({"materializer": "antigravity.Archiver"}, Unsafe),
    "a function": ({"materializer": "os.system"}, Unsupported),
    "a module": ({"materializer": "os.path"}, Unsupported),
    "a method": ({"materializer": "casreg.archiver.Archiver.load"}, Unsafe),
    "another class": ({"materializer": "subprocess.Popen", "initParams": {"args": "id"}}, Unsafe),
    "without uri": ({"materializer": f"{__name__}.NoUri"}, Unsafe),
    "no name": ({"materializer": "x"}, Unsupported),
    "empty": ({"materializer": ""}, Unsupported),
    "dots": ({"materializer": "...."}, Unsafe),
    "long": ({"materializer": "a." * 5000}, Unsafe),
    "a list": ({"materializer": ["os.system"]}, Corrupt),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_materializer_is_not_made(lie: str) -> None:
    told, error = LIES[lie]
    store = MemoryStore()
    attacked(store, kind="custom", head=lambda head: head.update(told))
    with pytest.raises(error) as caught:
        Registry(store).load("evil")
    assert len(str(caught.value)) < 1000
    assert not MADE
    assert "antigravity" not in sys.modules
