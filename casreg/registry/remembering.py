"""A store that remembers for a while which version of a name is the latest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from casreg import refs
from casreg.models.ref import Ref
from casreg.names import Name, Reference
from casreg.refs import State
from casreg.registry import resolving
from casreg.stores.protocol import Buffer, Store
from casreg.stores.wrapper import Wrapper


class Remembering(Wrapper):
    """``inner``, and two questions whose answers may be as old as ``ttl`` seconds of ``clock``.

    All verbs are ``inner``'s own and never old. What is written through this store is forgotten at once, so
    that nobody misses what they did themselves; what others do shows when the time is over.
    """

    def __init__(self, inner: Store, ttl: float, clock: Callable[[], float]) -> None:
        super().__init__(inner)
        self._ttl, self._clock = ttl, clock
        # No lock, which a fork could leave held: each step on these dicts is atomic.
        self._answers: dict[str, dict[str, tuple[float, Any]]] = {}

    def latest(self, name: Name) -> tuple[State, Ref]:
        """Raises NameNotFound, which is not remembered."""
        answer: tuple[State, Ref] = self._ask(
            name, "latest", lambda: resolving.resolve(self.inner, Reference(name))
        )
        return answer

    def versions(self, name: Name) -> list[str]:
        return list(self._ask(name, "versions", lambda: refs.versions(self.inner, name)))

    def create(self, key: str, data: Buffer) -> bool:
        try:
            return self.inner.create(key, data)
        finally:
            if key.startswith("refs/"):
                self._answers.pop(key.split("/")[1], None)

    def _ask(self, name: Name, question: Literal["latest", "versions"], ask: Callable[[], Any]) -> Any:
        now = self._clock()
        answers = self._answers.setdefault(name.key, {})
        asked, answer = answers.get(question, (now - self._ttl, None))
        if now - asked < self._ttl:
            return answer
        answer = ask()
        answers[question] = now, answer  # into what was forgotten meanwhile, if something was written
        return answer
