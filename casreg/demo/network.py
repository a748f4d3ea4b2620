"""A byte-level language model in numpy: embedding, two hidden layers, softmax; trained by Adam.

Y. Bengio et al., A Neural Probabilistic Language Model (2003), with bytes for words; D. Kingma and
J. Ba, Adam (2015).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from casreg.demo.plan import Plan

Weights = dict[str, dict[str, np.ndarray]]
"""By layer, then ``weight`` or ``bias``; float32, C order."""

_VOCABULARY = 256
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Network:
    """Predicts the byte after ``context`` bytes."""

    def __init__(self, plan: Plan, random: np.random.Generator) -> None:
        def matrix(rows: int, columns: int) -> np.ndarray:
            scale = np.float32((2 / rows) ** 0.5)
            return random.standard_normal((rows, columns), dtype=np.float32) * scale

        def layer(rows: int, columns: int) -> dict[str, np.ndarray]:
            return {"weight": matrix(rows, columns), "bias": np.zeros(columns, np.float32)}

        self.weights: Weights = {
            "embedding": {"weight": random.standard_normal((_VOCABULARY, plan.embedding), dtype=np.float32)},
            "hidden1": layer(plan.context * plan.embedding, plan.hidden1),
            "hidden2": layer(plan.hidden1, plan.hidden2),
            "output": layer(plan.hidden2, _VOCABULARY),
        }
        self.weights["output"]["weight"] *= np.float32(0.1)

    @property
    def parameters(self) -> int:
        return sum(array.size for layer in self.weights.values() for array in layer.values())

    def gradients(
        self, seen: np.ndarray, following: np.ndarray, trained: Collection[str]
    ) -> tuple[float, Weights]:
        """(mean cross-entropy in nats, its gradient by the trained layers) over a batch.

        ``seen``: uint8, batch x context; ``following``: uint8, batch. Nothing is computed below the
        lowest layer that learns.
        """
        w, count = self.weights, len(seen)
        x0 = w["embedding"]["weight"][seen].reshape(count, -1)
        x1 = np.maximum(x0 @ w["hidden1"]["weight"] + w["hidden1"]["bias"], 0)
        x2 = np.maximum(x1 @ w["hidden2"]["weight"] + w["hidden2"]["bias"], 0)
        logits = x2 @ w["output"]["weight"] + w["output"]["bias"]
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        total = odds.sum(axis=1, keepdims=True)
        rows = np.arange(count)
        loss = float(np.mean(np.log(total[:, 0]) - logits[rows, following]))

        slope = odds / total
        slope[rows, following] -= 1
        slope /= np.float32(count)
        found: Weights = {}
        for name, below in (("output", x2), ("hidden2", x1), ("hidden1", x0)):
            if name in trained:
                found[name] = {"weight": below.T @ slope, "bias": slope.sum(axis=0)}
            if not _learns_below(name, trained):
                return loss, found
            slope = slope @ w[name]["weight"].T
            if name != "hidden1":
                slope *= below > 0
        embedding = np.zeros_like(w["embedding"]["weight"])
        np.add.at(embedding, seen.reshape(-1), slope.reshape(-1, embedding.shape[1]))
        return loss, {**found, "embedding": {"weight": embedding}}


class Adam:
    """Adam over the layers that it is given gradients of."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._steps = 0
        self._moments: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}

    def step(self, weights: Weights, gradients: Weights) -> None:
        """Change ``weights`` in place."""
        self._steps += 1
        rate = self._rate * (1 - _BETA2**self._steps) ** 0.5 / (1 - _BETA1**self._steps)
        for layer, arrays in gradients.items():
            for kind, gradient in arrays.items():
                if (layer, kind) not in self._moments:
                    self._moments[layer, kind] = np.zeros_like(gradient), np.zeros_like(gradient)
                mean, square = self._moments[layer, kind]
                mean += np.float32(1 - _BETA1) * (gradient - mean)
                square += np.float32(1 - _BETA2) * (gradient * gradient - square)
                weights[layer][kind] -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(_EPSILON))


def _learns_below(name: str, trained: Collection[str]) -> bool:
    order = ("embedding", "hidden1", "hidden2", "output")
    return any(lower in trained for lower in order[: order.index(name)])
