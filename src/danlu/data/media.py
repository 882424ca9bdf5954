"""Media: pictures as text and back, and what their first bytes say; nothing is decoded."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal

LARGEST_BYTES = 32 << 20
_URI = re.compile(r"data:image/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.ASCII)
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM")


class PictureError(ValueError):
    """Why bytes are no picture we read; ``code`` for a program."""

    def __init__(self, code: Literal["foreign", "broken", "large"], reason: str) -> None:
        super().__init__(reason)
        self.code = f"picture_{code}"


def is_picture(content: bytes) -> bool:
    """Say by the first bytes whether this may be a PNG, JPEG, WEBP or BMP."""
    return content.startswith(_MAGIC) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def of_text(text: str) -> bytes:
    """Read a data URI, or bare base64.

    >>> of_text("data:image/bmp;base64,Qk0=")
    b'BM'
    """
    found = _URI.match(text)
    if len(text) > LARGEST_BYTES * 2:
        raise PictureError("large", f"a picture has {LARGEST_BYTES >> 20} MB at most")
    try:
        return base64.b64decode(text[found.end() if found else 0 :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("foreign", "a picture comes as a data URI or base64") from error


def uri(content: bytes) -> str:
    """Write a picture as a data URI."""
    return f"data:{media_type(content)};base64,{base64.b64encode(content).decode()}"


def media_type(content: bytes) -> str:
    """Return the media type that the first bytes show."""
    if content.startswith(_MAGIC[1]):
        return "image/jpeg"
    if content.startswith(_MAGIC[2]):
        return "image/bmp"
    return "image/png" if content.startswith(_MAGIC[0]) else "image/webp"
