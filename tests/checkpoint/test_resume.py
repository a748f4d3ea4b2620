"""A run killed in the middle of a save goes on from its last checkpoint, and ends as if it had not been."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry

SCRIPT = """
import os, signal, sys
import numpy as np
from casreg import Registry
from casreg.checkpoint import Saver
from casreg.config import Limits
from casreg.stores.locate import locate
from casreg.stores.wrapper import Wrapper

class Dies(Wrapper):
    '''Kills the process at a blob of the save of one version.'''
    at, blobs = 0, 0

    def write(self, key, data):
        if self.at and key.startswith("blobs/"):
            self.blobs += 1
            if self.blobs == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
        super().write(key, data)

place, kill_step, kill_blob = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = Dies(locate(place, create=True, durability="none"))
registry = Registry(store, version_objects=True)
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
            saver.wait()
            if step == kill_step:
                store.at = kill_blob
            saver.save(step, {"weights": weights, "velocity": velocity, "rng": rng.bit_generator.state})
"""


def train(store: Path, kill_step: int = 0, kill_blob: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, store, str(kill_step), str(kill_blob)]
    return subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    store = tmp_path_factory.mktemp("whole") / "store"
    ended = train(store)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n", "")
    return dict(Registry(store).load("run"))


@pytest.mark.parametrize(("kill_step", "kill_blob", "start"), [(2, 1, 0), (6, 2, 4), (8, 4, 6)])
def test_killed_in_the_middle_of_a_save_it_ends_with_the_same_weights(
    tmp_path: Path, uninterrupted: dict[str, object], kill_step: int, kill_blob: int, start: int
) -> None:
    killed = train(tmp_path / "store", kill_step, kill_blob)
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
