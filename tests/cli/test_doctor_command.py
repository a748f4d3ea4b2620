"""``casreg doctor``"""

import json
import os
from pathlib import Path

from running import Cli

from casreg.codecs import kernel


def files(store: Path) -> set[str]:
    return {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()}


def test_a_healthy_store_passes(cli: Cli, store: Path) -> None:
    cli("save", "a", "-", stdin=b"x")
    before = files(store)
    report = cli("doctor", "--json").json
    assert report["ok"]
    found = {check["name"]: check for check in report["checks"]}
    assert {check["status"] for check in report["checks"]} <= {"ok", "warn"}
    assert found["contents"]["detail"] == "1 name, 1 version"
    assert {"casreg", "python", "platform", "dependencies", "format", "settings", "writing"} < set(found)
    assert {"durability", "space", "leftovers"} < set(found)
    assert "blake3" in found["dependencies"]["detail"]
    assert files(store) == before


def test_people_read_a_line_per_check(cli: Cli, store: Path) -> None:
    ran = cli("doctor")
    assert ran.code == 0
    assert all(line.split()[0] in ("ok", "warn", "->") for line in ran.out.splitlines())


def test_it_tells_what_the_codecs_run_on(cli: Cli, store: Path) -> None:
    before = kernel.loops()
    try:
        for loops, detail in [(kernel.NUMPY, "numpy in use"), (kernel.COMPILED, "compiled kernel in use")]:
            if loops:
                kernel.use(loops)
                (found,) = [c for c in cli("doctor", "--json").json["checks"] if c["name"] == "codecs"]
                assert found["detail"].startswith(detail)
    finally:
        kernel.use(before)


def test_no_store_is_a_failure_with_a_remedy(cli: Cli, place: Path) -> None:
    ran = cli("doctor", "--json")
    assert ran.code == 1
    assert not ran.json["ok"]
    (failed,) = [check for check in ran.json["checks"] if check["status"] == "fail"]
    assert "casreg init" in failed["remedy"]
    assert not place.exists()


def test_a_newer_format_is_a_failure(cli: Cli, store: Path) -> None:
    config = json.loads((store / "casreg.json").read_bytes())
    (store / "casreg.json").write_text(json.dumps({**config, "format": 99}))
    ran = cli("doctor")
    assert ran.code == 1
    assert "99" in ran.out
    assert cli("ls").code == 11


def test_an_unknown_writer_feature_fails_writing_only(cli: Cli, store: Path) -> None:
    config = json.loads((store / "casreg.json").read_bytes())
    config["features"]["writer"] = ["telepathy"]
    (store / "casreg.json").write_text(json.dumps(config))
    found = {check["name"]: check for check in cli("doctor", "--json").json["checks"]}
    assert found["store"]["status"] == "ok"
    assert found["writing"]["status"] == "fail"
    assert "telepathy" in found["writing"]["detail"]
    assert cli("ls").code == 0
    assert cli("save", "a", "-", stdin=b"x").code == 11


def test_old_files_of_crashed_saves_are_found(cli: Cli, store: Path) -> None:
    (store / "tmp").mkdir(exist_ok=True)
    (store / "tmp" / "old").write_bytes(b"x" * 100)
    (store / "tmp" / "new").write_bytes(b"x")
    os.utime(store / "tmp" / "old", (0, 0))
    found = {check["name"]: check for check in cli("doctor", "--json").json["checks"]}
    assert found["leftovers"]["status"] == "warn"
    assert found["leftovers"]["detail"].startswith("1 file ")


def test_read_only_writes_nothing(cli: Cli, store: Path) -> None:
    names = {check["name"] for check in cli("doctor", "--read-only", "--json").json["checks"]}
    assert "space" in names
    assert not names & {"writing", "durability"}
