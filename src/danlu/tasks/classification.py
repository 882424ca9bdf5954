"""Classification: the target is one of a few known classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from danlu.data.dataset import Column
from danlu.errors import TaskError
from danlu.tasks.base import (
    Json,
    Task,
    Values,
    finite,
    refuse_constant,
    refuse_kind,
    refuse_missing,
)

MOST_CLASSES = 1000
FLOOR = 1e-7  # of a probability, in log loss

Label = bool | int | float | str


class Classification(Task):
    """Cross-entropy; the answer is one probability per class.

    A class that is found in a single row can be learnt or tested, not both: such rows are left
    out, and named in ``rare``. Two classes need one number of the network, more need one each.
    """

    title: ClassVar = {"en": "Classification", "zh": "分类"}
    words: ClassVar = {
        "en": ("class", "label", "category", "yes or no", "auc", "accuracy"),
        "zh": ("类别", "标签", "判别", "准确率"),
    }

    classes: tuple[Label, ...]
    """In order: false before true, numbers and texts ascending."""
    labels_are: Literal["category", "boolean", "number"]
    rare: tuple[Label, ...] = ()
    """Classes with a single row, left out (the first 20)."""

    @classmethod
    def fit(cls, values: Values, column: Column) -> Self:
        """Find the classes."""
        if column.kind not in ("category", "boolean", "number"):
            refuse_kind(column, cls)
        counts = _count(values, column)
        if not counts:
            refuse_missing(column, len(values))
        if len(counts) == 1:
            refuse_constant(column, next(iter(counts)), len(values))
        kept = [label for label, rows in counts.items() if rows > 1]
        if len(kept) < 2:
            _refuse_single(column, counts)
        if len(kept) > MOST_CLASSES:
            _refuse_many(column, len(kept))
        return cls(
            target=column.name,
            missing=len(values) - sum(counts[label] for label in kept),
            classes=tuple(kept),
            labels_are=column.kind,
            rare=tuple([label for label, rows in counts.items() if rows == 1][:20]),
        )

    @property
    def head(self) -> int:
        """One number for two classes, else one per class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def main_metric(self) -> str:
        """Area under the ROC curve for two classes, else accuracy."""
        return "auc" if len(self.classes) == 2 else "accuracy"

    @property
    def maximise(self) -> bool:
        """More is better."""
        return True

    def encode(self, values: Values) -> npt.NDArray[Any]:
        """Return the place of each value in ``classes`` as int64; -1 where there is none."""
        if self.labels_are == "category":
            place = {label: i for i, label in enumerate(self.classes)}
            return np.fromiter((place.get(v, -1) for v in values), np.int64, len(values))
        numbers = np.asarray(values, dtype=np.float64)
        classes = np.asarray(self.classes, dtype=np.float64)
        at = np.searchsorted(classes, numbers).clip(max=len(classes) - 1)
        return np.where(classes[at] == numbers, at, -1).astype(np.int64)

    def known(self, encoded: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """-1 is missing."""
        found: npt.NDArray[np.bool_] = encoded >= 0
        return found

    def loss(self, output: Tensor, target: Tensor, dials: Mapping[str, Tensor]) -> Tensor:
        """Cross-entropy  # (rows,); the dial "label_smoothing" spreads some of the truth."""
        smoothing = dials.get("label_smoothing", 0.0)
        if self.head == 1:
            logit = output.squeeze(-1)
            truth = target.to(logit.dtype) * (1 - smoothing) + 0.5 * smoothing
            return functional.softplus(logit) - truth * logit
        logs = functional.log_softmax(output, dim=-1)  # (rows, classes)
        hit = logs.gather(-1, target.unsqueeze(-1)).squeeze(-1)
        if "label_smoothing" not in dials:
            return -hit
        return -(1 - smoothing) * hit - smoothing * logs.mean(-1)

    def answer(self, output: Tensor) -> Tensor:
        """Probabilities  # (rows, classes)."""
        if self.head == 1:
            yes = torch.sigmoid(output)
            return torch.cat([1 - yes, yes], dim=-1)
        return torch.softmax(output, dim=-1)

    def metrics(self, answer: npt.NDArray[Any], target: npt.NDArray[Any]) -> dict[str, float]:
        """Return accuracy and log_loss; for two classes auc, else balanced accuracy."""
        hits = answer.argmax(axis=1) == target
        chosen = answer[np.arange(len(target)), target].astype(np.float64)
        found = {
            "accuracy": float(hits.mean()),
            "log_loss": float(-np.log(np.maximum(chosen, FLOOR)).mean()),
        }
        if len(self.classes) == 2:
            return {"auc": auc(answer[:, 1], target == 1)} | found
        totals = np.bincount(target, minlength=len(self.classes))
        right = np.bincount(target[hits], minlength=len(self.classes))
        share = right[totals > 0] / totals[totals > 0]
        return found | {"balanced_accuracy": float(share.mean())}

    def decoder(self) -> Json:
        """Read the most probable class, and every probability."""
        return {
            "form": "classes",
            "target": self.target,
            "classes": list(self.classes),
            "labels_are": self.labels_are,
        }


def auc(score: npt.NDArray[Any], truth: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve; ties count half; 0.5 when only one class is there.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    yes = int(truth.sum())
    no = len(truth) - yes
    if not yes or not no:
        return 0.5
    order = np.argsort(score)
    ranked, positive = score[order], truth[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # last row of every tie
    ups = np.diff(np.cumsum(positive)[ends], prepend=0).astype(np.float64)
    sizes = np.diff(ends, prepend=-1)
    below = (ends + 1 - sizes) - (np.cumsum(ups) - ups)  # negatives with a smaller score
    return float((ups * (below + (sizes - ups) / 2)).sum() / (yes * no))


def _count(values: Values, column: Column) -> dict[Label, int]:
    """Return the rows of every class, classes in their order and as JSON shows them."""
    if column.kind == "category":
        texts = Counter(v for v in values if v is not None)
        return {label: texts[label] for label in sorted(texts)}
    found, counts = np.unique(finite(values), return_counts=True)
    labels = [_label(float(v), column) for v in found]
    return dict(zip(labels, counts.tolist(), strict=True))


def _label(value: float, column: Column) -> Label:
    if column.kind == "boolean":
        return bool(value)
    return int(value) if value.is_integer() else value


def _refuse_single(column: Column, counts: Mapping[Label, int]) -> NoReturn:
    single = sum(rows == 1 for rows in counts.values())
    raise TaskError(
        f"{single} of {len(counts)} classes have a single row, so fewer than two can be both "
        "learnt and tested",
        code="class_single", where=f"target '{column.name}'",
        do="Choose another column, add rows, or choose the task 'regression' for quantities.",
        column=column.name, classes=len(counts), single=single,
    )  # fmt: skip


def _refuse_many(column: Column, classes: int) -> NoReturn:
    raise TaskError(
        f"{classes} classes, and {MOST_CLASSES} is the most", code="classes_many",
        where=f"target '{column.name}'",
        do="Choose the task 'regression', or a column with fewer values.",
        column=column.name, classes=classes, most=MOST_CLASSES,
    )  # fmt: skip
