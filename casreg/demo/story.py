"""The story in order: train and save, then prove. It decides nothing of how it is told."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any, Protocol

from casreg.demo import proofs
from casreg.demo.plan import Plan
from casreg.demo.result import Damage, LazyRead, Result, SavedVersion
from casreg.demo.text import read_text
from casreg.demo.training import Step, Training
from casreg.registry import Registry
from casreg.stores.local import LocalStore
from casreg.testing.metered import MeteredStore

NAME = "demo/byte-mlp"
_TENSOR = "weights.embedding.weight"
"""Small, and read alone."""
_VICTIM = "weights.output.weight"
"""Where a byte is flipped."""


class Listener(Protocol):
    """Is told what happens, as it happens."""

    def begun(self, result: Result, plan: Plan) -> None: ...
    def stepped(self, step: Step, steps: int) -> None: ...
    def saved(self, version: SavedVersion) -> None: ...
    def trained(self, result: Result) -> None: ...
    def compared(self, references: list[str], parameters: int) -> None: ...
    def read(self, lazy: LazyRead) -> None: ...
    def refused(self, damage: Damage) -> None: ...
    def ended(self, result: Result) -> None: ...


def tell(root: Path, kept: bool, plan: Plan, listener: Listener) -> Result:
    """Make a store in ``root``, an empty directory; train, save, prove. Raises ProofFailed."""
    start = time.perf_counter()
    text = read_text(plan.text)
    training = Training(plan, text)
    result = Result(str(root), kept, NAME, training.network.parameters)
    result.text_files, result.text_bytes = text.files, len(text.code) + len(text.prose)
    meter = MeteredStore(LocalStore.open(root, create=True))
    with Registry(meter, version_objects=True) as registry:
        listener.begun(result, plan)
        kept_aside = _train_and_save(registry, training, result, listener)
        result.on_disk = proofs.size_on_disk(root)
        listener.trained(result)

        for reference, checkpoint in kept_aside.items():
            proofs.comes_back_equal(registry, reference, checkpoint)
            result.compared.append(reference)
        listener.compared(result.compared, result.parameters)

        newest = result.compared[-1]
        embedding = kept_aside[newest]["weights"]["embedding"]["weight"]
        result.lazy = proofs.reads_little(registry, meter, newest, _TENSOR, embedding)
        listener.read(result.lazy)

        result.damage = proofs.damage_is_refused(registry, root, newest, _VICTIM)
        listener.refused(result.damage)
    result.seconds = time.perf_counter() - start
    listener.ended(result)
    return result


def _train_and_save(
    registry: Registry, training: Training, result: Result, listener: Listener
) -> dict[str, dict[str, Any]]:
    """A version per phase. Copies of the first and the last checkpoint, by reference, to compare with."""
    kept: dict[str, dict[str, Any]] = {}
    for step in training.steps():
        result.first_loss = result.first_loss or step.loss
        listener.stepped(step, training.plan.steps)
        if not step.last:
            continue
        checkpoint = training.checkpoint(step)
        start = time.perf_counter()
        saved = registry.save(NAME, checkpoint, metadata={"step": step.number, "loss": round(step.loss, 4)})
        took = time.perf_counter() - start
        version = SavedVersion(
            str(saved),
            step.phase.what,
            step.number,
            step.loss,
            saved.plain,
            saved.stored,
            saved.chunks,
            saved.reused,
            took,
        )
        result.versions.append(version)
        listener.saved(version)
        if step.phase in (training.plan.phases[0], training.plan.phases[-1]):
            kept[f"{NAME}@{saved}"] = copy.deepcopy(checkpoint)
    return kept
