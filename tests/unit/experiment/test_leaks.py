"""The meter finds what was planted, and is silent about honest data."""

import numpy as np
import pytest

from danlu.experiment.leaks import columns_that_tell, measure, rows_on_both_sides
from danlu.experiment.words import warning
from danlu.tasks.classification import Classification
from danlu.tasks.regression import Regression
from danlu.tensor import Axis, Field, TensorType

NAMES = ("honest", "noise", "other")
TYPES = {
    "table": TensorType(
        axes=(Axis(name="features", size=3),),
        fields=tuple(Field(column=name, start=i) for i, name in enumerate(NAMES)),
    )
}
YES = Classification(target="y", classes=(0, 1), labels_are="number")
MANY = Classification(target="y", classes=(0, 1, 2), labels_are="number")
VALUE = Regression(target="y", mean=0.0, scale=1.0)


def part(rows, seed):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 3)).astype(np.float32)
    return x, (x[:, 0] + draw.normal(size=rows) > 0).astype(np.int64)


def codes(found):
    return [(w["code"], w["args"].get("column") or w["args"].get("split")) for w in found]


def test_honest_data_raise_no_word():
    parts = [part(n, seed) for seed, n in enumerate((2000, 400, 400))]
    found = measure(YES, TYPES, np.zeros(3), parts, method="stratified", seed=0)
    assert found == {"warnings": [], "random_split": None}


@pytest.mark.parametrize("task", [YES, MANY, VALUE], ids=["auc", "accuracy", "r2"])
def test_a_column_that_knows_the_target_is_named(task):
    x, y = part(2000, 0)
    y = y + (x[:, 1] > 1) if task is MANY else y
    target = x[:, 0] if task is VALUE else y
    x[:, 2] = target * 3 + 1
    found = columns_that_tell(task, TYPES, (x, target))
    assert ("leak_column", "other") in codes(found)
    assert ("leak_column", "noise") not in codes(found)
    assert "'other' alone reaches" in warning(found[-1])


def test_rows_on_both_sides_are_counted():
    train, valid, test = part(2000, 0), part(400, 1), part(400, 2)
    both = tuple(np.concatenate([a, b[:40]]) for a, b in zip(valid, train, strict=True))
    (found,) = rows_on_both_sides(train, {"valid": both, "test": test})
    assert (found["args"]["rows"], found["args"]["of"]) == (40, 440)
    assert "40 of 440 valid rows (9.1%)" in warning(found)


def test_the_same_inputs_with_another_answer_are_no_copy():
    x, y = part(2000, 0)
    assert rows_on_both_sides((x, y), {"valid": (x, 1 - y)}) == []


def test_drift_makes_a_random_split_look_too_good():
    """What counts changes with time; a random split has seen all of it."""
    draw = np.random.default_rng(0)
    time = np.linspace(0, 1, 4000)
    x = np.stack([draw.normal(size=4000), time, draw.normal(size=4000)], axis=1)
    y = (x[:, 0] * np.cos(10 * time) > 0).astype(np.int64)
    parts = [(x[a:b], y[a:b]) for a, b in ((0, 3000), (3000, 3500), (3500, 4000))]
    found = measure(YES, TYPES, np.zeros(3), parts, method="time", seed=0)
    assert found["random_split"]["random"] > found["random_split"]["real"] + 0.1
    assert codes(found["warnings"]) == [("leak_random_split", None)]
    assert "a random split would have reported auc" in warning(found["warnings"][0])


def test_a_split_of_one_class_is_named():
    (train, y), valid, (rows, other) = part(2000, 0), part(400, 1), part(400, 2)
    parts = [(train, y), valid, (rows, np.ones_like(other))]
    found = measure(YES, TYPES, np.zeros(3), parts, method="stratified", seed=0)["warnings"]
    assert codes(found) == [("one_class", "test")]
    assert "every test row is '1'" in warning(found[0])
