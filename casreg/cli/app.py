"""The app: every command registered, and what happens around all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from casreg import __version__
from casreg.cli import help as helping
from casreg.cli.command import command
from casreg.cli.commands import COMMANDS
from casreg.cli.early import moved
from casreg.cli.errors import end_with


class _Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return helping.of_command(str(self.name), self)


class _Group(TyperGroup):
    """Usage errors are told as all others are: in one line, or as JSON."""

    def get_help(self, ctx: Any) -> str:
        return helping.of_app(self, self.commands)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        given = moved(sys.argv[1:] if args is None else args)
        code = end_with(
            lambda: super(_Group, self).main(
                given, "casreg", complete_var, False, windows_expand_args, **extra
            ),
            as_json="--json" in given,
            debug="--debug" in given,
        )
        sys.exit(code)


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"casreg {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """Keep files, objects and model checkpoints as versions that share what they have in common.

    A reference is NAME (its latest version), NAME@VERSION, NAME@TAG or NAME@sha256:DIGEST.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for name, function in COMMANDS.items():
    app.command(name, cls=_Command)(command(function))
