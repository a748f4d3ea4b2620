"""A run killed in the middle of a save goes on from its last checkpoint, and ends as if it had not been."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry

HERE = Path(__file__).parent
SCRIPT = """
import sys
import numpy as np
from casreg import Registry
from casreg.checkpoint import Saver
from casreg.config import Limits
from dying import Dying

registry = Registry(Dying(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), version_objects=True)
registry._limits = Limits(max_pack=1 << 20, workers=1)

rng = np.random.default_rng(0)
weights, velocity, start = rng.standard_normal(500_000), np.zeros(500_000), 0
with Saver(registry, "run", keep_last=2) as saver:
    restored = saver.restore()
    if restored:
        weights, velocity = restored.state["weights"], restored.state["velocity"]
        rng.bit_generator.state = restored.state["rng"]
        start = restored.step
    print(start)
    for step in range(start + 1, 9):
        gradient = weights + rng.standard_normal(weights.size)
        velocity *= 0.9
        velocity += gradient
        weights -= 0.01 * velocity
        if step % 2 == 0:
            saver.save(step, {"weights": weights, "velocity": velocity, "rng": rng.bit_generator.state})
"""


def train(store: Path, save: int = 0, blob: int = 0) -> subprocess.CompletedProcess[str]:
    """In a process of its own, which is killed at a blob of a save, if these are given."""
    command = [sys.executable, "-c", SCRIPT, str(store), str(save), str(blob)]
    return subprocess.run(command, check=False, timeout=120, capture_output=True, text=True, cwd=HERE)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    store = tmp_path_factory.mktemp("whole") / "store"
    ended = train(store)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n", "")
    return dict(Registry(store).load("run"))


@pytest.mark.parametrize(("save", "blob", "start"), [(1, 1, 0), (3, 2, 4), (4, 4, 6)])
def test_killed_in_the_middle_of_a_save_it_ends_with_the_same_weights(
    tmp_path: Path, uninterrupted: dict[str, object], save: int, blob: int, start: int
) -> None:
    killed = train(tmp_path / "store", save, blob)
    assert killed.returncode == -signal.SIGKILL
    store = Registry(tmp_path / "store")
    assert store.list_versions("run") == [str(step) for step in (start - 2, start) if step > 0]
    ended = train(tmp_path / "store")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{start}\n", "")
    assert store.list_versions("run") == ["6", "8"]
    final = store.load("run", verify="full")
    for name in ("weights", "velocity"):
        whole = uninterrupted[name]
        assert isinstance(whole, np.ndarray)
        assert final[name].tobytes() == whole.tobytes()
    assert final["rng"] == uninterrupted["rng"]
    assert [finding for finding in store.fsck() if finding.kind != "orphan"] == []
