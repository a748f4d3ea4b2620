"""What the tests of the command line share."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.process import missing

CASREG = (sys.executable, "-m", "casreg")


@dataclass
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def told(self) -> str:
        """The only line on standard error, without ``casreg: ``."""
        assert self.err.startswith("casreg: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("casreg: ").strip()


Cli = Callable[..., Ran]


def require(shell: str) -> None:
    """Skip where the shell is not installed; in CI fail."""
    if shutil.which(shell) is None:
        missing(shell, f"apt-get install -y --no-install-recommends {shell}")


def environment(tmp_path: Path) -> dict[str, str]:
    """With ``casreg`` where a shell looks."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "casreg").write_text(f"#!{sys.executable}\nfrom casreg.cli import main\nmain()\n")
    (folder / "casreg").chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
