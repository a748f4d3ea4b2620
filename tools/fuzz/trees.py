"""Good ``value.json``, every tag in one of them at least."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, PrivateAttr

_TREE = (
    b'{"a":[1,-2.5,"x",null,true,{"$tuple":[{"$float":"7ff0000000000000"},{"$bytes":"aGk="}]}],'
    b'"d":{"$dict":[[{"$tuple":[1,"$"]},{"$array":"w"}],[2,{"$npy":"arrays/0.npy"}]]}}'
)
_TENSORS = (
    b'{"$ordered":{"items":[["w",{"$tensor":{"name":"w","parameter":true,"requiresGrad":true}}],'
    b'["v",{"$tensor":{"name":"w"}}]],"metadata":{"$ordered":{"items":[["",{"$counter":[[1,2]]}]]}}}}'
)
_SCALARS = (
    b'[{"$scalar":{"dtype":"float32","data":"0000c03f"}},{"$torch":{"size":[2,3]}},'
    b'{"$torch":{"dtype":"bfloat16"}},{"$torch":{"device":"cuda:0"}},'
    b'{"$scalar":{"dtype":"datetime64[25s]","data":"0100000000000000"}},{"$scalar":{"dtype":"str","data":"61000000"}},'
    b'{"$scalar":{"npy":"k05VTVBZAQB2AHsnZGVzY3InOiAnfFYzJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gIC'
    b'AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphYmM="}}]'
)
_CONTAINERS = (
    b'[{"$set":[1,"a",{"$frozenset":[{"$bytes":"eA=="}]}]},{"$slice":[1,null,{"$int":"-0x1f"}]},'
    b'{"$deque":{"items":[{"$array":"w"}],"maxlen":4}},{"$range":[0,10,{"$int":"0x2"}]},'
    b'{"$defaultdict":{"factory":"list","items":[[{"$uuid":"12345678-1234-5678-1234-567812345678"},[]]]}},'
    b'{"$complex":[-0.0,{"$float":"7ff8000000000abc"}]},{"$decimal":"-sNaN12"},{"$fraction":[-1,3]},'
    b'{"$text":["\\ud83d","\\ude00"]},{"$bytearray":"AA=="},{"$posixpath":"a/b"},{"$windowspath":"c:/x"}]'
)
_TIMES = (
    b'[{"$date":"2024-02-29"},{"$time":"01:02:03.000004"},{"$datetime":"2024-01-01T00:00:00+00:00"},'
    b'{"$datetime":{"at":"2024-10-27T02:30:00","fold":1,"zone":{"$zone":"Europe/Berlin"}}},'
    b'{"$time":{"at":"02:30:00","zone":{"$timezone":{"offset":[0,3600,0],"name":"CET"}}}},'
    b'{"$timedelta":[-1,86399,999999]},{"$timezone":{"offset":[-1,1,0]}},{"$zone":"UTC"}]'
)
_OBJECTS = (
    b'[{"$enum":{"class":"casreg.codecs:Codec","name":"ZSTD"}},{"$enum":{"class":"re:RegexFlag","value":10}},'
    b'{"$namedtuple":{"class":"tools.fuzz.trees:Point","fields":{"x":{"$array":"w"},"y":[1]}}},'
    b'{"$dataclass":{"class":"tools.fuzz.trees:Box","fields":{"held":{"$npy":"arrays/0.npy"},"more":2}}},'
    b'{"$model":{"class":"tools.fuzz.trees:Model","fields":{"a":{"b":[null]}},"extra":{"c d":1},'
    b'"private":{"_e":{"$set":["x"]}},"set":["a"]}}]'
)


class Point(NamedTuple):
    x: Any
    y: Any = None


@dataclass
class Box:
    held: Any
    more: Any = field(default_factory=list)


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: Any
    _e: Any = PrivateAttr(default=1)


SEEDS = (_TREE, _TENSORS, _SCALARS, _CONTAINERS, _TIMES, _OBJECTS)
