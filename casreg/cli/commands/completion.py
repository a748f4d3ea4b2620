"""``casreg completion``"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from casreg.cli.session import Session
from casreg.cli.shells import SCRIPTS
from casreg.errors import InvalidInput


def completion(
    session: Session,
    shell: Annotated[
        str, typer.Argument(metavar="bash|zsh|fish", help="Which shell is to complete.", show_default=False)
    ],
) -> None:
    """Print what makes a shell complete commands, options, names, versions and tags.

    For bash put `eval "$(casreg completion bash)"` into ~/.bashrc, for zsh `eval "$(casreg completion zsh)"`
    into ~/.zshrc behind compinit, for fish `casreg completion fish | source` into ~/.config/fish/config.fish.

    Example:
        casreg completion bash
    """
    script = SCRIPTS.get(shell)
    if script is None:
        raise InvalidInput(f"there is no completion for {shell}: one of {', '.join(SCRIPTS)}")
    if session.json:
        session.document({"shell": shell, "script": script})
    else:
        sys.stdout.write(script)
