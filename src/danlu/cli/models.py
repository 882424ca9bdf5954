"""`danlu model`: what was trained, how good it is, and the bundle to take away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace

app = group("List, show and export trained models.")


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the models."""
    found = workspace(home).models.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((m.ref, m.experiment, m.metrics, ", ".join(m.tags), output.when(m.created_at))
         for m in found),
        "model", "experiment", "test metrics", "tags", "created",
        empty="no model yet: danlu train NAME --data D --target COL",
    )  # fmt: skip


@app.command()
def show(ref: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """Show one model: NAME@VERSION."""
    found = workspace(home).models.show(ref)
    if as_json:
        output.as_json(found)
        return
    baselines = found.manifest.get("lineage", {}).get("baselines", ())
    who = ", ".join([*(f"trial {n}" for n in found.trials), *baselines])
    output.say(f"{found.ref}  from experiment {found.experiment}: {who}")
    output.table(found.metrics.items(), "metric", "test")
    output.table(
        ((c["name"], c["passed"], c.get("detail")) for c in found.gate.get("checks", [])),
        "gate check", "passed", "detail",
    )  # fmt: skip


@app.command()
def export(
    ref: str,
    to: Annotated[Path, typer.Option("-o", "--output", help="A .zip or .onnx file to write.")],
    home: Home = HOME,
) -> None:
    """Write the bundle of a model as one zip, which `danlu serve` opens anywhere; or its .onnx."""
    workspace(home).models.export(ref, to)
    output.say(f"{ref} -> {to} ({to.stat().st_size / 1e6:.2f} MB)")


@app.command()
def tag(
    ref: str,
    tags: Annotated[list[str] | None, typer.Argument(help="Words; none takes all away.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Put words on a model, in place of those it had."""
    found = workspace(home).models.tag(ref, tags or [])
    if as_json:
        output.as_json(found)
        return
    output.say(f"{found.ref}: {', '.join(found.tags) or 'no tags'}")


@app.command()
def card(ref: str, home: Home = HOME) -> None:
    """Print the card of a model: data, figures, baselines, limits."""
    output.say(workspace(home).models.card(ref))


@app.command()
def mistakes(
    ref: str,
    truth: Annotated[str | None, typer.Option(help="Rows that are this class.")] = None,
    said: Annotated[str | None, typer.Option(help="Rows that were called this class.")] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="Rows that a later dataset version has added.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=400)] = 10,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show where a model errs on its test rows: confusion or residuals, and the worst rows."""
    door = workspace(home)
    found = door.models.mistakes(ref, truth=truth, said=said, version=version, limit=limit)
    if as_json:
        output.as_json(found)
        return
    output.say(f"{found['model']} on {found['rows']} {found['part']} rows of {found['data']}")
    spans = {name: f"{m['low']:.4g} .. {m['high']:.4g}" for name, m in found["metrics"].items()}
    figures = ((name, m["value"], spans[name]) for name, m in found["metrics"].items())
    output.table(figures, "metric", "value", "95 % interval")
    if found["form"] == "classes":
        cells = ((c["truth"], c["said"], c["rows"]) for c in found["confusion"])
        output.table(cells, "truth", "said", "rows")
    output.table(
        ((c["row"], c["truth"], c["said"], c["loss"], c["values"]) for c in found["cases"]),
        "row", "truth", "said", "loss", "values", empty="no such row",
    )  # fmt: skip
