"""Files to streams and back: the same bytes, in bounded memory, or a refusal."""

import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg.errors import Corrupt, Unsupported
from casreg.inflated import MAX_RATIO, Piece, Recipe, Way, find, inflate, place, restore
from casreg.inflated.recipe import FRONT, MAGIC
from casreg.inflated.ways import FEED, WAYS

RNG = np.random.default_rng(0)
FLOATS = RNG.standard_normal(40_000).astype("<f4").tobytes()
WORDS = b" ".join(RNG.choice([b"alpha", b"beta", b"gamma", b"delta"], 20_000))
ZEROS = bytes(300_000)
RANDOM = RNG.bytes(30_000)


def deflate(plain: bytes, level: int = 6, memory: int = 8, strategy: int = 0, window: int = -15) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, window, memory, strategy)
    return deflater.compress(plain) + deflater.flush()


def file_of(*pieces: bytes | tuple[bytes, bytes]) -> tuple[bytes, list[tuple[int, int, int]]]:
    """A file of bytes and of (deflated, plain) pairs, and where the latter lie."""
    file, members = b"", []
    for piece in pieces:
        if isinstance(piece, bytes):
            file += piece
        else:
            members.append((len(file), len(file) + len(piece[0]), len(piece[1])))
            file += piece[0]
    return file, members


def found(file: bytes, members: list[tuple[int, int, int]]) -> Recipe | None:
    return find(len(file), members, lambda start, stop: file[start:stop])


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def stream_of(file: bytes, recipe: Recipe, size: int = 100_000) -> bytes:
    return b"".join(bytes(block) for block in inflate(cut(file, size), recipe))


def restored(stream: bytes, size: int, blocks: int = 100_000, at_once: int = 0) -> bytes:
    made = restore(cut(stream, blocks), len(stream), size, map, at_once)
    return b"".join(bytes(block) for block in made)


PLAINS = {
    "nothing": b"",
    "floats": FLOATS,
    "many floats": FLOATS * 2 + WORDS,
    "words": WORDS,
    "zeros": ZEROS,
    "a portion": RNG.bytes(FEED),
    "a portion and a byte": RNG.bytes(FEED + 1),
}
members_of = st.tuples(st.sampled_from(list(PLAINS)), st.integers(1, 9), st.sampled_from([8, 9]))
blocks = st.integers(500, 2 * FEED)


@given(
    st.lists(st.binary(max_size=50) | members_of, max_size=3),
    blocks,
    blocks,
    st.sampled_from([0, 100_000, 1 << 30]),
)
def test_what_zlib_made_is_given_back_bit_for_bit(described, one, other, at_once):
    pieces = [
        piece if isinstance(piece, bytes) else (deflate(PLAINS[piece[0]], *piece[1:]), PLAINS[piece[0]])
        for piece in described
    ]
    file, members = file_of(RANDOM, *pieces)
    recipe = found(file, members)
    assert recipe is not None
    stream = stream_of(file, recipe, one)
    assert len(stream) == recipe.plain
    assert all(pair[1] in stream for pair in pieces if isinstance(pair, tuple))
    assert restored(stream, len(file), other, at_once) == file


def test_blocks_may_be_as_small_as_a_byte():
    file, members = file_of(b"front", (deflate(WORDS[:5000], 6, 8), WORDS[:5000]), b"end")
    recipe = found(file, members)
    assert recipe is not None
    stream = stream_of(file, recipe, 1)
    for at_once in (0, 1, 1 << 30):
        assert restored(stream, len(file), 1, at_once) == file


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("plain", [FLOATS, WORDS])
def test_every_way_is_found(way, plain):
    file, members = file_of((deflate(plain, *way), plain))
    recipe = found(file, members)
    assert recipe is not None
    assert deflate(plain, *next(recipe.parts()).way) == file


def test_archives_of_the_standard_library():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("words", WORDS)
        archive.writestr("floats", FLOATS, zipfile.ZIP_STORED)
        with archive.open("zeros", "w", force_zip64=True) as member:
            member.write(ZEROS)
    file = stream.getvalue()
    at = file.index(b"words") + 5
    with zipfile.ZipFile(stream) as archive:
        size = archive.getinfo("words").compress_size
    recipe = found(file, [(at, at + size, len(WORDS))])
    assert recipe is not None
    assert [piece.way for piece in recipe.parts()] == [None, Way(9, 8), None]


def mixed() -> tuple[bytes, list[tuple[int, int, int]]]:
    return file_of(b"front", (deflate(FLOATS), FLOATS), b"middle", (deflate(WORDS, 9), WORDS), b"end")


@pytest.mark.parametrize(
    "deflated",
    [
        deflate(FLOATS, 0),
        deflate(WORDS, strategy=zlib.Z_HUFFMAN_ONLY),
        deflate(WORDS, window=-9),
        deflate(WORDS, memory=1),
        deflate(WORDS)[:-1],
        deflate(WORDS) + b"x",
        deflate(WORDS)[:1000] + bytes(100) + deflate(WORDS)[1100:],
        b"\xff" * 1000,
        b"",
    ],
)
def test_what_zlib_does_not_make_again_is_left_as_it_is(deflated):
    plain = FLOATS if deflated == deflate(FLOATS, 0) else WORDS
    assert found(*file_of(RANDOM, (deflate(FLOATS), FLOATS), (deflated, plain))) is None


def test_all_of_a_member_is_proved_and_not_only_its_front():
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    half = deflater.compress(FLOATS * 4) + deflater.flush(zlib.Z_SYNC_FLUSH)
    other = half + deflater.compress(FLOATS * 4) + deflater.flush()
    assert found(*file_of((deflate(FLOATS * 8), FLOATS * 8))) is not None
    assert found(*file_of((other, FLOATS * 8))) is None


