"""What a delta may be built upon, and how the bytes that a load may read are shared out."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from casreg.models.index import ChunkTable, Index
from casreg.writer.foundations import allowances, foundations

PLAIN = 1000


def table(rows: list[tuple[int, int, int]]) -> ChunkTable:
    """Of (stored, row of the base plus one, step)."""
    made = ChunkTable()
    for stored, base, step in rows:
        made.plain.append(PLAIN)
        made.stored.append(stored)
        made.base.append(base)
        made.step.append(step)
    return made


def version(chunks: ChunkTable, rows: list[int]) -> Index:
    return Index("0" * 32, chunks, ["w"], array("B", [0]), array("I", [len(rows)]), array("I", rows), [])


@given(st.integers(1, 300))
def test_each_step_builds_upon_one_that_the_step_before_is_made_of(steps: int) -> None:
    rows = [(600, 0, 0)]
    for step in range(1, steps + 1):
        best = foundations(table(rows), len(rows) - 1)[0]
        distance = 1
        while step % (4 * distance) == 0:
            distance *= 4
        assert rows[best.row][2] == step - distance
        assert best.stored == sum(rows[row][0] for row in table(rows).chain(best.row))
        rows.append((100, best.row + 1, step))
    digits, step = 0, steps
    while step:
        digits, step = digits + step % 4, step // 4
    assert len(table(rows).chain(steps)) - 1 == digits


@st.composite
def versions(draw: st.DrawFn) -> Index:
    """Chunks at the end of chains of any length."""
    rows: list[tuple[int, int, int]] = []
    used = []
    for _ in range(draw(st.integers(1, 12))):
        rows.append((draw(st.integers(1, PLAIN)), 0, 0))
        for step in range(1, draw(st.integers(0, 9)) + 1):
            base = foundations(table(rows), len(rows) - 1)[0].row
            rows.append((draw(st.integers(1, PLAIN)), base + 1, step))
        used.append(len(rows) - 1)
    return version(table(rows), used)


@given(versions(), st.floats(1, 8))
def test_all_loads_together_read_what_they_may(index: Index, amplification: float) -> None:
    shared = allowances(index, amplification)
    rows = set(index.sequence)
    limit = amplification * PLAIN
    assert set(shared) in (set(), rows)
    assert sum(shared.get(row, limit) for row in rows) <= amplification * PLAIN * len(rows) * 1.000001
    assert all(shared.get(row, limit) <= 2 * amplification * PLAIN for row in rows)


def test_what_chunks_without_a_chain_leave_goes_to_those_with_one() -> None:
    rows = [(800, 0, 0)] * 4 + [(600, 0, 0), (500, 5, 1), (500, 6, 2)]
    index = version(table(rows), [0, 1, 2, 3, 6])
    shared = allowances(index, 2.0)
    assert shared[6] >= 600 + 3 * 500
    assert all(shared[row] >= 1600 for row in range(4))
