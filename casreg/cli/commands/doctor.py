"""``casreg doctor``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.session import Session


def doctor(
    session: Session,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Write nothing, so test no writing.")
    ] = False,
) -> None:
    """Examine this installation and the store.

    Says what is wrong and what helps. Never makes a store. Ends with code 1 if something failed.

    Example:
        casreg doctor
        casreg doctor --json
    """
    from casreg.cli.doctor import examine

    checks = []
    for check in examine(session.place, read_only=read_only):
        checks.append(check)
        if not session.json and (check.status != "ok" or not session.quiet):
            session.line(f"{check.status:<5}{check.name}: {check.detail}", 5)
            if check.remedy:
                session.line(f"       -> {check.remedy}", 10)
    healthy = all(check.status != "fail" for check in checks)
    if session.json:
        session.document({"ok": healthy, "checks": [check.document() for check in checks]})
    if not healthy:
        raise typer.Exit(1)
