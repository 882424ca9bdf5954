"""One-hot: every category as zeros and a single one."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Numbers
from danlu.tensor import Field


class OneHot(Op):
    """Numbers pass, every category column becomes as many numbers as it has categories.

    Nothing is learnt. With many categories ``columns`` and ``embedding`` are shorter and faster.

    >>> from danlu.network.ops.base import trace
    >>> from danlu.tensor import Field, TensorType
    >>> age, city = Field(column="age", start=0), Field(column="city", start=1, cardinality=9)
    >>> table = TensorType.of("features=2").model_copy(update={"fields": (age, city)})
    >>> trace(OneHot(), {"x": (table,)}, head=1).type.shape
    (10,)
    """

    title: ClassVar = {"en": "One-hot", "zh": "独热编码"}
    words: ClassVar = {
        "en": ("categories", "dummy", "indicator", "encoding", "table"),
        "zh": ("类别", "哑变量", "指示变量", "编码"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = [numbers, category = 0, category = 1, ...]"
    ports: ClassVar = (Port(name="x", wants="table"),)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _OneHot(inputs["x"][0].fields)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        fields = inputs["x"][0].fields
        places = _places(fields)
        hot = f"one_hot({{0}}, {places})" if places else ""
        parts = [*Numbers(fields).parts, *([hot] if hot else [])]
        whole = parts[0] if len(parts) == 1 else f"torch.cat([{', '.join(parts)}], dim=1)"
        return Source(whole, functions=(one_hot,) if places else ())


def one_hot(x: Tensor, places: list[tuple[int, int]]) -> Tensor:
    """Return a one for each category, from the slot and the count of each column."""
    found = [(x[:, at, None] == torch.arange(n, device=x.device)).to(x.dtype) for at, n in places]
    return torch.cat(found, dim=1)


def _places(fields: tuple[Field, ...]) -> list[tuple[int, int]]:
    return [(f.start, f.cardinality) for f in fields if f.cardinality is not None]


class _OneHot(Layer):
    def __init__(self, fields: tuple[Field, ...]) -> None:
        super().__init__()
        self.numbers, self.places = Numbers(fields), _places(fields)

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return numbers first, then zeros and ones  # (rows, numbers + categories)."""
        x = tensors[0]
        parts = [x[:, a:b] for a, b in self.numbers.runs]
        if self.places:
            parts.append(one_hot(x, self.places))
        return torch.cat(parts, dim=1)
