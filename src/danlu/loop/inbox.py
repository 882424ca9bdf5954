"""Inbox: predictions whose truth nobody has said; those first of which the model is least sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from danlu.serve.log_reader import LogReader
from danlu.store.records import Json

Order = Literal["doubt", "newest"]
ENOUGH, MOST_LOOKED_AT = 1000, 10_000


def inbox(reader: LogReader, deployment: str, *, order: Order, limit: int) -> list[Json]:
    """Return predictions without feedback, each with ``doubt``; of the newest thousand of them."""
    found = reader.unanswered(deployment, enough=ENOUGH, most=MOST_LOOKED_AT)
    asked = [{**one.json(), "doubt": doubt(one.answer)} for one in found]
    if order == "doubt":
        asked.sort(key=lambda one: (-(one["doubt"] or 0.0), -len(one["warnings"])))
    return asked[:limit]


def doubt(answer: Mapping[str, Any]) -> float | None:
    """Say how close the two likeliest answers are: 1 = equally likely; None for a number.

    >>> doubt({"label": "a", "probabilities": {"a": 0.75, "b": 0.25}})
    0.5
    """
    shares = sorted((answer.get("probabilities") or {}).values(), reverse=True)
    return 1.0 - (shares[0] - shares[1]) if len(shares) > 1 else None
