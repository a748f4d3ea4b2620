"""scikit-learn's estimators come back as skops keeps them, and nothing that it does not know unasked."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from casreg import Corrupt, InvalidInput, Registry, Unsafe
from casreg.materializers.libraries.skops_files import put_together

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
    with pytest.raises(Unsafe, match=rf"{TREE}\. Compiled code follows indices.*trusted=\[\.\.\.\] to load"):
        registry.save("m", model)
    registry.save("m", model, init_params={"trusted": [TREE]})
    assert np.array_equal(registry.load("m", trusted=[TREE]).predict(X), model.predict(X))


def test_functions_in_a_pipeline_need_trust_too(registry: Registry) -> None:
    model = make_pipeline(FunctionTransformer(double), StandardScaler())
    with pytest.raises(Unsafe, match=r"at a: .*double"):
        registry.save("m", {"a": model})


@pytest.mark.parametrize(
    "model",
    [
        SelectKBest(k=2),
        GaussianProcessRegressor(ConstantKernel() * RBF(), optimizer=None),
        MLPClassifier(3, max_iter=1),
        MLPClassifier(3, max_iter=1, solver="sgd"),
        CalibratedClassifierCV(LogisticRegression(), cv=2),
        SimpleImputer(),
        make_pipeline(SimpleImputer(), SelectKBest(k=1), SVC()),
    ],
    ids=lambda model: str(model)[:20],
)
def test_what_scikit_learn_has_in_python_needs_no_word(registry: Registry, model: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, Y)
    registry.save("m", model)
    found = registry.load("m")
    use = "predict" if hasattr(model, "predict") else "transform"
    assert np.array_equal(getattr(found, use)(X), getattr(model, use)(X))


def test_equal_estimators_are_stored_alike_and_one_that_was_loaded_too(registry: Registry) -> None:
    model = RandomForestClassifier(3, random_state=0).fit(X, Y)
    again = RandomForestClassifier(3, random_state=0).fit(X, Y)
    trusted = {"trusted": [TREE]}
    first = registry.save("m", model, init_params=trusted)
    for same in (model, again, registry.load("m", trusted=[TREE])):
        assert registry.save("m", same, init_params=trusted).content == first.content


def test_an_estimators_arrays_are_tensors_of_their_own(registry: Registry) -> None:
    model = LogisticRegression().fit(X, Y)
    registry.save("m", {"model": model})
    with registry.open("m") as snapshot:
        found = {name: tensor.shape for name, tensor in snapshot.tensors.items()}
    assert set(found) >= {f"model.arrays.{n}.npy" for n in range(3)}
    assert model.coef_.shape in found.values()


def test_sparse_and_fortran_arrays_stay_what_they_are(registry: Registry) -> None:
    trusted = ["scipy.sparse._csr.csr_matrix"]
    model = LogisticRegression().fit(X, Y)
    model.coef_ = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    model.sparse_ = csr_matrix(np.eye(50))
    registry.save("m", model, init_params={"trusted": trusted})
    found = registry.load("m", trusted=trusted)
    assert found.coef_.flags.f_contiguous
    assert np.array_equal(found.coef_, model.coef_)
    assert (found.sparse_ != model.sparse_).nnz == 0


def test_a_few_compressed_bytes_are_not_made_many() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, zeros=np.zeros(1_000_000))
    with pytest.raises(Corrupt, match="compressed"):
        put_together(
            {"schema": "{}", "arrays": {}, "others": {"0.npz": np.frombuffer(stream.getvalue(), "u1")}}
        )
