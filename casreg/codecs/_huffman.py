"""Bytes as a zstd frame of Huffman codes alone (RFC 8878): any decoder of zstd reads it.

The planes of weights and of their differences hold nothing for a search for matches to find; what zstd makes
of them is what its entropy coder makes of them. This one makes as much without the search. Numbers of
sections are those of the RFC. The reference: the kernel gives the same bytes, many times as fast. Needs
numpy, loaded when first used.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

LONGEST: Final = 11
"""Bits of a code."""
_BLOCK_MOST: Final = 128 << 10
"""Bytes of a block."""
_ONE_STREAM: Final = 1024
"""Blocks of fewer bytes have one stream."""
_STREAMS: Final = 4
_STATES_LOG: Final = 6
_STATES: Final = 1 << _STATES_LOG
"""Of the coder that a code is described by."""
_FORMS: Final = ((_ONE_STREAM, 3, 0, 10), (1 << 14, 4, 2, 14), (_BLOCK_MOST + 1, 5, 3, 18))
"""For blocks below so many bytes: bytes of the literals' header, its form, bits of either size."""


class Outcome(IntEnum):
    """What became of bytes of which no frame was made."""

    NO_GAIN = 0
    """It would not be smaller."""
    MATCHES = -1
    """A search for matches may gain more."""


def compress(plane: np.ndarray) -> bytes | Outcome:
    """A frame of at least one byte, its content size in the header."""
    import numpy as np

    size = len(plane)
    made = [_head(size)]
    room = size - 1 - len(made[0])
    for start in range(0, size, _BLOCK_MOST):
        block = plane[start : start + _BLOCK_MOST]
        counts = np.bincount(block, minlength=256)
        matches = _pays_matches(block, counts)
        if matches and (start == 0 or len(block) >= _ONE_STREAM):
            return Outcome.MATCHES  # a last few bytes, though, are not worth it
        room -= 3
        packed = None if matches else _block(block, counts)
        if packed is None or len(packed) > min(room, len(block) - 1):
            kind, packed = 0, block.tobytes()
        else:
            kind = 2
        room -= len(packed)
        if room < 0:
            return Outcome.NO_GAIN
        head = len(packed) << 3 | kind << 1 | (start + len(block) == size)
        made += (head.to_bytes(3, "little"), packed)
    return b"".join(made)


def _head(size: int) -> bytes:
    """Of a frame in a single segment (3.1.1.1)."""
    flag = (size >= 256) + (size >= 65536 + 256)
    field = (size - 256 if flag == 1 else size).to_bytes(1 << flag, "little")
    return b"\x28\xb5\x2f\xfd" + bytes([flag << 6 | 1 << 5]) + field


def _pays_matches(block: np.ndarray, counts: np.ndarray) -> bool:
    """Whether zstd's search may gain what codes of one bit at least, each on its own, cannot: where one byte
    is nearly all, and where bytes are the same as the next far more often than their counts say, twice as
    often or by an eighth of all."""
    import numpy as np

    size = len(block)
    if int(counts.max()) >= size - size // 8:
        return True
    squares = int((counts * counts).sum())
    pairs = int(np.count_nonzero(block[1:] == block[:-1])) * size
    return pairs > 2 * squares or 8 * pairs > 8 * squares + size * size


