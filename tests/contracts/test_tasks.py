"""Every task learns a planted signal, keeps its metrics in bounds, and survives JSON."""

import math

import numpy as np
import pytest
import torch
from torch.func import grad, vmap

from danlu.data.dataset import Column
from danlu.errors import TaskError
from danlu.tasks.base import dump, load, tasks

TASKS = tasks()
TARGET = {"classification": "category", "regression": "number"}


@pytest.fixture(params=TASKS.names())
def kind(request):
    return request.param


@pytest.fixture
def planted(kind):
    """A task, inputs (rows, 3), and an encoded target that one of them decides."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3)).astype(np.float32)
    values = x[:, 0].astype(np.float64) * 5 + 40
    if TARGET[kind] == "category":
        values = np.array(["low", "mid", "top"], dtype=object)[np.digitize(x[:, 0], [-0.5, 0.5])]
    task = TASKS.get(kind).fit(values, Column(name="y", kind=TARGET[kind]))
    return task, torch.from_numpy(x), torch.from_numpy(task.encode(values))


def answers(task, x, steps: int):
    """Answers of a linear model after plain gradient descent."""
    weight, bias = torch.zeros(3, task.head), torch.zeros(task.head)
    return _descend(task, x, weight, bias, steps)


def _descend(task, x, weight, bias, steps):
    inputs, target = x

    def loss(w, b):
        return task.loss(inputs @ w + b, target, {}).mean()

    for _ in range(steps):
        dw, db = grad(loss, argnums=(0, 1))(weight, bias)
        weight, bias = weight - 0.5 * dw, bias - 0.5 * db
    return task.answer(inputs @ weight + bias).numpy()


def test_a_planted_signal_is_learnt(planted) -> None:
    task, x, target = planted
    before, after = (
        task.metrics(answers(task, (x, target), steps), target.numpy())[task.main_metric]
        for steps in (0, 150)
    )
    assert (after > before) == task.maximise
    assert all(
        math.isfinite(v)
        for v in task.metrics(answers(task, (x, target), 9), target.numpy()).values()
    )


def test_a_title_in_both_languages(kind) -> None:
    assert set(TASKS.get(kind).title) == set(TASKS.get(kind).words) == {"en", "zh"}


def test_perfect_answers_are_the_best(planted) -> None:
    task, _, target = planted
    perfect = target[:, None].float()
    if task.head > 1:
        perfect = 60.0 * torch.nn.functional.one_hot(target, task.head).float()
    found = task.metrics(task.answer(perfect).numpy(), target.numpy())[task.main_metric]
    assert found == pytest.approx(1.0 if task.maximise else 0.0, abs=1e-4)


def test_the_loss_is_one_number_per_row_also_when_fused(planted) -> None:
    task, x, target = planted
    outputs = torch.randn(4, len(x), task.head, generator=torch.Generator().manual_seed(1))
    smoothing = torch.tensor([0.0, 0.1, 0.2, 0.3])
    fused = vmap(lambda o, s: task.loss(o, target, {"label_smoothing": s}))(outputs, smoothing)
    alone = task.loss(outputs[2], target, {"label_smoothing": smoothing[2]})
    assert alone.shape == (len(x),)
    torch.testing.assert_close(fused[2], alone)


def test_the_state_is_json(planted) -> None:
    assert load(dump(planted[0])) == planted[0]


def test_missing_targets_are_known_as_such(planted, kind) -> None:
    missing = np.array([None], dtype=object) if TARGET[kind] == "category" else np.array([np.nan])
    assert not planted[0].known(planted[0].encode(missing)).any()


def test_an_id_is_refused(kind) -> None:
    values = np.array(["u1", "u2", "u3"], dtype=object)
    with pytest.raises(TaskError) as caught:
        TASKS.get(kind).fit(values, Column(name="user", kind="id"))
    assert caught.value.code == "target_kind"
