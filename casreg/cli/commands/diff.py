"""``casreg diff``"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from casreg import plots
from casreg.cli.options import REFERENCES, Plot
from casreg.cli.output import named, short, size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.differences import Diff, KeysDiff, PartChange, TensorChange

_ORDER: Final = ("changed", "unread", "recast", "added", "removed", "renamed")


def diff(
    session: Session,
    a: Annotated[str, typer.Argument(metavar="A", help=REFERENCES, show_default=False)],
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="B", help="Another; without it A and the version before it.", show_default=False
        ),
    ] = None,
    values: Annotated[
        bool, typer.Option("--values/--no-values", help="Compare elements, or read no data.")
    ] = True,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Rows of each table; 0 for all.")] = 20,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with code 1 if the versions differ, as diff does.")
    ] = False,
    plot: Plot = None,
) -> None:
    """Show what changed from one version to another.

    Of tensors that changed, those come first that moved farthest: "changed" is the share of elements that
    have other bits, "relative" the length of the change by the length of what the tensor was (L2 norms),
    "largest" the most that one element moved. Elements that are or were NaN or infinite count in neither;
    tensors in which such have changed, "not finite" how many, stand above all others. Tensors are found by
    name, whatever files hold them. What versions share is known by its hash, and not read. With --plot a
    picture, too: the relative change of each tensor.

    Example:
        casreg diff det/yolo
        casreg diff det/yolo@1 det/yolo@2.0 --json
    """
    from casreg.errors import InvalidInput

    if plot is not None:
        plots.require(plot)
        if not values:
            raise InvalidInput("how far tensors moved is known from their values: give --plot or --no-values")
    with session.registry(read_only=True) as registry, session.progress("comparing") as progress:
        found = registry.diff(a, b, values=values, progress=progress)
    if plot is not None:
        plots.save(plots.change(found), plot)
    document = {"equal": found.equal, **_finite(asdict(found))}
    session.result(document, ["equal" if found.equal else "different"], lambda: _print(session, found, limit))
    if exit_code and not found.equal:
        raise typer.Exit(1)


def _finite(value: Any) -> Any:
    """JSON has no word for infinities: null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print(session: Session, found: Diff, limit: int) -> None:
    session.line(f"{found.a} -> {found.b}")
    session.facts(_facts(found), 10)
    if set(found.kinds) != {"tree"}:
        _table(session, _parts(found.parts), ["file", "change", "size"], limit, right=["size"])
    _table(
        session,
        [_tensor(change) for change in sorted(found.tensors, key=_farthest)],
        ["tensor", "change", "dtype", "shape", "changed", "relative", "largest", "not finite"],
        limit,
        right=["changed", "relative", "largest", "not finite"],
    )
    for word in ("values", "metadata", "notes", "init_params"):
        keys: KeysDiff | None = getattr(found, word)
        if keys:
            _table(session, _keys(keys), [word, "before", "after"], limit)


def _facts(found: Diff) -> dict[str, str]:
    shared, kinds = found.shared, found.kinds
    tensors = Counter(change.status for change in found.tensors)
    return {
        "class": "" if found.classes[0] == found.classes[1] else " -> ".join(found.classes),
        "kind": "" if kinds[0] == kinds[1] else " -> ".join(kinds),
        "size": " -> ".join(map(size, found.sizes)),
        "shared": f"{size(shared.plain)} of {size(shared.plains[1])}; packs of {size(shared.packs)} stored",
        "files": _counts(Counter(change.status for change in found.parts), found.parts_unchanged),
        "tensors": _counts(tensors, found.tensors_unchanged),
    }


def _counts(changes: Counter[Any], unchanged: int) -> str:
    counts = {**{status: changes[status] for status in _ORDER}, "unchanged": unchanged}
    return ", ".join([f"{count:,} {status}" for status, count in counts.items() if count])


def _table(
    session: Session,
    rows: Sequence[Sequence[str]],
    columns: Sequence[str],
    limit: int,
    right: Sequence[str] = (),
) -> None:
    """The first rows, without columns that say nothing."""
    if not rows:
        return
    shown = rows[:limit] if limit else rows
    kept = [i for i in range(len(columns)) if any(row[i] for row in shown)]
    session.line("")
    table([columns[i] for i in kept], [[row[i] for i in kept] for row in shown], right=right)
    if len(shown) < len(rows):
        session.line(f"... and {len(rows) - len(shown)} more: --limit 0 shows them")


def _parts(changes: Iterable[PartChange]) -> list[list[str]]:
    return [[_named(change), _status(change), _both(change.sizes, size)] for change in changes]


def _status(change: PartChange) -> str:
    was, now = change.executable
    bit = {(False, True): ", executable", (True, False): ", not executable"}.get((bool(was), bool(now)), "")
    return change.status if was is None or now is None else change.status + bit


def _tensor(change: TensorChange) -> list[str]:
    share = relative = largest = infinite = ""
    if change.changed is not None and change.elements:
        share = _percent(change.changed / change.elements)
    if change.norms:
        far = change.norms.relative
        relative, largest = "from 0" if far is None else f"{far:.1e}", f"{change.norms.largest:.1e}"
        infinite = f"{change.norms.nonfinite:,}" if change.norms.nonfinite else ""
    return [
        _named(change),
        change.status,
        _both(change.dtypes, str),
        _both(change.shapes, lambda shape: " x ".join(map(str, shape)) or "scalar"),
        share,
        relative,
        largest,
        infinite,
    ]


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or not share else "< 0.1%"


def _farthest(change: TensorChange) -> tuple[Any, ...]:
    share = (change.changed or 0) / (change.elements or 1)
    norms = change.norms
    far = -1.0 if norms is None else math.inf if norms.relative is None else norms.relative
    finite = norms is None or not norms.nonfinite
    return _ORDER.index(change.status), finite, -far, -share


def _named(change: PartChange | TensorChange) -> str:
    name = change.path if hasattr(change, "path") else change.name
    return name if change.was is None else f"{change.was} -> {name}"


def _both(pair: tuple[Any, Any], text: Callable[[Any], str]) -> str:
    """What was and what is, once if they are the same or one is not there."""
    return " -> ".join(dict.fromkeys(text(one) for one in pair if one is not None))


def _keys(keys: KeysDiff) -> list[list[str]]:
    return [
        *([named(key), short(was), short(now)] for key, (was, now) in keys.changed.items()),
        *([named(key), "", short(now)] for key, now in keys.added.items()),
        *([named(key), short(was), ""] for key, was in keys.removed.items()),
    ]
