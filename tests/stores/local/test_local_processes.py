"""Many processes, and one that is killed."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from localdisk import LINUX, files, keys, script

from casreg.stores.local import LocalStore

CREATOR = """
import sys
from pathlib import Path
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]), durability="none", _anonymous=sys.argv[3] == "True")
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    key = f"refs/{number // 50}/{number:03}"
    if store.create(key, f"{sys.argv[2]} {key}".encode()):
        print(key)
"""


@pytest.mark.parametrize("anonymous", [True, False])
def test_of_many_processes_exactly_one_creates_each_key(tmp_path: Path, anonymous: bool) -> None:
    processes = [script(CREATOR, tmp_path, number, anonymous) for number in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    store = LocalStore(tmp_path)
    assert sorted(chain.from_iterable(won)) == keys(store)
    assert len(keys(store)) == 150
    for number, created in enumerate(won):
        for key in created:
            assert store.read(key) == f"{number} {key}".encode()
    assert len(files(tmp_path)) == 150


KILLED = """
import os, signal, sys
from pathlib import Path
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
os.fsync = lambda fd: os.fstat(fd).st_size != 1 << 20 or os.kill(os.getpid(), signal.SIGKILL)
store.write("blobs/a", [bytes(1 << 20)])
"""


@pytest.mark.skipif(not LINUX, reason="needs O_TMPFILE")
def test_a_writer_killed_while_it_writes_leaves_nothing(tmp_path: Path) -> None:
    process = script(KILLED, tmp_path)
    process.communicate()
    assert process.returncode == -9
    assert files(tmp_path) == []
