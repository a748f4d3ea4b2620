"""Trees that name what is no class of the kind, or a class that something would be run of."""

import enum
import os
import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from attacking import attacked
from pydantic import BaseModel, field_validator

from casreg import CasregError, Corrupt, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore

RAN: list[str] = []
HERE = __name__


class Meta(type):
    def __getattr__(cls, name: str) -> Any:
        RAN.append(f"Meta.{name}")
        raise AttributeError(name)


class Watched(metaclass=Meta):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        RAN.append("Watched")


class Colour(enum.Enum):
    RED = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        RAN.append("missing")


class Right(enum.Flag):
    READ = 1


Point = namedtuple("Point", "x y")


@dataclass
class Config:
    a: Any
    b: Any = field(default=1)

    def __post_init__(self) -> None:
        RAN.append("post_init")

    def __setattr__(self, name: str, value: Any) -> None:
        RAN.append("setattr")
        object.__setattr__(self, name, value)


@dataclass(slots=True)
class Slotted:
    a: Any


@dataclass
class Ending:
    a: Any

    def __del__(self) -> None:
        RAN.append("del")


class Model(BaseModel):
    a: int

    @field_validator("a")
    @classmethod
    def _checked(cls, a: int) -> int:
        RAN.append("validator")
        return a

    def model_post_init(self, context: Any) -> None:
        RAN.append("post_init")


def tag(kind: str, of: str, rest: str) -> str:
    return f'{{"${kind}":{{"class":"{of}",{rest}}}}}'


FIELDS = '"fields":{"a":1}'
OTHERS = ["os:system", "subprocess:Popen", "builtins:eval", "builtins:object", "pathlib:Path", "os:environ"]
OTHERS += [f"{HERE}:Watched", f"{HERE}:RAN", f"{HERE}:tag", f"{HERE}:Config.__init__", "typing:NamedTuple"]
KINDS = {
    "dataclass": FIELDS,
    "model": FIELDS,
    "namedtuple": '"fields":{"x":1,"y":2}',
    "enum": '"name":"RED"',
}
LIES: dict[str, type[CasregError]] = {
    **{tag(kind, of, rest): Unsupported for kind, rest in KINDS.items() for of in OTHERS},
    **{tag(kind, "this_module.is.not:There", rest): Unsafe for kind, rest in KINDS.items()},
    **{tag(kind, of, KINDS[kind]): Corrupt for kind in KINDS for of in ("", "os", ":x", "os:")},
    **{f'{{"${kind}":{{{rest}}}}}': Corrupt for kind, rest in KINDS.items()},
    **{f'{{"${kind}":{{"class":["os","system"],{rest}}}}}': Corrupt for kind, rest in KINDS.items()},
    **{f'{{"${kind}":"{HERE}:Config"}}': Corrupt for kind in KINDS},
    tag("enum", f"{HERE}:Colour", '"name":"_missing_"'): Unsupported,
    tag("enum", f"{HERE}:Colour", '"name":"GREEN"'): Unsupported,
    tag("enum", f"{HERE}:Colour", '"name":["RED"]'): Corrupt,
    tag("enum", f"{HERE}:Colour", '"value":1'): Unsupported,
    tag("enum", f"{HERE}:Right", '"value":1024'): Unsupported,
    tag("enum", f"{HERE}:Right", '"value":"x"'): Corrupt,
    tag("enum", f"{HERE}:Right", '"value":{"$int":"0x' + "f" * 10_000 + '"}'): Unsupported,
    tag("enum", f"{HERE}:Right", '"value":1.5'): Corrupt,
    tag("namedtuple", f"{HERE}:Point", '"fields":{"x":1}'): Unsupported,
    tag("namedtuple", f"{HERE}:Point", '"fields":{"x":1,"y":2,"z":3}'): Unsupported,
    tag("namedtuple", f"{HERE}:Point", '"fields":[1,2]'): Corrupt,
    tag("namedtuple", "builtins:tuple", '"fields":{}'): Unsupported,
    tag("dataclass", f"{HERE}:Config", '"fields":[["a",1]]'): Corrupt,
    tag("dataclass", f"{HERE}:Config", '"fields":{}'): Unsupported,
    tag("dataclass", f"{HERE}:Config", '"fields":{"a":{"$array":"w"}}'): Corrupt,
    tag("dataclass", f"{HERE}:Slotted", '"fields":{"a":1,"__class__":2}'): Unsupported,
    tag("dataclass", f"{HERE}:Ending", FIELDS): Unsupported,
    tag("model", f"{HERE}:Model", '"fields":{}'): Unsupported,
    tag("model", f"{HERE}:Model", '"fields":7'): Corrupt,
    tag("model", f"{HERE}:Model", FIELDS + ',"set":"a"'): Corrupt,
    tag("model", f"{HERE}:Model", FIELDS + ',"set":[1]'): Corrupt,
    tag("model", f"{HERE}:Model", FIELDS + ',"extra":[1]'): Corrupt,
    tag("model", f"{HERE}:Model", FIELDS + ',"private":[1]'): Corrupt,
    f'{{"$set":[{tag("dataclass", f"{HERE}:Config", FIELDS)}]}}': Corrupt,
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie[:90])
def test_what_is_no_class_of_its_kind_is_not_touched(lie: str) -> None:
    RAN.clear()
    store = MemoryStore()
    attacked(store, parts={"value.json": lie.encode()}, kind="tree")
    with pytest.raises(LIES[lie]) as caught:
        Registry(store).load("evil")
    assert RAN == []
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "value",
    [
        tag("dataclass", f"{HERE}:Config", '"fields":{"a":"anything","other":[1]}'),
        tag("model", f"{HERE}:Model", '"fields":{"a":"no integer"},"private":{"_x":1}'),
        tag("namedtuple", f"{HERE}:Point", '"fields":{"y":1,"x":2}'),
    ],
)
def test_good_classes_hold_what_the_store_says_and_run_nothing(value: str) -> None:
    RAN.clear()
    store = MemoryStore()
    attacked(store, parts={"value.json": value.encode()}, kind="tree")
    assert type(Registry(store).load("evil")).__module__ == HERE
    assert RAN == []


SCRIPT = """
import sys
from dataclasses import dataclass
from casreg import Registry

@dataclass
class Config:
    rate: float

with Registry(sys.argv[1]) as registry:
    if sys.argv[2] == "save":
        registry.save("config", Config(0.5))
    else:
        print(registry.load("config"))
"""


def test_what_a_script_saved_loads_where_the_class_is_and_else_tells_where_it_is_from(tmp_path: Path) -> None:
    (tmp_path / "save.py").write_text(SCRIPT)
    (tmp_path / "load.py").write_text(SCRIPT.replace("0.5", "1.0"))
    (tmp_path / "other.py").write_text(SCRIPT.replace("class Config", "class Another"))

    def run(script: str, verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, tmp_path / script, tmp_path / "store", verb],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("save.py", "save").returncode == 0
    assert run("load.py", "load").stdout == "Config(rate=0.5)\n"
    assert "'Config' of the program that saved it: define it in this one" in run("other.py", "load").stderr
