"""Enums, named tuples, dataclasses and pydantic models come back as they were."""

import enum
import importlib
import sys
from collections import namedtuple
from dataclasses import InitVar, dataclass, field, make_dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    SecretStr,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass as validated
from sameness import same

from casreg import InvalidInput, NotFound, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore

T = TypeVar("T")
RAN: list[str] = []


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"
    ALSO_RED = RED


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Word(enum.StrEnum):
    YES = "yes"


class Right(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


class Mode(enum.IntFlag):
    A = 1
    B = 4


class Loose(enum.Flag, boundary=enum.KEEP):
    X = 1


Point = namedtuple("Point", "x y")


class Row(NamedTuple):
    name: str
    data: Any = None


class Wide(NamedTuple("Base", [("a", int)])):
    pass


@dataclass
class Config:
    rate: float
    layers: list[int] = field(default_factory=list)
    weights: Any = None
    seed: InitVar[int] = 0
    derived: int = field(init=False, default=7)
    shared: ClassVar[int] = 1

    def __post_init__(self, seed: int) -> None:
        RAN.append("Config")
        self.beside = seed

    @cached_property
    def cached(self) -> object:
        return object()


@dataclass(frozen=True)
class Frozen:
    a: Any
    b: Any = None


@dataclass(frozen=True, slots=True)
class Slotted:
    a: Any
    b: Any = field(init=False)

    def __post_init__(self) -> None:
        RAN.append("Slotted")
        object.__setattr__(self, "b", (self.a,))


@dataclass(frozen=True, slots=True)
class Below(Slotted):
    c: Any = 1


@dataclass
class Child(Config):
    more: Any = None


@dataclass(eq=False, order=False)
class Box(Generic[T]):
    held: T


@dataclass
class Told:
    """A field that is a property."""

    level: int = 3

    @property  # type: ignore[no-redef]
    def level(self) -> int:  # noqa: F811
        RAN.append("level")
        return self._level

    @level.setter
    def level(self, level: int) -> None:
        RAN.append("level")
        self._level = 0 if isinstance(level, property) else level


@validated
class Validated:
    count: int


class Inner(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: Any = None
    when: datetime | None = None


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: set[str] = set()


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, validate_assignment=True)
    name: str = Field(default="x", alias="Name", min_length=1)
    weights: np.ndarray | None = None
    inner: Inner | None = None
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat()
    secret: SecretStr | None = None
    _count: int = PrivateAttr(default=0)
    _late: Any = PrivateAttr()

    @field_validator("name")
    @classmethod
    def _shout(cls, name: str) -> str:
        RAN.append("validator")
        return name.upper() + "!"

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def size(self) -> object:
        return object()


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


class Fixed(BaseModel):
    model_config = ConfigDict(frozen=True)
    a: int

    @model_validator(mode="before")
    @classmethod
    def _never(cls, value: Any) -> Any:
        RAN.append("before")
        return value


class Root(RootModel[dict[int, Colour]]):
    pass


class Holder(BaseModel, Generic[T]):
    held: T


IntHolder = Holder[int]


class TextHolder(Holder[str]):
    pass


def model(**fields: Any) -> Model:
    made = Model(**fields)
    made._count = 3
    return made


OBJECTS: list[Any] = [
    *Colour,
    Level.HIGH,
    Word.YES,
    Right.READ,
    Right.BOTH,
    Right(0),
    Mode.A | Mode.B,
    Mode(10),
    Loose(1 << 70),
    Point(1, (2.5, None)),
    Row("a", [1]),
    Wide(1),
    Config(1e-3, [1, 2], {1: "a"}, seed=5),
    Child(1, more=Config(2)),
    Frozen({1}, Frozen(2)),
    Slotted("a"),
    Below("a"),
    Box[int](7),
    Told(5),
    Validated("7"),  # type: ignore[arg-type]
    Model(),
    model(Name="abc", inner=Inner(when=datetime(2024, 1, 1)), pet=Dog(tricks={"sit"})),
    Model.model_construct(name=7),
    Open(a=1, b=2, **{"odd key": [1]}),
    Open(),
    Fixed(a=1),
    Root({1: Colour.RED}),
    IntHolder(held=5),
    TextHolder(held="x"),
    Holder(held={1: 2}),
]


@pytest.mark.parametrize("obj", OBJECTS, ids=lambda obj: type(obj).__name__)
def test_an_object_comes_back_without_any_of_its_class_being_run(registry: Registry, obj: Any) -> None:
    registry.save("alone", obj)
    registry.save("inside", {"a": [obj]})
    RAN.clear()
    alone, inside = registry.load("alone"), registry.load("inside")
    assert RAN == []
    assert same(alone, obj)
    assert same(inside, {"a": [obj]})
    assert type(obj).__eq__ is object.__eq__ or alone == obj


def test_what_a_property_has_cached_is_computed_again(registry: Registry) -> None:
    for obj, name in ((Config(1), "cached"), (Model(), "size")):
        assert getattr(obj, name) is getattr(obj, name)
        registry.save("x", obj)
        loaded = registry.load("x")
        assert name not in vars(loaded)
        assert loaded == obj


HASHABLE = [Colour.RED, Word.YES, Mode.A | Mode.B, Point(1, 2), Frozen(1, (2,)), Slotted("a"), Fixed(a=1)]


@pytest.mark.parametrize("obj", HASHABLE, ids=lambda obj: type(obj).__name__)
def test_an_object_comes_back_as_a_key_and_as_an_element(registry: Registry, obj: Any) -> None:
    tree = {obj: np.arange(3), "set": {obj, (obj,)}}
    registry.save("x", tree)
    assert same(registry.load("x"), tree)


values = st.recursive(
    st.none() | st.integers() | st.floats() | st.sampled_from([*Colour, *Mode, Right(0), Loose(8)]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.builds(Point, inner, inner),
        st.builds(Row, st.text(max_size=3), inner),
        st.builds(Config, inner, inner, inner, inner),
        st.builds(Frozen, inner, inner),
        st.builds(Slotted, inner),
        st.builds(Child, inner, more=inner),
        st.builds(Inner, data=inner),
        st.builds(lambda key, value: Open(**{key: value}), st.text(max_size=3), inner),
        st.builds(lambda value: model(inner=Inner(data=value), weights=np.ones(2)), inner),
        st.dictionaries(st.sampled_from([*Colour, Frozen(1), Point(1, 2)]), inner),
    ),
    max_leaves=8,
)


@given(values)
def test_nested_objects_come_back(value: Any) -> None:
    registry = Registry("memory://")
    registry.save("x", value)
    assert same(registry.load("x"), value)


def test_only_takes_fields_as_a_dict_and_whole_objects_as_such(registry: Registry) -> None:
    tree = {
        "config": Config(0.1, weights=np.arange(3)),
        "row": Row("a", np.zeros(2)),
        "model": model(weights=np.ones(4)),
        "cells": {Colour.RED: np.zeros(1)},
    }
    registry.save("x", tree)
    assert same(registry.load("x", only="config.weights"), {"config": {"weights": np.arange(3)}})
    assert same(
        registry.load("x", only=["row", "model.weights"]),
        {"row": tree["row"], "model": {"weights": np.ones(4)}},
    )
    assert same(registry.load("x", only=["config", "model"]), {k: tree[k] for k in ("config", "model")})
    assert same(registry.load("x", only="model._count"), {"model": {"_count": 3}})
    assert same(registry.load("x", only="cells.Colour.RED"), {"cells": tree["cells"]})
    with pytest.raises(NotFound):
        registry.load("x", only="config.nothing")
    with registry.open("x") as snapshot:
        assert set(snapshot) == {"config.weights", "row.data", "model.weights", "cells.Colour.RED"}


def test_into_fills_the_arrays_of_objects(registry: Registry) -> None:
    tree = [Config(0.1, weights=np.arange(3)), Row("a", np.ones(2)), model(weights=np.ones(4))]
    registry.save("x", tree)
    into = [Config(9, weights=np.zeros(3, int)), Row("b", np.zeros(2)), model(weights=np.zeros(4))]
    held = [into[0].weights, into[1].data, into[2].weights]
    loaded = registry.load("x", into=into)
    assert same(loaded, tree)
    assert [loaded[0].weights is held[0], loaded[1].data is held[1], loaded[2].weights is held[2]] == [
        True
    ] * 3
    with pytest.raises(InvalidInput, match="into= has nothing at"):
        registry.load("x", into=[{"weights": np.zeros(3, int)}, Row("b", np.zeros(2)), Inner()])


# refused


class Picky(enum.Flag):
    A = 1
    B = 2

    @classmethod
    def _missing_(cls, value: object) -> Any:
        RAN.append("missing")
        return super()._missing_(value)


@dataclass
class Failure(Exception):
    code: int = 1


@dataclass
class Ending:
    a: int = 1

    def __del__(self) -> None:
        RAN.append("del")


def local() -> Any:
    @dataclass
    class Hidden:
        a: int = 1

    return Hidden()


class Tagged(Point):
    pass


def tagged() -> Tagged:
    made = Tagged(1, 2)
    made.more = 3  # type: ignore[attr-defined]
    return made


def unset() -> Config:
    made = Config(1)
    del made.rate
    return made


Renamed = make_dataclass("OtherName", ["a"])


@pytest.mark.parametrize(
    ("obj", "told"),
    [
        (Picky.A | Picky.B, "no member of test_objects.Picky that could be found again"),
        (Failure(), "derived from a type that is not written in Python"),
        (Ending(), "__del__"),
        (local(), "is defined in a function: define it at the top of a module"),
        (tagged(), "more than its fields"),
        (unset(), "field rate of this test_objects.Config is not set"),
        (Renamed(1), "is not what its module has under this name"),
        (Config(1, weights=Path("x")), "field|Path within a value"),
        (Model.model_construct(name="x", weights=lambda: 0), "builtins.function"),
        (sys, "does not know how to keep a builtins.module"),
    ],
)
def test_what_would_not_load_is_refused_where_it_is(registry: Registry, obj: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=rf"at steps\.1.*({told})") as caught:
        registry.save("x", {"steps": [1, obj]})
    assert caught.value.at.startswith("steps.1")
    assert registry.list_objects() == []


def test_a_generic_model_that_no_module_has_is_refused_with_how_to_have_it(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"write Holder\[float\] once at the top of its module"):
        registry.save("x", Holder[float](held=1.5))


# classes that have changed, or are not there


def test_fields_that_a_class_has_got_since_take_their_defaults(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = sys.modules[__name__]
    registry.save("x", [Frozen(1), Row("a"), Open(a=5)])

    @dataclass(frozen=True)
    class NewFrozen:
        a: Any
        b: Any
        c: list[int] = field(default_factory=list)

    class NewRow(NamedTuple):
        data: Any
        name: str
        more: int = 5

    class NewOpen(BaseModel):
        a: int
        b: list[int] = Field(default_factory=list)
        _c: int = 3

    for name, cls in (("Frozen", NewFrozen), ("Row", NewRow), ("Open", NewOpen)):
        monkeypatch.setattr(here, name, cls)
    frozen, row, opened = registry.load("x")
    assert (frozen, row, opened.b, opened._c) == (NewFrozen(1, None), NewRow(None, "a"), [], 3)


class Needs(BaseModel):
    a: int
    z: int


@pytest.mark.parametrize(
    ("obj", "name", "instead"),
    [
        (Frozen(1), "Frozen", make_dataclass("Frozen", ["a", "b", "z"])),
        (Slotted(1), "Slotted", make_dataclass("Slotted", ["a"], slots=True)),
        (Row("a"), "Row", namedtuple("Row", "name")),
        (Colour.BLUE, "Colour", enum.Enum("Colour", "RED")),
        (Right(0), "Right", enum.Enum("Right", "READ")),
        (Mode(4) | Mode(1), "Mode", enum.Flag("Mode", "A", boundary=enum.STRICT)),
        (Fixed(a=1), "Fixed", Needs),
        (Frozen(1), "Frozen", Colour),
        (Colour.RED, "Colour", Frozen),
        (Point(1, 2), "Point", tuple),
        (Fixed(a=1), "Fixed", Frozen),
        (Frozen(1), "Frozen", Ending),
        (Frozen(1), "Frozen", Frozen(1)),
    ],
)
def test_a_class_that_has_changed_is_told_of(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, obj: Any, name: str, instead: Any
) -> None:
    registry.save("x", obj)
    monkeypatch.setattr(sys.modules[__name__], name, instead)
    with pytest.raises(Unsupported, match=" here"):
        registry.load("x")


def test_a_class_of_a_module_that_is_not_imported_is_not_looked_for(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.save("x", Frozen(1))
    monkeypatch.delitem(sys.modules, __name__)
    with pytest.raises(Unsafe, match=r"import it first, or give allow_import=\['test_objects'\]"):
        registry.load("x")


def test_a_module_is_imported_for_a_class_where_the_caller_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings_of_mine.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    store = MemoryStore()
    Registry(store).save("x", importlib.import_module("settings_of_mine").C(5))
    monkeypatch.delitem(sys.modules, "settings_of_mine")
    with pytest.raises(Unsafe):
        Registry(store).load("x")
    assert Registry(store, allow_import=["settings_of_*"]).load("x").a == 5
