"""Versions are found by what they are, with no more reads than that takes."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import Corrupt, Found, InvalidInput, Registry
from casreg.names import Name
from casreg.names.escape import beginning
from casreg.stores.memory import MemoryStore
from casreg.stores.wrapper import Wrapper
from casreg.testing import FaultyStore, Sweep


@pytest.fixture
def filled(registry: Registry) -> Registry:
    registry.save("det/yolo", {"w": 1}, metadata={"loss": 0.4, "stage": "dev", "optim": {"lr": 0.1}})
    registry.save("det/yolo", {"w": 2}, metadata={"loss": 0.2, "stage": "prod"})
    registry.save("det/rcnn", np.zeros(3), metadata={"loss": "bad"})
    registry.save("words", "hello")
    registry.save("words", "gone", version="7")
    registry.delete("words", "7")
    return registry


def found(registry: Registry, *args: Any, **wanted: Any) -> list[str]:
    return [str(one) for one in registry.find(*args, **wanted)]


EVERYTHING = ["det/rcnn@1", "det/yolo@1", "det/yolo@2", "words@1"]


def test_everything_is_found_sorted_with_the_facts_that_info_gives(filled: Registry) -> None:
    assert found(filled) == EVERYTHING
    assert filled.find("words") == [Found("words", "1", filled.info("words@1"))]
    assert {one.name: one.facts for one in filled.find("det/rcnn")} == {"det/rcnn": filled.info("det/rcnn@1")}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("det/*", EVERYTHING[:3]),
        ("*", EVERYTHING),
        ("*o*", ["det/yolo@1", "det/yolo@2", "words@1"]),
        ("det/yol?", ["det/yolo@1", "det/yolo@2"]),
        ("[d-w]ords", ["words@1"]),
        ("Words", []),
        ("det", []),
        ("det/", []),
        ("", []),
    ],
)
def test_by_a_pattern_of_names(filled: Registry, pattern: str, expected: list[str]) -> None:
    assert found(filled, pattern) == expected


def test_a_name_that_could_be_a_pattern_finds_itself(registry: Registry) -> None:
    registry.save("runs[1]*", 1)
    assert found(registry, "runs[1]*") == ["runs[1]*@1"]


def is_name(text: str) -> bool:
    try:
        Name.parse(text)
    except InvalidInput:
        return False
    return True


NAMES = st.text("cdonpr1./%A*", min_size=1, max_size=6).filter(is_name)


@given(NAMES, st.integers(0, 6))
def test_a_name_is_listed_by_any_beginning_of_it(name: str, count: int) -> None:
    assert Name.parse(name).key.startswith(beginning(name[:count]))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("loss<0.3", ["det/yolo@2"]),
        ("loss", EVERYTHING[:3]),
        ("!loss", ["words@1"]),
        ("optim.lr>=1e-2", ["det/yolo@1"]),
        ({"optim.lr": 0.1}, ["det/yolo@1"]),
        (["loss>0", "stage!=prod"], ["det/yolo@1"]),
        (["loss>0", {"stage": "prod"}], ["det/yolo@2"]),
    ],
)
def test_by_metadata(filled: Registry, where: Any, expected: list[str]) -> None:
    assert found(filled, where=where) == expected


def test_by_class(filled: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for cls in (np.ndarray, "numpy.ndarray", "ndarray"):
        assert found(filled, cls=cls) == ["det/rcnn@1"]
    assert found(filled, cls=dict) == found(filled, "det/*", cls="dict") == ["det/yolo@1", "det/yolo@2"]
    assert found(filled, cls="y.ndarray") == []


def test_by_when_they_were_saved(filled: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    created = datetime.fromisoformat(filled.info("det/yolo@2")["created"])
    instant = timedelta(microseconds=1)
    assert "det/yolo@2" in found(filled, since=created, until=created)
    assert found(filled, "det/yolo", since=created + instant, until="1h") == []
    assert "det/yolo@2" not in found(filled, until=created - instant)
    assert found(filled, since="1h") == found(filled, since=date(2020, 1, 1)) == EVERYTHING
    assert found(filled, until="2020-01-01") == found(filled, until="1h") == []
    later = created + timedelta(days=8)
    monkeypatch.setattr("casreg.default.now", lambda: later)
    assert found(filled, since="7d") == []
    assert found(filled, since=timedelta(days=9)) == EVERYTHING


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a@1"},
        {"name": 3},
        {"where": "<3"},
        {"where": 3},
        {"where": {"a": object()}},
        {"tag": "latest"},
        {"tag": 3},
        {"cls": ""},
        {"cls": 3},
        {"since": "soon"},
        {"until": 3},
    ],
)
def test_what_cannot_be_looked_for_is_refused_before_anything_is_read(wrong: dict[str, Any]) -> None:
    store = FaultyStore(MemoryStore())
    registry = Registry(store)
    before = len(store.calls)
    with pytest.raises(InvalidInput):
        registry.find(**wrong)
    assert len(store.calls) == before


def test_what_begins_so_is_listed_and_a_read_for_each_version_whose_name_matches(filled: Registry) -> None:
    store = FaultyStore(filled.backend)
    registry = Registry(store)
    before = len(store.calls)
    assert found(registry, "det/y*", where="loss<0.3") == ["det/yolo@2"]
    calls = [(call.verb, call.key) for call in store.calls[before:]]
    assert calls[:4] == [("scan", f"{kind}/det%2fy") for kind in ("refs", "notes", "tags", "protected")]
    assert [verb for verb, _ in calls[4:]] == ["read", "read"]


def test_by_tag(filled: Registry) -> None:
    filled.tag("det/yolo", "prod", "1")
    filled.tag("words", "prod", "1")
    assert found(filled, tag="prod") == ["det/yolo@1", "words@1"]
    assert found(filled, "det/*", tag="prod") == ["det/yolo@1"]
    assert found(filled, "det/*", tag="prod", where="stage=prod") == found(filled, tag="dev") == []
    assert filled.find(tag="prod")[0].facts["tags"] == ["prod"]
    filled.tag("det/yolo", "prod", "2")
    assert found(filled, "det/yolo", tag="prod") == ["det/yolo@2"]


def test_what_cannot_be_read_is_an_error_and_not_left_out(filled: Registry) -> None:
    state = next(entry for entry in filled.backend.scan("refs/det%2frcnn/"))
    filled.backend.write(state.key, [b"{}"])
    with pytest.raises(Corrupt) as told:
        filled.find()
    assert (told.value.name, told.value.version) == ("det/rcnn", "1")
    assert found(filled, "det/yolo") == ["det/yolo@1", "det/yolo@2"]


@pytest.mark.parametrize("look", [lambda r: r.find(), lambda r: [*r.info().values()]])
def test_what_is_deleted_and_swept_while_it_is_read_is_left_out(
    filled: Registry, look: Callable[[Registry], Any]
) -> None:
    before = look(filled)
    filled.save("swept", "x", metadata={"much": "x" * 20_000})  # is beside the ref

    class Sweeping(Wrapper):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            if key.startswith("blobs/") and "swept" in filled:
                filled.delete("swept")
                for number in range(1, 4):
                    Sweep(self.inner, lambda now=number: time.time() + now * 10**8).run()  # type: ignore[misc]
            return super().read(key, start, stop)

    assert look(Registry(Sweeping(filled.backend))) == before
    assert "swept" not in filled


def test_in_a_store_of_one_version_of_each_name(noise: Callable[..., bytes]) -> None:
    registry = Registry("memory://")
    registry.save("a", noise(100), metadata={"n": 1})
    assert found(registry, where={"n": 1}) == ["a@1"]
