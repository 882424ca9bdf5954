"""`danlu project`: one team's things, apart from the others'."""

from __future__ import annotations

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace

app = group("Create and list projects.")


@app.command()
def create(name: str, home: Home = HOME) -> None:
    """Create a project."""
    output.say(f"project '{workspace(home).projects.create(name).name}' created")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the projects."""
    found = workspace(home).projects.list()
    if as_json:
        output.as_json(found)
        return
    output.table(((p.name, output.when(p.created_at)) for p in found), "project", "created")
