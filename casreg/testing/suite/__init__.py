"""The promises of :mod:`casreg.stores.protocol`, each as a test.

A backend is proved by a subclass that overrides one fixture::

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self):
            store = MyStore(...)  # empty, and this test's own
            yield store
            store.close()
"""

from __future__ import annotations

import pytest

from casreg.stores.protocol import Store
from casreg.testing.suite.creating import Creating
from casreg.testing.suite.naming import Naming
from casreg.testing.suite.reading import Reading
from casreg.testing.suite.removing import Removing
from casreg.testing.suite.scanning import Scanning
from casreg.testing.suite.stats import Stats
from casreg.testing.suite.writing import Writing


class StoreSuite(Reading, Stats, Writing, Creating, Removing, Scanning, Naming):
    """Subclass it, override ``store``, and pytest proves the backend.

    A backend whose requests are slow may be made with small pages in its tests, and set ``page`` to
    the most entries that one request of a listing then brings.
    """

    @pytest.fixture
    def store(self) -> Store:
        """An empty store that belongs to one test."""
        raise NotImplementedError("override the fixture `store`")
