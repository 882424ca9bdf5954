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


@app.command()
def usage(as_json: AsJson = False, home: Home = HOME) -> None:
    """Show what Danlu takes of processors, memory, disk and GPUs now."""
    found = workspace(home).jobs.usage(points=1)[-1]
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((u.role, u.processes, f"{u.cpu:.2f}", _megabytes(u.memory_bytes)) for u in found.roles),
        "role", "processes", "cores", "memory",
    )  # fmt: skip
    output.say(
        f"together {found.cpu:.2f} of {found.cores} cores, {_megabytes(found.memory_bytes)} "
        f"({_megabytes(found.memory_free)} free), disk {_megabytes(found.disk_free)} free"
    )
    for gpu in found.gpus:
        output.say(f"{gpu.name}: {gpu.busy:.0%} busy, {_megabytes(gpu.memory_bytes)} in use")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
