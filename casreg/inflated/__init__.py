"""Archives with deflated members, kept inflated and given back bit for bit (spec/inflated.md).

A pure transform of bytes: :func:`find` learns how an archive was made, :func:`inflate` turns it into a
stream that holds the members inflated, :func:`restore` turns that back.
"""

from casreg.inflated.recipe import MAX_RATIO, Piece, Recipe
from casreg.inflated.transform import find, inflate, place, recipe_of, restore
from casreg.inflated.ways import Way, undeflated

__all__ = [
    "MAX_RATIO",
    "Piece",
    "Recipe",
    "Way",
    "find",
    "inflate",
    "place",
    "recipe_of",
    "restore",
    "undeflated",
]