def _block(block: np.ndarray, counts: np.ndarray) -> bytes | None:
    """Literals and no sequences (3.1.1.3); None if their code cannot be described."""
    size = len(block)
    head, form, bits = next(rest for least, *rest in _FORMS if size < least)
    lengths = _lengths(counts.tolist())
    weights = [max(lengths) + 1 - length if length else 0 for length in lengths]
    described = _description(weights)
    if described is None:
        return None
    codes = _codes(weights)
    each = size if form == 0 else -(-size // _STREAMS)
    streams = [_stream(block[at : at + each], codes, lengths) for at in range(0, size, each)]
    jumps = b"".join([len(stream).to_bytes(2, "little") for stream in streams[:-1]])
    body = b"".join([described, jumps, *streams])
    if len(body) >> bits:
        return None  # it is larger than the bytes
    literals = 2 | form << 2 | size << 4 | len(body) << 4 + bits
    return literals.to_bytes(head, "little") + body + b"\0"


def _lengths(counts: list[int]) -> list[int]:
    """Of the code of each byte; 0 for those that are not there. Those that are, are two at least."""
    leaves = sorted((symbol for symbol in range(256) if counts[symbol]), key=counts.__getitem__)
    lengths = [0] * 256
    at = iter(leaves)
    found = _limited(_depths([counts[symbol] for symbol in leaves]))
    for length in range(LONGEST, 0, -1):
        for _ in range(found[length]):
            lengths[next(at)] = length
    return lengths


def _depths(counts: list[int]) -> list[int]:
    """Of the leaves of Huffman's tree. Nodes come in the order of their counts: leaves sorted, others as
    made; a leaf comes first."""
    made: list[int] = []
    above: tuple[list[int], list[int]] = [], []
    for number in range(len(counts) - 1):
        total = 0
        for _ in range(2):
            leaf, old = len(above[0]), len(above[1])
            is_leaf = leaf < len(counts) and (old == number or counts[leaf] <= made[old])
            total += counts[leaf] if is_leaf else made[old]
            above[0 if is_leaf else 1].append(number)
        made.append(total)
    depths = [0] * len(made)
    for node in reversed(range(len(made) - 1)):
        depths[node] = depths[above[1][node]] + 1
    return [depths[node] + 1 for node in above[0]]


def _limited(depths: list[int]) -> list[int]:
    """How many codes have each length, none of them too long: until there is room for all, a code one bit
    longer makes room for two, one of which is one of the longest."""
    found = [0] * (LONGEST + 1)
    for depth in depths:
        found[min(depth, LONGEST)] += 1
    over = sum(count << LONGEST - length for length, count in enumerate(found) if length) - (1 << LONGEST)
    for _ in range(over):
        length = max(length for length in range(1, LONGEST) if found[length])
        found[length] -= 1
        found[length + 1] += 2
        found[LONGEST] -= 1
    return found


def _codes(weights: list[int]) -> list[int]:
    """By their weights (4.2.1), the lightest first, then by what they stand for."""
    codes = [0] * 256
    start = 0
    for weight in range(1, max(weights) + 1):
        for symbol in range(256):
            if weights[symbol] == weight:
                codes[symbol] = start >> weight - 1
                start += 1 << weight - 1
    return codes


def _stream(data: np.ndarray, codes: list[int], lengths: list[int]) -> bytes:
    """Codes, the last first, and a bit behind them (4.2.2)."""
    import numpy as np

    backwards = data[::-1]
    table = np.array(codes, "<u2").view(np.uint8).reshape(256, 2)
    bits = np.unpackbits(table, axis=1, bitorder="little")[backwards]
    there = np.arange(16) < np.array(lengths)[backwards, np.newaxis]
    return np.packbits(np.append(bits[there], 1), bitorder="little").tobytes()


# --- the description of a code (4.2.1.1)


class _Bits:
    """On their way into bytes, the first in the lowest."""

    def __init__(self) -> None:
        self._bits = self._filled = 0

    def append(self, number: int, bits: int) -> None:
        self._bits |= number << self._filled
        self._filled += bits

    def bytes(self) -> bytes:
        return self._bits.to_bytes((self._filled + 7) // 8, "little")


def _description(weights: list[int]) -> bytes | None:
    """The weights of all bytes but the last that is there, which follows from them: by the shorter of four
    bits for each, for 128 of them at most, and a coder of their own; None where neither can tell them."""
    told = weights[: max(symbol for symbol in range(256) if weights[symbol])]
    direct = None
    if len(told) <= 128:
        even = [*told, *[0] * (len(told) % 2)]
        pairs = zip(even[::2], even[1::2], strict=True)
        direct = bytes([127 + len(told), *(high << 4 | low for high, low in pairs)])
    if len(set(told)) == 1:
        return direct
    shares = _shares(told)
    coded = _told_shares(shares) + _told_weights(told, shares)
    if len(coded) < 127 and (direct is None or 1 + len(coded) < len(direct)):
        return bytes([len(coded)]) + coded
    return direct


def _shares(weights: list[int]) -> list[int]:
    """How many of the states each weight has: about its share, one at least."""
    counts = [weights.count(weight) for weight in range(LONGEST + 1)]
    shares = [
        max((2 * count * _STATES + len(weights)) // (2 * len(weights)), int(count > 0)) for count in counts
    ]
    while sum(shares) != _STATES:
        shares[shares.index(max(shares))] += 1 if sum(shares) < _STATES else -1
    return shares


def _told_shares(shares: list[int]) -> bytes:
    """4.1.1."""
    out = _Bits()
    out.append(_STATES_LOG - 5, 4)
    left, weight = _STATES, 0
    while left > 0:
        value, most = shares[weight] + 1, left + 1
        bits = most.bit_length()
        short_ones = (1 << bits) - 1 - most
        if value < short_ones:
            out.append(value, bits - 1)
        else:
            out.append(value if value < 1 << bits - 1 else value + short_ones, bits)
        left -= shares[weight]
        weight += 1
        if value == 1:
            more = next(number for number, share in enumerate(shares[weight:]) if share)
            weight += more
            for _ in range(more // 3):
                out.append(3, 2)
            out.append(more % 3, 2)
    return out.bytes()


def _told_weights(weights: list[int], shares: list[int]) -> bytes:
    """Through two states in turn (4.1.2, 4.2.1.2), the last weight first: a state is where the next one is
    read from."""
    cells: list[list[int]] = [[] for _ in shares]
    of, at = [0] * _STATES, 0
    for weight, share in enumerate(shares):
        for _ in range(share):
            of[at] = weight
            at = (at + _STATES // 2 + _STATES // 8 + 3) % _STATES
    for state, weight in enumerate(of):
        cells[weight].append(state)
    out = _Bits()
    states = [0, 0]
    for place in reversed(range(len(weights))):
        weight = weights[place]
        if place + 2 >= len(weights):
            # This state asks for bits that are not there: so a reader knows the end.
            states[place % 2] = cells[weight][0]
            continue
        share, above = shares[weight], states[place % 2] + _STATES
        bits = _STATES_LOG + 1 - share.bit_length()
        bits -= above >> bits < share
        out.append(above & (1 << bits) - 1, bits)
        states[place % 2] = cells[weight][(above >> bits) - share]
    out.append(states[1], _STATES_LOG)
    out.append(states[0], _STATES_LOG)
    out.append(1, 1)
    return out.bytes()
