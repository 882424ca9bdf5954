"""`danlu key`: secrets that open the API; each is shown once."""

from __future__ import annotations

from typing import Annotated

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace

app = group("Create, list and revoke keys.")


@app.command()
def create(
    name: str,
    role: Annotated[str, typer.Option(help="admin, editor, viewer or predict.")] = "viewer",
    deployment: Annotated[
        str | None, typer.Option(help="The one deployment a predict key works for.")
    ] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Create a key and print its secret, this once."""
    key, secret = workspace(home).keys.create(name, role, deployment=deployment)
    if as_json:
        output.as_json({"id": key.id, "role": key.role, "secret": secret})
        return
    output.say(secret)
    output.note(f"key {key.id} ({key.role}); the secret is not shown again")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the keys, without their secrets."""
    found = workspace(home).keys.list()
    if as_json:
        output.as_json([{k: v for k, v in output.plain(f).items() if k != "sha256"} for f in found])
        return
    output.table(
        (
            (k.id, k.name, k.role, k.deployment, k.prefix, "revoked" if k.revoked_at else "")
            for k in found
        ),
        "id", "name", "role", "deployment", "begins with", "",
    )  # fmt: skip


@app.command()
def revoke(key: str, home: Home = HOME) -> None:
    """Revoke a key by its id, at once."""
    workspace(home).keys.revoke(key)
    output.say(f"key {key} revoked")
