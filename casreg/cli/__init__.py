"""The command line: ``casreg``. Commands are in :mod:`casreg.cli.commands`, one file each."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line of this process; ends it with the exit code of what happened."""
    if "_CASREG_COMPLETE" in os.environ:
        from casreg.cli import completion

        completion.run(os.environ, sys.argv[1:])
        return
    try:
        from casreg.cli.app import app
    except KeyboardInterrupt:
        sys.stderr.write("casreg: interrupted\n")
        sys.exit(130)
    app()
