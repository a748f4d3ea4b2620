import numpy as np

Buffer = bytes | bytearray | memoryview | np.ndarray

def split(elements: Buffer, width: int, transform: int, planes: Buffer, /) -> None: ...
def merge(planes: tuple[Buffer, ...], transform: int, elements: Buffer, /) -> None: ...
def sort(
    elements: Buffer,
    own: Buffer,
    below: Buffer,
    width: int,
    order: int,
    shift: int,
    classes: Buffer,
    counts: Buffer,
    residuals: Buffer,
    /,
) -> None: ...
def tally(own: Buffer, width: int, shift: int, classes: Buffer, counts: Buffer, /) -> None: ...
def unsort(
    residuals: Buffer,
    own: Buffer,
    below: Buffer,
    width: int,
    order: int,
    shift: int,
    classes: Buffer,
    counts: Buffer,
    elements: Buffer,
    /,
) -> None: ...
def scale(elements: Buffer, factor: float, scaled: Buffer, /) -> None: ...
def pack(
    numbers: Buffer,
    width: int,
    ends: Buffer,
    packings: Buffer,
    symbols: Buffer,
    rest: Buffer,
    escapes: Buffer,
    /,
) -> int: ...
def unpack(
    numbers: Buffer,
    width: int,
    ends: Buffer,
    packings: Buffer,
    symbols: tuple[Buffer, ...],
    rest: Buffer,
    places: Buffer,
    escapes: Buffer,
    /,
) -> int: ...
