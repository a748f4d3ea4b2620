"""Files of skops taken apart, and put together again: what they say of an estimator, and its arrays.

A file of skops is a zip archive: ``schema.json``, and a member for each array, under names and numbers that
are where objects lay in memory, and with the time of the save. Taken apart these are counted through in the
order of the schema, so that equal estimators are stored alike, and each array by itself.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from casreg.errors import Corrupt

SCHEMA: Final = "schema.json"
_QUIET: Final = frozenset(("DTypeNode", "FunctionNode", "ObjectNode", "TypeNode"))
"""Loaders that find what a node names, or make one without its ``__init__`` and set attributes."""
_SPARSE: Final = "SparseMatrixNode"


def take_apart(data: bytes) -> dict[str, Any]:
    """``schema``: its JSON; ``arrays``: by the names that it has for them; ``others``: the bytes of other
    members."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    counted = _Counted()
    schema = counted.node(json.loads(members.pop(SCHEMA)))
    state: dict[str, Any] = {"schema": _text(schema), "arrays": {}, "others": {}}
    for was, name in counted.files.items():
        member = members[was]
        if name.endswith(".npz"):
            member = _stored(member)
        array = _array(member) if name.endswith(".npy") else None
        if array is not None:
            state["arrays"][name] = array
        else:
            state["others"][name] = np.frombuffer(member, np.uint8)
    return state


def put_together(state: Any) -> bytes:
    """A file of skops again. Raises Corrupt where it would be more, once it is read, than is stored."""
    members = {name: _npy(array) for name, array in state["arrays"].items()}
    members |= {name: bytes(data) for name, data in state["others"].items()}
    for name, member in members.items():
        if name.endswith(".npz"):
            _require_stored(member)
    return _archive({**members, SCHEMA: state["schema"].encode()})


def called(schema: str) -> set[str]:
    """What is named by nodes of other loaders than those that call nothing: a function they may call
    with what the schema says."""
    return {_name(node) for node in _nodes(schema) if node["__loader__"] not in _QUIET}


def hidden(schema: str) -> set[str]:
    """What nodes of sparse matrices call themselves: whatever that is, a matrix is made of their file."""
    return {_name(node) for node in _nodes(schema) if node["__loader__"] == _SPARSE}


def _nodes(schema: str) -> Iterator[dict[str, Any]]:
    found = [json.loads(schema)]
    while found:
        value = found.pop()
        if isinstance(value, dict) and "__loader__" in value:
            yield value
        if isinstance(value, dict | list):
            found += value.values() if isinstance(value, dict) else value


def _name(node: dict[str, Any]) -> str:
    return f"{node.get('__module__')}.{node.get('__class__')}"


class _Counted:
    """A schema with numbers for what had addresses."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        """What members were called, and are called now."""
        self._ids: dict[int, int] = {}

    def node(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.node(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {key: self.node(item) for key, item in value.items()}
        number, file = found.get("__id__"), found.get("file")
        if isinstance(number, int):
            if found.get("__loader__") == "JsonNode":  # what cannot change is one object or several by chance
                del found["__id__"]
            else:
                found["__id__"] = self._ids.setdefault(number, len(self._ids) + 1)
        if isinstance(file, str):
            suffix = file.rpartition(".")[2]
            found["file"] = self.files.setdefault(file, f"{len(self.files)}.{suffix}")
        return found


def _array(member: bytes) -> np.ndarray | None:
    """What a member in ``.npy`` is made of, None unless that makes the same member again, but for bytes of
    elements that mean nothing."""
    array = np.load(io.BytesIO(member), allow_pickle=False)
    described = len(member) - array.nbytes
    return array if array.flags.c_contiguous and _npy(array)[:described] == member[:described] else None


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _stored(archive: bytes) -> bytes:
    """The same members, not compressed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return _archive({name: opened.read(name) for name in opened.namelist()})


def _require_stored(archive: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        if sum(member.file_size for member in opened.infolist()) > len(archive):
            raise Corrupt("an estimator is compressed, which none is that casreg has written")


def _archive(members: dict[str, bytes]) -> bytes:
    """A zip archive, of one time whenever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member)
    return stream.getvalue()


def _text(schema: Any) -> str:
    return json.dumps(schema, separators=(",", ":"))
