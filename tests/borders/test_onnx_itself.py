"""What the onnx package writes."""

import numpy as np
import onnx
import pytest
from looking import contents, found
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(0)
WORDS = {
    "float32": "F32",
    "float64": "F64",
    "float16": "F16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "C64",
}


def model(initializers, nodes=()) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "graph", [], [], initializers)
    return helper.make_model(graph)


def read(data: bytes) -> dict:
    return contents(found(data, "model.onnx"), data)


def test_every_dtype():
    arrays = {word: RNG.integers(0, 2, (3, 5)).astype(dtype) for dtype, word in WORDS.items()}
    data = model([numpy_helper.from_array(a, word) for word, a in arrays.items()]).SerializeToString()
    assert read(data) == {word: (word, (3, 5), a.tobytes()) for word, a in arrays.items()}


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (TensorProto.BFLOAT16, "BF16"),
        (TensorProto.FLOAT8E4M3FN, "F8_E4M3"),
        (TensorProto.FLOAT8E4M3FNUZ, "F8_E4M3FNUZ"),
        (TensorProto.FLOAT8E5M2, "F8_E5M2"),
        (TensorProto.FLOAT8E5M2FNUZ, "F8_E5M2FNUZ"),
        (TensorProto.FLOAT8E8M0, "F8_E8M0"),
    ],
)
def test_dtypes_that_numpy_has_not(kind, word):
    held = np.ones(6).astype(helper.tensor_dtype_to_np_dtype(kind))
    data = model([helper.make_tensor("a", kind, (6,), held.tobytes(), raw=True)]).SerializeToString()
    assert read(data) == {"a": (word, (6,), held.tobytes())}


def test_numbers_that_were_given_as_a_list():
    data = model([helper.make_tensor("a", TensorProto.FLOAT, (3,), [1.0, 2.0, 3.0])]).SerializeToString()
    assert read(data) == {"a": ("F32", (3,), np.array([1, 2, 3], "<f4").tobytes())}


def test_large_constants_and_the_branches_of_a_node():
    large = RNG.standard_normal(1000)
    branch = helper.make_graph([], "then", [], [], [numpy_helper.from_array(large + 1, "inner")])
    nodes = [
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(large)),
        helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch),
    ]
    data = model([], nodes).SerializeToString()
    assert read(data) == {
        "c": ("F64", (1000,), large.tobytes()),
        "inner": ("F64", (1000,), (large + 1).tobytes()),
    }


def test_external_data_is_where_the_model_says(tmp_path):
    arrays = {name: RNG.standard_normal((40, 50)).astype("<f4") for name in "ab"}
    onnx.save_model(
        model([numpy_helper.from_array(a, name) for name, a in arrays.items()]),
        tmp_path / "model.onnx",
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location="model.onnx.data",
        size_threshold=0,
    )
    held = (tmp_path / "model.onnx.data").read_bytes()
    told = found((tmp_path / "model.onnx").read_bytes(), "model.onnx").elsewhere
    assert {e.location for e in told} == {"model.onnx.data"}
    tensors = [e.tensor for e in told]
    assert {t.name: held[t.start : t.start + t.size] for t in tensors} == {
        name: a.tobytes() for name, a in arrays.items()
    }
