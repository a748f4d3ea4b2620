"""Archiver: what classes that write objects as files are made from."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any


class Archiver(ABC):
    """Writes objects of a class of yours as files, and reads them again.

        class MovieArchiver(Archiver):
            def save(self, obj):
                Path(self.uri, "frames.bin").write_bytes(obj.frames)

            def load(self, data_type):
                return data_type(Path(self.uri, "frames.bin").read_bytes())

    ``uri`` is a directory, empty for ``save`` and with the files that were saved for ``load``, which is given
    the class of what was saved. It is private, and gone once ``save`` or ``load`` has returned: files that
    were mapped into memory stay as they are, others must have been read. A path in it that ``load`` returns
    is placed below ``output_dir=``. The ``init_params`` of ``Registry.save``, and those and the keywords of
    ``Registry.load``, are keywords of the class and of its ``load``, of whichever takes them; ``inflate`` is
    casreg's own, and ``allow_pickle``, ``allow_import`` and ``trusted`` are those of the load alone.

    It is known by the name of its class: that must be defined at the top of a module, which a program that
    loads has imported. Any class that is made with ``uri=``, and has ``save`` and ``load``, is as good
    as one made from this.
    """

    logger = logging.getLogger("casreg.archiver")

    def __init__(self, uri: str, *args: Any, **kwargs: Any) -> None:
        self.uri = uri

    @abstractmethod
    def save(self, obj: Any) -> None:
        """Write ``obj`` as files below ``uri``."""

    @abstractmethod
    def load(self, data_type: type) -> Any:
        """The object, from the files below ``uri``."""
