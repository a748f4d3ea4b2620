"""Objects of other libraries in a tree: the tag ``$object``, of their kind and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casreg.errors import CasregError
from casreg.filling import Filling
from casreg.materializers import libraries
from casreg.materializers.tree import asides

if TYPE_CHECKING:
    from casreg.materializers.tree.fill import Filler
    from casreg.materializers.tree.pack import Packer


def pack(packer: Packer, obj: Any, kind: str, path: str) -> dict[str, Any]:
    """Raises what :func:`libraries.describe` does, with the place."""
    try:
        state = libraries.describe(obj, kind, packer.params)
    except CasregError as error:
        if path:
            error.message = f"at {path}: {error.message}"
        raise error.located(at=path) from None
    return {"$object": {"kind": kind, "state": packer.pack(state, path)}}


def read_ahead(filler: Filler, value: Any) -> None:
    """Read the arrays of all objects in a value together, and not object by object."""
    found = [(value, False)]
    while found:
        value, within = found.pop()
        if isinstance(value, list):
            found += [(item, within) for item in value if isinstance(item, list | dict)]
        elif isinstance(value, dict):
            if within and len(value) == 1 and "$array" in value:
                filler.make_ahead(value["$array"])
            within = within or "$object" in value
            found += [(item, within) for item in value.values() if isinstance(item, list | dict)]
    filler.filling.run()
    filler.filling = Filling(filler.snapshot.read_ranges)


def unpack(filler: Filler, value: Any, path: str) -> Any:
    """Whole, and at once: what an object is made of has to be there before it is."""
    if value["kind"] == asides.KIND:
        return asides.unpack(filler, filler.apart(value["state"]), path)
    outer, filler.filling = filler.filling, Filling(filler.snapshot.read_ranges)
    try:
        state = filler.unpack(value["state"], path)
        filler.filling.run()
    finally:
        filler.filling = outer
    return libraries.rebuild(value["kind"], state, filler.request.params, filler.request.trust)
