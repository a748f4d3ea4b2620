"""Sources that change, shrink, vanish or lie while they are saved: nothing visible, the next save works."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Conflict, InvalidInput, Registry

Noise = Callable[..., bytes]


def nothing_was_saved(registry: Registry, good: object = b"good") -> None:
    """Nothing is visible, nothing is leased, and the registry works on."""
    assert registry.list_objects() == []
    assert list(registry.backend.scan("leases/")) == []
    registry.save("evil", good)
    assert registry.load("evil", verify="full") == good
    assert [finding for finding in registry.fsck() if not finding.harmless] == []


def at_first(monkeypatch: pytest.MonkeyPatch, what: str, path: Path, act: Callable[[], object]) -> None:
    """``act`` right before the first ``what`` (a call of os) that is about ``path``."""
    real, done = getattr(os, what), []

    def call(target: Any, *rest: Any, **more: Any) -> Any:
        mine = os.path.samestat(os.fstat(target), before) if isinstance(target, int) else target == str(path)
        if mine and not done:
            done.append(True)
            act()
        return real(target, *rest, **more)

    before = os.stat(path)
    monkeypatch.setattr(os, what, call)


MOMENTS = ["open", "readv", "pread"]
"""Between the walk and the reading, while it is read, and while its structure is looked at."""


def changes(path: Path, size: int) -> dict[str, Callable[[], object]]:
    def replace() -> None:
        (path.parent.parent / "other").write_bytes(b"other")
        (path.parent.parent / "other").rename(path)

    def become(make: Callable[[Path], object]) -> None:
        path.unlink()
        make(path)

    return {
        "cut off": lambda: os.truncate(path, size // 2),
        "emptied": lambda: os.truncate(path, 0),
        "grown": lambda: path.open("ab").write(b"more"),
        "replaced": replace,
        "gone": path.unlink,
        "a directory now": lambda: become(Path.mkdir),
        "a pipe now": lambda: become(os.mkfifo),
        "a link to nothing": lambda: become(lambda p: p.symlink_to("nowhere")),
        "a link to something endless": lambda: become(lambda p: p.symlink_to("/dev/zero")),
        "in a directory that is gone": lambda: path.parent.rename(path.parent.parent / "moved"),
        "in a directory that is a file": lambda: (
            path.parent.rename(path.parent.parent / "moved"),
            path.parent.touch(),
        ),
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("change", changes(Path("x"), 0))
@pytest.mark.parametrize("name", ["b.npy", "b.npz"])
def test_a_file_of_a_directory(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: str, moment: str
) -> None:
    array = np.random.default_rng(0).standard_normal(30_000).astype("<f4")
    place = tmp_path / "source" / "d"
    place.mkdir(parents=True)
    (place / "a").write_bytes(b"a")
    target = place / name
    (np.save if name == "b.npy" else np.savez_compressed)(target, array)
    (place / "c").write_bytes(b"c")
    at_first(monkeypatch, moment, target, changes(target, target.stat().st_size)[change])
    with pytest.raises(CasregError) as caught:
        registry.save("evil", place)
    assert isinstance(caught.value, Conflict | InvalidInput)
    assert name in str(caught.value)
    monkeypatch.undo()
    nothing_was_saved(registry)


def test_a_directory_that_goes_while_it_is_listed(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / "d" / name).mkdir(parents=True)
        (tmp_path / "d" / name / "file").write_text("x")
    at_first(
        monkeypatch, "listdir", tmp_path / "d" / "b", lambda: (tmp_path / "d" / "b").rename(tmp_path / "c")
    )
    with pytest.raises(Conflict, match="vanished"):
        registry.save("evil", tmp_path / "d")
    monkeypatch.undo()
    nothing_was_saved(registry)


class Lying:
    """A stream that gives good bytes, then lies."""

    def __init__(self, lie: Callable[[memoryview], Any]) -> None:
        self.calls, self.lie = 0, lie

    def readinto(self, buffer: memoryview) -> Any:
        self.calls += 1
        if self.calls == 1:
            buffer[:5] = b"hello"
            return 5
        return self.lie(buffer)


@pytest.mark.parametrize(
    "answer",
    [lambda b: len(b) + 1, lambda b: 1 << 40, lambda b: -1, lambda b: "5", lambda b: 2.0, lambda b: None],
)
def test_a_stream_that_says_it_gave_what_it_cannot_have_given(
    registry: Registry, answer: Callable[[memoryview], Any]
) -> None:
    """Believed, it would have had the buffer's old bytes saved as its own."""
    with pytest.raises(InvalidInput, match="a stream"):
        registry.save("evil", Lying(answer))
    nothing_was_saved(registry)


@pytest.mark.parametrize(
    "answer",
    [lambda n: bytes(n + 1), lambda n: "text", lambda n: None, lambda n: np.zeros(n + 1), lambda n: 5],
)
def test_a_stream_that_reads_other_than_it_was_asked(
    registry: Registry, answer: Callable[[int], Any]
) -> None:
    class Reading(io.IOBase):
        def read(self, size: int) -> Any:
            return answer(size)

    with pytest.raises(InvalidInput, match="stream"):
        registry.save("evil", Reading())
    nothing_was_saved(registry)


def test_items_of_several_bytes_are_counted_in_bytes(registry: Registry) -> None:
    class Reading(io.IOBase):
        done = False

        def read(self, size: int) -> Any:
            self.done, now = True, self.done
            return b"" if now else memoryview(np.arange(4, dtype="<u4"))

    registry.save("evil", Reading())
    assert registry.load("evil") == np.arange(4, dtype="<u4").tobytes()


class Broken(Exception):
    """Of the caller's own stream."""


@pytest.mark.parametrize(
    "error", [Broken("mine"), OSError("mine"), ValueError("mine"), KeyboardInterrupt("mine")]
)
def test_what_a_stream_raises_comes_through(registry: Registry, noise: Noise, error: BaseException) -> None:
    class Failing(io.RawIOBase):
        left = 30

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.left -= 1
            if not self.left:
                raise error
            count = min(len(buffer), 1 << 20)
            buffer[:count] = noise(count, self.left)
            return count

    with pytest.raises(type(error), match="mine"):
        registry.save("evil", Failing())
    nothing_was_saved(registry)


def test_a_stream_that_dribbles_is_whole(registry: Registry, noise: Noise) -> None:
    data = io.BytesIO(noise(100_000))

    class Dribbling(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return data.readinto(memoryview(buffer)[:97])

    registry.save("evil", Dribbling())
    assert registry.load("evil", verify="full") == noise(100_000)
