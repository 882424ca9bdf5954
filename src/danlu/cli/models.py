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
        ((m.ref, m.experiment, m.metrics, output.when(m.created_at)) for m in found),
        "model", "experiment", "test metrics", "created",
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
    to: Annotated[Path, typer.Option("-o", "--output", help="A .zip file to write.")],
    home: Home = HOME,
) -> None:
    """Write the bundle of a model as one zip; `danlu serve` opens it anywhere."""
    workspace(home).models.export(ref, to)
    output.say(f"{ref} -> {to} ({to.stat().st_size / 1e6:.2f} MB)")
