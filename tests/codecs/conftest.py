"""Everything about codecs holds for both kinds of inner loops."""

from collections.abc import Iterator

import pytest

from casreg.codecs import kernel
from casreg.codecs._loops import Loops


@pytest.fixture(autouse=True, params=[kernel.NUMPY, kernel.COMPILED or kernel.NUMPY], ids=["numpy", "kernel"])
def loops(request: pytest.FixtureRequest) -> Iterator[Loops]:
    """Those in use in the test: the reference, then the compiled ones where there are any."""
    before = kernel.loops()
    kernel.use(request.param)
    yield request.param
    kernel.use(before)
