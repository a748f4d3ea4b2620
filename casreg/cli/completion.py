"""What a shell's completion offers: commands, options, and names, versions and tags out of the store.

Asked by the scripts of :mod:`casreg.cli.shells`, by the environment:

    _CASREG_COMPLETE=words casreg WORD...       the last word is being typed
    _CASREG_COMPLETE=bash COMP_LINE=... COMP_POINT=... COMP_WORDBREAKS=... casreg
                                                the line is split here, as bash's breaks lead to no words

The answer is one candidate per line, for bash without what stands before the last of its breaks. Whatever is
wrong, nothing is offered and nothing said. Nothing is ever written, and no store made.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from casreg.cli.parameters import Parameter
    from casreg.stores.protocol import Store

VARIABLE: Final = "_CASREG_COMPLETE"
_SECONDS: Final = 3
"""After these nobody waits any more."""
_REFERENCES: Final = frozenset(("REFERENCE", "A", "B"))
_NAMES: Final = frozenset(("NAME",))
_SPECIAL: Final = re.compile(r"([^A-Za-z0-9_@%+=:,./~^-])")


def run(environment: Mapping[str, str], words: Sequence[str]) -> None:
    """Print what may be completed."""
    with _silence():
        if environment[VARIABLE] == "bash":
            line = environment["COMP_LINE"].encode()[: int(environment["COMP_POINT"])].decode(errors="ignore")
            found = _for_bash(line, environment.get("COMP_WORDBREAKS", ""))
        else:
            found = candidates(words)
        sys.stdout.write("".join(f"{word}\n" for word in found if word.isprintable()))
        sys.stdout.flush()


@contextmanager
def _silence() -> Iterator[None]:
    """The shell goes on as if nothing was found, whatever happens, and however long it would last."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.alarm(_SECONDS)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere), suppress(Exception, KeyboardInterrupt):
        yield
    signal.alarm(0)


def _for_bash(line: str, breaks: str) -> list[str]:
    """For the last word of ``line``, of which bash replaces what follows the last of ``breaks`` in it, and an
    ``@`` along with that."""
    words, quoted = _split(line)
    found = candidates(words[1:])
    if quoted:
        return found
    last = max((words[-1].rfind(mark) for mark in breaks if not mark.isspace()), default=-1)
    cut = last if words[-1][last : last + 1] == "@" else last + 1
    return [_SPECIAL.sub(r"\\\1", word[cut:]) for word in found]


def _split(line: str) -> tuple[list[str], bool]:
    """The words, the last one perhaps empty; whether that is within quotes."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for word in lexer:
            words.append(word)  # noqa: PERF402  # what was read before an error stays
    except ValueError:  # a quote is open, or a backslash at the end
        return [*words, lexer.token], True
    return (words if line[-1:].strip() else [*words, ""]), False


def candidates(words: Sequence[str]) -> list[str]:
    """What the last of ``words``, those behind ``casreg``, may be."""
    import typer

    from casreg.cli.app import app
    from casreg.cli.early import split
    from casreg.cli.parameters import parameters

    *before, word = words or [""]
    group: Any = typer.main.get_command(app)
    early, rest = split(before)
    command = next((one for one in rest if not one.startswith("-")), None)
    if command is None:
        offered = [] if early[-1:] == ["--store"] else [*group.commands, *_options(parameters(group))]
        return [one for one in offered if one.startswith(word) and (word or not one.startswith("-"))]
    given = [*early, *rest[rest.index(command) + 1 :]]
    return _of_command(parameters(group.commands[command]), given, word)


def _of_command(known: Sequence[Parameter], before: Sequence[str], word: str) -> list[str]:
    store, wanted = "", None
    arguments: list[str] = []
    options = {name: one for one in known for name in (*one.words, *one.off)}
    for given in before:
        if wanted is not None:
            store, wanted = (given if "--store" in wanted.words else store), None
        elif given.startswith("--store="):
            store = given.partition("=")[2]
        elif given.startswith("-") and given != "-":
            option = options.get(given)
            wanted = option if option is not None and option.metavar else None
        else:
            arguments.append(given)
    about = arguments[0].partition("@")[0] if arguments else ""
    name, equals, value = word.partition("=")
    if wanted is None and equals and name in options:
        return [f"{name}={one}" for one in _values(options[name], value, store, about)]
    if wanted is None and word.startswith("-"):
        return [one for one in _options(known) if one.startswith(word)]
    wanted = wanted or _argument([one for one in known if not one.words], len(arguments))
    return [] if wanted is None else _values(wanted, word, store, about)


def _argument(known: Sequence[Parameter], number: int) -> Parameter | None:
    if number < len(known):
        return known[number]
    return known[-1] if known and known[-1].many else None


def _options(known: Sequence[Parameter]) -> list[str]:
    return [name for one in known for name in (*one.words, *one.off)] + ["--help"]


def _values(wanted: Parameter, word: str, store: str, about: str) -> list[str]:
    """``about``: the name that the first argument is."""
    kinds = wanted.metavar.split("|")
    found = [kind for kind in kinds if kind.islower()]
    if _REFERENCES.intersection(kinds):
        found += references(store, word)
    elif _NAMES.intersection(kinds):
        found += names(store, word)
    elif "TAG" in kinds:
        found += tags(store, about)
    elif "VERSION" in kinds and not wanted.words:
        found += [one.partition("@")[2] for one in _selectors(store, about)]
    return [one for one in found if one.startswith(word)]


def names(store: str, word: str) -> list[str]:
    """Those that begin with ``word``."""
    from casreg.names.escape import beginning
    from casreg.refs import all_states

    with _opened(store) as opened:
        found = {str(one.name) for one in all_states(opened, beginning(word)) if one.alive}
    return sorted(one for one in found if one.startswith(word))


def references(store: str, word: str) -> list[str]:
    """Names; once only one is possible its versions and tags, too."""
    name, at, _ = word.partition("@")
    if not at:
        found = names(store, word)
        return found if len(found) != 1 else [*found, *_selectors(store, found[0])]
    return _selectors(store, name)


def _selectors(store: str, name: str) -> list[str]:
    from casreg import marks
    from casreg.names import Name
    from casreg.refs import versions

    with _opened(store) as opened:
        parsed = Name.parse(name)
        return [f"{name}@{one}" for one in (*reversed(versions(opened, parsed)), *marks.tags(opened, parsed))]


def tags(store: str, name: str) -> list[str]:
    """Of the name, if it has any, else of all names."""
    from casreg.marks import all_marks

    with _opened(store) as opened:
        marks = {str(one): found.tags for one, found in all_marks(opened).items()}
    return sorted(marks.get(name) or {tag for found in marks.values() for tag in found})


@contextmanager
def _opened(place: str) -> Iterator[Store]:
    from casreg import default
    from casreg.stores.locate import locate

    store = locate(place or default.default_store(), create=False, durability="none")
    try:
        yield store
    finally:
        store.close()
