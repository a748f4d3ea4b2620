"""Values as JSON: what ``casreg save --value`` takes is what ``casreg load NAME -`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from casreg.errors import Corrupt, InvalidInput

if TYPE_CHECKING:
    from casreg.snapshot import Snapshot


def as_json(snapshot: Snapshot) -> str:
    """The value of a tree, in lines. Raises InvalidInput for what JSON has no word for; Corrupt."""
    from casreg.materializers.tree import parse
    from casreg.materializers.tree.places import VALUE
    from casreg.materializers.tree.plain import plain

    version = f"{snapshot.name}@{snapshot.version}"
    data = snapshot.read(VALUE)
    try:
        value = plain(parse(data))
    except InvalidInput as error:
        raise InvalidInput(
            f"{version}: {error.message}: give a directory instead of -, or --only {VALUE} for what is stored"
        ) from error
    except RecursionError:
        raise InvalidInput(f"{version} is nested more deeply than this Python allows") from None
    except ValueError as error:
        where = {"name": snapshot.name, "version": snapshot.version, "part": VALUE}
        raise Corrupt(f"{VALUE} cannot be read: {str(error)[:200]}", **where) from error
    return "".join(map(_readable, json.dumps(value, indent=2, ensure_ascii=False)))


def _readable(character: str) -> str:
    """What could confuse a terminal is escaped."""
    if character.isprintable() or character == "\n":
        return character
    return json.dumps(character)[1:-1]
