"""Ends: why a trial ended, as a code with arguments; its sentence, and the change that helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
Reason = Json
"""``{"code", "args"}``; empty where a trial simply used its epochs."""

SENTENCES = {
    "nan": "step {step}: {node} is not finite (epoch {epoch}, learning rate {learning_rate:.3g})",
    "nan_loss": "step {step}: the loss is not finite (epoch {epoch}, learning rate "
    "{learning_rate:.3g})",
    "nan_gradient": "step {step}: the gradient of {node} is not finite (epoch {epoch}, learning "
    "rate {learning_rate:.3g})",
    "answers_not_finite": "no epoch gave finite answers on validation; the last was {epoch}",
    "no_better": "no better {metric} for {epochs} epochs",
    "pruned": "{place}",
    "out_of_memory": "not enough memory: {detail}",
    "memory_estimate": "its weights, gradients and optimizer need at least {needs_gb:.3g} GB, and "
    "{limit_gb:.3g} GB is what a trainer may take",
    "killed": "its trainer was killed {tries} times",
    "signal": "its trainer died of {name} {tries} times",
    "exception": "its trainer failed: {detail}",
    "hung": "its trainer stood still {tries} times, at last for {seconds:.0f} s",
    "timed_out": "it took longer than allowed",
    "lost": "the engine was lost {tries} times",
    "cohort_halved": "{why}: a cohort of {count} was cut to {half}",
    "batch_halved": "{why}: {rows} rows a step were cut to {half}",
    "resumed": "{why}: went on from the last checkpoint",
}
"""What is said in English; the page has its own words for the same codes."""
LEARNING_RATE, BATCH = "recipe.learning_rate", "recipe.batch_size"


def reason(code: str, **args: Any) -> Reason:
    """Return a reason; its code must be one that can be said."""
    assert code in SENTENCES
    return {"code": code, "args": args}


def sentence(found: Reason) -> str:
    """Say a reason in English; one from another list of codes says itself.

    >>> sentence(reason("no_better", metric="auc", epochs=5))
    'no better auc for 5 epochs'
    >>> sentence({}), sentence({"code": "shape", "args": {"message": "too few axes"}})
    ('', 'too few axes')
    """
    if not found:
        return ""
    code, args = str(found["code"]), found["args"]
    return str(args.get("message") or SENTENCES.get(code, code).format(**args))


def advice(state: str, used: Mapping[str, Any]) -> Json:
    """Return the change that helps after an end like this: ``{"field", "from", "to"}``, or {}.

    >>> advice("diverged", {"recipe.learning_rate": 0.5})
    {'field': 'recipe.learning_rate', 'from': 0.5, 'to': 0.05}
    >>> advice("out_of_memory", {"recipe.batch_size": 256})
    {'field': 'recipe.batch_size', 'from': 256, 'to': 128}
    >>> advice("finished", {})
    {}
    """
    rate, rows = used.get(LEARNING_RATE), used.get(BATCH)
    if state == "diverged" and rate:
        return {"field": LEARNING_RATE, "from": rate, "to": float(f"{rate / 10:.6g}")}
    if state == "out_of_memory" and rows and rows > 1:
        return {"field": BATCH, "from": rows, "to": rows // 2}
    return {}
