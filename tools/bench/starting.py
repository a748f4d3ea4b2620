"""Tools set up and started; what is not there, or fails, says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Protocol, TypeVar

from tools.bench.peers.protocol import NotInstalled, Place
from tools.bench.peers.worker import Failed


class Running(Protocol):
    """A tool at work."""

    def close(self) -> None: ...


R_co = TypeVar("R_co", bound=Running, covariant=True)


class Startable(Protocol[R_co]):
    """A tool, perhaps not installed."""

    how: str

    def install(self, place: Place) -> None:
        """Raises NotInstalled where that cannot be done."""

    def start(self, place: Place) -> R_co:
        """Raises NotInstalled where it is not set up, Failed where it does not work."""


def start(
    tools: Mapping[str, Startable[R_co]],
    place: Place,
    stack: ExitStack,
    *,
    install: bool,
    say: Callable[[str], None],
) -> tuple[dict[str, R_co], dict[str, str]]:
    """(tools at work, why the others are not), by name; ``stack`` ends them. ``install``: whether to set up
    what is missing."""
    running: dict[str, R_co] = {}
    missing: dict[str, str] = {}
    for name, tool in tools.items():
        say(f"{name}: {tool.how}")
        try:
            if install:
                tool.install(place)
            running[name] = tool.start(place)
            stack.callback(running[name].close)
        except NotInstalled as error:
            missing[name] = f"not installed: {error}"
        except Failed as error:
            missing[name] = f"failed: {error}"
        if name in missing:
            say(f"{name} {missing[name]}")
    return running, missing
