"""What is read: whole objects, ranges, into buffers."""

from __future__ import annotations

import pytest

from casreg.errors import BlobNotFound, Corrupt, InvalidInput
from casreg.stores.protocol import Buffer, Store
from casreg.testing.suite.shared import BLOBS, KEYS, MIB, pattern


class Reading:
    def test_what_was_written_is_read(self, store: Store) -> None:
        for key in KEYS:
            parts: list[Buffer] = [b"of ", bytearray(b"the "), memoryview(b"key "), key.encode()]
            store.write(key, [BLOBS[key]] if key in BLOBS else parts)
        for key in KEYS:
            assert store.read(key) == BLOBS.get(key, b"of the key " + key.encode())

    def test_all_byte_values_survive(self, store: Store) -> None:
        data = bytes(range(256)) + "naïve, Größe, 世界\r\n\0".encode()
        store.write("blobs/a", [data])
        assert store.create("blobs/b", data)
        assert store.read("blobs/a") == store.read("blobs/b") == data

    @pytest.mark.parametrize(
        ("start", "stop"),
        [
            (0, None),
            (0, 0),
            (0, 1),
            (3, 7),
            (7, 3),
            (5, 5),
            (9, 10),
            (9, 99),
            (10, None),
            (10, 12),
            (50, 60),
            (4, None),
        ],
    )
    def test_ranges_are_those_of_slices(self, store: Store, start: int, stop: int | None) -> None:
        store.write("a", [b"0123456789"])
        assert store.read("a", start, stop) == b"0123456789"[start:stop]

    def test_a_range_of_a_large_object_is_that_range(self, store: Store) -> None:
        data = pattern(5 * MIB + 3)
        store.write("a", [data])
        for start, stop in ((0, 1), (MIB - 1, MIB + 1), (4 * MIB, 5 * MIB + 3), (5 * MIB, 9 * MIB)):
            assert store.read("a", start, stop) == data[start:stop]

    @pytest.mark.parametrize(("start", "stop"), [(-1, None), (-5, 3), (0, -1)])
    def test_negative_positions_are_refused(self, store: Store, start: int, stop: int | None) -> None:
        store.write("a", [b"0123456789"])
        with pytest.raises(InvalidInput):
            store.read("a", start, stop)

    def test_reading_what_is_not_there_says_so(self, store: Store) -> None:
        store.write("blobs/a/b", [b"x"])
        for key in ("blobs/c", "other/a", "blobs/a", "blobs/a/b/c", "blobs/a/bc"):
            with pytest.raises(BlobNotFound):
                store.read(key)
            with pytest.raises(BlobNotFound):
                store.read(key, 0, 0)
            with pytest.raises(BlobNotFound):
                store.read_into(key, 0, [memoryview(bytearray(1))])
            assert store.stat(key) is None

    def test_an_error_names_key_and_store(self, store: Store) -> None:
        with pytest.raises(BlobNotFound) as raised:
            store.read("blobs/missing")
        assert "blobs/missing" in str(raised.value)
        assert raised.value.store == store.url

    def test_destinations_are_filled_in_order(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        target = bytearray(b"........")
        view = memoryview(target)
        store.read_into("a", 2, [view[4:7], view[0:0], view[0:2]])
        assert target == b"56..234."

    def test_no_destination_at_all_reads_nothing(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        store.read_into("a", 3, [])
        store.read_into("a", 10, [memoryview(bytearray())])

    def test_more_destinations_than_one_system_call_takes(self, store: Store) -> None:
        data = pattern(5003)
        store.write("a", [data])
        target = memoryview(bytearray(5000))
        store.read_into("a", 3, [target[at : at + 2] for at in range(0, 5000, 2)])
        assert target == data[3:]

    def test_empty_destinations_are_not_taken_for_the_end(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        target = memoryview(bytearray(4))
        empty = [memoryview(bytearray())] * 1500
        store.read_into("a", 1, [*empty, target[:2], *empty, target[2:], *empty])
        assert target.tobytes() == b"1234"

    def test_large_destinations_are_filled(self, store: Store) -> None:
        data = pattern(9 * MIB)
        store.write("a", [data])
        target = memoryview(bytearray(9 * MIB - 7))
        store.read_into("a", 7, [target[: 5 * MIB], target[5 * MIB :]])
        assert target == data[7:]

    @pytest.mark.parametrize("start", [3, 10, 40])
    def test_an_object_that_ends_too_early_is_corrupt(self, store: Store, start: int) -> None:
        store.write("a", [b"0123456789"])
        with pytest.raises(Corrupt) as raised:
            store.read_into("a", start, [memoryview(bytearray(4)), memoryview(bytearray(5))])
        assert raised.value.key == "a"
