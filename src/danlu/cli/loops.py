"""`danlu loop`: the standing order that turns feedback into a better model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace

app = group("Set, show and run the loop of a deployment.")


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(help="The deployment.")],
    data: Annotated[str, typer.Option(help="The dataset that joined feedback flows into.")],
    experiment: Annotated[str, typer.Option(help="The experiment a retrain repeats.")],
    every: Annotated[str | None, typer.Option(help="day, hour or week.")] = None,
    cron: Annotated[str | None, typer.Option(help="A cron line: '0 3 * * *'.")] = None,
    rows: Annotated[int | None, typer.Option(help="Retrain after this many joined rows.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of the schedule.")] = "UTC",
    home: Home = HOME,
) -> None:
    """Set when and from what a deployment is retrained."""
    loop = workspace(home).loops.set(
        name, data=data, experiment=experiment, every=every, cron=cron, rows=rows, zone=zone
    )
    output.say(f"loop '{loop.name}': {output.cell(loop.trigger)}")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the loops."""
    found = workspace(home).loops.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((f.name, f.data, f.experiment, f.trigger, len(f.cycles)) for f in found),
        "loop", "data", "experiment", "trigger", "cycles",
        empty="no loop yet: danlu loop set DEPLOYMENT --data D --experiment E --every day",
    )  # fmt: skip


@app.command()
def show(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """Show the whole circle with its counts."""
    found = workspace(home).loops.show(name)
    if as_json:
        output.as_json(found)
        return
    circle(output.plain(found))


STATIONS = (
    "data", "network", "experiment", "model", "deployment", "predictions", "decisions", "feedback",
    "joined",
)  # fmt: skip


def circle(found: dict[str, Any]) -> None:
    """Print the circle from data round to data, then the cycles it went through."""
    stations = found["circle"]
    output.table(
        ((s, stations[s].get("name"), stations[s].get("count"), output.when(stations[s].get("at")))
         for s in STATIONS if s in stations),
        "station", "what", "count", "last",
    )  # fmt: skip
    output.table(
        ((output.when(c.get("at")), c.get("why"), c.get("data"), c.get("challenger"),
          c.get("champion"), verdict(c.get("verdict") or {})) for c in found["loop"]["cycles"]),
        "cycle", "why", "data", "challenger", "champion", "verdict", empty="no retrain yet",
    )  # fmt: skip


def verdict(found: dict[str, Any]) -> str:
    """Say in a few words how the promotion gate decided."""
    what = "promoted" if found.get("promoted") else "kept the champion"
    numbers = f"{output.cell(found.get('challenger'))} against {output.cell(found.get('champion'))}"
    return f"{what}: {found.get('metric', '')} {numbers} {found.get('reason', '')}"


@app.command()
def run(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """Retrain now, and promote the challenger if it is better."""
    loop = workspace(home).loops.run(name, wait=True)
    if as_json:
        output.as_json(loop)
        return
    output.say(output.cell(output.plain(loop.cycles[-1])) if loop.cycles else "nothing to do")
