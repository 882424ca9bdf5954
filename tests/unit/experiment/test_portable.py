"""A baseline's graph answers as the fitted model does, wherever it branches."""

import numpy as np
import onnxruntime
import pytest

from danlu.experiment.baselines import head_of
from danlu.experiment.blend import blend
from danlu.experiment.boosted import fit_trees
from danlu.experiment.linear import fit_linear
from danlu.experiment.portable import Graph
from danlu.serve.onnx_file import check_onnx
from danlu.tasks.classification import Classification
from danlu.tasks.regression import Regression
from danlu.tensor import Axis, Field, TensorType

LEVELS = np.array([0, 7, 0, 300, 0])
FIELDS = tuple(
    Field(column=f"c{i}", start=i, cardinality=int(n) or None) for i, n in enumerate(LEVELS)
)
TYPES = {"table": TensorType(axes=(Axis(name="features", size=5),), fields=FIELDS)}
FITTERS = {"linear": fit_linear, "trees": fit_trees}


def table(rows: int, seed: int, *, codes: int = 7) -> np.ndarray:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 5)).astype(np.float32)
    x[:, 1], x[:, 3] = draw.integers(0, codes, rows), draw.integers(0, 300, rows)
    x[:, 4] = np.round(x[:, 4], 1)  # many rows lie on a threshold
    return x


def score(x: np.ndarray) -> np.ndarray:
    return x[:, 0] + 0.7 * (x[:, 1] == 3) + np.sin(3 * x[:, 4]) + (x[:, 3] > 150)


def several(x: np.ndarray, classes: tuple[int, ...]) -> np.ndarray:
    edges = np.quantile(score(x), np.linspace(0, 1, len(classes) + 1)[1:-1])
    return np.array(classes)[np.digitize(score(x), edges)]


def classes_of(count: int) -> Classification:
    return Classification(target="y", classes=tuple(range(count)), labels_are="number")


X = table(800, 0, codes=5)  # two codes are met when serving only
CASES = {
    "value": (Regression(target="y", mean=40.0, scale=9.0), score(X).astype(np.float32)),
    "yes": (classes_of(2), several(X, (0, 1))),
    "three": (classes_of(3), several(X, (0, 1, 2))),
    "one_class_unseen": (classes_of(4), several(X, (0, 1, 3))),
    "two_of_three_seen": (classes_of(3), several(X, (0, 2))),
}


def served(content: bytes, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"table": x})[0]


@pytest.fixture(params=[(f, c) for f in FITTERS for c in CASES], ids=lambda p: f"{p[0]}-{p[1]}")
def fitted(request):
    name, case = request.param
    task, y = CASES[case]
    model = FITTERS[name](task, X, y, LEVELS)
    return model, model.write(Graph(name, TYPES), head_of(task))


def test_the_graph_answers_as_the_model(fitted):
    model, content = fitted
    rows = table(500, 1)
    found, wanted = served(content, rows), model.answer(rows)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_the_graph_may_be_served(fitted):
    check_onnx(fitted[1])


def test_writing_twice_gives_the_same_bytes():
    task, y = CASES["value"]
    files = {fit_trees(task, X, y, LEVELS).write(Graph("t", TYPES), head_of(task)) for _ in "ab"}
    assert len(files) == 1


def test_a_row_on_the_threshold_goes_the_same_way():
    task = CASES["value"][0]
    x = np.repeat(np.linspace(0, 1, 41, dtype=np.float32)[:, None], 5, axis=1)
    model = fit_trees(task, np.tile(x, (20, 1)), np.tile(x[:, 0] * 3, 20), np.zeros(5, int))
    found = served(model.write(Graph("t", TYPES), head_of(task)), x)
    np.testing.assert_allclose(found, model.answer(x), rtol=1e-5)


def test_a_target_that_trees_cannot_split_is_answered():
    task = CASES["value"][0]
    model = fit_trees(task, X[:30], np.zeros(30, np.float32), LEVELS)
    assert served(model.write(Graph("t", TYPES), head_of(task)), X)[0] == pytest.approx(40.0)


def test_rows_at_a_threshold_between_two_neighbours_branch_as_fitted():
    low = np.float32(0.3013253)
    high = np.nextafter(low, np.float32(1))
    x = np.tile(X[:1], (80, 1))
    x[:, 0] = np.repeat([low, high], 40)
    y = np.repeat([-1.0, 1.0], 40).astype(np.float32)
    model = fit_trees(CASES["value"][0], x, y, LEVELS)
    found = served(model.write(Graph("t", TYPES), head_of(CASES["value"][0])), x)
    np.testing.assert_allclose(found, model.answer(x), rtol=1e-5)


def test_a_blend_answers_the_weighted_mean():
    task, y = CASES["three"]
    parts = [FITTERS[n](task, X, y, LEVELS).write(Graph(n, TYPES), head_of(task)) for n in FITTERS]
    whole = blend([(parts[0], 0.75), (parts[1], 0.25)], TYPES)
    check_onnx(whole)
    wanted = (3 * served(parts[0], X) + served(parts[1], X)) / 4
    np.testing.assert_allclose(served(whole, X), wanted, rtol=1e-5, atol=1e-7)
