"""Values given as JSON: ``casreg save --value``, ``casreg load NAME -``, ``casreg show``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import Cli

from casreg import Registry

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3)
)


def loaded(store: Path, name: str) -> Any:
    with Registry(store, create=False) as registry:
        return registry.load(name)


@pytest.mark.parametrize(
    "value",
    [
        {"lr": 0.1, "layers": [64, 64], "name": "é\x1b\u2028", "on": True, "no": None},
        [],
        3,
        -1.5,
        "text",
        None,
        {"$tuple": [1]},
        {"$dict": 1},
        {"": {"$x": [{"$": 1}]}},
        10**600,
        {"z": 1, "a": 2},
    ],
)
def test_a_value_is_the_same_in_python_and_comes_back_as_json(cli: Cli, store: Path, value: Any) -> None:
    assert cli("save", "config", "--value", json.dumps(value), "-q").out == "config@1\n"
    found = loaded(store, "config")
    assert json.dumps(found) == json.dumps(value)  # types and the order of keys included
    ran = cli("load", "config", "-")
    assert json.dumps(json.loads(ran.out)) == json.dumps(value)
    assert ran.out.replace("\n", "").isprintable()
    assert cli("save", "config", "--value", "-", stdin=ran.raw).code == 0
    first, second = cli("ls", "config", "--json").json["versions"]
    assert first["content"] == second["content"]


@given(VALUES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_of_json_makes_the_round(cli: Cli, store: Path, value: Any) -> None:
    assert cli("save", "v", "--value", "-", stdin=json.dumps(value).encode()).code == 0
    assert json.dumps(json.loads(cli("load", "v", "-").raw)) == json.dumps(value)


def test_it_is_given_in_words_in_a_file_or_on_standard_input(cli: Cli, store: Path) -> None:
    Path("a.json").write_text('{"lr":\n 0.1}')
    words = '{"lr": 0.1}'
    piped = words.encode()
    for given_as, stdin in ((words, b""), ("@a.json", b""), ("-", piped), ("@-", piped)):
        assert cli("save", "config", "--value", given_as, stdin=stdin).code == 0
        assert loaded(store, "config") == {"lr": 0.1}
    cli("save", "config", "--value", "1", "--set", "by=ann", "--tag", "prod")
    assert cli("show", "config@prod", "--json").json["metadata"] == {"by": "ann"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "what is to be saved? Give a PATH, - for standard input, or --value JSON"),
        (["file", "--value", "1"], "file and --value both say what is to be saved: give one"),
        (["--value", "{"], "--value is not JSON: "),
        (["--value", "NaN"], "--value is not JSON: "),
        (["--value", "1e999"], "--value is not JSON: a number is too large"),
        (["--value", '{"a": 1, "a": 2}'], "--value is not JSON: an object has a key twice"),
        (["--value", "@nowhere"], "nowhere cannot be read: No such file or directory"),
        (["--value", "@."], ". cannot be read: Is a directory"),
        (["--value", "-"], "standard input is not JSON: "),
        (["--value", "@latin"], "latin is not JSON: it is no UTF-8"),
        (["--value", "[" * 300 + "]" * 300], "--value is not JSON: "),
        (["file", "--metadata", "[1]"], '--metadata is not a JSON object, such as {"key": 1}'),
        (["file", "--metadata", '{"a": 1, "a": 2}'], "--metadata is not JSON: an object has a key twice"),
    ],
)
def test_what_is_no_value_is_told_before_anything_is_saved(
    cli: Cli, store: Path, words: list[str], told: str
) -> None:
    Path("file").write_bytes(b"x")
    Path("latin").write_bytes('"é"'.encode("latin-1"))
    ran = cli("save", "a", *words)
    assert ran.code == 2
    assert ran.told.startswith(told)
    assert cli("ls", "-q").out == ""


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"w": np.zeros(3)}, "w, $array"),
        ((1, 2), "$tuple"),
        ({"a": [1, {2: 3}]}, "a.1, $dict"),
        ({"loss": float("nan")}, "loss, $float"),
    ],
)
def test_what_json_has_no_word_for_is_not_printed_as_something_else(
    cli: Cli, store: Path, value: Any, where: str
) -> None:
    with Registry(store, create=False) as registry:
        registry.save("a", value)
    ran = cli("load", "a", "-")
    assert (ran.code, ran.raw) == (2, b"")
    assert ran.told == (
        f"a@1: JSON has no word for {where}: give a directory instead of -, "
        "or --only value.json for what is stored"
    )
    assert json.loads(cli("load", "a", "-", "--only", "value.json").raw)
    assert cli("load", "a", "out").code == 0


def test_show_and_diff_tell_values(cli: Cli, store: Path) -> None:
    cli("save", "config", "--value", '{"lr": 0.1, "layers": [64, 32], "name": "a", "none": null}')
    shown = cli("show", "config")
    assert (
        "\nvalue     is\nlr        0.1\nlayers.0  64\nlayers.1  32\nname      a\nnone      null\n"
        in shown.out
    )
    values = cli("show", "config", "--json").json["values"]
    assert values == {"lr": 0.1, "layers.0": 64, "layers.1": 32, "name": "a", "none": None}
    with Registry(store, create=False) as registry:
        registry.save("mixed", {"w": np.zeros(3), "step": 3})
        registry.save("large", ["x" * 1000] * 70)
        registry.save("many", list(range(25)))
    assert "\nvalue  is\nstep   3\n" in cli("show", "mixed").out
    assert cli("show", "large", "--json").json["values"] is None
    assert "\n19     19\n... and 5 more values: --all shows them\n" in cli("show", "many").out
    assert "\n24     24\n" in cli("show", "many", "--all").out
    cli("save", "text", "--value", '"this"')
    assert "\nvalue     is\n(itself)  this\n" in cli("show", "text").out
    cli("save", "text", "--value", '"that"')
    assert cli("diff", "text").out.endswith("\nvalues    before  after\n(itself)  this    that\n")
    cli("save", "bytes", "-", stdin=b"x")
    assert cli("show", "bytes", "--json").json["values"] is None


def test_damage_is_told(cli: Cli, store: Path) -> None:
    from casreg.cli.values import as_json

    with Registry(store, create=False) as registry:
        registry.save("a", {"a": 1})
        with registry.open("a") as snapshot:
            snapshot.read = lambda path: b'{"a": 1, "a": 2}'  # type: ignore[method-assign, assignment]
            with pytest.raises(Exception, match=r"value\.json cannot be read: an object has a key twice"):
                as_json(snapshot)
