"""The suite that every store passes, on moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from casreg.stores.s3 import S3Store
from casreg.testing import StoreSuite


class TestS3Store(StoreSuite):
    page = 10

    @pytest.fixture
    def store(self, moto_client: Any, bucket: str) -> Iterator[S3Store]:
        store = S3Store(bucket, "models/all", client=moto_client, _pages=(3, self.page))
        yield store
        store.close()
