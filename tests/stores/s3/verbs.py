"""The six verbs, each as a call: what holds for all of them is tested on all of them."""

from __future__ import annotations

from collections.abc import Callable

from casreg.stores.s3 import S3Store


def every_verb(store: S3Store, key: str = "a") -> dict[str, Callable[[], object]]:
    return {
        "read": lambda: store.read(key),
        "read nothing": lambda: store.read(key, 0, 0),
        "read_into": lambda: store.read_into(key, 0, [memoryview(bytearray(1))]),
        "stat": lambda: store.stat(key),
        "write": lambda: store.write(key, [b"x"]),
        "create": lambda: store.create(key, b"x"),
        "remove": lambda: store.remove(key),
        "scan": lambda: list(store.scan("")),
    }


VERBS = tuple(every_verb(None))  # type: ignore[arg-type]
