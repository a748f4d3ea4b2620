"""The ``.npy`` form of one array (NumPy enhancement proposal 1), over the array's own memory."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

from casreg import arrays
from casreg.codecs import planes
from casreg.errors import CasregError, Corrupt, InvalidInput, Unsafe
from casreg.filling import Filling, Staged, Target, target
from casreg.materializers.padding import zeroed
from casreg.parts import InMemory, Part
from casreg.snapshot import Snapshot
from casreg.tensors import Tensor

if TYPE_CHECKING:
    import numpy as np

MAX_HEADER: Final = 1 << 20


def require_plain(array: np.ndarray, at: str = "") -> None:
    """Raise InvalidInput for arrays of Python objects, whose bytes are pointers, and of dtypes that neither
    a word nor ``.npy`` describes."""
    if array.dtype.hasobject:
        raise InvalidInput(
            f"at {at or 'the top'}: an array of dtype {array.dtype} holds Python objects, which casreg does "
            "not keep in arrays: give array.tolist(), or an array of another dtype, as of array.astype(str)",
            at=at,
        )
    if arrays.word(array.dtype) is None and not is_described(array.dtype):
        instead = "a dict of its fields" if array.dtype.names else "array.astype() of another dtype"
        raise InvalidInput(
            f"at {at or 'the top'}: an array of dtype {str(array.dtype)[:200]} cannot be kept: .npy cannot "
            f"describe it; give {instead}",
            at=at,
        )


def is_described(dtype: np.dtype) -> bool:
    """Whether the description of a dtype in ``.npy`` gives it again, and is one that readers take."""
    from numpy.lib import format as npy

    try:
        descr = npy.dtype_to_descr(dtype)
        found: np.dtype = npy.descr_to_dtype(descr)
    except ValueError:  # of fields that overlap
        return False
    if found != dtype or not _is_plain(dtype):
        return False
    return dtype.names is None or _written({"descr": descr, "fortran_order": False, "shape": ()}) is not None


def _is_plain(dtype: np.dtype) -> bool:
    """Whether elements with fields are plain ones: NumPy takes a dtype of records, which ``.npy`` does not
    tell from others, to be equal to one of these."""
    import numpy as np

    if dtype.subdtype is not None:
        return _is_plain(dtype.subdtype[0])
    if dtype.fields is None:
        return True
    return dtype.type is np.void and all(_is_plain(field[0]) for field in dtype.fields.values())


def part(path: str, array: np.ndarray, name: str) -> Part:
    """``array`` as a part; the bytes that numpy.save would write, array order included."""
    header = _header(array)
    word = arrays.word(array.dtype)
    in_c_order = array.flags.c_contiguous or not array.flags.f_contiguous
    tensors = [Tensor(name, word, array.shape, len(header), array.nbytes)] if word and in_c_order else []

    width = planes.choose_width(word) if word else None
    pieces = [(len(header), 0), (array.nbytes, width or 0)]

    def buffers() -> Iterator[memoryview]:
        yield memoryview(header)
        blocks = arrays.in_c_order(array) if in_c_order else [arrays.as_bytes(array)]
        yield from (zeroed(block, array.dtype) for block in blocks)

    return Part(path, InMemory(buffers, len(header) + array.nbytes), tensors=tensors, pieces=pieces)


def load(snapshot: Snapshot, path: str, into: Any, name: str, filling: Filling) -> Any:
    """The array that ``filling`` will fill with the one in a part: ``into``, or a new one if that is None.

    Raises Corrupt for a bad header, Unsafe for an array of objects, InvalidInput if ``into`` does not fit.
    """
    entry = snapshot.needed_part(path)
    start, shape, fortran, dtype = header(
        snapshot.read(path, 0, MAX_HEADER if entry.size > MAX_HEADER else None), path
    )
    if start + math.prod(shape) * dtype.itemsize != entry.size:
        raise Corrupt(
            f"an array of shape {str(shape)[:120]} and dtype {str(dtype)[:80]} cannot have "
            f"{entry.size - start} bytes",
            part=path,
        )
    order: Literal["C", "F"] = "F" if fortran else "C"
    if into is None:
        array = arrays.allocate(shape, dtype, order)
        filling.add(entry, start, arrays.as_bytes(array))
        return array
    filling.add(entry, start, _target(into, shape, dtype, order, name))
    return into


def _target(
    into: Any, shape: tuple[int, ...], dtype: np.dtype, order: Literal["C", "F"], name: str
) -> Target:
    if not arrays.is_array(into):
        form = arrays.form_of(dtype, shape)
        if order == "F":
            raise InvalidInput(f"into= must be a numpy array for {name}, which lies in Fortran order")
        tensor = Tensor(name, form.word, form.shape, 0, math.prod(shape) * dtype.itemsize)
        return target(into, tensor, name, form.viewed)
    if into.shape != shape or into.dtype != dtype:
        raise InvalidInput(f"{name} is {dtype} {shape}, into= is {into.dtype} {into.shape}")
    if not into.flags.writeable:
        raise InvalidInput(f"into= for {name} is read-only")
    if into.flags.f_contiguous if order == "F" else into.flags.c_contiguous:
        return arrays.as_bytes(into)

    def made() -> tuple[Any, memoryview]:
        array = arrays.allocate(shape, dtype, order)
        return array, arrays.as_bytes(array)

    def assign(array: Any) -> None:
        into[...] = array

    return Staged(made, assign)


def to_bytes(array: Any) -> bytes:
    """A small array, or a single value, as :func:`part` would keep it."""
    import numpy as np

    array = np.asarray(array)
    return b"".join([_header(array), zeroed(memoryview(array.tobytes()), array.dtype)])


def from_bytes(data: bytes, path: str) -> Any:
    """The single value that :func:`to_bytes` was given. Raises Corrupt, Unsafe for Python objects."""
    import numpy as np

    start, shape, _, dtype = header(data, path)
    if shape or start + dtype.itemsize != len(data):
        raise Corrupt(f"{path} has a single value that is none", part=path)
    return np.ndarray((), dtype, bytearray(data), start)[()]


def _header(array: np.ndarray) -> bytes:
    from numpy.lib import format as npy

    written = _written(npy.header_data_from_array_1_0(array))
    if written is None:
        raise InvalidInput(
            f"an array of dtype {str(array.dtype)[:200]} cannot be kept: .npy cannot describe it"
        )
    return written


def _written(described: dict[str, Any]) -> bytes | None:
    """A description as the header that NumPy writes; None for one that it cannot write, such as of names
    beyond Latin-1, or that is longer than what is read."""
    from numpy.lib import format as npy

    for write in (npy.write_array_header_1_0, npy.write_array_header_2_0):
        stream = io.BytesIO()
        try:
            write(stream, described)
        except UnicodeEncodeError:
            return None
        except ValueError:
            continue  # longer than the 64 KiB of form 1.0
        return stream.getvalue() if stream.tell() <= MAX_HEADER else None
    return None


def header(data: bytes, path: str) -> tuple[int, tuple[int, ...], bool, np.dtype]:
    from numpy.lib import format as npy

    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
    except CasregError:
        raise
    except (
        Exception
    ) as error:  # numpy raises what its parsers raise: ValueError, SyntaxError, TokenError, ...
        raise Corrupt(f"{path} is no .npy file: {str(error)[:200]}", part=path) from error
    if dtype.hasobject:
        raise Unsafe(f"{path} is an array of Python objects, which are not loaded", part=path)
    if not all(0 <= n < 1 << 63 for n in shape) or (dtype.kind in "SU" and not dtype.itemsize):
        raise Corrupt(f"{path} describes an array that cannot be", part=path)
    return stream.tell(), shape, fortran, dtype
