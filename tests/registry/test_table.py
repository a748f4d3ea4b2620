"""What str() and rich show of a Registry."""

import io
from pathlib import Path

import numpy as np
from rich.console import Console

from casreg import Registry


def cells(text: str) -> list[list[str]]:
    """The rows of a table drawn with bars."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]


def test_a_registry_shows_the_latest_version_of_each_name(registry: Registry) -> None:
    registry.save(
        ["a", "a", "team/b", "c", "d"], [1, 2.5, "x" * 100, np.zeros(1000), [1]], metadata={"lr": 0.1}
    )
    assert cells(str(registry)) == [
        ["a", "2", "builtins.float", "2.5", "lr=0.1"],
        ["c", "1", "numpy.ndarray", "8.1 kB", "lr=0.1"],
        ["d", "1", "builtins.list", "3 bytes", "lr=0.1"],
        ["team/b", "1", "builtins.str", f"'{'x' * 46}...", "lr=0.1"],
    ]
    assert "Registry at memory://" in str(registry)
    assert repr(registry) == "<Registry memory:// versioned>"


def test_all_versions_are_shown_where_that_is_asked_for(registry: Registry) -> None:
    registry.save(["b", "a", "b"], [1, 2, 3])
    shown = [row[:2] for row in cells(registry.__str__(color=True, latest_only=False))]
    assert shown == [["a", "1"], ["b", "1"], ["b", "2"]]
    assert registry.__str__(color=False) == str(registry)


def test_an_unversioned_registry_shows_no_versions() -> None:
    registry = Registry("memory://")
    registry["a"] = True
    assert cells(str(registry)) == [["a", "builtins.bool", "True", ""]]


def test_an_integer_too_long_to_be_written_out_shows_its_size_and_hides_no_other(registry: Registry) -> None:
    registry.save(["a", "b", "c"], [10**4000, 10**4500, 1])
    assert [row[3] for row in cells(str(registry))] == [f"1{'0' * 46}...", "3.8 kB", "1"]


def test_an_empty_registry_says_so(registry: Registry) -> None:
    registry["a"] = 1
    del registry["a"]
    assert str(registry) == "Registry is empty."


def test_what_could_confuse_a_terminal_is_shown_as_escapes(registry: Registry) -> None:
    registry.save("a\u202eb", "\x1b[31m[red]", metadata={"\x1b[0m": "\u202e"})
    text = str(registry)
    assert cells(text)[0][0] == r"a\u202eb"
    assert cells(text)[0][3:] == [r"'\x1b[31m[red]'", r"\x1b[0m='\u202e'"]
    assert "".join(text.split("\n")).isprintable()


def test_rich_prints_a_registry_as_a_table_that_fits(registry: Registry) -> None:
    registry["a"] = "a longer text that is folded where the table is narrow"
    out = io.StringIO()
    Console(file=out, width=60).print(registry)
    assert max(map(len, out.getvalue().splitlines())) <= 60
    assert "builtins" in out.getvalue()


def test_damage_shows_in_its_row_and_hides_no_other(on_disk: Registry) -> None:
    on_disk.save(["a", "b"], [1, 2])
    path = next(Path(on_disk.backend.url).glob("refs/a/*"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"data":"', b'"data":"AAAA'))
    assert [(row[0], row[3]) for row in cells(str(on_disk))] == [("a", "<corrupt>"), ("b", "2")]