@pytest.mark.parametrize("by", [-1, 1, 100_000])
def test_a_size_that_is_a_lie_is_no_stream(by):
    file, [(start, end, plain)] = file_of((deflate(FLOATS), FLOATS))
    assert found(file, [(start, end, plain + by)]) is None


def test_a_bomb_is_left_as_it_is():
    bomb = deflate(bytes(10 << 20))
    file, members = file_of((bomb, bytes(10 << 20)))
    assert MAX_RATIO * len(bomb) < (10 << 20)
    assert found(file, members) is None


def test_a_recipe_that_is_known_is_not_proved_again_if_all_is_as_it_was():
    file, members = mixed()
    recipe = found(file, members)
    assert recipe is not None
    read: list[int] = []

    def reads(start: int, stop: int) -> bytes:
        read.append(stop - start)
        return file[start:stop]

    assert find(len(file), members, reads, recipe) == recipe
    assert sum(read) == len(file)
    others = {"zlib": "9.9-other"}, {"blake3": "0" * 64}, {"pieces": [[len(file)]]}
    for other in others:
        read.clear()
        assert find(len(file), members, reads, recipe.model_copy(update=other)) == recipe
        assert sum(read) > 1.5 * len(file)


def test_members_are_tried_in_any_order_and_pieces_stay_in_theirs():
    file, members = mixed()

    def backwards(function, items):
        return reversed([function(item) for item in reversed(list(items))])

    read = {"read": lambda start, stop: file[start:stop]}
    assert find(len(file), members, **read, run=backwards) == found(file, members)


def test_another_file_in_its_place_is_told():
    file, members = mixed()
    recipe = found(file, members)
    assert recipe is not None
    for other in (file[:-1], file + b"x", b"F" + file[1:], file[:5000] + b"\0" * 10 + file[5010:], b""):
        with pytest.raises(ValueError, match="not the file"):
            stream_of(other, recipe)


def test_a_zlib_that_deflates_otherwise_is_told_and_never_believed():
    plain = b"front" + WORDS
    for pieces in ([[5], [100, len(WORDS), 1, 8]], [[5], [1 << 20, len(WORDS), 1, 8]]):
        recipe = Recipe(size=sum(p[0] for p in pieces), blake3="0" * 64, zlib="9.9-other", pieces=pieces)
        stream = recipe.front() + plain
        with pytest.raises(Unsupported, match=r"9\.9-other"):
            restored(stream, recipe.size)


def test_ranges_are_put_in_their_places_and_the_rest_is_proved_as_well():
    file, members = mixed()
    stream = stream_of(file, found(file, members))
    for start, stop in ((0, 0), (0, len(file)), (3, 9), (1000, 150_000), (len(file) - 1, len(file))):
        buffers = [
            memoryview(bytearray((stop - start) // 2)),
            memoryview(bytearray(stop - start - (stop - start) // 2)),
        ]
        place(restore(cut(stream, 5000), len(stream), len(file)), start, buffers)
        assert b"".join(bytes(b) for b in buffers) == file[start:stop]
    damaged = stream[:-1] + b"!"
    with pytest.raises(Unsupported):
        place(restore(cut(damaged, 5000), len(stream), len(file)), 0, [memoryview(bytearray(3))])


def front_of(text: bytes) -> bytes:
    return FRONT.pack(MAGIC, len(text)) + text


def told(size: int, *pieces: list[int]) -> bytes:
    return Recipe.model_construct(size=size, blake3="0" * 64, zlib="", pieces=list(pieces)).encode()


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"casregZ1" + bytes(4),
        FRONT.pack(MAGIC, 1 << 31),
        FRONT.pack(MAGIC, 100) + b"{}",
        front_of(b"{}"),
        front_of(told(7, [7])) + b"short",
        front_of(told(7, [7])) + b"too long",
        front_of(told(8, [8])) + b"8 bytes.",
        front_of(told(7, [6])) + b"seventh",
        front_of(told(7, [7, 7])) + b"seventh",
        front_of(told(7, [7, 7, 0, 8])) + b"seventh",
        front_of(told(7, [7, 7, 6, 10])) + b"seventh",
        front_of(told(7, [8], [-1])) + b"seventh",
        front_of(told(7, [7, 1 << 61, 6, 8])) + b"seventh",
    ],
)
def test_a_stream_that_contradicts_itself_is_corrupt(stream):
    with pytest.raises(Corrupt):
        restored(stream, 7)


def test_memory_is_bounded_whatever_the_size_of_a_member():
    plain = np.tile(np.frombuffer(FLOATS[:80_000], np.uint8), 150).tobytes()  # 12 MB
    file, members = file_of((deflate(plain, 1), plain))
    size = len(plain)
    del plain
    tracemalloc.start()
    recipe = found(file, members)
    assert recipe is not None
    blocks = restore(
        inflate((memoryview(file)[at : at + FEED] for at in range(0, len(file), FEED)), recipe),
        recipe.plain,
        len(file),
    )
    assert sum(map(len, blocks)) == len(file)
    assert recipe.plain > size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_pieces_are_listed_as_the_chapter_says():
    recipe = Recipe.of(7, "0" * 64, "1.3", [Piece(3, 3), Piece(4, 100, Way(6, 8))])
    assert recipe.pieces == [[3], [4, 100, 6, 8]]
    assert list(recipe.parts()) == [Piece(3, 3), Piece(4, 100, Way(6, 8))]
    assert Recipe.decode(recipe.encode()) == recipe
