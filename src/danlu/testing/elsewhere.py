"""Elsewhere: a second device on any machine: computed by the first, but never mixed with it.

What gives the same bits there asks no tensor to be where it is not, as on cuda.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from danlu.train.device import Device

NAME = "lazy"
"""Of all devices that torch knows by name, one without threads of its own."""
MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
_aten = torch.ops.aten


class _There(Tensor):
    """A tensor that says it is elsewhere; its numbers are in ``here``."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> _There:
        found = Tensor._make_wrapper_subclass(
            cls, here.size(), strides=here.stride(), storage_offset=here.storage_offset(),
            dtype=here.dtype, device=torch.device(NAME, 0), requires_grad=False,
        )  # fmt: skip
        found.here = here
        return found

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's is not annotated
        cls, func: Any, types: Iterable[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        del types
        return _run(func, args, dict(kwargs or {}))


class Elsewhere(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's class
    """Within it tensors can be made and moved elsewhere; counts what was done there."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.done, self._lists = 0, _Lists()

    def __enter__(self) -> Self:
        self._lists.__enter__()  # type: ignore[no-untyped-call]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *why: object) -> None:
        super().__exit__(*why)  # type: ignore[no-untyped-call]
        self._lists.__exit__(*why)  # type: ignore[no-untyped-call]

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    @property
    def device(self) -> Device:
        """The device there."""
        return Device(NAME)

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Any = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        del types
        self.done += any(isinstance(x, _There) for x in tree_leaves(args))
        return _run(func, args, dict(kwargs or {}))


class _Lists(TorchFunctionMode):
    """Lists of numbers become tensors here, then go there; torch would do both below every mode."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        del types
        given = dict(kwargs or {})
        if func is not Tensor.new_tensor:
            return func(*args, **given)
        like, numbers = args
        return torch.tensor(numbers, dtype=like.dtype, device="cpu", **given).to(like.device)


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
    is_there = any(isinstance(x, _There) for x in given)
    strangers = [x for x in given if is_there and not isinstance(x, _There) and x.ndim]
    assert not strangers or func in MOVES, f"{func} is given tensors of two devices"
    wanted = kwargs.get("device")
    if wanted is not None:
        is_there = torch.device(wanted).type == NAME
        kwargs["device"] = torch.device("cpu")
    plain_args, plain = tree_map_only(_There, lambda t: t.here, (args, kwargs))
    out = func(*plain_args, **plain)
    if not is_there:
        return out
    if func._schema.is_mutable:  # written in place: what was given is what comes back
        return args[0] if isinstance(out, Tensor) else out
    return tree_map_only(Tensor, _There, out)
