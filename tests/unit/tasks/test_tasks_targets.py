"""Targets: which can be learnt, which cannot and why, and how each is coded."""

import time
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch.nn import functional

from danlu.data.dataset import Column
from danlu.errors import TaskError
from danlu.tasks.base import dump, guess, load
from danlu.tasks.classification import Classification, auc
from danlu.tasks.regression import Regression


def column(kind: str) -> Column:
    return Column(name="y", kind=kind)


def texts(*values: str | None) -> Any:
    return np.array(values, dtype=object)


def test_classes_are_in_the_order_of_their_names() -> None:
    task = Classification.fit(texts("b", "a", None, "a", "b", "c", "c"), column("category"))
    assert task.classes == ("a", "b", "c")
    assert task.missing == 1
    assert task.encode(texts("c", "new", None, "a")).tolist() == [2, -1, -1, 0]


def test_a_boolean_has_false_first_and_one_output() -> None:
    task = Classification.fit(np.array([1.0, 0.0, np.nan, 1.0, 0.0]), column("boolean"))
    assert task.classes == (False, True)
    assert (task.head, task.main_metric, task.maximise) == (1, "auc", True)
    assert task.decoder() == {
        "form": "classes", "target": "y", "classes": [False, True], "labels_are": "boolean"
    }  # fmt: skip


def test_whole_numbers_can_be_classes() -> None:
    task = Classification.fit(np.array([3.0, 1.0, 2.0, 3.0, 1.0, 2.0]), column("number"))
    assert task.classes == (1, 2, 3)
    assert task.encode(np.array([2.0, 2.5, 9.0, np.nan])).tolist() == [1, -1, -1, -1]


def test_a_class_of_one_row_is_left_out_and_named() -> None:
    task = Classification.fit(texts("a", "a", "b", "b", "z"), column("category"))
    assert task.classes == ("a", "b")
    assert task.rare == ("z",)
    assert task.missing == 1
    assert not task.known(task.encode(texts("z")))[0]


def test_a_quantity_is_standardised_and_comes_back() -> None:
    values = np.array([10.0, 20.0, 30.0, np.nan, np.inf])
    task = Regression.fit(values, column("number"))
    coded = task.encode(values)
    assert coded.dtype == np.float32
    assert task.known(coded).tolist() == [True, True, True, False, False]
    assert task.missing == 2
    back = task.answer(torch.from_numpy(coded[:3, None]))
    torch.testing.assert_close(back, torch.tensor([10.0, 20.0, 30.0]))


