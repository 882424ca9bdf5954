"""`danlu up`, `serve`, `backup`, `restore`, `doctor`: the platform as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, late


def up(
    home: Home = HOME,
    host: Annotated[str, typer.Option(help="Loopback unless TLS and a key are set up.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8420,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
) -> None:
    """Start page, API, workers and scheduler; prints a one-use login link."""
    code = late("danlu.up.launcher:run")(home, host=host, port=port, open_page=open_page)
    raise typer.Exit(code)


def serve(
    bundle: Annotated[Path, typer.Argument(help="A bundle folder, or its zip.")],
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8421,
) -> None:
    """Serve one bundle alone: no workspace, no torch."""
    late("danlu.serve.server:serve")(bundle, host=host, port=port)


def backup(folder: Path, home: Home = HOME) -> None:
    """Copy a workspace to an empty folder, consistently, also while it runs."""
    found = late("danlu.workspace.backup:backup")(home, folder)
    output.say(f"{found['blobs']:,} blobs and {found['databases']} databases in {folder}")


def restore(folder: Path, home: Home = HOME) -> None:
    """Make a workspace from a backup; every blob is verified on the way."""
    found = late("danlu.workspace.backup:restore")(folder, home)
    output.say(f"{home} restored: {found['blobs']:,} blobs, {found['databases']} databases")


def doctor(as_json: AsJson = False, home: Home = HOME) -> None:
    """Say which protections are up on this machine; exit 1 if something must be mended."""
    found = late("danlu.workspace.doctor:examine")(home)
    if as_json:
        output.as_json(found)
    else:
        output.table(
            ((f["check"], {True: "ok", False: "MEND", None: "-"}[f["ok"]], f["found"], f["do"])
             for f in found),
            "check", "", "found", "what to do",
        )  # fmt: skip
    if any(f["ok"] is False for f in found):
        raise typer.Exit(1)
