"""Has anything become visible? What an interrupted command has to know before it says "nothing"."""

from __future__ import annotations

from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper


class WatchedStore(Wrapper):
    """``touched`` from the moment that the first state is put: until then nothing visible has changed."""

    touched = False

    def create(self, key: str, data: Buffer) -> bool:
        if key.startswith(("refs/", "tags/", "protected/", "notes/")):
            self.touched = True
        return super().create(key, data)
