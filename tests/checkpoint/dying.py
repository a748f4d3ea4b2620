"""A store that kills its process in the middle of a save: what child processes of tests train with."""

import os
import signal
from collections.abc import Sequence

from casreg.stores.locate import locate
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper


class Dying(Wrapper):
    """A directory; the process dies where a blob of a save is to be written. Both count from 1."""

    def __init__(self, place: str, save: int, blob: int) -> None:
        super().__init__(locate(place, create=True, durability="none"))
        self._at = save, blob
        self._saves = self._blobs = 0

    def create(self, key: str, data: Buffer) -> bool:
        if key.startswith("leases/"):  # each save of more than a few bytes takes one
            self._saves, self._blobs = self._saves + 1, 0
        return super().create(key, data)

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        if key.startswith("blobs/"):
            self._blobs += 1
            if (self._saves, self._blobs) == self._at:
                os.kill(os.getpid(), signal.SIGKILL)
        super().write(key, data)
