"""Preprocessors: what every preprocessor must do."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from danlu.tensor import Axis, Field, TensorType
from danlu.train.front import Front, fit
from danlu.train.front import preprocessor as find

FIELDS = (
    Field(column="even", start=0),
    Field(column="kind", start=1, cardinality=9),
    Field(column="few", start=2, width=2),  # with a flag
    Field(column="skewed", start=4),
)
TYPE = TensorType(axes=(Axis(name="features", size=5),), fields=FIELDS)


def table(seed: int, rows: int = 500) -> NDArray[np.float32]:
    """Return a normal column, a category, one of few values with its flag, a skewed one."""
    draw = np.random.default_rng(seed)
    columns = [
        draw.normal(size=rows), draw.integers(0, 9, rows), draw.integers(0, 4, rows) - 1.5,
        draw.integers(0, 2, rows), draw.exponential(size=rows) - 1,
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def front_of(name: str, seed: int = 0) -> Front | None:
    """Fit on train rows."""
    return fit(name, {"table": TYPE}, {"table": table(seed)})


def through(name: str, x: NDArray[np.float32]) -> torch.Tensor:
    """Rescale a table."""
    front, given = front_of(name), {"table": torch.from_numpy(x)}
    return given["table"] if front is None else front(given)["table"]


class PreprocessorContract:
    """Subclass in a test module that has a fixture ``preprocessor``, a name."""

    def test_it_is_a_pure_function_of_the_train_rows(self, preprocessor: str) -> None:
        """The same rows give the same bits."""
        x = table(1)
        assert torch.equal(through(preprocessor, x), through(preprocessor, x))

    def test_numbers_keep_their_order(self, preprocessor: str) -> None:
        """Of two rows that differ in one number, the larger one is nowhere smaller."""
        x = np.repeat(table(1, rows=1), 400, axis=0)
        for slot in (0, 2, 4):
            moved = x.copy()
            moved[:, slot] = np.linspace(-8, 8, 400)
            assert (through(preprocessor, moved).diff(dim=0) > -1e-5).all()

    def test_numbers_stay_of_a_size(self, preprocessor: str) -> None:
        """Whatever the encoder can give stays within its own bounds, and is finite."""
        edge = np.full((2, 5), 8.0, np.float32) * np.array([[1], [-1]], np.float32)
        edge[:, 1] = 3
        found = through(preprocessor, edge)
        assert torch.isfinite(found).all()
        assert float(found.abs().max()) <= 8.0

    def test_the_layout_tells_where_columns_lie(self, preprocessor: str) -> None:
        """Every field is found where its type says, categories and flags to the bit."""
        x, front = table(1), front_of(preprocessor)
        out, given = through(preprocessor, x), front.types["table"] if front else TYPE
        assert out.shape[1] == given.axes[0].size
        assert [f.column for f in given.fields] == [f.column for f in FIELDS]
        kind, few = given.fields[1], given.fields[2]
        assert (out[:, kind.start].numpy() == x[:, 1]).all()
        assert (out[:, few.start + few.width - 1].numpy() == x[:, 3]).all()

    def test_only_one_that_widens_changes_the_layout(self, preprocessor: str) -> None:
        """That is what decides whether trials may train together."""
        front = front_of(preprocessor)
        same = front is None or front.types["table"] == TYPE
        assert same != find(preprocessor).widens

    def test_a_row_is_rescaled_alone(self, preprocessor: str) -> None:
        """It does not matter which rows come along."""
        x = table(1)
        assert torch.equal(through(preprocessor, x)[:1], through(preprocessor, x[:1]))
