"""Text: sentences in any script; recognised and kept, but not yet read by a network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

from danlu.data.kinds.base import Unread

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Text(Unread):
    """Takes no slots."""

    kind: Literal["text"] = "text"

    examples: ClassVar[tuple[str, ...]] = (
        "The flight was late, but the crew made up for it.", "航班晚点了两个小时，但是机组很好。",
    )  # fmt: skip

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Long and mostly different; a Chinese character counts as a word."""
        if not sample or len(set(sample)) <= len(sample) / 2:
            return 0.0
        words = sum(len(t.split()) + len(_CJK.findall(t)) for t in sample) / len(sample)
        return 0.8 if words >= 6 else 0.0
