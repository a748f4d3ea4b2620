"""Objects whose bytes are kept elsewhere: what a Registry would say of them, and making them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from casreg import default, materializers
from casreg.errors import InvalidInput, Unsupported
from casreg.materializers import Dumped, registered
from casreg.materializers.builtin import KEPT
from casreg.materializers.custom import CustomMaterializer
from casreg.names import Reference
from casreg.parts import Part, in_memory
from casreg.progress import silent
from casreg.registry import saving
from casreg.registry.opening import open_store
from casreg.registry.order import Order
from casreg.registry.resolving import resolve
from casreg.registry.writing import Writing
from casreg.snapshot import Snapshot
from casreg.stores.memory import MemoryStore

_PATHS: Final = {"array": "array.npy", "bytes": "data", "tree": "value.json"}
"""Kinds whose objects may be a single part, which has this path whatever the bytes were called elsewhere."""
_AS_CALLED: Final = ("directory", "file")


class Hinting(Writing):
    """The part of a :class:`casreg.Registry` for those who keep bytes by themselves."""

    def serialization_hints_for_object(self, obj: object, *, materializer: Any = None) -> dict[str, str]:
        """``class`` and ``materializer`` as ``info`` would tell them of ``obj``, saved with ``materializer``.

        Nothing is saved. Raises what ``save`` raises for an object that cannot be kept.
        """
        users = self.settings.materializers or {}
        chosen = materializers.choose(obj, materializer, registered=users, trust=self._trust)
        if isinstance(chosen, CustomMaterializer):
            return {"class": registered.name_of(type(obj)), "materializer": chosen.name(obj)}
        dumped = chosen.dump(obj, {}, self._trust)
        try:
            return {"class": dumped.python_class(obj), "materializer": dumped.materializer or chosen.kind}
        finally:
            dumped.release()

    def materialize_from_bytes(
        self,
        raw: bytes | bytearray | memoryview,
        *,
        object_class: str,
        materializer: str,
        init_params: Mapping[str, Any] | None = None,
        relative_path: str = "data.txt",
        **kwargs: Any,
    ) -> Any:
        """What a load would give of a version whose only file is ``raw``, at ``relative_path`` of what a
        materializer of the user's reads. ``object_class`` and ``materializer`` are as
        :meth:`serialization_hints_for_object` says them, and trusted no more than a store: modules that they
        name must be imported, or be in ``allow_import``. Keywords extend ``init_params``. A path is
        read-only, in the cache.

        Raises InvalidInput for what is no such bytes, name or path, Unsupported for what casreg keeps as
        several files, and what a load raises.
        """
        try:
            data = in_memory(raw)
        except TypeError:
            raise InvalidInput(f"raw= takes bytes, not {type(raw).__name__}") from None
        kind, path = _placed(materializer, relative_path)
        custom = materializer if kind == CustomMaterializer.kind else None
        order = self._elsewhere()
        registered.name_of(object_class)
        if custom:
            registered.name_of(custom)
        dumped = Dumped([Part(path, data)], data.size, materializer=custom)
        opened = open_store(
            MemoryStore(),
            versioned=False,
            mutable=False,
            read_only=False,
            create=True,
            durability="none",
            now=default.now,
        )
        saving.save_parts(opened, kind, object_class, dumped, order)
        state, ref = resolve(opened.store, Reference(order.name))
        with Snapshot(opened.store, state.name, state.version, ref, limits=self._limits) as snapshot:
            return self._loaded(snapshot, init_params={**(init_params or {}), **kwargs})

    def _elsewhere(self) -> Order:
        """A save in no store of anybody's: nobody goes on with it."""
        order = self._order(
            "elsewhere",
            *(None, None, None, ()),
            base=None,
            overwrite=False,
            trust=self._trust,
            materializer=None,
            progress=silent,
        )
        return replace(order, journals=None)


def _placed(materializer: str, relative_path: str) -> tuple[str, str]:
    """Kind and path of a version's only part. Raises Unsupported for what is kept as several."""
    if not isinstance(relative_path, str) or relative_path.endswith("/"):
        raise InvalidInput(f"relative_path={relative_path!r:.100} names no file")
    if materializer in _PATHS:
        return materializer, _PATHS[materializer]
    if materializer in _AS_CALLED:
        return materializer, relative_path
    if materializer in KEPT.values():
        raise Unsupported(f"a {materializer} is kept as several files, not as {relative_path[:100]!r} alone")
    return CustomMaterializer.kind, relative_path
