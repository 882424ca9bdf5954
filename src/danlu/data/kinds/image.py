"""Image: a picture a row; an input of its own, (channels, height, width)."""

from __future__ import annotations

import hashlib
import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data import media, picture
from danlu.data.kinds.base import (
    MISSING,
    SPACES,
    Encode,
    Function,
    Kind,
    Values,
    objects,
    quoted,
    trim,
)
from danlu.errors import TooLargeError

LEAST_SIDE, USUAL_SIDE = 4, 64
"""Pixels; a size nobody sets is that of most pictures, but no larger than the usual one."""
LOOKED_AT = 1000
"""Train rows from which size, colour and brightness are learnt."""
FLATTEST = 1e-3
MOST_PIXELS = 400_000_000
"""Of all pictures that are read at once: some seconds of decoding."""
_STYLE = re.compile(r"(?P<height>\d{1,3})(x(?P<width>\d{1,3}))?(?P<colour> grey| colour)?")


class Image(Kind):
    """Resized, then standardised by channel; a missing picture is the mean of all."""

    kind: Literal["image"] = "image"
    size: tuple[int, int, int] = (1, 8, 8)
    """Channels (1 = grey, 3 = colour), height, width."""
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    """By channel, of train pixels from 0 to 1."""
    example: str | None = None
    """A train picture of this size, as a data URI."""

    examples: ClassVar[tuple[str, ...]] = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHElEQVR4nG"
        "NkEBAQYHQQEBBgcRAQEGA8ICAgAAAQRAIIZJJl5AAAAABJRU5ErkJggg==",
        "data:image/webp;base64,UklGRjQAAABXRUJQVlA4TCgAAAAvA8AAAH8gEEhC2F94hYEYiPlPbAeCA"
        "IgFLVq0aNGiRYuOiP4HKKc7",
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAGElEQVR4nGM8wYAALAxRCA4jsgwTEpsB"
        "AEmaAfNhbm2cAAAAAElFTkSuQmCC",
    )
    lossless: ClassVar[bool] = False
    dtype: ClassVar[str] = "object"
    stored: ClassVar[str] = "BLOB"
    said: ClassVar[str] = _STYLE.pattern
    axes: ClassVar[tuple[str, ...]] = ("channels", "height", "width")
    functions: ClassVar[Mapping[str, Function]] = {
        "danlu_picture": Function(lambda text: Image.parse(text), "VARCHAR", "BLOB"),
        "danlu_picture_look": Function(lambda content: _look(content), "BLOB", "VARCHAR"),
    }
    listed_by: ClassVar[str] = "danlu_picture_look({})"

    @classmethod
    def parse(cls, value: object, style: str = "") -> bytes | None:  # noqa: ARG003
        """Read a data URI, base64 or bytes: a PNG, JPEG, WEBP or BMP, decoded once to be sure."""
        content = _bytes(value)
        return None if content is None else picture.settled(content)

    @classmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:  # noqa: ARG003
        """Read many cells: object (rows,) of bytes or None; refuse work without end by headers."""
        found: list[bytes | None] = []
        pixels = 0
        for content in map(_bytes, values):
            pixels += 0 if content is None else picture.area(content)
            if pixels > MOST_PIXELS:
                raise TooLargeError(
                    f"the pictures of one request have more than {MOST_PIXELS:,} pixels",
                    code="too_many_pixels", where=f"row {len(found)}", pixels=MOST_PIXELS,
                    do="Send fewer or smaller pictures at a time.",
                )  # fmt: skip
            found.append(None if content is None else picture.settled(content))
        return objects(found)

    @classmethod
    def sql(cls, text: str, style: str = "") -> str:  # noqa: ARG003
        """Call Python: only a decoder can tell."""
        return f"danlu_picture({text})"

    @classmethod
    def sql_fast(cls, text: str) -> str:
        """Call Python: there is no cheaper way."""
        return cls.sql(text)

    @classmethod
    def sql_missing(cls, text: str) -> str:
        """Empty, NA and the like; a long text is not even trimmed."""
        return f"(length({text}) < 100 AND {trim(text)} IN ({quoted(MISSING)}))"

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Nearly every text must be a picture by its first bytes."""
        good = sum(_may_be(text) for text in sample)
        return 0.99 if sample and good >= 0.9 * len(sample) else 0.0

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Image:
        """Learn size, colour and brightness; from the same pictures whatever their order."""
        known = sorted({v for v in values.tolist() if v is not None}, key=_place)[:LOOKED_AT]
        size = _size(known, style)
        if not known:
            flat = size[0]
            return cls(column=name, style=style, size=size, mean=(0.0,) * flat, std=(1.0,) * flat)
        found = np.stack([picture.pixels(v, size) for v in known])  # (pictures, c, h, w)
        example = media.uri(picture.png(found[0]))
        mean, square = _moments(found)
        std = np.sqrt(np.maximum(square - mean**2, FLATTEST**2))
        return cls(
            column=name, style=style, size=size, mean=tuple(mean.tolist()),
            std=tuple(std.tolist()), example=example,
        )  # fmt: skip

    @classmethod
    def encoder(cls, states: Sequence[Image]) -> Encode:
        """Decode picture by picture."""

        def encode(columns: Sequence[Values]) -> NDArray[np.float32]:
            parts = [s.slots(values) for s, values in zip(states, columns, strict=True)]
            return np.concatenate(parts, axis=1)

        return encode

    def slots(self, values: Values) -> NDArray[np.float32]:
        """Return (rows, channels * height * width)."""
        out = np.zeros((len(values), *self.size), dtype=np.float32)
        mean, std = self._levels()
        for row, content in enumerate(values.tolist()):
            if content is not None:
                shades = picture.pixels(content, self.size).astype(np.float32) / 255
                out[row] = (shades - mean) / std
        return out.reshape(len(values), self.width)

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels, height and width."""
        return self.size

    @property
    def cardinality(self) -> int | None:
        """None."""
        return None

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """Return pictures of the fitted size, as PNG: the very pixels that were encoded."""
        mean, std = self._levels()
        shades = encoded.reshape(len(encoded), *self.size) * std + mean
        whole = np.clip(np.rint(shades * 255), 0, 255).astype(np.uint8)
        return objects([picture.png(one) for one in whole])

    @classmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:
        """Return data URIs; thumbnails where many are shown."""
        known = (
            v if v is None else picture.thumbnail(v) if short else bytes(v) for v in values.tolist()
        )
        return [None if v is None else media.uri(v) for v in known]

    def form(self) -> dict[str, Any]:
        """A train picture, and the size they are brought to."""
        return {"example": self.example, "size": list(self.size)}

    def _levels(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and deviation: (channels, 1, 1) each."""
        mean, std = (np.array(v, dtype=np.float32) for v in (self.mean, self.std))
        return mean[:, None, None], std[:, None, None]


def _bytes(value: object) -> bytes | None:
    """Return the bytes that a cell stands for; None = missing."""
    if isinstance(value, str):
        missing = len(value) < 100 and value.strip(SPACES) in MISSING
        return None if missing else media.of_text(value.strip(SPACES))
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if value is None or value != value:  # NaN
        return None
    raise ValueError(f"a {type(value).__name__} is no picture")


def _look(content: bytes | None) -> str | None:
    return None if content is None else picture.look(bytes(content))


def _may_be(text: str) -> bool:
    """Judge by the first bytes of a text."""
    start = text.strip(SPACES)
    start = start[start.find(",") + 1 :] if start.startswith("data:image/") else start
    try:
        return len(start) >= 16 and media.is_picture(media.of_text(start[:64]))
    except media.PictureError:
        return False


def _place(content: bytes) -> bytes:
    """Put pictures into an order that says nothing of where they stood."""
    return hashlib.blake2b(content, digest_size=16).digest()


def _size(known: Sequence[bytes], style: str) -> tuple[int, int, int]:
    said = _STYLE.fullmatch(style)
    colour = said["colour"] if said else None
    grey = colour == " grey" if colour else all(picture.is_grey(v) for v in known)
    if said:
        height, width = int(said["height"]), int(said["width"] or said["height"])
    elif known:
        height, width = (statistics.median_high(s) for s in zip(*map(picture.sides, known)))  # noqa: B905
        most = max(height, width, USUAL_SIDE)
        height, width = height * USUAL_SIDE // most, width * USUAL_SIDE // most
    else:
        height = width = 2 * LEAST_SIDE
    height, width = (min(max(s, LEAST_SIDE), picture.KEPT_SIDE) for s in (height, width))
    return (1 if grey else 3), height, width


def _moments(found: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and mean square by channel, of shades from 0 to 1; from counts, so exactly."""
    shades = np.arange(256) / 255
    channels = (found[:, c].ravel() for c in range(found.shape[1]))
    counts = np.stack([np.bincount(shown, minlength=256) for shown in channels])
    shares = counts / counts.sum(axis=1, keepdims=True)  # (channels, 256)
    return shares @ shades, shares @ shades**2
