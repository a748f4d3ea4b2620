"""What mindtrace-registry wrote beside a version: a YAML document, parsed once into a frozen value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from casreg.errors import Corrupt, Unsupported
from casreg.text import printable

_DEPTH: Final = 64
_VALUES: Final = 1 << 18
"""Of which metadata consist at most: aliases make many of few."""


@dataclass(frozen=True)
class Facts:
    python_class: str
    """``module.Class`` of what was saved."""
    materializer: str
    """``module.Class`` of what wrote it."""
    declared: str | None
    """The hash of the files."""
    path: str
    """Where they were."""
    metadata: dict[str, Any]
    init_params: dict[str, Any]
    changed: tuple[str, ...]
    """Places in both whose values JSON cannot carry, and are text here."""

    @property
    def origin(self) -> dict[str, str | None]:
        """What an imported version tells of where it came from."""
        return {"class": self.python_class, "materializer": self.materializer, "hash": self.declared}


def parse(data: bytes) -> Facts:
    """Raises Corrupt for what is no such document, Unsupported without PyYAML."""
    document = _loaded(data)
    if not isinstance(document, dict):
        raise Corrupt("the metadata are no mapping")
    plain = _Plain()
    return Facts(
        python_class=_text(document, "class"),
        materializer=_text(document, "materializer"),
        declared=_text(document, "hash") if document.get("hash") is not None else None,
        path=_text(document, "path") if document.get("path") is not None else "",
        metadata=plain.mapping(document.get("metadata"), "metadata"),
        init_params=plain.mapping(document.get("init_params"), "init_params"),
        changed=tuple(plain.changed),
    )


def _text(document: dict[Any, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value or not value.isprintable() or len(value) > 4096:
        raise Corrupt(f"the metadata say no {key}", key=key)
    return value


class _Plain:
    """Values as JSON has them."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self._left = _VALUES

    def mapping(self, value: object, at: str) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Corrupt(f"{at} are no mapping", key=at)
        return self._mapping(value, at, 0)

    def _mapping(self, value: dict[Any, Any], at: str, depth: int) -> dict[str, Any]:
        made = {
            self._key(key, at): self._value(item, f"{at}.{key}"[:200], depth) for key, item in value.items()
        }
        if len(made) < len(value):
            raise Corrupt(f"{at} has two keys that are the same as text", key=at)
        return made

    def _key(self, key: object, at: str) -> str:
        return self._value(key, at, 0) if isinstance(key, str) else self._as_text(key, at)

    def _value(self, value: Any, at: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEPTH:
            raise Corrupt(f"the metadata have more than {_VALUES} values, or are nested {_DEPTH} deep")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return value if _encodable(value) else self._as_text(value, at)
        if isinstance(value, int):
            return value if -(1 << 63) <= value < 1 << 64 else self._as_text(value, at)
        if isinstance(value, float):
            return value if math.isfinite(value) else self._as_text(value, at)
        if isinstance(value, dict):
            return self._mapping(value, at, depth + 1)
        if isinstance(value, list):
            return [self._value(item, f"{at}[{i}]"[:200], depth + 1) for i, item in enumerate(value)]
        return self._as_text(value, at)

    def _as_text(self, value: object, at: str) -> str:
        self._left -= 1
        self.changed.append(at)
        try:
            text = str(value)
        except ValueError:  # an integer of thousands of digits
            raise Corrupt(f"{at} holds a number of thousands of digits", key=at) from None
        return text.encode("utf-8", "backslashreplace").decode()


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _loaded(data: bytes) -> Any:
    loader = _loader()
    try:
        made = loader(data)
        try:
            return made.get_single_data()
        finally:
            made.dispose()
    except Exception as error:  # noqa: BLE001  # whatever a parser makes of noise
        raise Corrupt(f"the metadata are no YAML: {printable(str(error))[:200]}") from None


@cache
def _loader() -> Any:
    """Of plain values: safe_load's, without merge keys, of which a few make billions of entries."""
    try:
        import yaml
    except ImportError as error:
        raise Unsupported(
            "the metadata of mindtrace-registry are YAML: pip install 'casreg[mindtrace]'"
        ) from error

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # which has no annotations
        def flatten_mapping(self, node: Any) -> None:
            """Leave merge keys where they are, for which there is no constructor."""

    return Loader
