"""``casreg note``"""

from __future__ import annotations

import json
import shlex
from typing import Annotated

import typer

from casreg.cli import entries
from casreg.cli.options import Reference
from casreg.cli.session import Session


def note(
    session: Session,
    reference: Reference,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="A note: JSON, or else a string.", show_default=False),
    ] = None,
    json_file: Annotated[
        str | None,
        typer.Option("--json-file", metavar="FILE", help="Notes as a JSON object; - for standard input."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A note that is to go. Repeatable.")
    ] = None,
) -> None:
    """Note things of a version, such as metrics, or show what is noted.

    No new version is made; notes of the same key are replaced, others stay.

    Example:
        casreg note det/yolo accuracy=0.93 stage=prod
        echo '{"reviewed": ["ann", "bo"]}' | casreg note det/yolo --json-file -
        casreg note det/yolo --remove stage
        casreg note det/yolo
    """
    given = {**(entries.json_file(json_file) if json_file else {}), **entries.pairs(items or [])}
    session.on_interrupt = "nothing was noted"
    if given or remove:
        with session.registry() as registry:
            noted = registry.note(reference, given, remove=remove or ())
    else:
        with session.registry(read_only=True) as registry:
            noted = registry.notes(reference)
    lines = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in sorted(noted.items())]
    none = f"nothing is noted of {reference}: `casreg note {shlex.quote(reference)} KEY=VALUE` does"
    session.result({"reference": reference, "notes": noted}, lines, none=none)
