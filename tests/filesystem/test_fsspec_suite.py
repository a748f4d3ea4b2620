"""fsspec's own tests of file systems, those that read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests

from casreg import Registry
from casreg.filesystem import CasregFileSystem


class Versions(AbstractFixtures):
    """What the suite writes to a file system is saved as a version here, and nothing of it removed."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        Registry(tmp_path / "store", version_objects=True, durability="none").close()
        return tmp_path / "store"

    @pytest.fixture
    def fs(self, place: Path) -> Iterator[CasregFileSystem]:
        return CasregFileSystem(store=place)

    @pytest.fixture
    def fs_join(self) -> Any:
        return lambda *steps: "/".join(steps)

    @pytest.fixture
    def fs_path(self) -> str:
        return ""

    @pytest.fixture
    def saved(self, place: Path, tmp_path: Path) -> Any:
        def save(make: Any) -> str:
            local = make(
                LocalFileSystem(auto_mkdir=True), lambda *s: "/".join(map(str, s)), tmp_path / "made"
            )
            with Registry(place) as registry:
                return f"suite/source@{registry.save('suite/source', Path(local))}"

        return save

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self, saved: Any) -> str:
        return saved(self._bulk_operations_scenario_0)

    @pytest.fixture
    def fs_glob_edge_cases_files(self, saved: Any) -> str:
        return saved(self._glob_edge_cases_files)

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self, saved: Any) -> str:
        return saved(self._dir_and_file_with_same_name_prefix)

    @pytest.fixture
    def fs_10_files_with_hashed_names(self, saved: Any) -> str:
        return saved(self._10_files_with_hashed_names)


class TestGetting(Versions, AbstractGetTests):
    """``get`` in all its forms, with its globs, which ``find``, ``walk``, ``ls`` and ``info`` are behind."""

    def test_get_directory_recursive(self, fs: CasregFileSystem, saved: Any, tmp_path: Path) -> None:
        """As the suite has it, which makes its files with mkdir and touch: here by a save."""

        def make(local: Any, join: Any, root: Path) -> str:
            local.touch(join(root, "src", "file"))
            return join(root, "src")

        source, target = saved(make), str(tmp_path / "target")
        for wanted, below in ((source, "file"), (f"{source}/", "file")):
            fs.get(wanted, target, recursive=True)
            assert (Path(target) / below).is_file()
            fs.get(wanted, f"{target}/", recursive=True)
            assert len([path for path in Path(target).rglob("*") if path.is_file()]) == 2 - wanted.endswith(
                "/"
            )
            LocalFileSystem().rm(target, recursive=True)
