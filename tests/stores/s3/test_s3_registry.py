"""A registry in a bucket."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from servers.process import Server
from servers.s3 import client

from casreg import Registry
from casreg.errors import (
    StoreNotFound,
    VersionNotFound,
)
from casreg.stores.s3 import S3Store
from casreg.testing import MeteredStore

MIB = 1 << 20


def requests(store: S3Store, shared: Any) -> Counter[str]:
    """Counts what goes over the wire on ``shared``, the client of ``store``."""
    seen: Counter[str] = Counter()
    shared.meta.events.register("before-send.s3", lambda request, **_: seen.update([request.method]))
    return seen


@pytest.mark.usefixtures("environment")
def test_a_registry_in_a_bucket_saves_and_loads(bucket: str, tmp_path: Path) -> None:
    weights = {"w": np.arange(300_000, dtype=np.float32), "b": np.ones(3)}
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file.bin").write_bytes(os.urandom(2 * MIB))
    (folder / "small.txt").write_text("small")
    with Registry(f"s3://{bucket}/team/models", mutable=True) as registry:
        registry.save("value", {"a": [1, 2, (3, None)]})
        registry.save("arrays", weights)
        registry.save("folder", folder)
        registry.save("value", "changed", on_conflict="overwrite")
    with Registry(f"s3://{bucket}/team/models") as registry:
        assert registry.load("value") == "changed"
        loaded = registry.load("arrays")
        assert all(np.array_equal(loaded[name], weights[name]) for name in weights)
        out = registry.load("folder", output_dir=tmp_path / "out")
        assert (Path(out) / "deep" / "file.bin").read_bytes() == (folder / "deep" / "file.bin").read_bytes()
        assert (Path(out) / "small.txt").read_text() == "small"
        registry.delete("value")
        with pytest.raises(VersionNotFound):
            registry.load("value")
        assert sorted(registry.list_objects()) == ["arrays", "folder"]


@pytest.mark.usefixtures("environment")
def test_registries_below_two_prefixes_of_a_bucket_do_not_see_each_other(bucket: str) -> None:
    with Registry(f"s3://{bucket}/a") as one, Registry(f"s3://{bucket}/ab/") as two:
        one.save("x", 1)
        assert two.list_objects() == []


def test_a_small_save_is_two_requests_and_a_small_load_two(s3_server: Server, bucket: str) -> None:
    shared = client(s3_server)
    store = S3Store(bucket, client=shared)
    metered = MeteredStore(store)
    with Registry(metered, version_objects=True) as registry:
        registry.save("x", 0)
        sent = requests(store, shared)
        metered.reset()
        registry.save("x", 1)
        assert {verb: n for verb, n in metered.counts.items() if n} == {"scan": 1, "create": 1}
        assert sent == {"GET": 1, "PUT": 1}
        sent.clear()
        metered.reset()
        assert registry.load("x") == 1
        assert {verb: n for verb, n in metered.counts.items() if n} == {"scan": 1, "read": 1}
        assert sent == {"GET": 2}
    shared.close()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("options", [{}, {"create": False}, {"read_only": True}])
def test_a_missing_bucket_is_not_made_and_the_error_says_who_makes_it(options: dict[str, bool]) -> None:
    for _ in range(2):
        with pytest.raises(StoreNotFound, match=r"no-such-bucket.*makes no buckets.*casreg init"):
            Registry("s3://no-such-bucket/x", **options)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("options", [{"create": False}, {"read_only": True}])
def test_in_a_bucket_without_a_store_the_error_says_how_one_is_made(
    bucket: str, options: dict[str, bool]
) -> None:
    with pytest.raises(
        StoreNotFound,
        match=f"no casreg store at s3://{bucket}/x: make one with `casreg init s3://{bucket}/x`",
    ):
        Registry(f"s3://{bucket}/x", **options)
    Registry(f"s3://{bucket}/x").close()
    Registry(f"s3://{bucket}/x", **options).close()
