"""History: what was tried and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Values = dict[str, Any]
History = Sequence[tuple[Mapping[str, Any], float | None]]
"""Values tried and what came out, oldest first; None = still running, or it failed."""
Costs = Sequence[float | None]
"""What one answer costs with each entry of a history, less is better; None = not known."""
