"""Id: names one row and says nothing about it; offered as a key, never a feature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

from danlu.data.kinds.base import Unread

_NAME = re.compile(r"(^|[_\s.-])(id|uid|uuid|guid|key|no|nr)$|[a-z]Id$|ID$|编号|单号|序号|主键")
FEWEST = 20
"""Fewer rows cannot show that a column is unique by nature."""


class Id(Unread):
    """Takes no slots."""

    kind: Literal["id"] = "id"

    examples: ClassVar[tuple[str, ...]] = tuple(f"order-{n:04}" for n in range(FEWEST))

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:
        """Unique single words; numbers only when the column's name says so."""
        if len(sample) < FEWEST or len(set(sample)) < len(sample):
            return 0.0
        if any(re.search(r"\s", text.strip()) or len(text) > 64 for text in sample):
            return 0.0
        if _NAME.search(name):
            return 0.97
        return 0.6 if any(re.search(r"\d", text) for text in sample) else 0.55
