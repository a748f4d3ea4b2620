"""The help of the app and its commands: 80 columns, whatever the terminal and the version of typer."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final

from casreg.cli.parameters import Parameter, parameters

WIDTH: Final = 79
_HELP = Parameter(("-h", "--help"), (), "", "Show this message and exit.", False, False, "", "")


def of_command(name: str, command: Any) -> str:
    """What ``casreg NAME --help`` prints."""
    known = parameters(command)
    return "\n\n".join(
        [
            _wrapped(f"Usage: {usage(name, command)}", " " * 7),
            _text(command.help),
            *_section("Arguments", [(_value(one), _told(one)) for one in known if not one.words]),
            *_options(known),
        ]
    )


def of_app(app: Any, commands: Mapping[str, Any]) -> str:
    """What ``casreg --help`` prints."""
    return "\n\n".join(
        [
            "Usage: casreg [OPTIONS] COMMAND [ARGUMENTS]",
            _text(app.help),
            *_options(parameters(app)),
            *_section("Commands", [(name, summary(command)) for name, command in commands.items()]),
        ]
    )


def usage(name: str, command: Any) -> str:
    """``casreg copy [OPTIONS] REFERENCE --to URL``: with the options that it cannot do without."""
    known = parameters(command)
    arguments = [_value(one) for one in known if not one.words]
    needed = [_called(one) for one in known if one.words and one.required]
    return " ".join([f"casreg {name} [OPTIONS]", *arguments, *needed])


def summary(command: Any) -> str:
    """The first sentence of its help."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())


def _value(one: Parameter) -> str:
    """An argument, as usage shows it."""
    value = one.metavar if one.required else f"[{one.metavar}]"
    return f"{value}..." if one.many else value


def _options(known: Iterable[Parameter]) -> list[str]:
    rows = [(_called(one), _told(one)) for one in [*known, _HELP] if one.words]
    return _section("Options", rows)


def _called(option: Parameter) -> str:
    words = ", ".join(option.words) + "".join(f" / {word}" for word in option.off)
    return f"{words} {option.metavar}".rstrip()


def _told(one: Parameter) -> str:
    """The help, and what holds if it is not given."""
    notes = [f"default: {one.default}"] * bool(one.default)
    notes += [f"environment: {one.variable}"] * bool(one.variable)
    return one.help + (f" [{'; '.join(notes)}]" if notes else "")


def _section(title: str, rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    widest = max([len(word) for word, _ in rows if len(word) <= 26], default=0)
    lines = [f"{title}:"]
    for word, told in rows:
        front = f"  {word:<{widest}}  "
        if len(word) > widest:  # its help begins below it
            lines.append(front.rstrip())
            front = " " * (widest + 4)
        lines.append(_wrapped(front + told, " " * (widest + 4)))
    return ["\n".join(lines)]


def _text(docstring: str | None) -> str:
    """Paragraphs filled, the example as it is."""
    prose, found, example = inspect.cleandoc(docstring or "").partition("\n\nExample:\n")
    paragraphs = [_wrapped("  " + " ".join(part.split()), "  ") for part in prose.split("\n\n")]
    return "\n\n".join(paragraphs + ["  Example:\n" + textwrap.indent(example, "  ")] * bool(found))


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
