"""Objects with a materializer of the user's, anywhere within a value: kept as files beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from keepers import Failing, Files, Itself, Mapped, Pixel, PixelArchiver, Plain, Point, PointArchiver, Silent
from safetensors.numpy import save_file
from sameness import same

from casreg import Archiver, InvalidInput, Registry, Unsafe
from casreg.checkpoint import Saver
from casreg.materializers import registered


@dataclass
class Scene:
    name: str
    points: list[Point]
    weights: np.ndarray


class Weights(dict[str, np.ndarray]):
    pass


class WeightsArchiver(Archiver):
    def save(self, obj: Weights) -> None:
        save_file(dict(obj), f"{self.uri}/w.safetensors")

    def load(self, data_type: type[Weights]) -> Weights:
        from safetensors.numpy import load_file

        return data_type(load_file(f"{self.uri}/w.safetensors"))


class Picky(Plain):
    def load(self, data_type: type) -> Any:
        return {}["not there"]


@pytest.fixture(autouse=True)
def _no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_defaults", {})


@pytest.fixture(autouse=True)
def _nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert list(place.iterdir()) == []


def test_they_come_back_where_they_were_beside_everything_else(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    value = {
        "scene": Scene("a", [Point(1), Point(2)], np.arange(3)),
        2: (Pixel(3), {"deep": [Point(4)]}),
        "itself": Itself(x=5),
        "table": pd.DataFrame({"p": [Point(6), None]}),
        "plain": 1.5,
    }
    registry.save("v", value)
    found = registry.load("v")
    assert list(found) == list(value)
    assert (found["scene"].name, found["scene"].points) == ("a", [Point(1), Point(2)])
    assert same(found["scene"].weights, value["scene"].weights)
    assert found[2] == (Pixel(3), {"deep": [Point(4)]})
    assert (type(found["itself"]), found["itself"].x) == (Itself, 5)
    assert list(found["table"]["p"]) == [Point(6), None]
    with registry.open("v") as snapshot:
        paths = [part.path for part in snapshot.parts if part.path.startswith("objects/")]
        assert paths[:2] == ["objects/0/point.json", "objects/1/point.json"]
        assert len(paths) == 6


def test_equal_values_are_stored_alike_and_what_did_not_change_is_reused(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    value = {"a": Point(1), "b": np.random.default_rng(0).random(100_000)}
    first = registry.save("v", value)
    again = registry.save("v", value)
    assert (again.content, again.reused) == (first.content, again.chunks)


def test_only_takes_those_that_are_asked_for(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    registry.save("v", {"a": Point(1), "b": [Point(2), Point(3)], "c": 4})
    assert registry.load("v", only="b") == {"b": [Point(2), Point(3)]}
    assert registry.load("v", only=["b.1", "c"]) == {"b": [Point(3)], "c": 4}


def test_their_tensors_are_found_by_name_and_cost_what_changed(registry: Registry) -> None:
    registry.register_materializer(Weights, WeightsArchiver)
    weights = Weights(w=np.random.default_rng(0).normal(size=(300, 1000)), b=np.zeros(300_000))
    value = {"w": np.ones(3), "model": weights}
    registry.save("v", value)
    with registry.open("v") as snapshot:
        assert same(np.asarray(snapshot["w"]), value["w"])  # what the value names so goes first
        assert same(np.asarray(snapshot["objects/0/w.safetensors:w"]), weights["w"])
    weights["b"][:5] = 1
    assert registry.save("v", value).stored < 50_000
    found = registry.load("v")
    assert type(found["model"]) is Weights
    assert all(same(found["model"][name], weights[name]) for name in weights)


def test_python_s_own_values_are_never_looked_up_within_others(registry: Registry) -> None:
    registry.register_materializer(dict, Silent)
    registry.register_materializer(int, Silent)
    registry.save("v", [{"a": 1}])
    assert registry.load("v") == [{"a": 1}]
    with pytest.raises(InvalidInput, match=r"at 0: keepers\.Silent has written no files"):
        registry.save("v", [Weights()])


def test_the_rules_are_those_at_the_top(registry: Registry) -> None:
    registry.register_materializer(object, Plain)
    registry.save("v", [Point(1), {"a": 1}])
    assert registry.load("v") == [Point(1), {"a": 1}]
    registry.register_materializer(Pixel, PixelArchiver)
    registry.save("v", [Pixel(1)])
    with registry.open("v") as snapshot:
        assert b"keepers.PixelArchiver" in snapshot.read("value.json")
    registry.register_materializer(Scene, "never_imported_here.Keeper")
    with pytest.raises(Unsafe, match="never_imported_here") as caught:
        Registry(registry.backend).save("v", {"s": Scene("a", [], np.ones(1))})
    assert caught.value.at == "s"


def test_a_process_says_who_keeps_them_too(registry: Registry) -> None:
    Registry.register_default_materializer(Point, PointArchiver)
    registry.save("v", {"a": Point(1)})
    assert registry.load("v") == {"a": Point(1)}


def test_what_they_raise_comes_through_with_the_place(registry: Registry) -> None:
    registry.register_materializer(Point, Failing)
    with pytest.raises(ZeroDivisionError) as failed:
        registry.save("v", {"a": [Point(1)]})
    assert failed.value.__notes__ == ["casreg was saving the object at a.0"]
    assert registry.list_objects() == []
    registry.register_materializer(Point, Picky)
    registry.save("v", {"a": [Point(1)]})
    with pytest.raises(KeyError, match="not there") as lost:
        registry.load("v")
    assert lost.value.__notes__ == ["casreg was loading the object at a.0"]


def test_keys_and_elements_of_sets_are_none_of_them(registry: Registry) -> None:
    class_ = type("Hashable", (Point,), {"__hash__": lambda self: 1, "__module__": __name__})
    registry.register_materializer(Point, PointArchiver)
    for value in ({class_(1): 1}, {class_(1)}):
        with pytest.raises(InvalidInput, match="kept as files, which casreg does not do there"):
            registry.save("v", value)


def test_paths_that_they_load_are_placed_apart(registry: Registry, tmp_path: Path) -> None:
    registry.register_materializer(Point, Files)
    registry.save("v", {"a": Point(0), "b": Point(1)})
    found = registry.load("v", output_dir=tmp_path)
    assert found["a"] == tmp_path / "v@1" / "objects" / "0" / "x"
    assert found["a"].read_text() == "0"
    assert (found["b"] / "er" / "x").read_text() == "1"
    with pytest.raises(InvalidInput, match="give output_dir="):
        registry.load("v")


def test_files_that_they_mapped_stay_as_they_are(registry: Registry) -> None:
    registry.register_materializer(Point, Mapped)
    registry.save("v", [Point(7)])
    assert registry.load("v")[0].tolist() == [7] * 5000


class Stranger:
    pass


def test_pickles_take_what_nothing_else_keeps_and_leave_them_be(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    value = {
        "a": Point(1),
        "b": {(Point,): [Point(2)]},
        "c": Point(3),
    }  # a class as a key: pickled with all below
    registry.save("v", value, allow_pickle=True)
    found = registry.load("v", allow_pickle=True)
    assert found == value
    with registry.open("v") as snapshot:
        paths = [part.path for part in snapshot.parts if part.path.startswith("objects/")]
    assert paths == ["objects/0/point.json", "objects/1/point.json"]
    registry.register_materializer(Stranger, Silent)
    with pytest.raises(InvalidInput, match="written no files"):
        registry.save("v", [Stranger()], allow_pickle=True)


def test_a_saver_keeps_them(registry: Registry) -> None:
    registry.register_materializer(Point, PointArchiver)
    with Saver(registry, "run") as saver:
        saver.save(1, {"w": np.arange(3), "where": Point(1)})
    assert registry.load("run")["where"] == Point(1)
