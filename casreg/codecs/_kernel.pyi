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
def pack_groups(
    numbers: Buffer,
    width: int,
    ends: Buffer,
    symbols: Buffer,
    heads: Buffer,
    body: Buffer,
    escapes: Buffer,
    /,
) -> tuple[int, int]: ...
def read_groups(body: Buffer, ends: Buffer, heads: Buffer, symbols: Buffer, unread: Buffer, /) -> int: ...
def unpack_groups(
    numbers: Buffer,
    width: int,
    ends: Buffer,
    heads: Buffer,
    symbols: Buffer,
    body: Buffer,
    escapes: Buffer,
    /,
) -> int: ...
def compress(plain: Buffer, frame: Buffer, /) -> int: ...
def decompress(frame: Buffer, plain: Buffer, /) -> bool: ...
