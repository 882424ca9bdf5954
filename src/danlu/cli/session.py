"""Session: where a command does its work: the running server of a workspace, or in place."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psutil
import typer

import danlu

if TYPE_CHECKING:
    from danlu.workspace.workspace import Workspace

Home = Annotated[
    Path, typer.Option("--home", envvar="DANLU_HOME", help="The workspace folder.")
]  # fmt: skip
HOME = Path("furnace")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def group(help_: str) -> typer.Typer:
    """Make the group of one noun's commands."""
    return typer.Typer(add_completion=False, no_args_is_help=True, help=help_)


def late(name: str) -> Any:
    """Load ``module:attribute`` when it is needed, so that ``--help`` stays quick."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def server_of(home: Path) -> dict[str, Any] | None:
    """Return what the running server of ``home`` wrote about itself, if it still runs."""
    try:
        found: dict[str, Any] = json.loads((home / "run" / "server.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if psutil.pid_exists(int(found.get("pid", 0))) else None


def workspace(home: Path) -> Workspace:
    """Open the workspace: through its server if one runs, else in place; the answers agree."""
    server = server_of(home)
    if server is None:
        return danlu.open(home)
    token = (home / "run" / "token").read_text("ascii").strip()
    return danlu.connect(server["url"], key=token)  # type: ignore[return-value]  # same methods
