"""scikit-learn's estimators, by skops: which loads without running what a file says; types that neither it,
nor :mod:`casreg.materializers.libraries.sklearn_types`, knows to be harmless only if a caller names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from casreg.errors import InvalidInput, Unsafe, Unsupported
from casreg.materializers.libraries import skops_files
from casreg.materializers.libraries.sklearn_types import COMPILED, HARMLESS
from casreg.trust import Trust, full_name

KIND = "sklearn"
_SAFE: Final = (0, 15)
"""The first skops that holds neither ``Tree`` nor what a ``numpy.random.Generator`` names harmless; what
is older than 0.12 called what a file named (CVE-2025-54412, CVE-2025-54413)."""


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
                f"skops does not keep this {full_name(type(obj))}: {str(error)[:200]}; "
                "register_materializer() a class that writes it as files, or give "
                "allow_pickle=True, which pickles it"
            ) from error
        state = skops_files.take_apart(data)
        _require_trusted(skops.get_untrusted_types(data=data), state["schema"], params)
        return state

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        skops = _skops()
        data = skops_files.put_together(state)
        unknown = skops.get_untrusted_types(data=data)
        _require_trusted(unknown, state["schema"], params)
        return skops.loads(data, trusted=unknown)


def _require_trusted(unknown: list[str], schema: str, params: Mapping[str, Any]) -> None:
    trusted = params.get("trusted", ())
    if isinstance(trusted, str) or not all(isinstance(name, str) for name in trusted):
        raise InvalidInput("trusted= is a list of names of types")
    called, hidden = skops_files.called(schema), skops_files.hidden(schema)
    if missing := sorted((set(unknown) | hidden) - set(trusted) - (HARMLESS - called - hidden)):
        compiled = (
            ". Compiled code follows indices in them without looking where they lead"
            if COMPILED.intersection(missing)
            else ""
        )
        raise Unsafe(
            f"an estimator has parts not known to be harmless: {', '.join(missing)[:400]}{compiled}. If "
            "you trust who saved it, give their names: init_params={'trusted': [...]} to save, "
            "trusted=[...] to load",
            types=missing,
        )


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise Unsupported(
            "scikit-learn's estimators are kept by skops: pip install casreg[sklearn]"
        ) from error
    if tuple(map(int, re.findall(r"\d+", skops.__version__)[:2])) < _SAFE:
        raise Unsupported(
            f"skops {skops.__version__} takes for harmless what is not, such as trees: pip install -U skops"
        )
    return skops.io


LIBRARY: Final = Sklearn()
