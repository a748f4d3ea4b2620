"""The rim: the one place outside of the command line that looks at environment, clock and host."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path


def default_store() -> str:
    """``CASREG_STORE``, or a directory below the user's data."""
    return os.environ.get("CASREG_STORE") or str(user_data_path("casreg") / "store")


def default_cache() -> Path:
    """``CASREG_CACHE``, or a directory below the user's cache."""
    given = os.environ.get("CASREG_CACHE")
    return Path(given) if given else user_cache_path("casreg")


def default_state() -> Path:
    """``CASREG_STATE``, or a directory below the user's state: journals of saves."""
    given = os.environ.get("CASREG_STATE")
    return Path(given) if given else user_state_path("casreg")


def author() -> str | None:
    """``CASREG_AUTHOR``: who history says that it was, empty for nobody; None where it is not set."""
    return os.environ.get("CASREG_AUTHOR")


@cache
def user() -> str | None:
    """The name of this process's user; None where there is none."""
    import getpass

    try:
        return _for_people(getpass.getuser())
    except (OSError, KeyError, ImportError):  # a container's user need not have a name
        return None


@cache
def host() -> str | None:
    """This machine's name; None where it has none."""
    import platform

    return _for_people(platform.node())


def _for_people(name: str) -> str | None:
    return "".join(filter(str.isprintable, name))[:200] or None


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def clock() -> float:
    """Seconds that go on while the machine sleeps; only differences mean anything."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # elsewhere the monotonic clock counts sleep
    return time.clock_gettime(boot) if boot is not None else time.monotonic()


def pause() -> None:
    """Wait a while for somebody else."""
    time.sleep(5)


def boot_id() -> str:
    """Changes when the machine starts anew; empty where that cannot be told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def clock_id() -> str:
    """Two processes for which this is equal read the same :func:`clock`; empty where that cannot be told."""
    try:
        return f"{boot_id()} {os.readlink('/proc/self/ns/time')}" if boot_id() else ""
    except OSError:  # a kernel without time namespaces
        return boot_id()