REFUSED: dict[str, tuple[Any, Any, str, str, str]] = {
    "constant class": (Classification, texts("a", "a"), "category", "target_constant", "varies"),
    "constant number": (Regression, np.full(9, 1e9), "number", "target_constant", "varies"),
    "no class": (Classification, texts(None, None), "category", "target_missing", "all 2"),
    "huge number": (Regression, np.array([1e308, 1.0, 2.0]), "number", "target_huge", "unit"),
    "no number": (Regression, np.array([np.nan]), "number", "target_missing", "all 1"),
    "one row each": (
        Classification, texts("a", "b", "c"), "category", "class_single", "3 of 3 classes"
    ),
    "text": (Classification, texts("some words", "more"), "text", "target_kind", "its kind"),
    "id": (Regression, texts("u1", "u2"), "id", "target_kind", "its kind"),
    "quantity of categories": (
        Regression, texts("a", "b"), "category", "target_kind", "task 'classification'"
    ),
    "too many classes": (
        Classification, np.repeat(np.arange(1500.0), 2), "number", "classes_many", "'regression'"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_target_that_cannot_be_learnt_says_why(name: str) -> None:
    task, values, kind, code, words = REFUSED[name]
    with pytest.raises(TaskError, match=words) as caught:
        task.fit(values, column(kind))
    assert caught.value.code == code
    assert "'y'" in str(caught.value)


GUESSES: dict[str, tuple[str, Any, str]] = {
    "category": ("category", texts("a", "b"), "classification"),
    "boolean": ("boolean", np.array([0.0, 1.0]), "classification"),
    "zeros and ones": ("number", np.array([0.0, 1.0, 1.0, np.nan]), "classification"),
    "digits": ("number", np.arange(1000.0) % 10, "classification"),
    "counts": ("number", np.arange(1000.0) % 300, "regression"),
    "halves": ("number", np.array([0.5, 1.0] * 50), "regression"),
    "few rows": ("number", np.arange(12.0), "regression"),
}


@pytest.mark.parametrize("name", GUESSES)
def test_the_task_is_guessed_from_the_target(name: str) -> None:
    kind, values, task = GUESSES[name]
    assert guess(column(kind), values) == task


def test_a_text_has_no_task() -> None:
    with pytest.raises(TaskError, match="text"):
        guess(column("text"), texts("a"))


def test_a_task_is_json() -> None:
    for task in (
        Classification.fit(np.array([0.0, 1.0, 0.0, 1.0]), column("boolean")),
        Classification.fit(np.array([0.0, 1.5, 0.0, 1.5]), column("number")),
        Regression.fit(np.array([0.0, 1.5]), column("number")),
    ):
        assert load(dump(task)) == task


@pytest.mark.parametrize("decimals", [1, 8])
def test_auc_is_that_of_scikit_learn_ties_included(decimals: int) -> None:
    rng = np.random.default_rng(0)
    score, truth = np.round(rng.random(500), decimals), rng.random(500) < 0.3
    assert auc(score, truth) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


def test_metrics_of_two_classes_take_less_than_three_milliseconds() -> None:
    rng = np.random.default_rng(0)
    yes = rng.random(10_000, dtype=np.float32)
    answer, target = np.stack([1 - yes, yes], axis=1), (rng.random(10_000) < 0.2).astype(np.int64)
    task = Classification(target="y", classes=(False, True), labels_are="boolean")
    times = []
    for _ in range(5):
        began = time.perf_counter()
        found = task.metrics(answer, target)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.003
    assert found["log_loss"] == pytest.approx(log_loss(target, yes.astype(np.float64)), abs=1e-4)


def test_several_classes_are_measured_by_accuracy() -> None:
    task = Classification(target="y", classes=(0, 1, 2), labels_are="number")
    answer = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]], dtype=np.float32)
    found = task.metrics(answer, np.array([0, 1, 2]))
    assert task.main_metric == "accuracy"
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["balanced_accuracy"] == pytest.approx(2 / 3)


def test_regression_is_measured_in_the_unit_of_the_target() -> None:
    task = Regression(target="y", mean=100.0, scale=10.0)
    target = task.encode(np.array([90.0, 110.0]))
    found = task.metrics(np.array([93.0, 106.0], dtype=np.float32), target)
    assert found["mae"] == pytest.approx(3.5)
    assert found["rmse"] == pytest.approx(12.5**0.5)
    assert found["r2"] == pytest.approx(1 - 12.5 / 100)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_is_that_of_torch(smoothing: float) -> None:
    task = Classification(target="y", classes=(0, 1, 2, 3), labels_are="number")
    output, target = (
        torch.randn(6, 4, generator=torch.Generator().manual_seed(0)),
        torch.arange(6) % 4,
    )
    dials = {"label_smoothing": torch.tensor(smoothing)}
    wanted = functional.cross_entropy(output, target, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(task.loss(output, target, dials), wanted)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_output_for_two_classes_is_the_same_loss_as_two(smoothing: float) -> None:
    task = Classification(target="y", classes=(0, 1), labels_are="number")
    logit = torch.linspace(-9, 9, 6)[:, None]
    target = torch.arange(6) % 2
    both = torch.cat([torch.zeros_like(logit), logit], dim=1)
    wanted = functional.cross_entropy(both, target, reduction="none", label_smoothing=smoothing)
    dials = {"label_smoothing": torch.tensor(smoothing)}
    torch.testing.assert_close(task.loss(logit, target, dials), wanted)
    torch.testing.assert_close(task.answer(logit), torch.softmax(both, dim=1))
