"""Device: where a cohort trains and how its products round; all it makes is made there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map_only

from danlu.errors import InvalidError
from danlu.train.kernels import use_fastest_exact
from danlu.train.recipe import Precision, Recipe

BEST_FIRST = ("cuda", "mps", "cpu")
ROWS_SHARE = 0.4
"""Of the memory that is free: rows that need more stay with the host, a batch at a time moves."""
CONVOLUTIONS = frozenset({
    functional.conv1d, functional.conv2d, functional.conv_transpose1d, functional.conv_transpose2d
})  # fmt: skip


@dataclass(frozen=True)
class Device:
    """One of the devices of this machine, and a precision.

    >>> Device.of(Recipe(device="cpu"))
    Device(name='cpu', precision='float32')
    """

    name: str = "cpu"
    """As torch calls it."""
    precision: Precision = "float32"

    @classmethod
    def of(cls, recipe: Recipe) -> Device:
        """Return what a recipe asks for; refuses what this machine does not have."""
        found = [name for name in BEST_FIRST if _is_there(name)]
        name = found[0] if recipe.device == "auto" else recipe.device
        if name not in found:
            raise InvalidError(
                f"this machine has no device '{name}'", code="device_missing",
                where="recipe.device", do=f"Set it to auto, or to one of: {', '.join(found)}.",
                field="recipe.device", device=name, known=", ".join(found),
            )  # fmt: skip
        if recipe.precision != "auto":
            return cls(name, recipe.precision)
        return cls(name, "bf16" if name == "cuda" and torch.cuda.is_bf16_supported() else "float32")

    @property
    def at(self) -> torch.device:
        """Where its tensors are made."""
        return torch.device(self.name)

    @property
    def pins(self) -> bool:
        """Whether it reads pinned memory of the host while the host goes on."""
        return self.name == "cuda"

    def described(self) -> dict[str, str | int | None]:
        """Say for a plan what it is: its name, its maker's name for it, precision and memory."""
        title = torch.cuda.get_device_name() if self.name == "cuda" else self.name.upper()
        return {
            "name": self.name, "title": title, "precision": self.precision,
            "memory_bytes": self.memory_bytes(),
        }  # fmt: skip

    def memory_bytes(self) -> int | None:
        """Return all the memory it has of its own; None where it uses the host's."""
        return int(torch.cuda.mem_get_info()[1]) if self.name == "cuda" else None

    def room_bytes(self) -> int:
        """Return how much of its memory rows may take."""
        if self.name == "cuda":
            return int(ROWS_SHARE * torch.cuda.mem_get_info()[0])
        return int(ROWS_SHARE * torch.mps.recommended_max_memory())

    def prepare(self) -> None:
        """Choose the kernels of this process."""
        if self.name == "cpu":
            use_fastest_exact()

    @contextmanager
    def forwards(self) -> Iterator[None]:
        """Let products round to bfloat16 inside, if so chosen; weights and sums stay float32."""
        if self.precision == "float32":
            yield
            return
        # A cache of rounded weights would outlive the transforms that wrap them.
        with torch.autocast(self.name, torch.bfloat16, cache_enabled=False), _Rounding():
            yield

    def finish(self) -> None:
        """Wait until all is done that was asked of it: a clock is about to be read."""
        if self.name == "cuda":
            torch.cuda.synchronize()
        elif self.name == "mps":
            torch.mps.synchronize()


class _Rounding(TorchFunctionMode):
    """What autocast leaves out under ``vmap``: kernels of convolutions; norms want float32."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        del types
        given = (args, dict(kwargs or {}))
        if func in CONVOLUTIONS:
            given = tree_map_only(Tensor, lambda t: t.bfloat16(), given)
        elif func is functional.batch_norm:
            given = tree_map_only(Tensor, lambda t: t.float(), given)
        return func(*given[0], **given[1])


HOST = Device()


def _is_there(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_available()
    return name == "cpu" or torch.backends.mps.is_available()
