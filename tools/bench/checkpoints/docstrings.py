"""Text to train on: names and what their docstrings say, read from source that is never imported."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_LEAST_WORDS = 5
"""Shorter docstrings say nothing that the name does not."""
_PRIVATE = re.compile(r"_?tests?$|testing$|conftest|_vendor$|generated$")
"""Folders and modules whose docstrings repeat each other, or are none."""

_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Pair(NamedTuple):
    """Two texts that mean the same."""

    name: str
    """Of a module, class or function, with its arguments, in words: ``Tree add leaf (node, weight)``."""
    text: str
    """The first paragraphs of its docstring, on one line."""


def collect(folder: Path, packages: Sequence[str]) -> list[Pair]:
    """The pairs of packages below ``folder``: by package as given, by path, from top to bottom.

    A docstring that several things share appears once. What does not parse is left out.
    """
    seen: set[str] = set()
    pairs = []
    for package in packages:
        for path in _sources(folder / package):
            for pair in pairs_of(path.read_bytes(), path.relative_to(folder)):
                if pair.text not in seen:
                    seen.add(pair.text)
                    pairs.append(pair)
    return pairs


def pairs_of(source: bytes, path: Path) -> Iterator[Pair]:
    """The pairs of one file; ``path`` names its module."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about escapes in other people's strings
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    module = [part for part in path.with_suffix("").parts if part != "__init__"]
    yield from _pair(tree, " ".join(module[-2:]))
    yield from _inside(tree.body, ())


def _inside(body: Iterable[ast.stmt], around: tuple[str, ...]) -> Iterator[Pair]:
    for node in body:
        if isinstance(node, _Defined):
            names = (*around, node.name)
            yield from _pair(node, " ".join(names[-2:]) + _arguments(node))
            yield from _inside(node.body, names)


def _pair(node: _Defined | ast.Module, name: str) -> Iterator[Pair]:
    text = _first_paragraphs(ast.get_docstring(node, clean=False) or "")
    if len(text.split()) >= _LEAST_WORDS:
        yield Pair(_words(name), text)


def _arguments(node: _Defined) -> str:
    if isinstance(node, ast.ClassDef):
        return ""
    named = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return f" ({', '.join(one for one in named if one not in {'self', 'cls'})})"


def _words(name: str) -> str:
    """Names taken apart where people join them: ``_getNextLeaf_2`` is ``get Next Leaf 2``."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("_", " "))
    return " ".join(apart.split())


def _first_paragraphs(docstring: str) -> str:
    """Up to examples and tables of parameters, which are another language."""
    kept = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        if re.search(r">>>|^[-=~]{3,}|^\s*(Args|Returns|Parameters|Examples?)\b", paragraph, re.MULTILINE):
            break
        kept.append(paragraph)
    return " ".join(" ".join(kept).split())


def _sources(package: Path) -> list[Path]:
    found = package.rglob("*.py")
    return sorted(
        path for path in found if not any(_PRIVATE.search(part) for part in _parts(path.relative_to(package)))
    )


def _parts(path: Path) -> tuple[str, ...]:
    return path.with_suffix("").parts
