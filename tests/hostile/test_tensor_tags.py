"""Trees that say of a torch tensor what cannot be."""

import numpy as np
import pytest
from attacking import attacked
from with_torch import torch

from casreg import Corrupt, Registry, Unsupported
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor

W = Tensor("w", "F32", (3, 2), 0, 24)
LIES = {
    "without a name": '{"dtype":"float32"}',
    "by a text": '"w"',
    "by null": "null",
    "of a name that is a list": '{"name":["w"]}',
    "that is not there": '{"name":"v"}',
    "that is a parameter by text": '{"name":"w","parameter":"os.system"}',
    "that is a parameter by number": '{"name":"w","parameter":1}',
    "of a dtype that is a function": '{"name":"w","dtype":"load"}',
    "of a dtype that is a number": '{"name":"w","dtype":7}',
    "of a dtype that is null": '{"name":"w","dtype":null}',
    "of a dtype that is kept otherwise": '{"name":"w","dtype":"complex128"}',
    "of numbers that are no pairs": '{"name":"d","dtype":"complex128"}',
    "of integers with a gradient": '{"name":"n","requiresGrad":true}',
    "of integers with a gradient, and a parameter": '{"name":"n","parameter":true,"requiresGrad":true}',
}


def evil(value: str, *tensors: Tensor) -> Registry:
    store = MemoryStore()
    parts = {"value.json": value.encode(), "arrays.safetensors": np.arange(6, dtype="<f4").tobytes()}
    attacked(store, parts=parts, kind="tree", tensors=[(1, tensor) for tensor in tensors])
    return Registry(store)


@pytest.mark.parametrize("lie", LIES)
def test_a_tensor_described(lie: str) -> None:
    tensors = (
        W,
        Tensor("d", "F64", (3,), 0, 24),
        Tensor("n", "I32", (6,), 0, 24),
    )
    with pytest.raises(Corrupt):
        evil(f'{{"$tensor":{LIES[lie]}}}', *tensors).load("evil")


def test_a_tensor_of_a_dtype_of_the_future() -> None:
    with pytest.raises(Unsupported, match="'F3', which torch has not"):
        evil('{"$tensor":{"name":"w"}}', Tensor("w", "F3", (24,), 0, 24)).load("evil")


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor("w", "F32", (7,), 0, 24),
        Tensor("w", "F32", (1 << 62, 16, 6), 0, 24),
        Tensor("w", "F32", (0, 1 << 63), 0, 0),
        Tensor("w", "F32", (0, 1 << 62, 1 << 62), 0, 0),
    ],
)
def test_a_tensor_of_an_impossible_shape(tensor: Tensor) -> None:
    with pytest.raises(Corrupt):
        evil('{"$tensor":{"name":"w"}}', tensor).load("evil")


@pytest.mark.parametrize(
    "value",
    [
        '{"$dict":[[{"$tensor":{"name":"w"}},1]]}',
        '{"$dict":[[{"$tuple":[{"$tensor":{"name":"w"}}]},1]]}',
        '{"$ordered":{"items":[],"metadata":{"$tensor":{"name":"w"}}}}',
        '{"$ordered":{"items":[],"metadata":[{"$array":"w"}]}}',
        '{"$ordered":[["a",1]]}',
        '{"$ordered":{"items":{"a":1}}}',
        '{"$ordered":{}}',
        '[{"$array":"w"},{"$tensor":{"name":"w"}}]',
        '[{"$tensor":{"name":"w"}},{"$array":"w"}]',
    ],
)
def test_a_tensor_where_none_may_be(value: str) -> None:
    with pytest.raises(Corrupt):
        evil(value, W).load("evil")


@pytest.mark.parametrize(
    "value",
    [
        '{"$scalar":{"dtype":"float64","data":"00"}}',
        '{"$scalar":{"dtype":"object","data":"0000000000000000"}}',
        '{"$scalar":{"dtype":"(1000,1000)f8","data":""}}',
        '{"$scalar":{"dtype":["float64"],"data":""}}',
        '{"$scalar":{"dtype":"int8","data":7}}',
        '{"$scalar":"int8"}',
        '{"$torch":{}}',
        '{"$torch":["size"]}',
        '{"$torch":{"load":"x"}}',
        '{"$torch":{"dtype":"load"}}',
        '{"$torch":{"dtype":"_dynamo"}}',
        '{"$torch":{"dtype":["float32"]}}',
        '{"$torch":{"device":"nowhere:7"}}',
        '{"$torch":{"device":0}}',
        '{"$torch":{"size":[-1]}}',
        '{"$torch":{"size":[1.5]}}',
        '{"$torch":{"size":[9223372036854775808]}}',
        '{"$torch":{"size":"12"}}',
        '{"$torch":{"size":[1],"dtype":"float32"}}',
    ],
)
def test_a_single_value_that_is_none(value: str) -> None:
    with pytest.raises(Corrupt):
        evil(value).load("evil")


def test_a_tensor_that_is_named_a_million_times_takes_memory_once() -> None:
    value = "[" + '{"$tensor":{"name":"w"}},' * 100_000 + "1]"
    loaded = evil(value, W).load("evil")
    assert len({id(tensor) for tensor in loaded[:-1]}) == 1
    assert torch.equal(loaded[0], torch.arange(6.0).reshape(3, 2))


def test_a_tensor_larger_than_its_bytes_fills_nothing() -> None:
    registry = evil('{"$tensor":{"name":"w"}}', Tensor("w", "F32", (7,), 0, 24))
    for into in (torch.zeros(7), torch.zeros(14)[::2], np.zeros(7, "f4")):
        with pytest.raises(Corrupt, match="cannot have 24 bytes"):
            registry.load("evil", into=into)
        assert not into.any()
