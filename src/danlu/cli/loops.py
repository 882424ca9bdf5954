"""`danlu loop`: the standing order that turns feedback into a better model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace
from danlu.loop.inbox import Order

app = group("Set, show and run the loop of a deployment.")


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(help="The deployment.")],
    data: Annotated[str, typer.Option(help="The dataset that joined feedback flows into.")],
    experiment: Annotated[str, typer.Option(help="The experiment a retrain repeats.")],
    every: Annotated[str | None, typer.Option(help="day, hour or week.")] = None,
    cron: Annotated[str | None, typer.Option(help="A cron line: '0 3 * * *'.")] = None,
    rows: Annotated[int | None, typer.Option(help="Retrain after this many joined rows.")] = None,
    drift: Annotated[float | None, typer.Option(help="Retrain above this stability index.")] = None,
    decay: Annotated[
        float | None, typer.Option(help="Retrain when this share of the promise is lost.")
    ] = None,
    new_data: Annotated[bool, typer.Option("--new-data", help="Retrain on added files.")] = False,
    zone: Annotated[str, typer.Option(help="Time zone of the schedule.")] = "UTC",
    home: Home = HOME,
) -> None:
    """Set when and from what a deployment is retrained; several reasons may stand together."""
    when = {"every": every, "cron": cron, "rows": rows, "drift": drift, "decay": decay}
    loop = workspace(home).loops.set(
        name, data=data, experiment=experiment, zone=zone, new_data=new_data or None, **when
    )
    triggers = ", ".join(output.cell(trigger) for trigger in (loop.trigger, *loop.more))
    output.say(f"loop '{loop.name}': {triggers}")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the loops."""
    found = workspace(home).loops.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((f.name, f.data, f.experiment, " ".join(t["kind"] for t in (f.trigger, *f.more)),
          len(f.cycles)) for f in found),
        "loop", "data", "experiment", "triggers", "cycles",
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
    if found["coming"]:
        output.say("next runs: " + ", ".join(output.when(at) for at in found["coming"]))


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


DAYS = typer.Option(min=1, max=366, help="How many of the newest days.")


@app.command()
def drift(
    name: str, days: Annotated[int, DAYS] = 30, as_json: AsJson = False, home: Home = HOME
) -> None:
    """Show how far each column lies from the data the champion was made from."""
    found = workspace(home).loops.drift(name, days=days)
    if as_json:
        output.as_json(found)
        return
    if found["days"]:
        output.say(
            f"the week to {found['days'][-1]['day']} against {found['data']} version "
            f"{found['version']} ({found['champion']})"
        )
    output.table(
        ((c["column"], c["psi"], c["by_chance"], c["missing"], c["missing_before"], c["new"],
          c["moved"]) for c in found["columns"]),
        "column", "index", "by chance", "missing", "before", "new values", "moved",
        empty="nothing asked yet",
    )  # fmt: skip


@app.command()
def decay(
    name: str, days: Annotated[int, DAYS] = 30, as_json: AsJson = False, home: Home = HOME
) -> None:
    """Show the feedback that is in by day, and the metric of ripe days against the promise."""
    found = workspace(home).loops.decay(name, days=days)
    if as_json:
        output.as_json(found)
        return
    if found["promise"]:
        output.say(f"{found['champion']} promised {found['metric']} {interval(found['promise'])}")
    if found["week"]:
        output.say(f"the ripe week to {found['week']['to']}: {interval(found['week']['live'])}")
    output.table(
        ((d["day"], d["rows"], f"{d['joined'] / max(d['rows'], 1):.0%}", d["ripe"],
          interval(d["live"]), interval(d["frozen"])) for d in found["days"]),
        "day", "predictions", "feedback", "ripe", "live", f"{found['first'] or 'first model'}",
        empty="nothing asked yet",
    )  # fmt: skip


@app.command()
def backtest(
    name: str,
    model: Annotated[str, typer.Argument(help="name@version: any model of the same target.")],
    days: Annotated[int, typer.Option(min=1, max=60, help="How many ripe days.")] = 7,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Answer the last ripe days again with a model, beside what was served."""
    found = workspace(home).loops.backtest(name, model, days=days).result
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((d["day"], d["rows"], d["seen"], interval(d["served"]), interval(d["model"]))
         for d in found["days"]),
        "day", "rows", "learnt from", "as served", model,
    )  # fmt: skip
    one = found["verdict"]
    output.say(
        f"{found['metric']} {output.cell(one['challenger'])} against {output.cell(one['champion'])}"
        f" as served, on {one['rows']} rows: {one['difference']:+.4g} "
        f"[{one['low']:.4g}, {one['high']:.4g}]"
    )
    if found["flattered"]:
        output.say("it has learnt from these rows, which flatters it")


@app.command()
def touched(
    name: str,
    version: Annotated[int | None, typer.Option(help="Of the loop's dataset.")] = None,
    part: Annotated[str | None, typer.Option(help="A file or day of it.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """List the models that learnt from a version or part of the data, and what they answered."""
    found = workspace(home).loops.touched(name, version=version, part=part)
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((t["model"], t["version"], t["experiment"], t["predictions"] or None) for t in found),
        "model", "version", "experiment", "predictions", empty="no model has learnt from it",
    )  # fmt: skip


@app.command()
def inbox(
    name: str,
    newest: Annotated[bool, typer.Option("--newest", help="Not the most doubtful first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """List predictions whose truth nobody has said yet, the most doubtful first."""
    order: Order = "newest" if newest else "doubt"
    found = workspace(home).loops.inbox(name, order=order, limit=limit)
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((p["id"], output.when(p["at"]), p["answer"].get("label", p["answer"].get("value")),
          p["doubt"], len(p["warnings"])) for p in found),
        "prediction", "asked", "answer", "doubt", "warnings", empty="nothing waits for its truth",
    )  # fmt: skip


@app.command()
def audit(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """List who decided what about the loop and its deployment, newest first."""
    found = workspace(home).loops.audit(name)
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((output.when(a.at), a.actor, a.action, a.subject) for a in found),
        "when", "who", "what", "of",
    )  # fmt: skip


def interval(found: dict[str, Any] | None) -> str | None:
    """Show a metric and its interval."""
    if not found:
        return None
    value, low, high = (f"{found[key]:.4g}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"
