"""The command line: ``casreg``. Commands are in :mod:`casreg.cli.commands`, one file each."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line of this process; ends it with the exit code of what happened."""
    if "_CASREG_COMPLETE" in os.environ:
        from casreg.cli import completion

        completion.run(os.environ, sys.argv[1:])
        return
    _require_streams()
    try:
        from casreg.cli.app import app
    except KeyboardInterrupt:
        sys.stderr.write("casreg: interrupted\n")
        sys.exit(130)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have what the terminal has not
    app()


def _require_streams() -> None:
    """Python has None for those that are closed, and the next files opened would take their places: what was
    meant for people would end up in a store."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (filled := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(filled)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    if sys.stdout is None:
        sys.stderr.write("casreg: standard output is closed, nothing was done: give it /dev/null instead\n")
        sys.exit(8)
