"""Windows: kernels that slide along an axis, what they read past its ends, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ports import Refusal

Side = Annotated[int, Field(ge=1, le=1024)]
Sides = Side | Annotated[tuple[Side, Side], BeforeValidator(lambda given: frozen(given))]
"""One number for both, or [height, width]."""
Margin = Annotated[int, Field(ge=0, le=1024)]
Margins = Margin | Annotated[tuple[Margin, Margin], BeforeValidator(lambda given: frozen(given))]
"""One number for both, or [height, width]; may be zero."""
Padding = Literal["same", "valid"] | Margin
"""``same``: one output per stride; ``valid``: only whole windows; or zeros at both ends."""


def frozen(given: Any) -> Any:
    """Return a list as a tuple, which can be part of a frozen op."""
    return tuple(given) if isinstance(given, list) else given


@dataclass(frozen=True)
class Window:
    """A kernel along one axis.

    >>> Window(3, stride=2, padding="same").gives(8)
    4
    """

    kernel: int
    stride: int = 1
    padding: str | int = "valid"
    dilation: int = 1

    @property
    def span(self) -> int:
        """How far it reaches, gaps included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def before(self) -> int:
        """What is added ahead of the first position; torch puts the odd one behind."""
        if isinstance(self.padding, int):
            return self.padding
        return {"same": (self.span - 1) // 2, "causal": self.span - 1}.get(self.padding, 0)

    @property
    def after(self) -> int:
        """What is added behind the last position."""
        if isinstance(self.padding, int):
            return self.padding
        return self.span // 2 if self.padding == "same" else 0

    @property
    def is_even(self) -> bool:
        """Whether as much is added behind as ahead, so that torch's layers do it themselves."""
        return self.before == self.after

    def gives(self, size: int) -> int:
        """Count the outputs along ``size`` positions."""
        return (size + self.before + self.after - self.span) // self.stride + 1

    def refuse(self, size: int) -> Refusal | None:
        """Refuse an axis that is shorter than the kernel."""
        whole = size + self.before + self.after
        if self.span <= whole:
            return None
        return Refusal(code="kernel_large", port="x", args={"kernel": self.span, "size": whole})


def pair(given: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width."""
    return (given, given) if isinstance(given, int) else given


def sliding(
    kernel: int | tuple[int, int],
    stride: int | tuple[int, int],
    padding: str | int,
    dilation: int | tuple[int, int] = 1,
) -> tuple[Window, Window]:
    """Return the windows along height and width."""
    rows, columns = zip(pair(kernel), pair(stride), pair(dilation), strict=True)
    return (
        Window(rows[0], rows[1], padding, rows[2]),
        Window(columns[0], columns[1], padding, columns[2]),
    )


def misfit(windows: tuple[Window, ...], sizes: tuple[int | None, ...]) -> Refusal | None:
    """Return the first axis that is too short for its window."""
    refusals = (w.refuse(s or 0) for w, s in zip(windows, sizes, strict=True))
    return next((r for r in refusals if r is not None), None)


def uneven(groups: int, *counts: int) -> Refusal | None:
    """Refuse channels that the groups do not divide."""
    odd = next((c for c in counts if c % groups), None)
    if odd is None:
        return None
    return Refusal(code="groups_uneven", port="x", args={"groups": groups, "channels": odd})


def one_side(**given: int | tuple[int, int]) -> Refusal | None:
    """Refuse two numbers where there is but one axis, as in a sequence."""
    odd = next((name for name, value in given.items() if not isinstance(value, int)), None)
    if odd is None:
        return None
    return Refusal(code="sides_many", port="x", args={"param": odd, "given": str(given[odd])})


def margins(windows: tuple[Window, ...]) -> tuple[int, ...]:
    """Return what `functional.pad` must add, last axis first; nothing if torch can do it."""
    if all(w.is_even for w in windows):
        return ()
    return tuple(n for w in reversed(windows) for n in (w.before, w.after))


def even(windows: tuple[Window, ...]) -> tuple[int, ...]:
    """Return what torch's own layer must add at both ends of each axis."""
    return tuple(0 if margins(windows) else w.before for w in windows)


def written(values: tuple[int, ...]) -> str:
    """Write sizes as a person would: once if they are equal."""
    return str(values[0] if len(set(values)) == 1 else values)


def arguments(windows: tuple[Window, ...]) -> str:
    """Write kernel, stride, padding and dilation for one of torch's layers."""
    parts = [written(tuple(w.kernel for w in windows))]
    for name, values, usual in (
        ("stride", tuple(w.stride for w in windows), 1),
        ("padding", even(windows), 0),
        ("dilation", tuple(w.dilation for w in windows), 1),
    ):
        if set(values) != {usual}:
            parts.append(f"{name}={written(values)}")
    return ", ".join(parts)


def padded(windows: tuple[Window, ...], tensor: str) -> str:
    """Write ``tensor`` with the margins that torch's layer cannot add."""
    added = margins(windows)
    return f"functional.pad({tensor}, {added})" if added else tensor


def all_real(mask: Tensor, kernel: int, stride: int, dilation: int, reach: int) -> Tensor:
    """Return which windows read nothing but real positions, or ``reach`` past either end of them.

    ``mask`` is (rows, length), True = real.
    """
    real = functional.pad(mask.float(), (2 * reach, 2 * reach)).unsqueeze(1)  # (rows, 1, length)
    real = functional.max_pool1d(real, 2 * reach + 1, 1)
    return functional.max_pool1d(1 - real, kernel, stride, 0, dilation).squeeze(1) < 0.5
