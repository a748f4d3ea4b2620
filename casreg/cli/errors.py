"""How a run ends: one line on standard error, or a JSON object, and an exit code by kind of error.

0    done                       5    changed meanwhile, retry   10   no rights, or read-only
1    failed, or differs         6    cannot tell: ask first     11   not supported here
2    wrong usage or input       7    corrupt                    12   unsafe without consent
3    not there                  8    unavailable, retry later   130  interrupted
4    there already              9    no space                   141  nobody reads the output
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import typer

from casreg.cli.output import folded
from casreg.errors import CasregError, NoSpace, Unavailable
from casreg.text import printable

if TYPE_CHECKING:
    from casreg.cli.session import Session

_INTERRUPTED = 130
_BROKEN_PIPE = 141
# click's own classes, under whatever name typer brings click along.
_ClickError: type[Exception] = next(
    cls
    for cls in typer.BadParameter.__mro__
    if cls.__name__ == "ClickException" and issubclass(cls, Exception)
)


@contextmanager
def reporting(session: Session) -> Iterator[None]:
    """Whatever is raised inside is told, and becomes ``typer.Exit`` with its code."""
    try:
        yield
        sys.stdout.flush()
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        _tell("interrupted", session.interrupted(), {}, as_json=session.json, debug=session.debug)
        raise typer.Exit(_INTERRUPTED) from None
    except BrokenPipeError:
        _drop_stdout()
        raise typer.Exit(_BROKEN_PIPE) from None
    except CasregError as error:
        _tell(error.kind, str(error), error.fields, as_json=session.json, debug=session.debug)
        raise typer.Exit(error.exit_code) from None
    except _ClickError:
        raise
    except OSError as error:  # of the standard streams: those of stores are CasregErrors
        _drop_stdout()
        told = NoSpace if error.errno in (errno.ENOSPC, errno.EDQUOT) else Unavailable
        text = f"standard input or output: {error.strerror or error}"
        _tell(told.kind, text, {}, as_json=session.json, debug=session.debug)
        raise typer.Exit(told.exit_code) from None
    except Exception as error:  # noqa: BLE001  # the outermost rim: whatever it is, it is told in one line
        text = f"unexpected {type(error).__name__}: {error} (--debug shows where)"
        _tell("unexpected", text, {}, as_json=session.json, debug=session.debug)
        raise typer.Exit(1) from None


def end_with(run: Callable[[], Any], *, as_json: bool, debug: bool) -> int:
    """The exit code of ``run``, the whole app; usage errors are told."""
    try:
        code = run()
        sys.stdout.flush()
    except _ClickError as error:
        message = error.format_message()  # type: ignore[attr-defined]
        context = getattr(error, "ctx", None)
        hint = f" (see `{context.command_path} --help`)" if context else ""
        _tell("usage", message.rstrip(".") + hint, {}, as_json=as_json, debug=debug)
        return 2
    except BrokenPipeError:
        _drop_stdout()
        return _BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        _tell("interrupted", "interrupted", {}, as_json=as_json, debug=debug)
        return _INTERRUPTED
    return code if isinstance(code, int) else 0


def _tell(kind: str, message: str, fields: dict[str, Any], *, as_json: bool, debug: bool) -> None:
    with suppress(OSError):
        if as_json:
            document = {**fields, "error": kind, "message": message}
            if debug:
                document["traceback"] = traceback.format_exc()
            sys.stderr.write(json.dumps(document, default=str) + "\n")
        else:
            if debug:
                sys.stderr.write(traceback.format_exc())
            sys.stderr.write(folded(f"casreg: {printable(message)}", sys.stderr) + "\n")
        sys.stderr.flush()


def _drop_stdout() -> None:
    """Whoever read it has gone; without this Python complains once more when it ends."""
    with suppress(OSError, ValueError):
        target = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), target)
