"""Answer: trained networks answer rows together, outside training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from danlu.compile.module import NetModule
from danlu.compile.onnx import Member
from danlu.network.graph import Network
from danlu.network.members import over_members
from danlu.network.ops.base import Live
from danlu.tasks.base import Task
from danlu.tensor import TensorType
from danlu.train.checkpoint import load_tensors
from danlu.train.front import Front

ROWS = 4096
"""Answered at a time, so that memory stays bounded."""


def member(
    network: Network, types: Mapping[str, TensorType], head: int, weights: Path,
    front: Front | None = None,
) -> Member:  # fmt: skip
    """Build a network behind its preprocessing, and read the weights a trial has left."""
    net = NetModule(network, front.types if front else types, head, front=front)
    return net, load_tensors(weights)


def answers(
    members: Sequence[Member], task: Task, inputs: Mapping[str, NDArray[np.float32]]
) -> NDArray[Any]:
    """Return the mean of the members' answers (rows, ...), as they will be served."""
    rows = len(next(iter(inputs.values())))
    parts = []
    with torch.no_grad():
        for start in range(0, rows, ROWS):
            batch = {
                n: torch.from_numpy(np.array(x[start : start + ROWS])) for n, x in inputs.items()
            }
            given = [_answer(one, task, batch) for one in members]
            parts.append(torch.stack(given).mean(0).numpy())
    return np.concatenate(parts)


def _answer(member: Member, task: Task, batch: Mapping[str, Tensor]) -> Tensor:
    net, weights = member
    outputs = functional_call(net, dict(weights), (dict(batch), Live()))
    return over_members(task.answer, next(iter(outputs.values())))
