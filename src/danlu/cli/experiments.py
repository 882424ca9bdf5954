"""`danlu train` and `danlu experiment`: search, watch, compare, stop, resume."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from danlu.cli import output
from danlu.cli.datasets import split_of
from danlu.cli.session import HOME, AsJson, Home, group, late, workspace
from danlu.errors import DataError, SpaceError
from danlu.experiment import words

app = group("List, show, stop and resume experiments.")
Pairs = Annotated[list[str] | None, typer.Option(metavar="FIELD=VALUE")]


def pairs_of(given: list[str] | None) -> dict[str, str]:
    """Read ``FIELD=VALUE`` options."""
    for pair in given or []:
        if "=" not in pair:
            raise SpaceError(
                f"'{pair}' is not FIELD=VALUE", code="pair_option",
                do="Write --set recipe.epochs=20 or --range mlp_1.units=16..256:log",
            )  # fmt: skip
    return dict(pair.split("=", 1) for pair in given or [])


def json_file(path: Path | None) -> dict[str, Any] | None:
    """Read a JSON object from a file the user named."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            "not a readable JSON file", code="json_file", where=str(path), do=f"{error}"
        ) from error
    if not isinstance(found, dict):
        raise DataError("a JSON object is wanted here", code="json_file", where=str(path))
    return found


class Bar:
    """A progress bar fed by the events of one experiment."""

    def __init__(self, name: str, trials: int) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[best]}"), TimeElapsedColumn(),
            console=output.err, transient=True,
        )  # fmt: skip
        self.task = self.progress.add_task(name, total=trials, best="")

    def report(self, event: dict[str, Any]) -> None:
        """Move on: ``{"done": trials ended, "best": metric, "phase": what runs}``."""
        best = event.get("best")
        self.progress.update(
            self.task, completed=event.get("done", 0), description=str(event.get("phase", "")),
            best="" if best is None else f"best {best:.4g}",
        )  # fmt: skip


