"""Members: an output may hold several answers per row, each judged for itself."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def over_members(judge: Callable[..., Tensor], output: Tensor, *rows: Tensor) -> Tensor:
    """Call ``judge(output, *rows)``; of an output (rows, members, head) the mean over members.

    Members are judged one by one and then averaged, so that none of them leans on the others.

    >>> import torch
    >>> over_members(torch.exp, torch.zeros(4, 8, 3)).shape
    torch.Size([4, 3])
    """
    if output.dim() == 2:
        return judge(output, *rows)
    members = output.shape[1]
    repeated = (r[:, None].expand(-1, members, *r.shape[1:]).flatten(0, 1) for r in rows)
    found = judge(output.flatten(0, 1), *repeated)  # (rows * members, ...)
    return found.reshape(-1, members, *found.shape[1:]).mean(1)
