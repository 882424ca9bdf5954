"""`danlu job`: work in progress."""

from __future__ import annotations

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace

app = group("List, show and cancel jobs.")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the jobs, newest first."""
    found = workspace(home).jobs.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        (
            (j.id, j.kind, j.args.get("name"), j.state, j.attempt, output.when(j.created_at))
            for j in found
        ),
        "id", "kind", "of", "state", "attempt", "created",
    )  # fmt: skip


@app.command()
def show(job: str, home: Home = HOME) -> None:
    """Show one job as JSON."""
    output.as_json(workspace(home).jobs.show(job))


@app.command()
def cancel(job: str, home: Home = HOME) -> None:
    """Cancel a job; what it finished is kept."""
    workspace(home).jobs.cancel(job)
    output.say(f"job {job} is being cancelled")
