"""A run's checkpoints: saved in the background, restored as they were when `save` was called."""

import math
import threading
from pathlib import Path

import numpy as np
import pytest
from gates import Gate

from casreg import Corrupt, InvalidInput, Registry, RegistryVersionConflict, VersionNotFound
from casreg.checkpoint import Checkpoint, Saver


def test_a_run_that_has_not_begun_has_nothing_to_restore(registry: Registry) -> None:
    with Saver(registry, "run", metric="loss") as saver:
        assert saver.restore() is None
        assert saver.restore("best") is None
        assert saver.checkpoints() == []
        assert saver.saved is None


def test_what_is_restored_is_what_was_saved(registry: Registry, weights: np.ndarray) -> None:
    state = {"model": {"w": weights, "b": np.zeros(3)}, "rng": [1 << 100, "x", (1.5, None)]}
    with Saver(registry, "run") as saver:
        saver.save(7, state, metrics={"loss": np.float32(0.5)}, metadata={"commit": "abc"})
        restored = saver.restore()
    assert restored is not None
    assert (restored.step, restored.version) == (7, "7")
    assert restored.metrics == {"loss": 0.5}
    assert restored.metadata == {"commit": "abc"}
    assert restored.state["rng"] == state["rng"]
    assert np.array_equal(restored.state["model"]["w"], weights)
    assert registry.info("run@7")["metadata"] == {"step": 7, "metrics": {"loss": 0.5}, "commit": "abc"}


def test_the_state_may_change_as_soon_as_save_has_returned(
    gate: Gate, gated: Registry, weights: np.ndarray
) -> None:
    state = {"w": weights, "history": [1], "nested": {"list": [np.zeros(2)]}}
    before = weights.copy()
    with Saver(gated, "run") as saver:
        gate.opened.clear()
        saver.save(1, state)
        weights += 1
        state["history"].append(2)
        state["nested"]["list"][0][:] = 5
        state["more"] = None
        assert gate.reached.wait(60)
        assert gated.list_versions("run") == []
        gate.opened.set()
        restored = saver.restore()
    assert restored is not None
    assert restored.state.keys() == {"w", "history", "nested"}
    assert restored.state["w"].tobytes() == before.tobytes()
    assert restored.state["history"] == [1]
    assert restored.state["nested"]["list"][0].tolist() == [0, 0]


def test_the_next_save_waits_for_the_one_under_way(gate: Gate, gated: Registry, weights: np.ndarray) -> None:
    with Saver(gated, "run") as saver:
        gate.opened.clear()
        saver.save(1, {"w": weights})
        assert gate.reached.wait(60)
        versions: list[list[str]] = []
        waiting = threading.Timer(0, lambda: (versions.append(gated.list_versions("run")), gate.opened.set()))
        waiting.start()
        saver.save(2, {"w": weights})
        assert versions == [[]]
        assert "1" in gated.list_versions("run")
        saver.wait()
        assert saver.saved == "2"


def test_a_blocking_save_is_durable_when_it_returns(registry: Registry, weights: np.ndarray) -> None:
    saver = Saver(registry, "run")
    saver.save(1, {"w": weights}, blocking=True)
    assert registry.list_versions("run") == ["1"]
    assert saver.saved == "1"
    assert saver.saved.plain > weights.nbytes


def test_later_checkpoints_of_a_run_are_smaller_than_its_first_and_old_ones_do_not_add_up(
    registry: Registry, weights: np.ndarray
) -> None:
    rng, sizes = np.random.default_rng(4), []
    with Saver(registry, "run", keep_last=1) as saver:
        for step in range(100, 1300, 100):
            saver.save(step, {"w": weights}, blocking=step == 200)
            saver.wait()
            sizes.append(saver.saved.stored)
            weights += (rng.standard_normal(len(weights)) * 2e-6).astype(np.float32)
    assert max(sizes[1:]) < 0.6 * sizes[0]
    assert registry.list_versions("run") == ["1200"]
    with registry.open("run") as snapshot:  # what it is built upon with it
        assert sum(pack.size for pack in snapshot.packs) < 2.5 * sizes[0] < 0.5 * sum(sizes)


