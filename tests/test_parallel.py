"""Threads in ordered pipelines."""

from collections.abc import Iterator
from threading import Event

import pytest

from casreg.parallel import Pool


def test_results_come_in_the_order_of_the_items() -> None:
    with Pool(3) as pool:
        assert list(pool.map(lambda n: n * n, range(50), 2)) == [n * n for n in range(50)]


def test_the_first_error_ends_it() -> None:
    with Pool(2) as pool, pytest.raises(ZeroDivisionError):
        list(pool.map(lambda n: 1 // (3 - n), range(50)))


def test_work_is_told_when_nobody_waits_for_it_any_more() -> None:
    ending, begun = Event(), Event()

    class Interrupted(Exception):
        pass

    def items() -> Iterator[int]:
        yield 1
        begun.wait(60)
        raise Interrupted

    def wait(number: int) -> int:
        begun.set()
        assert ending.wait(60)
        return number

    with Pool(2) as pool, pytest.raises(Interrupted):
        list(pool.map(wait, items(), ending=ending))
    assert ending.is_set()
