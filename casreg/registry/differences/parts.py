"""Files of two versions, compared by the ids of their chunks."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from casreg.models.index import Index, PartEntry
from casreg.registry.differences.facts import PartChange

_Content: TypeAlias = tuple[bool, int, bytes]


def compared(a: Index, b: Index) -> tuple[tuple[PartChange, ...], int]:
    """What changed, in the order of ``b``, then what was removed; and how many files did not.

    A file that only ``b`` has, with the bytes of one that only ``a`` has, was renamed.
    """
    contents = {path: content(a, part) for path, part in a.by_path.items()}
    gone: defaultdict[_Content, list[PartEntry]] = defaultdict(list)
    for path, part in a.by_path.items():
        if path not in b.by_path and part.size:
            gone[contents[path]].append(part)
    changes: list[PartChange] = []
    unchanged = 0
    moved: set[str] = set()
    for path, part in b.by_path.items():
        before, held = a.by_path.get(path), content(b, part)
        if before is not None and contents[path] == held and before.executable == part.executable:
            unchanged += 1
        elif before is not None:
            changes.append(_change(before, part))
        elif gone.get(held):
            was = gone[held].pop(0)
            moved.add(was.path)
            changes.append(_change(was, part))
        else:
            changes.append(_change(None, part))
    changes += [
        _change(part, None) for path, part in a.by_path.items() if path not in b.by_path and path not in moved
    ]
    return tuple(changes), unchanged


def content(index: Index, part: PartEntry) -> _Content:
    """Equal for parts that have the same bytes, and are cut alike."""
    rows = index.sequence[part.first : part.first + part.count]
    return part.inflated, part.size, b"".join([index.chunks.id(row) for row in rows])


def _change(a: PartEntry | None, b: PartEntry | None) -> PartChange:
    here = b or a
    assert here is not None
    status = "added" if a is None else "removed" if b is None else "changed"
    renamed = a is not None and b is not None and a.path != b.path
    return PartChange(
        path=here.path,
        status="renamed" if renamed else status,  # type: ignore[arg-type]  # one of its words
        was=a.path if renamed and a else None,
        sizes=(a.size if a else None, b.size if b else None),
        executable=(a.executable if a else None, b.executable if b else None),
    )
