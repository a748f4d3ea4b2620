"""scikit-learn's estimators, by skops: which loads without running what a file says, types it does not know
only if the caller names them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from casreg.errors import Corrupt, InvalidInput, Unsafe, Unsupported
from casreg.trust import Trust, full_name

KIND = "sklearn"


class Sklearn:
    def word(self, obj: object) -> str | None:
        from sklearn.base import BaseEstimator

        return KIND if isinstance(obj, BaseEstimator) else None

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        """``params``: ``trusted``, names of types in it that skops does not know."""
        skops = _skops()
        try:
            data = skops.dumps(obj)
        except Exception as error:  # whatever the parts of an estimator raise
            raise InvalidInput(
                f"skops does not keep this {full_name(type(obj))}: {str(error)[:200]}"
            ) from error
        _require_trusted(skops.get_untrusted_types(data=data), params)
        return {"skops": np.frombuffer(data, np.uint8)}

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        skops = _skops()
        data = bytes(state["skops"])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > len(data):
                raise Corrupt("an estimator is compressed, which none is that casreg has written")
        unknown = skops.get_untrusted_types(data=data)
        _require_trusted(unknown, params)
        return skops.loads(data, trusted=unknown)


def _require_trusted(unknown: list[str], params: Mapping[str, Any]) -> None:
    trusted = params.get("trusted", ())
    if isinstance(trusted, str) or not all(isinstance(name, str) for name in trusted):
        raise InvalidInput("trusted= is a list of names of types")
    if missing := sorted(set(unknown) - set(trusted)):
        raise Unsafe(
            f"an estimator has parts that skops does not know to be harmless: {', '.join(missing)[:400]}. If "
            "you trust them, give their names: init_params={'trusted': [...]} to save, trusted=[...] to load",
            types=missing,
        )


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise Unsupported(
            "scikit-learn's estimators are kept by skops: pip install casreg[sklearn]"
        ) from error
    return skops.io


LIBRARY: Final = Sklearn()
