"""Every point of the cube stands for values inside the space, and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from danlu.search.cube import Cube
from danlu.space import Bool, Choice, Float, Int

SPACE = {
    "units": Int(16, 256, log=True), "step": Int(10, 52, step=15), "p": Float(0.0, 0.5),
    "rate": Float(1e-4, 1e-1, log=True), "act": Choice("relu", "gelu", "tanh"),
    "width": Choice(32, 64), "on": Bool(), "fixed": Int(3, 3), "also": Float(0.2, 0.2),
}  # fmt: skip
CUBE = Cube(SPACE)
POINTS = st.lists(st.floats(0, 1), min_size=CUBE.axes, max_size=CUBE.axes).map(np.array)


@given(POINTS)
def test_values_lie_inside(point):
    values = CUBE.values(point)
    assert all(SPACE[key].nearest(value) == value for key, value in values.items())


@given(POINTS)
def test_a_place_stands_for_its_values(point):
    values = CUBE.values(point)
    again = CUBE.values(CUBE.place(values))
    assert {k: v for k, v in again.items() if k not in ("p", "rate")} == {
        k: v for k, v in values.items() if k not in ("p", "rate")
    }
    assert np.allclose([again["p"], again["rate"]], [values["p"], values["rate"]])


def test_what_cannot_move_has_no_axis():
    assert CUBE.moving == ["units", "step", "p", "rate", "act", "width", "on"]


def test_values_outside_have_no_place():
    inside = CUBE.values(np.full(CUBE.axes, 0.5))
    assert CUBE.place({**inside, "p": 0.7}) is None
    assert CUBE.place({"gone": 1}) is None


def test_unordered_choices_are_equally_far_apart():
    cube = Cube({"act": SPACE["act"], "p": SPACE["p"]})
    points = cube.features(np.array([[0.1, 0.0], [0.5, 0.0], [0.9, 0.0]]))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    assert np.allclose(distances + np.eye(3), 1.0)
