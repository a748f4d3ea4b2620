"""The store under the simulation: after every operation what the protocol promises is looked at."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Sequence

from casreg.names.version import ascending
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer, Store
from casreg.stores.wrapper import Wrapper

BLOBS = "blobs/sha256/"


class Broken(AssertionError):
    """A promise of the protocol does not hold."""


class Watched(Wrapper):
    """``inner``, and of each operation that breaks V1 to V4 (spec/model) an error.

    What a ref reaches is found here by reading all digests that its documents name, whatever they are:
    not by the code that is being tried.
    """

    def __init__(self, inner: MemoryStore, met: Counter[str]) -> None:
        super().__init__(inner)
        self.met = met
        self.needs: dict[str, frozenset[str]] = {}
        """Of every ref object that is not empty the blobs it reaches."""
        self.bodies: dict[str, bytes] = {}
        """Every ref that ever was, by key."""
        self.writes: dict[str, str] = {}
        """The key at which each save's ref landed, by write id."""
        self._highest: dict[str, int] = {}
        self._needed: defaultdict[str, int] = defaultdict(int)
        for entry in reversed(list(inner.scan("refs/"))):  # the oldest generation first
            self._created(entry.key, inner.read(entry.key))

    def create(self, key: str, data: Buffer) -> bool:
        made = super().create(key, data)
        if made and key.startswith("refs/"):
            self._created(key, bytes(data))
        elif made and key.startswith("condemned/"):
            self.met[
                "lists closed" if key.endswith(".closed") else "lists" if "." not in key else "waits"
            ] += 1
        return made

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        if key.startswith("refs/"):
            if any(data):
                raise Broken(f"{key} is overwritten")
            self._goes(key, "emptied")
            self.met["trimmed"] += 1
        super().write(key, data)

    def remove(self, key: str) -> None:
        there = self.inner.stat(key) is not None
        if key.startswith("refs/") and there:
            self._goes(key, "removed")
            self.met["emptied refs removed"] += 1
        elif key.startswith(BLOBS):
            if self._needed.get(key[len(BLOBS) :]):
                needing = [ref for ref, blobs in self.needs.items() if key[len(BLOBS) :] in blobs]
                raise Broken(f"V1: {key} is deleted, {', '.join(needing)} needs it")
            self.met["blobs swept"] += there
        elif key.startswith("condemned/") and there and "." not in key:
            self.met["lists dropped"] += 1
        super().remove(key)

    def _created(self, key: str, body: bytes) -> None:
        version, _, code = key.partition(",")
        generation = ascending(code)
        if generation <= self._highest.get(version, 0):
            raise Broken(f"V3: {key} is created, its generation {self._highest[version]} was there")
        self._highest[version] = generation
        if not body:
            self.met["tombstones"] += 1
            return
        write = json.loads(body)["write"]
        if write in self.writes:
            raise Broken(f"V4: one save made {self.writes[write]} and {key}")
        self.writes[write] = key
        self.bodies[key] = body
        self.needs[key] = blobs = reached(self.inner, body)
        for digest in blobs:
            self._needed[digest] += 1
            if self.inner.stat(BLOBS + digest) is None:
                raise Broken(f"V1: {key} is created, {digest} is missing")

    def _goes(self, key: str, how: str) -> None:
        version, _, code = key.partition(",")
        if ascending(code) >= self._highest.get(version, 0):
            raise Broken(f"V2: {key}, the newest of its generations, is {how}")
        for digest in self.needs.pop(key, ()):
            self._needed[digest] -= 1


def reached(store: Store, body: bytes) -> frozenset[str]:
    """SHA-256, in hexadecimal, of every blob that a ref's body reaches outside of itself."""
    ref = json.loads(body)
    inline = {blob["digest"] for blob in ref.get("inline", ())}
    found: set[str] = set()
    documents = [json.dumps(ref["manifest"])]
    data = {blob["digest"]: b64decode(blob["data"]) for blob in ref.get("inline", ())}
    while documents:
        for digest, media_type in _descriptors(json.loads(documents.pop())):
            if digest not in inline:
                found.add(digest[7:])
            if "manifest" in media_type or media_type.endswith("image.index.v1+json"):
                blob = data[digest] if digest in data else store.read(BLOBS + digest[7:])
                documents.append(blob.decode())
    return frozenset(found)


def _descriptors(value: object) -> list[tuple[str, str]]:
    """(digest, media type) of all descriptors in a JSON value."""
    if isinstance(value, list):
        return [found for item in value for found in _descriptors(item)]
    if not isinstance(value, dict):
        return []
    below = [found for item in value.values() for found in _descriptors(item)]
    return [(value["digest"], value["mediaType"]), *below] if "digest" in value else below
