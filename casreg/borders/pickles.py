"""The tensors that a torch pickle names, found by reading its opcodes; nothing is imported or called.

The opcodes are followed on a stack of stand-ins. Where torch would rebuild a tensor there is a view of
a storage; every other object is a node that knows what was put into it, so that names can be found.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator
from typing import Any, Final

from casreg.borders.layout import MAX_TENSORS, Malformed
from casreg.borders.views import Global, Node, View, constant, rebuilt, storage

_MAX_OPCODES: Final = 2_000_000
_MAX_DEPTH: Final = 100
_MAX_NAME: Final = 1024
_MAX_NAMES: Final = 32 << 20
_TRANSPARENT: Final = ("_modules", "_parameters", "_buffers")
"""Attributes of a module that are no part of the names in its state dict."""


def named_views(data: bytes) -> list[tuple[str, View]]:
    """The tensors of a pickle, by keys and positions joined with dots; "" for one that is all there is.

    Raises Malformed if ``data`` is no pickle, or more of one than is followed.
    """
    machine = _Machine()
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if number >= _MAX_OPCODES:
                raise Malformed("too many opcodes")
            machine.step(opcode.name, argument)
        root = machine.stack[-1]
    except Exception as error:  # ValueError, IndexError, whatever an opcode's parser raises
        raise Malformed("not a pickle that can be followed") from error
    found, length = [], 0
    for name, view in _walk(root):
        found.append((name, view))
        length += len(name)
        if len(found) > MAX_TENSORS or length > _MAX_NAMES:
            raise Malformed("too many names")
    return found


def _walk(root: Any) -> Iterator[tuple[str, View]]:
    """Depth first, each object once: the first path to an object is its name."""
    if isinstance(root, View):
        yield "", root
        return
    seen = {id(root)}
    stack = [("", _items(root))]
    while stack:
        prefix, items = stack[-1]
        key, value = next(items, (None, None))
        if value is None:
            stack.pop()
            continue
        name = f"{prefix}.{key}" if prefix and key else prefix or key or ""
        if len(name) > _MAX_NAME:
            continue
        if isinstance(value, View):
            yield name, value
        elif id(value) not in seen and len(stack) < _MAX_DEPTH:
            seen.add(id(value))
            stack.append((name, _items(value)))


def _items(value: Any) -> Iterator[tuple[str | None, Any]]:
    """What lies in an object; a key of None adds nothing to the name."""
    if isinstance(value, tuple):
        for position, item in enumerate(value):
            if isinstance(item, Node | View | tuple):
                yield str(position), item
    elif isinstance(value, Node):
        yield from value.items()
        if isinstance(value.state, Node):
            for key, item in value.state.items():
                yield (None if key in _TRANSPARENT else key), item


class _Machine:
    """The stack of a pickle. Its methods raise whatever comes of opcodes that make no sense."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        act = _ACTIONS.get(name)
        if act:
            act(self, argument)
        elif name not in _IGNORED:
            self.stack.append(constant(argument))

    def mark(self, _: Any) -> None:
        self._marks.append(len(self.stack))

    def since_mark(self) -> list[Any]:
        at = self._marks.pop()
        items = self.stack[at:]
        del self.stack[at:]
        return items

    def pop_mark(self, _: Any) -> None:
        self.since_mark()

    def pop(self, _: Any) -> None:
        if self._marks and self._marks[-1] == len(self.stack):
            self._marks.pop()
        else:
            self.stack.pop()

    def duplicate(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def new(self, _: Any) -> None:
        self.stack.append(Node())

    def new_from_mark(self, _: Any) -> None:
        self.since_mark()
        self.stack.append(Node())

    def list_from_mark(self, _: Any) -> None:
        items = self.since_mark()
        self.stack.append(Node())
        self._extend(items)

    def dict_from_mark(self, _: Any) -> None:
        items = self.since_mark()
        self.stack.append(Node())
        self._update(items)

    def append(self, _: Any) -> None:
        self._extend([self.stack.pop()])

    def appends(self, _: Any) -> None:
        self._extend(self.since_mark())

    def set_item(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([key, value])

    def set_items(self, _: Any) -> None:
        self._update(self.since_mark())

    def _extend(self, items: list[Any]) -> None:
        node = self.stack[-1]
        if isinstance(node, Node):
            for item in items:
                node.put(node.count, item)

    def _update(self, items: list[Any]) -> None:
        node = self.stack[-1]
        if isinstance(node, Node):
            for key, value in zip(items[::2], items[1::2], strict=True):
                node.put(key, value)

    def empty_tuple(self, _: Any) -> None:
        self.stack.append(())

    def tuple_from_mark(self, _: Any) -> None:
        self.stack.append(tuple(self.since_mark()))

    def tuple_of(self, count: int) -> None:
        items = tuple(self.stack[-count:])
        if len(items) != count:
            raise Malformed("the stack is empty")
        self.stack[-count:] = [items]

    def put(self, argument: int) -> None:
        self._memo[argument] = self.stack[-1]

    def memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self.stack[-1]

    def get(self, argument: int) -> None:
        self.stack.append(self._memo[argument])

    def class_(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self.stack.append(Global(module, name))

    def class_from_stack(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(Global(module, name) if type(module) is type(name) is str else Node())

    def reduce(self, _: Any) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(rebuilt(function, arguments))

    def new_object(self, count: int) -> None:
        del self.stack[-count:]
        self.stack.append(Node())

    def build(self, _: Any) -> None:
        state, node = self.stack.pop(), self.stack[-1]
        if isinstance(node, Node):
            node.state = state[0] if isinstance(state, tuple) and len(state) == 2 else state

    def persistent(self, _: Any) -> None:
        self.stack.append(storage(self.stack.pop()))

    def unknown(self, _: Any) -> None:
        self.stack.append(Node())


_IGNORED: Final = frozenset(["PROTO", "FRAME", "STOP", "READONLY_BUFFER"])
_ACTIONS: Final[dict[str, Callable[[_Machine, Any], None]]] = {
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.duplicate,
    "EMPTY_DICT": _Machine.new,
    "EMPTY_LIST": _Machine.new,
    "EMPTY_SET": _Machine.new,
    "DICT": _Machine.dict_from_mark,
    "LIST": _Machine.list_from_mark,
    "FROZENSET": _Machine.new_from_mark,
    "INST": _Machine.new_from_mark,
    "OBJ": _Machine.new_from_mark,
    "ADDITEMS": _Machine.pop_mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "EMPTY_TUPLE": _Machine.empty_tuple,
    "TUPLE": _Machine.tuple_from_mark,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": _Machine.class_,
    "STACK_GLOBAL": _Machine.class_from_stack,
    "EXT1": _Machine.unknown,
    "EXT2": _Machine.unknown,
    "EXT4": _Machine.unknown,
    "REDUCE": _Machine.reduce,
    "NEWOBJ": lambda machine, _: machine.new_object(2),
    "NEWOBJ_EX": lambda machine, _: machine.new_object(3),
    "BUILD": _Machine.build,
    "PERSID": _Machine.unknown,
    "BINPERSID": _Machine.persistent,
}
