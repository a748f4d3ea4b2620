"""Rights."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from localdisk import files, script

from casreg.errors import (
    Denied,
)
from casreg.stores.local import LocalStore

AS_NOBODY = """
import os, sys
from pathlib import Path
from casreg.errors import CasregError
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def attempt(call):
    try:
        print(call())
    except CasregError as error:
        print(error.kind)
attempt(lambda: store.read("refs/a"))
attempt(lambda: [entry.key for entry in LocalStore(Path(sys.argv[1])).scan("")])
attempt(lambda: store.create("refs/b", b"x"))
attempt(lambda: store.create("refs/a", b"x"))
attempt(lambda: store.create("new/a", b"x"))
attempt(lambda: store.write("refs/a", [b"x"]))
attempt(lambda: store.remove("refs/a"))
attempt(lambda: store.read("refs/secret"))
attempt(lambda: store.read("locked/a"))
attempt(lambda: store.stat("locked/a"))
attempt(lambda: list(store.scan("locked/")))
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that other users reach, unlike ``tmp_path``."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_missing_rights_are_denied_and_leave_nothing(public: Path) -> None:
    store = LocalStore(public)
    for key in ("refs/a", "refs/secret", "locked/a"):
        store.create(key, b"mine")
    before = files(public)
    modes = {public / "refs" / "a": 0o444, public / "refs" / "secret": 0, public / "locked": 0}
    modes |= {public / "refs": 0o555, public: 0o555}
    for path, mode in modes.items():
        path.chmod(mode)
    try:
        answers = script(AS_NOBODY, public).communicate()[0].splitlines()
    finally:
        for path in reversed(modes):
            path.chmod(0o755)
    assert answers[0] == "b'mine'"
    # A folder that may not be read must not look empty.
    assert answers[1:] == ["denied"] * 10
    assert files(public) == before


@pytest.mark.skipif(shutil.which("chattr") is None, reason="needs chattr")
def test_an_immutable_folder_is_a_matter_of_rights_not_of_links(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    folder = str(store.root / "refs")
    if subprocess.run(["chattr", "+i", folder], check=False, capture_output=True).returncode:
        pytest.skip("chattr does not work here")
    try:
        for change in (lambda: store.create("refs/b", b"x"), lambda: store.write("refs/a", [b"y"])):
            with pytest.raises(Denied):
                change()
        with pytest.raises(Denied):
            store.remove("refs/a")
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)
    assert files(store.root) == ["refs/a"]
