"""casreg, Python, the platform, and the packages that casreg needs."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from casreg import __version__
from casreg.cli.doctor.check import Check
from casreg.codecs import kernel

_INSTALL = "python -m pip install --force-reinstall casreg"
_BUILD = "install a C compiler, then: python -m pip install --force-reinstall --no-binary casreg casreg"


def installation() -> Iterator[Check]:
    yield Check("casreg", "ok", __version__)
    yield Check(
        "python", "ok", f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    )
    yield Check("platform", "ok", platform.platform())
    yield _kernel()
    found, missing = _dependencies()
    if found:
        yield Check("dependencies", "ok", ", ".join(found))
    if missing:
        yield Check("dependencies", "fail", f"not installed: {', '.join(missing)}", _INSTALL)


def _kernel() -> Check:
    """Whether arrays are encoded by compiled code; without, all works, at a fraction of the speed."""
    if kernel.loops() is kernel.COMPILED:
        return Check("codecs", "ok", "compiled kernel in use")
    if kernel.COMPILED:
        return Check("codecs", "ok", "numpy in use, as CASREG_KERNEL=0 says; the compiled kernel is there")
    return Check("codecs", "warn", "numpy in use: casreg was installed without its compiled kernel", _BUILD)


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
