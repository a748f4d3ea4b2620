"""Threads in ordered pipelines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Final, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_WAITING: Final = 16
"""At once, where each mostly waits."""


def side_by_side(function: Callable[[T], R], items: Sequence[T], *, waits: bool) -> Iterator[R]:
    """Results in the order of ``items``; many at once if the function ``waits``, for a network."""
    if not waits or len(items) < 2:
        yield from map(function, items)
        return
    with Pool(_WAITING) as pool:
        yield from pool.map(function, items, 2 * _WAITING)


class Pool:
    """A bounded number of threads; leaving it waits for what runs and cancels what does not."""

    def __init__(self, workers: int, name: str = "casreg") -> None:
        self.workers = workers
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)

    def submit(self, function: Callable[..., R], /, *args: object) -> Future[R]:
        return self._executor.submit(function, *args)

    def map(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        ahead: int | None = None,
        ending: Event | None = None,
    ) -> Generator[R]:
        """Results in the order of ``items``, of which at most ``ahead`` are under way at once.

        The first error ends it: what has not begun is cancelled, what runs is waited for. ``ending`` is
        set before that, so that what takes long may give up.
        """
        limit = ahead or self.workers + 1
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(self.submit(function, item))
                if len(waiting) >= limit:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            if ending is not None:
                ending.set()
            for future in waiting:
                future.cancel()
            for future in waiting:
                if not future.cancelled():
                    future.exception()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what runs, cancel what does not."""
        self._executor.shutdown(wait=True, cancel_futures=True)
