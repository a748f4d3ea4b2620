"""Files and directories that a user may not read or write."""

import subprocess
import sys
from pathlib import Path

AS_NOBODY = """
import os, sys
from pathlib import Path
from casreg import Registry, CasregError
closed, mine = Path(sys.argv[1]), Path(sys.argv[2])
registry = Registry("memory://")
registry.save("f", mine / "file")
registry.save("d", mine)
if os.geteuid() == 0:
    os.seteuid(65534)
for act in (
    lambda: registry.save("f", closed / "inside" / "x"),
    lambda: registry.checkout("d", closed / "inside"),
    lambda: registry.checkout("d", closed / "inside" / "new"),
    lambda: registry.checkout("d", mine / "new"),
    lambda: registry.load("f", output_dir=mine),
    lambda: registry.load("d", output_dir=mine / "new"),
):
    try:
        act()
    except CasregError as error:
        print(error.kind, str(error).replace(str(mine.parent), ""))
"""


def test_where_nothing_may_be_written_the_error_names_the_place_that_was_asked_for(tmp_path: Path) -> None:
    closed, mine = tmp_path / "closed", tmp_path / "mine"
    for folder in (closed / "inside", mine):
        folder.mkdir(parents=True)
    (mine / "file").write_text("x")
    mine.chmod(0o555)
    closed.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest" in str(folder):
            folder.chmod(0o755)
    words = [sys.executable, "-c", AS_NOBODY, str(closed), str(mine)]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    closed.chmod(0o755)
    mine.chmod(0o755)
    assert run.stdout.splitlines() == [
        "denied /closed/inside/x may not be read",
        "denied /closed/inside may not be written",
        "denied /closed/inside/new may not be written",
        "denied /mine/new may not be written",
        "denied /mine/f@1 may not be written",
        "denied /mine/new may not be written",
    ]
