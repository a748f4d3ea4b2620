"""A store whose saves stand still until a test lets them go on."""

import threading

from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper


class Gate(Wrapper):
    """A store in which saves of more than a few bytes stop before they have read any of them."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.opened = threading.Event()
        self.opened.set()
        self.reached = threading.Event()

    def create(self, key: str, data: Buffer) -> bool:
        if key.startswith("leases/"):
            self.reached.set()
            assert self.opened.wait(60)
        return super().create(key, data)
