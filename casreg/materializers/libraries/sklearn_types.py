"""What of scikit-learn's own is loaded unasked though skops does not know it: each by its name, no prefixes.

All are written in Python, and hold numbers, arrays and each other: to make one is to set attributes, and code
of scikit-learn that uses them reads these through Python and NumPy, which look where they read. Functions are
named, not called, until a program uses what it has loaded, and then with the program's data.

Not here, on purpose: ``Tree`` and ``TreePredictor`` (trees, forests, boosting), ``KDTree`` and ``BallTree``
(neighbours), sparse matrices and splines. Compiled code follows the indices in them without looking: a forged
one reads, or writes, memory that is not its own, or ends the process. Whoever trusts the store names them.
"""

from __future__ import annotations

from typing import Final

_BY_MODULE: Final = {
    "numpy": ("dtype", "mean"),
    "sklearn.calibration": ("_CalibratedClassifier", "_SigmoidCalibration"),
    "sklearn.cluster._bisect_k_means": ("_BisectingTree",),
    "sklearn.cluster._kmeans": ("_kmeans_single_elkan", "_kmeans_single_lloyd"),
    "sklearn.feature_selection._mutual_info": ("mutual_info_classif", "mutual_info_regression"),
    "sklearn.feature_selection._univariate_selection": (
        *("chi2", "f_classif", "f_oneway", "f_regression", "r_regression"),
    ),
    "sklearn.gaussian_process._gpc": ("_BinaryGaussianProcessClassifierLaplace",),
    "sklearn.gaussian_process.kernels": (
        *("CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern"),
        *("PairwiseKernel", "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel"),
    ),
    "sklearn.neural_network._stochastic_optimizers": ("AdamOptimizer", "SGDOptimizer"),
}
HARMLESS: Final = frozenset(f"{module}.{name}" for module, names in _BY_MODULE.items() for name in names)
COMPILED: Final = frozenset(
    (
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.tree._tree.Tree",
    )
)
"""Of what is not, that of which programs have most."""
