"""Materializers of users: registered with a store, or with all Registries of a process."""

from __future__ import annotations

import sys
from dataclasses import replace

from casreg.materializers import builtin, registered
from casreg.models.store import Settings
from casreg.registry import settings
from casreg.registry.opening import Opened
from casreg.trust import Trust


class Registering:
    """The part of a :class:`casreg.Registry` that knows who keeps what."""

    _opened: Opened
    _trust: Trust

    def register_materializer(self, object_class: str | type, materializer_class: str | type) -> None:
        """Have objects of a class, and of classes derived from it, kept by a materializer: a class such as
        :class:`casreg.Archiver`'s. Either is given itself or as ``"module.Class"``.

        Kept in the store's settings, by name; what was registered for the class before is forgotten. Other
        programs have to import the materializer's module before they load what it made; this Registry, and
        what is pickled of it, may import what it was given, or given the name of.

        Raises InvalidInput for a class that is not found by its name, and for what is no materializer.
        """
        name = registered.name_of(object_class)
        materializer = registered.name_of(materializer_class, writes=True)

        def update(now: Settings) -> Settings:
            return now.model_copy(update={"materializers": {**(now.materializers or {}), name: materializer}})

        opened = self._opened
        self._opened = replace(opened, settings=settings.change(opened.store, opened.config, update))
        for given, told in ((object_class, name), (materializer_class, materializer)):
            # A class of Python's own comes without its module, others of which can do more than hold values.
            if isinstance(given, str) or told.partition(".")[0] not in sys.stdlib_module_names:
                self._trust = self._trust.telling(told)

    def registered_materializer(self, object_class: str | type) -> str | None:
        """``"module.Class"`` of what the store says keeps objects of just this class; None if it does not."""
        return self.registered_materializers().get(registered.name_of(object_class))

    def registered_materializers(self) -> dict[str, str]:
        """What the store says now: by ``"module.Class"`` of objects, that of what keeps them."""
        opened = self._opened
        self._opened = replace(opened, settings=settings.current(opened.store, opened.config))
        return dict(self._opened.settings.materializers or {})

    @staticmethod
    def register_default_materializer(object_class: str | type, materializer_class: str | type) -> None:
        """As :meth:`register_materializer`, for all Registries of this process and in no store; what a store
        says of the same class counts more."""
        registered.register_default(object_class, materializer_class)

    @staticmethod
    def get_default_materializers() -> dict[str, str]:
        """By ``"module.Class"`` of objects, what keeps them where no store says otherwise: what
        :meth:`register_default_materializer` was told in this process, and casreg's own, by the words that
        ``info`` has for them. Those of libraries are listed whether they are installed or not."""
        return {**builtin.KEPT, **registered.defaults()}
