"""Arguments and options of a command as values: what its help and a shell's completion are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument or option."""

    words: tuple[str, ...]
    """What an option is called: ``-q``, ``--quiet``; empty for an argument."""
    off: tuple[str, ...]
    """What switches it off: ``--no-inflate``."""
    metavar: str
    """What its value is; empty for a switch."""
    help: str
    many: bool
    """Whether it may be given several times."""
    required: bool
    default: str
    """Empty if there is none worth telling."""
    variable: str
    """Of the environment; empty if there is none."""

    @classmethod
    def of(cls, parameter: Any) -> Self:
        """From click's, which typer has made."""
        is_option = parameter.param_type_name == "option"
        switch = is_option and bool(parameter.is_flag)
        words, off = tuple(sorted(parameter.opts, key=len)), tuple(parameter.secondary_opts)
        default = parameter.default
        if switch:
            default = (off[0] if off and not default else words[-1]) if off else None
        return cls(
            words=words if is_option else (),
            off=off,
            metavar="" if switch else parameter.metavar or parameter.name.upper(),
            help=parameter.help or "",
            many=parameter.nargs == -1 or bool(getattr(parameter, "multiple", False)),
            required=parameter.required,
            default="" if default is None or not is_option else str(default),
            variable=parameter.envvar if isinstance(parameter.envvar, str) else "",
        )


def parameters(command: Any) -> list[Parameter]:
    """Of a click command, in order; without ``--help``."""
    return [Parameter.of(one) for one in command.params if not getattr(one, "hidden", False)]
