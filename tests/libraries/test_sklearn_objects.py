"""scikit-learn's estimators come back as skops keeps them, and nothing that it does not know unasked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from casreg import InvalidInput, Registry, Unsafe

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


class Mine(BaseEstimator):
    def __init__(self, power: float = 2.0) -> None:
        self.power = power


TREE = "sklearn.tree._tree.Tree"


def double(x: Any) -> Any:
    return x * 2


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(C=0.5),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_an_estimator_predicts_as_before(registry: Registry, model: Any) -> None:
    model.fit(X, Y)
    registry.save("m", {"model": model, "score": 0.5})
    found = registry.load("m")["model"]
    assert type(found) is type(model)
    assert np.array_equal(found.predict_proba(X), model.predict_proba(X))
    assert repr(found.get_params()) == repr(model.get_params())


def test_types_that_skops_does_not_know_are_refused_and_named(registry: Registry) -> None:
    mine = Mine(3.0)
    name = f"{__name__}.Mine"
    with pytest.raises(Unsafe, match=rf"{name}.*trusted"):
        registry.save("m", mine)
    registry.save("m", mine, init_params={"trusted": [name]})
    with pytest.raises(Unsafe, match=rf"{name}.*trusted=\[\.\.\.\] to load"):
        registry.load("m")  # that a store says so is not enough
    with pytest.raises(Unsafe):
        registry.load("m", trusted=["other"])
    assert registry.load("m", trusted=[name]).power == 3.0
    assert registry.load("m", init_params={"trusted": [name]}).power == 3.0
    with pytest.raises(InvalidInput, match="list of names"):
        registry.load("m", trusted=name)


def test_trees_need_trust(registry: Registry) -> None:
    model = RandomForestClassifier(5, random_state=0).fit(X, Y)
    with pytest.raises(Unsafe, match=TREE):
        registry.save("m", model)
    registry.save("m", model, init_params={"trusted": [TREE]})
    assert np.array_equal(registry.load("m", trusted=[TREE]).predict(X), model.predict(X))


def test_functions_in_a_pipeline_need_trust_too(registry: Registry) -> None:
    model = make_pipeline(FunctionTransformer(double), StandardScaler())
    with pytest.raises(Unsafe, match=r"at a: .*double"):
        registry.save("m", {"a": model})