def test_the_rules_say_which_versions_are_left(registry: Registry) -> None:
    losses = {1: 0.5, 2: 0.1, 3: math.nan, 4: 0.3, 5: 0.2, 6: 0.4, 7: 0.6}
    rules = {"keep_last": 2, "keep_every": 4, "keep_best": 1, "metric": "loss"}
    with Saver(registry, "run", **rules) as saver:
        for step, loss in losses.items():
            saver.save(step, {"step": step}, metrics={"loss": loss})
        saver.wait()
        assert registry.list_versions("run") == ["2", "4", "6", "7"]
        assert [c.step for c in saver.checkpoints()] == [2, 4, 6, 7]
        best = saver.restore("best")
    assert best is not None
    assert (best.step, best.state, best.metrics) == (2, {"step": 2}, {"loss": 0.1})


def test_without_rules_nothing_is_deleted(registry: Registry) -> None:
    with Saver(registry, "run") as saver:
        for step in range(5):
            saver.save(step, step)
    assert registry.list_versions("run") == ["0", "1", "2", "3", "4"]


def test_a_new_saver_goes_on_with_the_checkpoints_of_the_one_before(registry: Registry) -> None:
    for first in (1, 3, 5):
        with Saver(registry, "run", keep_last=1, keep_best=1, metric="loss", mode="max") as saver:
            saver.save(first, first, metrics={"loss": -first})
            saver.save(first + 1, first + 1)
    assert registry.list_versions("run") == ["1", "6"]
    assert saver.restore().state == 6
    assert saver.restore("best").state == 1


def test_versions_that_no_saver_made_are_left_alone(registry: Registry) -> None:
    others = {"1": {}, "2": {"step": 2}, "2.5": {"step": 2.5, "metrics": {}}, "3": {"step": 4, "metrics": {}}}
    for version, metadata in others.items():
        registry.save("run", "mine", version=version, metadata=metadata)
    with Saver(registry, "run", keep_last=1) as saver:
        assert saver.restore() is None
        saver.save(10, "a")
        saver.wait()
        registry.save("run", "mine", version="11")
        saver.save(12, "b")
        saver.wait()
        assert saver.checkpoints() == [Checkpoint(12)]
        with pytest.raises(VersionNotFound):
            saver.restore(11)
    assert registry.list_versions("run") == [*others, "11", "12"]


def test_a_checkpoint_of_another_process_is_found_and_counted(registry: Registry) -> None:
    with Saver(registry, "run", keep_last=2) as saver, Saver(registry, "run") as other:
        saver.save(1, 1)
        saver.wait()
        other.save(2, 2)
        other.wait()
        saver.save(3, 3)
        saver.wait()
        assert [c.step for c in saver.checkpoints()] == [2, 3]
        registry.delete("run", "2")
        assert [c.step for c in saver.checkpoints()] == [3]


def test_a_metric_that_is_no_finite_number_comes_back_as_it_was(registry: Registry) -> None:
    metrics = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 0.25}
    with Saver(registry, "run") as saver:
        saver.save(1, None, metrics=metrics)
        saver.wait()
        (found,) = Saver(registry, "run").checkpoints()
    assert repr(found.metrics) == repr(metrics)


def test_a_step_is_restored_into_arrays_that_are_there_and_in_parts(
    registry: Registry, weights: np.ndarray
) -> None:
    with Saver(registry, "run") as saver:
        saver.save(1, {"model": {"w": weights}, "optimizer": {"m": weights + 1}})
        into = {"model": {"w": np.empty_like(weights)}, "optimizer": {"m": np.empty_like(weights)}}
        restored = saver.restore(1, into=into)
        assert restored.state["model"]["w"] is into["model"]["w"]
        assert np.array_equal(into["model"]["w"], weights)
        assert saver.restore(1, only="model.*").state.keys() == {"model"}


def test_a_step_that_is_not_there_is_not_found(registry: Registry) -> None:
    with Saver(registry, "run") as saver:
        saver.save(1, "a")
        with pytest.raises(VersionNotFound):
            saver.restore(2)


