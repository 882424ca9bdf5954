"""Picture: the bytes of an image file, judged before they are decoded; the only door to Pillow."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from danlu.data.media import LARGEST_BYTES, PictureError, is_picture

Pixels = NDArray[np.uint8]
"""(channels, height, width)"""

LARGEST_PIXELS = 40_000_000
KEPT_SIDE, KEPT_BYTES = 256, 1 << 19
"""What is kept: larger pictures are shrunk as they come in, for no network here reads more."""
QUALITY = 92
THUMBNAIL = 64
FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "BMP": "bmp"}
GREY = ("1", "L", "LA", "I", "F")
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises for a file that is cut off or made up."""

# The cap is ours, by what the header says; Pillow's own would be a warning only.
Image.MAX_IMAGE_PIXELS = None


def settled(content: bytes) -> bytes:
    """Decode a picture once, and return what is kept of it: small ones as they came."""
    with _opened(content) as image:
        if max(image.size) <= KEPT_SIDE and len(content) <= KEPT_BYTES:
            image.load()
            return content
        image.draft(None, (KEPT_SIDE, KEPT_SIDE))  # a JPEG need not be decoded in full
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
        if image.format == "JPEG" and upright.mode in ("L", "RGB"):
            return _saved(upright, "JPEG", quality=QUALITY)
        return _saved(_eight_bits(upright), "PNG")


def look(content: bytes) -> str:
    """Say form, size and mode, as people compare them: "PNG 28 x 28 L"."""
    with _opened(content) as image:
        return f"{image.format} {image.width} x {image.height} {image.mode}"


def area(content: bytes) -> int:
    """Return how many pixels the header promises."""
    with _opened(content) as image:
        return image.width * image.height


def sides(content: bytes) -> tuple[int, int]:
    """Return height and width, upright."""
    with _opened(content) as image:
        width, height = ImageOps.exif_transpose(image).size
        return height, width


def is_grey(content: bytes) -> bool:
    """Say whether its mode can hold nothing but grey."""
    with _opened(content) as image:
        return image.mode in GREY or image.mode.startswith("I;16")


def pixels(content: bytes, size: tuple[int, int, int]) -> Pixels:
    """Decode to (channels, height, width), 1 or 3 channels; what is transparent is white."""
    channels, height, width = size
    with _opened(content) as image:
        image.draft(None, (max(width, height),) * 2)
        upright = _eight_bits(ImageOps.exif_transpose(image))
        if upright.has_transparency_data:
            above = upright.convert("RGBA")
            white = Image.new("RGBA", above.size, "white")
            upright = Image.alpha_composite(white, above)
        flat = upright.convert("L" if channels == 1 else "RGB")
        if flat.size != (width, height):
            flat = flat.resize((width, height), Image.Resampling.BILINEAR)
        found = np.asarray(flat, dtype=np.uint8).reshape(height, width, channels)
        return found.transpose(2, 0, 1)


def png(given: Pixels) -> bytes:
    """Write (channels, height, width) as PNG."""
    flat = given[0] if len(given) == 1 else np.ascontiguousarray(given.transpose(1, 2, 0))
    return _saved(Image.fromarray(flat), "PNG")


def thumbnail(content: bytes) -> bytes:
    """Return a picture of ``THUMBNAIL`` pixels at most; a small one as it is."""
    with _opened(content) as image:
        if max(image.size) <= THUMBNAIL and len(content) <= KEPT_BYTES // 32:
            return content
        image.draft(None, (THUMBNAIL, THUMBNAIL))
        small = _eight_bits(ImageOps.exif_transpose(image))
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        if small.mode == "RGB":
            return _saved(small, "JPEG", quality=QUALITY)
        return _saved(small, "PNG")


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Open by content, whatever a name says; refuse by the header what is too large."""
    if not is_picture(content):
        raise PictureError("foreign", "it is no PNG, JPEG, WEBP or BMP")
    if len(content) > LARGEST_BYTES:
        raise PictureError("large", f"a picture has {LARGEST_BYTES >> 20} MB at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata: pixels are what counts
            with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
                _demand_size(image.width, image.height)
                yield image
    except PictureError:
        raise
    except _DAMAGE as error:
        raise PictureError("broken", f"the picture is damaged: {str(error)[:120]}") from error


def _demand_size(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise PictureError(
            "large", f"it has {width:,} x {height:,} pixels, the most is {LARGEST_PIXELS:,}"
        )


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16 and 32 bits a pixel down to 8; Pillow would cut them off."""
    if not image.mode.startswith("I") and image.mode != "F":
        return image
    deep = np.asarray(image, dtype=np.float64)
    scale = 256.0 if deep.max(initial=0) > 255 else 1.0
    return Image.fromarray(np.clip(deep / scale, 0, 255).astype(np.uint8))


def _saved(image: Image.Image, form: str, **how: int) -> bytes:
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()
