"""Plain values, and dicts, lists and tuples of them, of arrays and of torch tensors (spec/kinds.md).

Part ``value.json`` holds the structure, ``arrays.safetensors`` the arrays and tensors; arrays of a dtype that
safetensors has not are parts ``arrays/<number>.npy``. What JSON has no word for is an object with one key,
a tag such as ``$tuple``, ``$array`` or ``$tensor``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from casreg import arrays, canonical, torch_tensors
from casreg.errors import Corrupt, InvalidInput, NotFound
from casreg.materializers import libraries, safetensors
from casreg.materializers.protocol import Dumped, Past, Request
from casreg.materializers.tree import containers, instances, leaves, objects, scalars, torch_values
from casreg.materializers.tree.asides import Asides, ReaderError
from casreg.materializers.tree.fill import Filler
from casreg.materializers.tree.pack import Packer
from casreg.materializers.tree.pickling import PicklingPacker
from casreg.materializers.tree.places import ARRAYS, VALUE, as_text
from casreg.parts import InMemory, Part, in_memory
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust

_TYPES: Final = frozenset((list, bool, type(None), *containers.BY_TYPE, *leaves.BY_TYPE))


class TreeMaterializer:
    """``registered``: what keeps objects of classes of the user's in trees, by their names."""

    kind = "tree"

    def __init__(self, registered: Mapping[str, str] | None = None) -> None:
        self._registered = registered or {}

    def accepts(self, obj: object) -> bool:
        plain = type(obj) in _TYPES or scalars.is_one(obj) or torch_values.pack(obj) is not None
        known = plain or arrays.is_array(obj) or torch_tensors.is_tensor(obj)
        known = known or instances.kind_of(type(obj)) is not None
        return known or libraries.kind_of(obj) is not None

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        packer = (PicklingPacker if trust.allow_pickle else Packer)(params, self._registered, trust)
        try:
            packed = packer.pack(obj, "")
            text = as_text(packed)
            parts = [Part(VALUE, in_memory(text.encode("ascii")))]
            if packer.tensors:
                parts.append(safetensors.part(ARRAYS, packer.tensors))
            parts += packer.others
            size = sum(part.data.size for part in parts if isinstance(part.data, InMemory))
            files = packer.asides.dumped()
        except RecursionError:
            packer.asides.remove()
            raise InvalidInput("the value is nested too deeply, or holds itself") from None
        except BaseException:
            packer.asides.remove()
            raise
        if files is not None:
            return _with_files(parts, size, files, packer.asides)
        whole = packed.get("$object") if isinstance(packed, dict) else None
        return Dumped(parts, size, materializer=whole["kind"] if whole else None)

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        try:
            data = snapshot.read(snapshot.needed_part(VALUE).path)
            value = parse(data)
            tree = Filler(snapshot, request)
            if tree.everything and b'"$object"' in data:
                objects.read_ahead(tree, value)
            result = tree.unpack(value, "", request.into)
            tree.chosen.require_all_matched(f"{snapshot.name}@{snapshot.version}")
        except ReaderError as theirs:
            raise theirs.error from None
        except RecursionError:
            raise InvalidInput("the value is nested more deeply than this Python allows") from None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, struct.error) as error:
            if isinstance(error, InvalidInput | NotFound):
                raise
            raise Corrupt(f"{VALUE} cannot be read: {str(error)[:200]}", part=VALUE) from error
        tree.filling.run()
        return result


def _with_files(parts: list[Part], size: int, files: Dumped, asides: Asides) -> Dumped:
    """A tree beside the files of objects in it."""

    def continued(past: Past) -> Iterable[Part]:
        assert files.continued is not None
        return chain(parts, files.continued(past))

    return Dumped(
        chain(parts, files.parts), size + (files.size or 0), continued=continued, release=asides.remove
    )


def parse(data: bytes) -> Any:
    return json.loads(
        data.decode("ascii"), object_pairs_hook=canonical.distinct, parse_constant=canonical.refuse_constant
    )