def test_a_damaged_checkpoint_is_corrupt_and_no_other_is_taken(
    registry: Registry, weights: np.ndarray
) -> None:
    with Saver(registry, "run") as saver:
        saver.save(1, {"w": weights})
        saver.save(2, {"w": np.random.default_rng(9).random(len(weights))})
        saver.wait()
        with registry.open("run@2") as snapshot:
            pack = max(snapshot.packs, key=lambda pack: pack.size).sha256.key
        data = bytearray(registry.backend.read(pack))
        data[len(data) // 2] ^= 1
        registry.backend.write(pack, [data])
        with pytest.raises(Corrupt, match="run@2"):
            saver.restore()
        assert np.array_equal(saver.restore(1).state["w"], weights)


def test_steps_rise(registry: Registry) -> None:
    with Saver(registry, "run") as saver:
        saver.save(10, "a")
        for step in (10, 9):
            with pytest.raises(RegistryVersionConflict, match="not above 10"):
                saver.save(step, "b")
    with Saver(registry, "run") as again, pytest.raises(RegistryVersionConflict):
        again.save(10, "b")
    assert registry.load("run") == "a"


def test_what_is_after_a_step_is_deleted_to_go_on_from_there(registry: Registry) -> None:
    with Saver(registry, "run") as saver:
        for step in (1, 2, 3):
            saver.save(step, f"first {step}")
        saver.wait()
        for later in (2, 3):
            registry.delete("run", str(later))
        saver.save(2, "second 2")
        assert saver.restore().state == "second 2"


def test_a_step_that_somebody_else_took_is_a_conflict(registry: Registry) -> None:
    saver = Saver(registry, "run")
    saver.save(1, "a")
    saver.wait()
    registry.save("run", "theirs", version="2")
    saver.save(2, "b")
    with pytest.raises(RegistryVersionConflict):
        saver.wait()
    assert registry.load("run@2") == "theirs"


def test_in_a_mutable_store_a_step_is_overwritten() -> None:
    registry = Registry("memory://", version_objects=True, mutable=True)
    with Saver(registry, "run", keep_last=1) as saver:
        saver.save(2, "a", metrics={"loss": 1})
        saver.save(2, "b", metrics={"loss": 2})
        saver.save(1, "c")  # never the one that was just saved
        assert saver.restore(1).state == "c"
        assert saver.restore(2).metrics == {"loss": 2}
        assert registry.list_versions("run") == ["1", "2"]


class Thing:
    """What no materializer keeps."""


def test_what_cannot_be_kept_is_refused_at_once(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    loop: list[object] = []
    loop.append(loop)
    with Saver(registry, "run") as saver:
        with pytest.raises(InvalidInput, match=r"model\.thing"):
            saver.save(1, {"model": {"thing": Thing()}})
        for state in (tmp_path / "file", b"bytes", Thing(), loop, np.array([Thing()])):
            with pytest.raises(InvalidInput):
                saver.save(1, state)
        for step in (-1, True, 1.5, "1", 10**18, None):
            with pytest.raises(InvalidInput):
                saver.save(step, "a")
        for metrics in ({"loss": "0.3"}, {"loss": None}, {"loss": np.zeros(2)}, {1: 2.0}):
            with pytest.raises(InvalidInput):
                saver.save(1, "a", metrics=metrics)
        for metadata in ({"step": 1}, {"metrics": 1}, {"thing": Thing()}):
            with pytest.raises(InvalidInput):
                saver.save(1, "a", metadata=metadata)
    assert registry.list_objects() == []


def test_a_metric_of_another_name_is_refused(registry: Registry) -> None:
    with Saver(registry, "run", keep_best=1, metric="val_loss") as saver:
        with pytest.raises(InvalidInput, match="val_loss"):
            saver.save(1, "a", metrics={"val_los": 0.5})
        saver.save(1, "a")


def test_what_is_asked_for_wrongly_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="version_objects"):
        Saver(Registry("memory://"), "run")
    with pytest.raises(InvalidInput):
        Saver(registry, "run@1")
    saver = Saver(registry, "run")
    for which in ("best", "newest", -1, True, None):
        with pytest.raises(InvalidInput):
            saver.restore(which)


def test_tagged_and_protected_checkpoints_stay_for_as_long_as_they_are(registry: Registry) -> None:
    with Saver(registry, "run", keep_last=1) as saver:
        for step in (1, 2, 3, 4):
            saver.save(step, {"step": step})
            saver.wait()
            if step == 1:
                registry.tag("run", "start", "1")
            elif step == 2:
                registry.protect("run@2")
        assert registry.list_versions("run") == ["1", "2", "4"]
        registry.untag("run", "start")
        saver.save(5, {"step": 5})
        saver.wait()
    assert registry.list_versions("run") == ["2", "5"]
