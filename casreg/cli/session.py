"""One run of one command: where its store is, and how it speaks."""

from __future__ import annotations

import json as jsonlib
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from casreg.cli.output import folded
from casreg.text import printable

if TYPE_CHECKING:
    from casreg.cli.watched import WatchedStore
    from casreg.progress import Progress
    from casreg.registry import Registry
    from casreg.stores.protocol import Store


class Session:
    """The common options, and what commands do with them."""

    def __init__(self, store: str | None, json: bool, quiet: bool, debug: bool) -> None:
        self.store, self.json, self.quiet, self.debug = store, json, quiet, debug
        self.on_interrupt = ""
        """What an interrupt leaves undone, for people: "nothing was saved"."""
        self._watched: WatchedStore | None = None

    @property
    def place(self) -> str:
        """The path or URL of the store."""
        from casreg import default

        return default.default_store() if self.store is None else self.store

    @contextmanager
    def registry(self, place: str | None = None, *, read_only: bool = False) -> Iterator[Registry]:
        """The registry of the store, or of another ``place``. Raises StoreNotFound, naming the remedy; never
        makes a store. Of a name that is not in it is told what may have been meant."""
        from casreg.cli.watched import WatchedStore
        from casreg.registry import Registry

        with _store_wanted():
            watched = WatchedStore(self._locate(place))
            registry = Registry(watched, create=False, read_only=read_only)
        if not read_only:
            self._watched = watched
        with registry, _name_wanted(registry.backend):
            yield registry

    @contextmanager
    def backend(self) -> Iterator[Store]:
        """The store itself, however damaged. Raises StoreNotFound, naming the remedy."""
        from casreg.errors import StoreNotFound

        with _store_wanted():
            store = self._locate()
            if store.stat("casreg.json") is None and next(store.scan("refs/"), None) is None:
                raise StoreNotFound(f"there is no casreg store at {store.url}", store=store.url)
        try:
            yield store
        finally:
            store.close()

    def _locate(self, place: str | None = None) -> Store:
        from casreg.stores.locate import locate

        return locate(self.place if place is None else place, create=False, durability="fsync")

    def progress(self, label: str, *, streams: bool = False) -> AbstractContextManager[Progress]:
        """A bar on standard error, if that is a terminal and nobody asked for silence; nor where what is read
        ``streams`` to a terminal."""
        from casreg.cli.progress import bar

        silence = self.quiet or self.json or (streams and sys.stdout.isatty())
        return bar(label, shown=sys.stderr.isatty() and not silence)

    def result(
        self, document: Any, brief: Sequence[str], full: Callable[[], None] | None = None, *, none: str = ""
    ) -> None:
        """What the command came to: as JSON, in short (``--quiet``), or for people; where that is nothing,
        ``none`` for people at a terminal."""
        if self.json:
            self.document(document)
        elif none and not brief:
            if sys.stderr.isatty() and not self.quiet:
                sys.stderr.write(folded(printable(none), sys.stderr) + "\n")
        elif self.quiet or full is None:
            for line in brief:
                self.line(line)
        else:
            full()

    def document(self, document: Any) -> None:
        sys.stdout.write(jsonlib.dumps(document, indent=2, default=str) + "\n")

    def line(self, text: str, indent: int = 2) -> None:
        """One line for people, whatever ``text`` holds; folded at the width of a terminal."""
        sys.stdout.write(folded(printable(text), sys.stdout, indent) + "\n")

    def facts(self, facts: Mapping[str, str | None], width: int) -> None:
        """A line for each that is there, its word ``width`` columns wide."""
        for word, fact in facts.items():
            if fact:
                self.line(f"{word:<{width}}{fact}", width)

    def interrupted(self) -> str:
        """The line to end with after Ctrl-C; true whatever the moment it came at."""
        if self._watched and self._watched.touched:
            return "interrupted while the store was changed: see `casreg ls` for what became of it"
        return f"interrupted; {self.on_interrupt}" if self.on_interrupt else "interrupted"


@contextmanager
def _name_wanted(store: Store) -> Iterator[None]:
    """Where there is no such name in the store, say which may have been meant."""
    from casreg.errors import CasregError, NameNotFound

    try:
        yield
    except NameNotFound as error:
        if not error.message.endswith(f" in {store.url}"):
            raise
        from casreg.cli.meant import meant

        with suppress(CasregError):  # what is wrong with the store is another matter
            error.message += f": {meant(store, str(error.fields['name']))}"
        raise


@contextmanager
def _store_wanted() -> Iterator[None]:
    """Where there is no store, say how one is made."""
    from casreg.errors import StoreNotFound

    try:
        yield
    except StoreNotFound as error:
        if "casreg init" in error.message:
            raise
        made = shlex.join(["casreg", "init", error.fields["store"]])
        raise StoreNotFound(f"{error.message}: make a store with `{made}`", **error.fields) from error
