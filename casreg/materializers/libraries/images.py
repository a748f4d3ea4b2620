"""PIL's images: pixels as an array, the palette, and what the file said besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

from casreg.errors import InvalidInput
from casreg.trust import Trust

_MODES: Final[dict[str, tuple[int, np.dtype]]] = {
    **dict.fromkeys(("L", "P"), (1, np.dtype("u1"))),
    **dict.fromkeys(("LA", "PA", "La"), (2, np.dtype("u1"))),
    **dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), (3, np.dtype("u1"))),
    **dict.fromkeys(("RGBA", "RGBX", "RGBa", "CMYK"), (4, np.dtype("u1"))),
    "I": (1, np.dtype("i4")),
    "F": (1, np.dtype("f4")),
    "I;16": (1, np.dtype("<u2")),
    "I;16L": (1, np.dtype("<u2")),
    "I;16B": (1, np.dtype(">u2")),
}
"""Numbers of a pixel, and their dtype; mode 1 is kept as rows of bits."""


class Images:
    def word(self, obj: object) -> str | None:
        if isinstance(obj, TiffImagePlugin.IFDRational):
            return "PIL.IFDRational"
        if isinstance(obj, PngImagePlugin.iTXt):
            return "PIL.iTXt"
        return "PIL.Image" if isinstance(obj, Image.Image) else None

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        """An image of whatever file is one of memory, as Image.copy() would have it."""
        if kind == "PIL.IFDRational":
            return [obj.numerator, obj.denominator]
        if kind == "PIL.iTXt":
            return [str(obj), obj.lang, obj.tkey]
        if getattr(obj, "n_frames", 1) > 1:
            raise InvalidInput(
                f"an image of {obj.n_frames} frames is kept as a file (give its Path), or as a list of its "
                "frames: [frame.copy() for frame in PIL.ImageSequence.Iterator(image)]"
            )
        if obj.mode != "1" and obj.mode not in _MODES:
            raise InvalidInput(f"an image of mode {obj.mode!r} is not kept: convert() it to another")
        state: dict[str, Any] = {
            "mode": obj.mode,
            "size": list(obj.size),
            "pixels": _pixels(obj),
            "info": obj.info,
        }
        if obj.palette is not None and obj.mode in ("P", "PA"):
            mode = obj.palette.mode
            state["palette"] = [mode, bytes(obj.getpalette(mode))]
        if _says_more(obj):
            state["exif"] = obj.getexif().tobytes()
        return state

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        if kind == "PIL.IFDRational":
            return TiffImagePlugin.IFDRational(*state)
        if kind == "PIL.iTXt":
            return PngImagePlugin.iTXt(*state)
        if kind != "PIL.Image":
            raise ValueError("no such kind")
        mode, (width, height) = state["mode"], state["size"]
        pixels = state["pixels"]
        shape, dtype = _layout(mode, width, height)
        if pixels.shape != shape or pixels.dtype != dtype:
            raise ValueError("the pixels are not of the size of the image")
        image = (
            Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())
            if pixels.size
            else None
        )
        image = image or Image.new(mode, (width, height))
        if "palette" in state:
            palette_mode, data = state["palette"]
            image.putpalette(data, palette_mode)
        if "exif" in state:
            image.getexif().load(state["exif"])
        image.info = state["info"]
        return image


def _says_more(image: Image.Image) -> bool:
    """Whether its EXIF is not that of ``info``, which it was opened with: a program may have changed it."""
    told = Image.Exif()
    try:
        exif = image.getexif()
        if "exif" not in image.info:
            return len(exif) > 0
        told.load(image.info["exif"])
    except Exception:  # noqa: BLE001  # whatever PIL raises for what it cannot read: nor can any program
        return False
    try:
        return bool(told.tobytes() != exif.tobytes())
    except Exception:  # noqa: BLE001  # likewise, for what it has read and does not write
        return dict(told) != dict(exif)


def _pixels(image: Image.Image) -> np.ndarray:
    shape, dtype = _layout(image.mode, *image.size)
    return np.frombuffer(image.tobytes(), dtype).reshape(shape)


def _layout(mode: str, width: int, height: int) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and dtype of the pixels; KeyError for a mode that is not kept."""
    if mode == "1":
        return (height, (width + 7) // 8), np.dtype("u1")
    count, dtype = _MODES[mode]
    return (height, width, count) if count > 1 else (height, width), dtype


LIBRARY: Final = Images()
