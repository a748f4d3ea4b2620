"""The demo runs, and what it claims was measured."""

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from casreg import Registry
from casreg.demo import FULL, SMALL, run
from casreg.demo.network import Network
from casreg.demo.plan import ALL, HEAD
from casreg.demo.proofs import comes_back_equal, damage_is_refused
from casreg.demo.result import ProofFailed
from casreg.demo.text import read_text
from casreg.demo.training import Training
from casreg.errors import AlreadyExists, Unsupported

TINY = replace(SMALL, context=8, embedding=16, hidden1=256, hidden2=256, batch=32, steps=30, text=256 << 10)


def test_the_whole_story(tmp_path: Path) -> None:
    out = io.StringIO()
    result = run(tmp_path / "kept", TINY, console=Console(file=out, width=80))

    assert [v.version for v in result.versions] == ["1", "2", "3", "4", "5"]
    assert result.versions[-1].loss < result.first_loss
    first, *_, last = result.versions
    assert first.reused == 0
    assert last.reused > 0
    assert last.stored < first.stored / 2
    assert len({v.plain // 1000 for v in result.versions}) == 1
    assert result.stored < result.on_disk < result.plain
    assert result.compared == ["demo/byte-mlp@1", "demo/byte-mlp@5"]
    assert result.lazy is not None
    assert result.lazy.size < result.lazy.bytes_read < result.lazy.version_size
    assert result.damage is not None
    assert (result.damage.version, result.damage.part) == ("5", "arrays.safetensors")
    assert result.damage.offset <= result.damage.position
    assert "demo/byte-mlp@5" in result.damage.refusal

    told = out.getvalue()
    assert "\x1b" not in told
    assert result.damage.refusal in told
    assert f"{result.lazy.bytes_read:,} bytes" in told
    assert str(tmp_path / "kept") in told
    with Registry(tmp_path / "kept", create=False) as registry:
        assert registry.load("demo/byte-mlp")["step"] == last.step

    with pytest.raises(AlreadyExists):
        run(tmp_path / "kept", TINY, quiet=True)


def test_a_temporary_store_is_gone_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(plan=replace(TINY, steps=10), quiet=True)
    assert not result.kept
    assert not Path(result.store).exists()
    assert capsys.readouterr() == ("", "")
    assert result.document()["versions"][4]["version"] == "5"


def test_a_slow_machine_still_sees_every_phase() -> None:
    result = run(plan=replace(TINY, seconds=0.0), quiet=True)
    assert [v.step for v in result.versions] == [2, 4, 6, 8, 10]


def test_the_full_network_has_millions_of_parameters() -> None:
    assert 2e6 < Network(FULL, np.random.default_rng(0)).parameters < 5e6


def test_frozen_layers_do_not_change_and_the_seed_decides_all() -> None:
    text, plan = read_text(TINY.text), replace(TINY, steps=10, seconds=math.inf)
    runs = []
    for _ in range(2):
        training = Training(plan, text)
        runs.append(
            [
                {layer: arrays["weight"].copy() for layer, arrays in training.network.weights.items()}
                for step in training.steps()
                if step.last
            ]
        )
    for phase, before, after in zip(TINY.phases[1:], runs[0], runs[0][1:], strict=False):
        for layer in ALL:
            assert np.array_equal(before[layer], after[layer]) == (layer not in phase.trained)
    # Not bit for bit: threads may add in another order. Another seed is further away than this.
    assert all(np.allclose(a[n], b[n], atol=0.05) for a, b in zip(*runs, strict=True) for n in ALL)


@pytest.mark.parametrize("trained", [ALL, HEAD, ("output",)])
def test_gradients_are_those_of_the_loss(trained: tuple[str, ...]) -> None:
    random = np.random.default_rng(1)
    network = Network(replace(TINY, context=3, embedding=4, hidden1=8, hidden2=8), random)
    for layer in network.weights.values():
        for kind in layer:
            layer[kind] = layer[kind].astype(np.float64)
    seen, following = random.integers(0, 256, (5, 3)).astype(np.uint8), random.integers(0, 256, 5)
    _, found = network.gradients(seen, following, trained)
    assert set(found) == set(trained)
    for layer, arrays in found.items():
        for kind, gradient in arrays.items():
            weight = network.weights[layer][kind]
            at = np.unravel_index(np.argmax(np.abs(gradient)), weight.shape)
            losses = []
            for nudge in (1e-6, -1e-6):
                weight[at] += nudge
                losses.append(network.gradients(seen, following, ())[0])
                weight[at] -= nudge
            assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(float(gradient[at]), rel=1e-4)


def test_text_is_bounded_and_the_same_every_time() -> None:
    text = read_text(500_000)
    assert len(text.code) + len(text.prose) <= 500_000
    assert text == read_text(500_000)


def test_without_the_language_reference_modules_stand_in_for_it(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"module{number}.py").write_text(f"x = {number}\n" * 10_000)
    (tmp_path / "unreadable.py").mkdir()
    text = read_text(1 << 20, tmp_path)
    assert text.files == 4
    assert len(text.code) == 3 * len(text.prose)


def test_a_python_without_sources_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="sources"):
        read_text(1 << 20, tmp_path)
    with pytest.raises(Unsupported, match="sources"):
        read_text(1 << 20, tmp_path / "nowhere")


def test_a_claim_that_does_not_hold_ends_the_demo(tmp_path: Path) -> None:
    weights = {"output": {"weight": np.random.default_rng(0).random(100_000, dtype=np.float32)}}
    with Registry(tmp_path, version_objects=True) as registry:
        registry.save("a", {"weights": weights, "step": 1})
        comes_back_equal(registry, "a@1", {"weights": weights, "step": 1})
        with pytest.raises(ProofFailed):
            comes_back_equal(registry, "a@1", {"weights": weights, "step": 2})
        weights["output"]["weight"][7] = -0.0
        with pytest.raises(ProofFailed):
            comes_back_equal(registry, "a@1", {"weights": weights, "step": 1})

        class Careless(Registry):
            def load(self, *args: object, **kwargs: object) -> object:
                return None

        with Careless(tmp_path) as careless, pytest.raises(ProofFailed):
            damage_is_refused(careless, tmp_path, "a@1", "weights.output.weight")
        registry.load("a@1")
