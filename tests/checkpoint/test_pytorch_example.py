"""The example of a PyTorch training runs, and goes on after a kill as if there had been none."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import with_torch  # noqa: F401 - what the example needs

from casreg import Registry

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "train_pytorch.py"
STEPS = ("--steps", "60", "--every", "20")
KILLED = """
import sys
sys.path += sys.argv[1:3]
from dying import Dying
from train_pytorch import train
train(sys.argv[4], 60, 20)
train(Dying(sys.argv[3], save=3, blob=1), 60, 20)
"""


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    python = [sys.executable, "-W", "error", *map(str, command)]
    return subprocess.run(python, env=environment, check=False, timeout=120, capture_output=True, text=True)


def test_it_goes_on_after_a_kill_and_ends_with_the_same_bits(tmp_path: Path) -> None:
    killed = run("-u", "-c", KILLED, HERE, EXAMPLE.parent, tmp_path / "store", tmp_path / "whole")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [line.split(":")[0] for line in killed.stdout.splitlines()] == ["step 20", "step 40", "step 60"]
    store = Registry(tmp_path / "store")
    assert store.list_versions("runs/spirals") == ["20", "40"]

    resumed = run(EXAMPLE, tmp_path / "store", *STEPS)
    assert (resumed.returncode, resumed.stderr) == (0, "")
    lines = [line.split(":")[0] for line in resumed.stdout.splitlines()]
    assert lines == ["going on after step 40", "step 20", "step 40", "step 60"]
    assert store.list_versions("runs/spirals") == ["20", "40", "60"]
    name = "runs/spirals@60"
    assert store.info(name)["metadata"] == Registry(tmp_path / "whole").info(name)["metadata"]
    assert store.info(name)["hash"] == Registry(tmp_path / "whole").info(name)["hash"]
