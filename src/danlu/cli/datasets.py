"""`danlu data`: import files, and look at what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace
from danlu.errors import DataError

app = group("Import files; list, show, see rejected rows.")


def kinds_of(pairs: list[str]) -> dict[str, str]:
    """Read ``COL=KIND`` options."""
    broken = [p for p in pairs if "=" not in p]
    if broken:
        raise DataError(
            f"'{broken[0]}' is not COL=KIND", code="kind_option", do="Write --kind price=number"
        )
    return dict(pair.rsplit("=", 1) for pair in pairs)


@app.command()
def add(
    name: str,
    paths: Annotated[list[Path], typer.Argument(help="CSV, TSV, JSONL or Parquet, plain or .gz.")],
    time: Annotated[str | None, typer.Option(help="The time column.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="COL=KIND, to correct a kind.")] = None,
    accept_rejects: Annotated[
        bool, typer.Option("--accept-rejects", help="Go on above 5 % bad rows.")
    ] = False,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Make a new dataset, or the next version of one."""
    version = workspace(home).datasets.add(
        name, *paths, time=time, kinds=kinds_of(kind or []), accept_rejects=accept_rejects
    )
    if as_json:
        output.as_json(version)
        return
    rejected = sum(part.rejected for part in version.parts)
    output.say(
        f"{name} version {version.version}: {version.rows:,} rows, {rejected:,} rejected"
        + (f": danlu data rejects {name}" if rejected else "")
    )


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the datasets."""
    found = workspace(home).datasets.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((d.name, d.version, d.time, output.when(d.created_at)) for d in found),
        "name", "version", "time column", "created",
        empty="no dataset yet: danlu data add NAME FILE",
    )  # fmt: skip


@app.command()
def show(
    name: str,
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show the columns of a dataset and what is in them."""
    found = workspace(home).datasets.show(name, version)
    if as_json:
        output.as_json(found)
        return
    output.say(f"{name} version {found.version}: {found.rows:,} rows in {len(found.parts)} parts")
    columns = found.profile.get("columns", {})
    output.table(
        (
            (c["name"], c["kind"], p.get("missing"), p.get("distinct"), summary(p))
            for c in found.schema_["columns"]
            for p in [columns.get(c["name"], {})]
        ),
        "column", "kind", "missing", "distinct", "values",
    )  # fmt: skip


def summary(profile: dict[str, object]) -> str:
    """Say in a few words what a column holds."""
    quantiles, top = profile.get("quantiles"), profile.get("top")
    if isinstance(quantiles, dict) and quantiles:
        ordered = list(quantiles.values())
        return f"{output.cell(ordered[0])} .. {output.cell(ordered[-1])}"
    if isinstance(top, list) and top:
        return ", ".join(str(t.get("value") if isinstance(t, dict) else t) for t in top[:4])
    return ""


@app.command()
def rejects(
    name: str,
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """List the rows that could not be read: line, column, reason, text."""
    found = workspace(home).datasets.rejects(name, version)
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((r.get("line"), r.get("column"), r.get("reason"), r.get("text")) for r in found),
        "line", "column", "reason", "text", empty="no row was rejected",
    )  # fmt: skip
