"""``casreg ls`` and ``casreg show``"""

from pathlib import Path

import numpy as np
from running import Cli

from casreg import Registry


def fill(store: Path) -> None:
    with Registry(store, create=False) as registry:
        registry.save("det/yolo", {"w": np.zeros((2, 3), np.float32)}, metadata={"epoch": 1})
        registry.save("det/yolo", {"w": np.ones((2, 3), np.float32)}, version="1.10")
        registry.save("words", b"hello")


def test_an_empty_store_lists_nothing(cli: Cli, store: Path) -> None:
    ran = cli("ls")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert cli("ls", "--json").json == {"store": str(store), "names": []}


def test_names_with_their_latest_versions(cli: Cli, store: Path) -> None:
    fill(store)
    names = cli("ls", "--json").json["names"]
    assert [(n["name"], n["latest"], n["versions"]) for n in names] == [
        ("det/yolo", "1.10", 2),
        ("words", "1", 1),
    ]
    assert names[1]["size"] == 5
    assert cli("ls", "--quiet").out == "det/yolo\nwords\n"
    assert cli("ls").out.splitlines()[1].split()[:3] == ["det/yolo", "1.10", "2"]


def test_versions_of_a_name_oldest_first(cli: Cli, store: Path) -> None:
    fill(store)
    listed = cli("ls", "det/yolo", "--json").json
    assert [v["version"] for v in listed["versions"]] == ["1", "1.10"]
    facts = {"version", "kind", "size", "stored", "created", "content", "digest", "tags", "protected"}
    assert set(listed["versions"][0]) == facts
    assert listed["versions"][0]["kind"] == "tree"
    assert cli("ls", "det/yolo", "-q").out == "det/yolo@1\ndet/yolo@1.10\n"


def test_tables_fit_eighty_columns_without_trailing_spaces(cli: Cli, store: Path) -> None:
    fill(store)
    for words in (["ls"], ["ls", "det/yolo"], ["doctor"]):
        lines = cli(*words).out.splitlines()
        assert all(line == line.rstrip() for line in lines)
        if words[0] == "ls":
            assert max(map(len, lines)) <= 80


def test_what_is_not_there_is_told(cli: Cli, store: Path) -> None:
    fill(store)
    url = str(store)
    for words, told in (
        (("ls", "nobody"), f"there is no nobody in {url}: `casreg ls` lists what there is"),
        (("show", "det/yollo"), f"there is no det/yollo in {url}: did you mean det/yolo?"),
        (("load", "yolo@1"), f"there is no yolo in {url}: did you mean det/yolo?"),
        (("diff", "det"), f"there is no det in {url}: names below it are det/yolo"),
        (("tag", "word"), f"there is no word in {url}: did you mean words?"),
        (("history", "word"), f"there never was a word in {url}: did you mean words?"),
        (("ls", "det/*"), "there is no det/*: `casreg find 'det/*'` takes patterns"),
    ):
        missing = cli(*words)
        assert (missing.code, missing.told) == (3, told)
    assert cli("ls", "words@1").code == 2
    missing = cli("show", "words@7")
    assert missing.code == 3
    assert "7" in missing.told


def test_show_tells_everything_of_a_version(cli: Cli, store: Path) -> None:
    fill(store)
    shown = cli("show", "det/yolo@1", "--json").json
    assert shown["metadata"] == {"epoch": 1}
    assert [f["path"] for f in shown["files"]] == ["value.json", "arrays.safetensors"]
    (tensor,) = shown["tensors"]
    assert (tensor["name"], tensor["dtype"], tensor["shape"], tensor["size"]) == ("w", "F32", [2, 3], 24)
    assert cli("show", f"det/yolo@{shown['digest']}", "--json").json == shown
    text = cli("show", "det/yolo@1").out
    assert (tensor["codecs"], tensor["depth"]) == ({"zstd": 1}, 0)
    assert tensor["stored"] <= tensor["size"] < tensor["read_cold"]  # it shares a chunk with the header
    for word in ("det/yolo@1", shown["digest"], "2 x 3", "F32", "zstd", '"epoch": 1'):
        assert word in text
    assert cli("show", "det/yolo@1", "-q").out == "det/yolo@1\n"


def test_long_tables_end_after_twenty_rows(cli: Cli, store: Path) -> None:
    Path("many").mkdir()
    for number in range(25):
        (Path("many") / f"file{number:02}").write_text("x")
    cli("save", "many", "many")
    short, whole = cli("show", "many").out, cli("show", "many", "--all").out
    assert "file19" in short
    assert "file20" not in short
    assert "5 more files" in short
    assert "file24" in whole
    assert "more" not in whole
    assert len(cli("show", "many", "--json").json["files"]) == 25


def test_names_of_files_cannot_play_tricks_on_a_terminal(cli: Cli, store: Path) -> None:
    Path("tricks").mkdir()
    (Path("tricks") / "a\x1b[2Jb\nc").write_text("x")
    cli("save", "tricks", "tricks")
    text = cli("show", "tricks").out
    assert "\x1b" not in text
    assert r"a\x1b[2Jb\nc" in text
