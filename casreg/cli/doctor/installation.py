"""casreg, Python, the platform, and the packages that casreg needs."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from casreg import __version__
from casreg.cli.doctor.check import Check

_INSTALL = "python -m pip install --force-reinstall casreg"


def installation() -> Iterator[Check]:
    yield Check("casreg", "ok", __version__)
    yield Check(
        "python", "ok", f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    )
    yield Check("platform", "ok", platform.platform())
    found, missing = _dependencies()
    if found:
        yield Check("dependencies", "ok", ", ".join(found))
    if missing:
        yield Check("dependencies", "fail", f"not installed: {', '.join(missing)}", _INSTALL)


def _dependencies() -> tuple[list[str], list[str]]:
    """(names with versions, names of what is missing) of what casreg cannot do without."""
    found, missing = [], []
    try:
        wanted = metadata.requires("casreg") or []
    except metadata.PackageNotFoundError:
        return [], ["casreg itself (it runs from a directory that was not installed)"]
    for requirement in wanted:
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        if match is None or "extra ==" in requirement:
            continue
        try:
            found.append(f"{match[0]} {metadata.version(match[0])}")
        except metadata.PackageNotFoundError:
            missing.append(match[0])
    return found, missing
