"""PIL's images come back the same: mode, size, every pixel, palette, and what the file said."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from casreg import InvalidInput, Registry
from casreg.stores.memory import MemoryStore
from casreg.testing.metered import MeteredStore

MODES = (
    "1",
    "L",
    "P",
    "RGB",
    "RGBA",
    "CMYK",
    "YCbCr",
    "LAB",
    "HSV",
    "I",
    "F",
    "LA",
    "PA",
    "RGBX",
    "RGBa",
    "La",
)


def image(mode: str, size: tuple[int, int]) -> Image.Image:
    """Any pixels, the same every time."""
    random = np.random.default_rng(0)
    made = Image.new(mode, size)
    made.frombytes(random.bytes(len(made.tobytes())))
    return made


def loaded(registry: Registry, obj: Any) -> Any:
    registry.save("x", obj)
    return registry.load("x", verify="full")


def written(picture: Image.Image, form: str, **options: Any) -> Image.Image:
    """As it is read from a file."""
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return Image.open(io.BytesIO(stream.getvalue()))


@pytest.mark.parametrize("mode", [*MODES, "I;16", "I;16B"])
def test_every_mode_comes_back_pixel_by_pixel(registry: Registry, mode: str) -> None:
    for size in ((13, 7), (1, 1), (0, 5)):
        picture = image(mode, size)
        found = loaded(registry, picture)
        assert (found.mode, found.size, found.tobytes()) == (mode, size, picture.tobytes())
        assert found == picture


def test_palettes_come_back(registry: Registry) -> None:
    colours = image("RGB", (20, 20))
    for picture in (
        colours.quantize(7),
        colours.convert("RGBA").quantize(9, method=Image.Quantize.FASTOCTREE),
        written(colours.quantize(7), "PNG", transparency=3),
        written(colours.quantize(7), "GIF"),
    ):
        found = loaded(registry, picture)
        assert found.getpalette("RGBA") == picture.getpalette("RGBA")
        assert found.convert("RGBA").tobytes() == picture.convert("RGBA").tobytes()


def test_what_the_file_said_comes_back(registry: Registry) -> None:
    picture = image("RGB", (8, 8))
    exif = picture.getexif()
    exif[0x010F] = "a camera"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "me")
    texts.add_itxt("Title", "é", lang="fr", tkey="Titre")
    pictures = [
        picture,  # with exif that no file said
        written(picture, "PNG", dpi=(300, 300), icc_profile=b"profile", pnginfo=texts, exif=exif),
        written(picture, "JPEG", dpi=(72, 72), exif=exif, icc_profile=b"x" * 100),
        written(picture, "TIFF", dpi=(72.5, 72), compression="tiff_lzw"),
        written(image("I;16", (8, 8)), "PNG"),
    ]
    for wanted in pictures:
        found = loaded(registry, wanted)
        assert found.info == wanted.info
        assert [type(value) for value in found.info.values()] == [type(v) for v in wanted.info.values()]
        assert found.tobytes() == wanted.tobytes()
        kept, told = dict(found.getexif()), dict(wanted.getexif())
        place = {0x0111: 0}  # where in a TIFF file its pixels are
        assert {**kept, **place} == {**told, **place}
    assert loaded(registry, pictures[1]).info["Title"].lang == "fr"


def test_exif_that_a_program_has_changed_is_kept_as_it_is_then(registry: Registry) -> None:
    first = image("RGB", (8, 8))
    first.getexif()[0x0112] = 6
    first.getexif()[0x010F] = "a camera"
    first.getexif().get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    for form in ("JPEG", "PNG", "WEBP"):
        picture = written(first, form, exif=first.getexif())
        assert loaded(registry, picture).getexif()[0x0112] == 6
        picture.getexif()[0x0112] = 3
        picture.getexif().get_ifd(0x8769)[0x9003] = "2021:01:01 00:00:00"
        del picture.getexif()[0x010F]
        found = loaded(registry, picture)
        assert found.info == picture.info
        assert (found.getexif()[0x0112], found.getexif().get(0x010F)) == (3, None)
        assert found.getexif().get_ifd(0x8769)[0x9003] == "2021:01:01 00:00:00"
        assert registry.save("again", found).content == registry.save("again", picture).content
    broken = image("L", (8, 8))
    broken.info["exif"] = b"no EXIF"
    assert loaded(registry, broken).info == broken.info


def test_images_lie_anywhere_in_a_value(registry: Registry) -> None:
    pictures = [image("L", (4, 4)), image("RGB", (3, 2))]
    found = loaded(registry, {"batch": pictures, "labels": (1, 2)})
    assert found == {"batch": pictures, "labels": (1, 2)}


def test_many_images_are_read_together() -> None:
    store = MeteredStore(MemoryStore())
    with Registry(store) as registry:
        registry.save("x", [image("RGB", (40, 40)) for _ in range(30)])
        store.reset()
        assert len(registry.load("x")) == 30
        assert store.counts["read"] < 8
        assert registry.load("x", only="7") == [image("RGB", (40, 40))]


def test_equal_pixels_are_stored_once(registry: Registry) -> None:
    picture = image("RGB", (1000, 700))
    registry.save("x", picture)
    picture.info["note"] = "seen"
    assert registry.save("x", picture).stored < 20_000


def test_images_of_many_frames_and_of_modes_not_known_are_refused(registry: Registry) -> None:
    frames = [image("L", (4, 4)), image("L", (4, 4)).rotate(90)]
    moving = written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidInput, match=r"2 frames.*Path.*ImageSequence"):
        registry.save("x", moving)
    with pytest.raises(InvalidInput, match="mode 'I;16N'"):
        registry.save("x", Image.new("I;16N", (2, 2)))
    odd = image("L", (2, 2))
    odd.info["made by"] = object()
    with pytest.raises(InvalidInput, match=r"at info\.made by: "):
        registry.save("x", odd)


@given(st.sampled_from(MODES), st.integers(0, 9), st.integers(0, 9), st.binary(max_size=40))
def test_any_image_comes_back(mode: str, width: int, height: int, seed: bytes) -> None:
    picture = Image.new(mode, (width, height))
    size = len(picture.tobytes())
    picture.frombytes((seed * size + bytes(size))[:size])
    with Registry("memory://") as registry:
        assert loaded(registry, picture) == picture
