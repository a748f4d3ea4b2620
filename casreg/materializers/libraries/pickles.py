"""Pickles, for who allows them: the stream of protocol 5, and each large buffer as an array of its own."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from casreg.errors import Corrupt, InvalidInput, Unsupported
from casreg.trust import Trust, full_name


class Pickles:
    def word(self, obj: object) -> None:
        """Nothing is pickled because of what it is."""

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        buffers: list[np.ndarray] = []

        def aside(buffer: pickle.PickleBuffer) -> bool:
            try:
                buffers.append(_typed(buffer))
            except BufferError:
                return True  # not contiguous: into the stream
            return False

        try:
            stream = pickle.dumps(obj, protocol=5, buffer_callback=aside)
        except Exception as error:  # whatever a class's own code raises
            name = full_name(type(obj))
            raise InvalidInput(
                f"a {name} cannot be pickled: {str(error)[:200]}; leave it out, or register_materializer() a "
                "class that writes it as files",
                unpicklable=name,
            ) from error
        return {"stream": np.frombuffer(stream, np.uint8), "buffers": buffers}

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        trust.require_pickle("an object in this version")
        stream, buffers = state["stream"], state["buffers"]
        try:
            return pickle.loads(stream, buffers=[memoryview(b).cast("B") if b.size else b for b in buffers])  # noqa: S301  # allowed by the caller
        except (pickle.UnpicklingError, EOFError) as error:
            raise Corrupt(f"a pickle cannot be read: {error}") from error
        except Exception as error:  # whatever a class's own code raises
            raise Unsupported(
                "a pickle cannot be loaded here, maybe for want of the modules or versions that it was made "
                f"with: {type(error).__name__}: {str(error)[:200]}"
            ) from error


def _typed(buffer: pickle.PickleBuffer) -> np.ndarray:
    """The bytes of a buffer, over its memory, as elements of their own width where that is known."""
    raw = buffer.raw()
    form = memoryview(buffer).format
    return np.frombuffer(raw, np.dtype(form) if len(form) == 1 and form in "efd" and raw.nbytes else np.uint8)


LIBRARY: Final = Pickles()
