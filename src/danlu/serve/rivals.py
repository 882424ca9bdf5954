"""Rivals: what champion and challenger have answered lately, and how often each was right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from danlu.serve.log_reader import Logged, LogReader

NEWEST = 2000
"""Predictions of each that are looked at."""
Json = dict[str, Any]


def rivals(
    reader: LogReader, deployment: str, *, champion: str, challenger: str, shadow: bool
) -> Json:
    """Compare two models on the newest predictions; in the shadow both answered the same rows.

    ``{"champion", "challenger": {"model", "answered", "judged", "right", "off"}, "same": {"rows",
    "agree", "apart"} | None}``: ``right`` is the share of judged labels that were true, ``off`` the
    mean distance of judged values, ``agree`` the share of equal labels, ``apart`` the mean distance
    of values.
    """
    recent = reader.recent(deployment, NEWEST)
    old = [p for p in recent if p.model == champion]
    if not shadow:
        new = [p for p in recent if p.model == challenger]
        return {"champion": _judged(champion, old), "challenger": _judged(challenger, new),
                "same": None}  # fmt: skip
    since = recent[-1].at - 1e-3 if recent else 0.0
    told = {p.id: p for p in reader.shadows(deployment, challenger, after=since)}
    pairs = [(p, told[p.id]) for p in old if p.id in told]
    both = [list(side) for side in zip(*pairs, strict=True)] or [[], []]
    return {
        "champion": _judged(champion, both[0]), "challenger": _judged(challenger, both[1]),
        "same": _same(pairs),
    }  # fmt: skip


def _judged(model: str, said: Sequence[Logged]) -> Json:
    """Count answers, those whose truth is known, and how good these were."""
    labels = [
        _named(p.answer["label"]) == _named(p.feedback.truth)
        for p in said if p.feedback is not None and "label" in p.answer
    ]  # fmt: skip
    values = [
        abs(p.answer["value"] - p.feedback.truth)
        for p in said
        if p.feedback is not None and isinstance(p.feedback.truth, int | float)
        and "value" in p.answer
    ]  # fmt: skip
    return {
        "model": model, "answered": len(said), "judged": len(labels) + len(values),
        "right": sum(labels) / len(labels) if labels else None,
        "off": sum(values) / len(values) if values else None,
    }  # fmt: skip


def _same(pairs: Sequence[tuple[Logged, Logged]]) -> Json:
    labels = [a.answer["label"] == b.answer.get("label") for a, b in pairs if "label" in a.answer]
    values = [
        abs(a.answer["value"] - b.answer["value"])
        for a, b in pairs if "value" in a.answer and "value" in b.answer
    ]  # fmt: skip
    return {
        "rows": len(pairs), "agree": sum(labels) / len(labels) if labels else None,
        "apart": sum(values) / len(values) if values else None,
    }  # fmt: skip


def _named(label: Any) -> str:
    return str(label).lower()
