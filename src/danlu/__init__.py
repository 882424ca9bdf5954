"""Danlu: draw a network, hand over your logs, get a prediction API that improves every day.

>>> import danlu
>>> danlu.Int(16, 256, log=True).high
256
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from danlu.errors import DanluError

if TYPE_CHECKING:
    from danlu.client.client import Client
    from danlu.execute.base import Executor
    from danlu.space import Bool, Choice, Float, Int
    from danlu.workspace.workspace import Workspace

__all__ = [
    "Bool", "Choice", "Client", "DanluError", "Float", "Int", "Workspace", "connect", "open",
]  # fmt: skip
_PLACES = {
    "Bool": "danlu.space", "Choice": "danlu.space", "Client": "danlu.client.client",
    "Float": "danlu.space", "Int": "danlu.space", "Workspace": "danlu.workspace.workspace",
}  # fmt: skip


def open(  # noqa: A001 - danlu.open(folder), as one opens a file
    home: Path | str = "furnace", *, project: str = "default", executor: Executor | None = None
) -> Workspace:
    """Open the workspace in a folder, making it if there is none; work is done in this process."""
    place = importlib.import_module("danlu.workspace.workspace")
    who = place.OWNER.model_copy(update={"project": project})
    answering = importlib.import_module("danlu.workspace.answering")
    here = answering.Answering(Path(home).absolute() / "log" / "predictions.db")
    workspace: Workspace = place.Workspace(home, executor=executor, who=who, answering=here)
    return workspace


def connect(url: str, *, key: str = "") -> Client:
    """Connect to a running server: the same nouns with the same methods, over HTTP."""
    client: Client = importlib.import_module("danlu.client.client").connect(url, key=key)
    return client


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import danlu`` stays quick."""
    if name not in _PLACES:
        raise AttributeError(f"module 'danlu' has no attribute '{name}'")
    return getattr(importlib.import_module(_PLACES[name]), name)