def train(
    name: str,
    data: Annotated[str, typer.Option(help="The dataset.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    task: Annotated[str | None, typer.Option(help="Default: what fits the target.")] = None,
    network: Annotated[Path | None, typer.Option(help="Default: a proposed one.")] = None,
    space: Annotated[Path | None, typer.Option(help="A space file (JSON).")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE.")] = None,
    range_: Annotated[
        list[str] | None, typer.Option("--range", help="FIELD=LOW..HIGH[:log].")
    ] = None,
    trials: Annotated[int, typer.Option(min=1)] = 24,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    seed: int = 0,
    split: Annotated[
        str | None, typer.Option(help='How rows are divided: {"method": "group", "key": "user"}.')
    ] = None,
    deploy: Annotated[str | None, typer.Option(help="Put the winner behind this name.")] = None,
    sampler: Annotated[str, typer.Option(help="tpe, random, grid, gp, cma_es, nsga2.")] = "tpe",
    folds: Annotated[int, typer.Option(min=1, max=10, help="Judge each trial so often.")] = 1,
    baselines: Annotated[
        str, typer.Option(help="compete: a better baseline may be the model; compare: never.")
    ] = "compete",
    watch: Annotated[bool, typer.Option("--watch", help="Look into trials as they train.")] = False,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Search hyper-parameters over many trials at once; test, pack and register the best."""
    door = workspace(home)
    plan = late("danlu.experiment.plan:asked")(
        network=late("danlu.network.file:load")(network) if network else None,
        space=json_file(space), values=pairs_of(set_), ranges=pairs_of(range_),
    )  # fmt: skip
    bar = Bar(name, trials)
    with bar.progress, resumable(name):
        experiment = door.experiments.run(
            name, data=data, target=target, task=task, trials=trials, epochs=epochs, seed=seed,
            deploy=deploy, report=bar.report, sampler=sampler, folds=folds, baselines=baselines,
            watch=watch, split=split_of(split), **plan,
        )  # fmt: skip
    shown(door, experiment.name, as_json=as_json)


@contextmanager
def resumable(name: str) -> Iterator[None]:
    """Turn Ctrl-C into words: what is kept, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        output.note(f"stopped; every finished epoch is kept: danlu experiment resume {name}")
        raise typer.Exit(130) from None


def shown(door: Any, name: str, *, as_json: bool) -> None:
    """Print an experiment: state, leaderboard, model."""
    found = door.experiments.show(name)
    if as_json:
        output.as_json({**output.plain(found), "leaderboard": door.experiments.leaderboard(name)})
        return
    output.say(f"{found.name}: {found.state}" + (f" ({found.cause})" if found.cause else ""))
    metric = found.plan.get("metric", "metric")
    output.table(
        ((r["name"], r.get("state"), r["metric"], r.get("seconds"), brief(r.get("values") or {}))
         for r in door.experiments.leaderboard(name)),
        "who", "state", f"{metric} (valid)", "s", "values", empty="no trial yet",
    )  # fmt: skip
    for line in late("danlu.experiment.rescue:bad_ends")(door.experiments.trials(name)):
        output.note(f"{line}: danlu experiment trial {name} N")
    for warning in found.result.get("warnings", []):
        output.note(f"warning: {words.warning(warning)}")
    if found.result.get("importance"):
        shares = {name: f"{share:.0%}" for name, share in found.result["importance"].items()}
        output.say(f"what mattered: {brief(shares)}")
    if found.result.get("cost"):
        output.say(f"cost: {spent(found)}")
    if found.result.get("verdict"):
        output.say(words.verdict(found.result["verdict"], metric))
    if found.result.get("model"):
        output.say(f"model {found.result['model']}: test {brief(found.result.get('test') or {})}")


def spent(found: Any) -> str:
    """Say what a search cost and what the planner made of it."""
    cost, plan = found.result["cost"], found.plan
    seconds = sum(found.result.get("timings", {}).values())
    return (
        f"{cost['trials']} trials, {cost['epochs']} epochs, {cost['seconds']:.1f} s of training in "
        f"{seconds:.1f} s, {cost.get('cohorts', '?')} cohorts on {plan.get('slots')} slots"
    )


def brief(values: dict[str, Any]) -> str:
    """Show values in one line.

    >>> brief({"recipe.learning_rate": 0.004373, "mlp_1.units": 32})
    'recipe.learning_rate 0.004373, mlp_1.units 32'
    """
    return ", ".join(f"{name} {output.cell(value)}" for name, value in values.items())


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the experiments."""
    found = workspace(home).experiments.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        (
            (e.name, e.state, e.spec.get("data"), e.spec.get("target"), e.result.get("model"),
             output.when(e.created_at))
            for e in found
        ),
        "experiment", "state", "data", "target", "model", "created",
        empty="no experiment yet: danlu train NAME --data D --target COL",
    )  # fmt: skip


@app.command()
def show(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """Show one experiment with its leaderboard, baselines among the trials."""
    shown(workspace(home), name, as_json=as_json)


@app.command()
def trial(name: str, number: int, as_json: AsJson = False, home: Home = HOME) -> None:
    """Show one trial: its values, how it ended and why, what was tried, the end of its log."""
    found = late("danlu.experiment.rescue:numbered")(
        workspace(home).experiments.trials(name), number
    )
    if as_json:
        output.as_json(found)
        return
    output.say(f"trial {number}: {found.state}" + (f" ({found.cause})" if found.cause else ""))
    output.say(f"values: {brief(found.values) or 'those of the recipe'}")
    if found.epochs:
        best = "" if found.best_epoch is None else f"; best {found.best_epoch}"
        output.say(f"{found.epochs} epochs{best}: {brief(found.metrics)}")
    for note in found.retries:
        output.note(late("danlu.train.ends:sentence")(note))
    if found.advice:
        output.say(f"try: --set {found.advice['field']}={found.advice['to']}")
    if found.tail:
        output.say(found.tail)


@app.command()
def report(
    name: str,
    to: Annotated[Path | None, typer.Option(help="The HTML file to write.")] = None,
    home: Home = HOME,
) -> None:
    """Write one HTML file that opens offline: leaderboard, curves, importance, cost."""
    path = to or Path(f"{name}.html")
    path.write_text(workspace(home).experiments.report(name), "utf-8")
    output.say(f"{name} -> {path}")


@app.command()
def export(
    name: str,
    tensorboard: Annotated[Path, typer.Option(help="Folder for the event files.")],
    home: Home = HOME,
) -> None:
    """Write curves and histograms as files that `tensorboard --logdir` opens, run or running."""
    door = workspace(home).experiments
    experiment = door.show(name)
    files = late("danlu.experiment.tensorboard:export")(
        door.trials(name), late("danlu.experiment.looks:seen_of")(experiment, home),
        tensorboard, began=experiment.created_at,
    )  # fmt: skip
    output.say(f"{name}: {len(files)} trials -> {tensorboard}")


@app.command()
def watch(
    name: str,
    trial: int,
    node: Annotated[str, typer.Option(help="How fast the weights of this node move.")] = "",
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show what was seen inside a trial that was started with `--watch`."""
    door = workspace(home).experiments
    found = door.inside(name, trial, node) if node else door.looks(name, trial)
    if as_json:
        output.as_json(found)
        return
    rows, columns = late("danlu.experiment.looks:rows_of")(found)
    output.table(rows, *columns, empty="nothing yet: train with --watch, and wait for a look")


@app.command()
def stop(name: str, home: Home = HOME) -> None:
    """Stop an experiment; what was measured is kept, and `resume` goes on."""
    output.say(f"{name}: {workspace(home).experiments.stop(name).state}")


@app.command()
def resume(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """Go on where a stopped or killed experiment was."""
    door = workspace(home)
    with resumable(name):
        door.experiments.resume(name)
    shown(door, name, as_json=as_json)
