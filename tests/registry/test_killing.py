"""A process that is killed at any moment leaves a store in which every listed version is whole."""

from pathlib import Path

from tools.soak.killing import kill_at_random


def test_a_hundred_kills_leave_every_listed_version_whole(tmp_path: Path) -> None:
    met = kill_at_random(100, 1, tmp_path)
    assert met["killed"] == 100
    assert met["versions checked"] > 20  # thousands, unless the machine is busy
    assert met["leases left"] > 0  # some were killed under their lease
