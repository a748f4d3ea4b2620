"""The reference of the command line, made of what `--help` says: `python -m tools.reference` writes it.

A table in README.md; every help text, and what exit codes mean, in docs/command-line.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from casreg.cli import errors
from casreg.cli import help as helping
from casreg.cli.app import app
from tools.bench.sections import END, with_section

ROOT = Path(__file__).parents[1]
BEGIN = "<!-- python -m tools.reference -->"
_PAGE = f"""# The command line

What `casreg --help` and `casreg COMMAND --help` print, and [the exit codes](#exit-codes).

{BEGIN}
{END}
"""


def commands() -> dict[str, Any]:
    """In the order of `casreg --help`."""
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return found


def table() -> str:
    """Every command with its arguments, and what it does."""
    rows = [
        f"| `{_brief(name, command)}` | {helping.summary(command)} |" for name, command in commands().items()
    ]
    return "\n".join(["", "| command | |", "|---|---|", *rows, ""])


def _brief(name: str, command: Any) -> str:
    """Its usage, as a table of Markdown shows it: there a bare | begins another cell."""
    return helping.usage(name, command).replace(" [OPTIONS]", "").replace("|", r"\|")


def exit_codes() -> str:
    """What the module that ends with them says of them."""
    return (errors.__doc__ or "").partition("\n\n")[2].strip()


def page() -> str:
    """All help texts, then the exit codes."""
    texts = {"casreg": helping.of_app(typer.main.get_command(app), commands())}
    texts |= {f"casreg {name}": helping.of_command(name, command) for name, command in commands().items()}
    texts["Exit codes"] = exit_codes()
    chapters = [f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in texts.items()]
    return with_section(_PAGE, BEGIN, "".join(chapters))


def files() -> dict[Path, str]:
    """What the files are to hold."""
    readme = ROOT / "README.md"
    return {
        readme: with_section(readme.read_text("utf-8"), BEGIN, table()),
        ROOT / "docs" / "command-line.md": page(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, "utf-8")
