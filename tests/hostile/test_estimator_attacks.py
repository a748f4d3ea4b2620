"""Estimators that a store lies of: what skops takes by its name, and casreg takes to be harmless, is not
called, and compiled code gets no forged indices."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import skops
from scipy.sparse import csr_matrix
from sklearn.feature_selection import _univariate_selection as univariate
from sklearn.linear_model import LogisticRegression

from casreg import Registry, Unsafe, Unsupported
from casreg.materializers import libraries
from casreg.materializers.libraries import skops_files
from casreg.trust import WARY

CALLED: list[Any] = []


def chi2(*args: Any) -> None:
    CALLED.append(args)


def told(loader: str, name: str, **more: Any) -> dict[str, Any]:
    module, _, cls = name.rpartition(".")
    return {"__class__": cls, "__module__": module, "__loader__": loader, **more}


def text(value: str) -> dict[str, Any]:
    return told("JsonNode", "builtins.str", content=json.dumps(value), is_json=True)


def packed(loader: str, *items: Any) -> dict[str, Any]:
    return told(f"{loader.title()}Node", f"builtins.{loader}", content=list(items))


ARGS = packed("tuple", text("anything"))
NOTHING = told("DictNode", "builtins.dict", content={}, key_types=packed("list"))


def rebuilt(evil: dict[str, Any], state: dict[str, Any]) -> Any:
    """The estimator of ``state``, with an attribute more."""
    schema = json.loads(state["schema"])
    attributes = schema["content"]
    attributes["content"]["evil"] = evil
    attributes["key_types"]["content"].append(attributes["key_types"]["content"][0])
    return libraries.rebuild("sklearn", {**state, "schema": json.dumps(schema)}, {}, WARY)


@pytest.fixture
def state() -> Any:
    import skops.io

    model = LogisticRegression()
    model.sparse_ = csr_matrix(np.eye(3))
    found = skops_files.take_apart(skops.io.dumps(model))
    schema = json.loads(found["schema"])
    sparse = schema["content"]["content"].pop("sparse_")
    schema["content"]["key_types"]["content"].pop()
    return {**found, "schema": json.dumps(schema)}, sparse


@pytest.mark.parametrize("loader", ["ConstructorFromReduceNode", "LossNode", "RandomStateNode"])
def test_a_function_that_may_be_named_is_not_called(
    state: Any, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{univariate.__name__}.chi2"
    chi2.__module__ = univariate.__name__
    monkeypatch.setattr(univariate, "chi2", chi2)
    evil = told(loader, name, content=ARGS if loader.startswith("C") else NOTHING, __reduce__={"args": ARGS})
    with pytest.raises(Unsafe, match=name):
        rebuilt(evil, state[0])
    assert CALLED == []
    found = rebuilt(told("FunctionNode", name, content={"module_path": "", "function": ""}), state[0])
    assert found.evil is chi2


@pytest.mark.parametrize(
    "name", ["scipy.sparse._csr.csr_matrix", "scipy.sparse._matrix.spmatrix", "numpy.mean", "builtins.int"]
)
def test_a_sparse_matrix_is_one_whatever_it_is_called(state: Any, name: str) -> None:
    module, _, cls = name.rpartition(".")
    with pytest.raises(Unsafe, match=name):
        rebuilt({**state[1], "__module__": module, "__class__": cls}, state[0])


def test_a_skops_that_trusts_too_much_is_not_used(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.save("m", LogisticRegression())
    for version in ("0.11.0", "0.14.1"):
        monkeypatch.setattr(skops, "__version__", version)
        with pytest.raises(Unsupported, match=rf"skops {version}.*pip install -U skops"):
            registry.load("m")
        with pytest.raises(Unsupported):
            registry.save("m", LogisticRegression())
    monkeypatch.setattr(skops, "__version__", "1.0.dev0")
    assert registry.load("m").get_params() == LogisticRegression().get_params()
