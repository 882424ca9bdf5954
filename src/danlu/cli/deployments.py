"""`danlu deploy`, `deployment`, `predict`, `feedback`: models behind names, and their answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, late, workspace
from danlu.errors import DataError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, show, promote and roll back deployments.",
)
Name = Annotated[str, typer.Argument(help="The deployment.")]
ROWS_AT_ONCE = 1000


def deploy(
    name: Name,
    model: Annotated[str, typer.Argument(help="NAME@VERSION.")],
    shadow: Annotated[bool, typer.Option("--shadow", help="Answer the log only.")] = False,
    canary: Annotated[
        float | None, typer.Option(min=0, max=100, help="Percent of the traffic.")
    ] = None,
    durability: Annotated[
        str | None, typer.Option(help="What an answer promises of its log: full, relaxed or off.")
    ] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Put a model behind a name; the gate must pass first."""
    share = 0.0 if shadow else None if canary is None else canary / 100
    found = workspace(home).deployments.create(
        name, model, challenger_share=share, durability=durability
    )
    if as_json:
        output.as_json(found)
        return
    if found.refused:
        refusal = found.refused
        raise DataError(
            str(refusal.get("title", "refused")), code="gate_refused",
            where=f"deployment '{name}'", do=str(refusal.get("fix", "")),
        )  # fmt: skip
    output.say(f"{name}: {found.live} answers" + challenged(found))


def challenged(found: Any) -> str:
    """Say who challenges, and how."""
    if not found.challenger:
        return ""
    share = found.challenger_share
    return f", {found.challenger} " + (f"gets {share:.0%}" if share else "answers the log only")


def rows_of(source: str) -> list[dict[str, Any]]:
    """Read rows from CSV, JSON, JSONL or Parquet; ``-`` is JSON or JSONL on standard input."""
    if source != "-" and Path(source).suffix not in (".json", ".jsonl", ".ndjson"):
        rows: list[dict[str, Any]] = late("danlu.data.dataset:loose_rows")(Path(source))
        return rows
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8-sig")
        return json_rows(text)
    except (OSError, ValueError) as error:
        raise DataError(
            "these are no rows", code="rows_file", where=source,
            do=f"Give JSON objects, one a line, or a list of them. {error}",
        ) from error  # fmt: skip


def json_rows(text: str) -> list[dict[str, Any]]:
    """Read ``{"rows": [...]}``, a list, one object, or one object a line."""
    try:
        found = json.loads(text)
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(found, dict):
        found = found.get("rows", [found])
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise ValueError('a row is an object like {"column": value}')
    return found


def predict(
    name: Name,
    file: Annotated[str, typer.Argument(help="A file of rows, or - for standard input.")],
    home: Home = HOME,
) -> None:
    """Ask for a prediction of every row; prints one JSON object a line."""
    door, rows = workspace(home), rows_of(file)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        answer = door.deployments.predict(name, rows[start : start + ROWS_AT_ONCE])
        for prediction in answer["predictions"]:
            sys.stdout.write(json.dumps(prediction, ensure_ascii=False) + "\n")


def feedback(
    name: Name,
    file: Annotated[str, typer.Argument(help='Rows of {"id", "truth"}, or - for stdin.')],
    home: Home = HOME,
) -> None:
    """Say what really happened; joined to its prediction by id."""
    door, rows = workspace(home), rows_of(file)
    total: dict[str, Any] = {"accepted": 0, "repeated": 0, "unknown": []}
    for start in range(0, len(rows), ROWS_AT_ONCE):
        answer = door.deployments.feedback(name, rows[start : start + ROWS_AT_ONCE])
        total = {k: total[k] + answer.get(k, type(total[k])()) for k in total}
    output.as_json(total)


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the deployments."""
    found = workspace(home).deployments.list()
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((d.name, d.live, d.wanted, challenged(d).lstrip(", "), d.durability) for d in found),
        "deployment", "live", "wanted", "challenger", "durability",
        empty="no deployment yet: danlu deploy NAME MODEL",
    )  # fmt: skip


@app.command()
def show(name: Name, as_json: AsJson = False, home: Home = HOME) -> None:
    """Show one deployment and its counts."""
    door = workspace(home)
    found, counts = door.deployments.show(name), door.deployments.counts(name)
    if as_json:
        output.as_json({**output.plain(found), "counts": counts})
        return
    output.say(f"{name}: {found.live} answers" + challenged(found))
    if found.refused:
        output.say(f"refused: {found.refused.get('title')}")
    output.table(counts.items(), "count", "")


@app.command()
def promote(name: Name, home: Home = HOME) -> None:
    """Let the challenger take over."""
    output.say(f"{name}: {workspace(home).deployments.promote(name).live} answers")


@app.command()
def withdraw(name: Name, home: Home = HOME) -> None:
    """Take the challenger away."""
    output.say(f"{name}: {workspace(home).deployments.withdraw(name).live} answers alone")


@app.command()
def traffic(
    name: Name,
    hours: Annotated[float, typer.Option(min=0.02, help="How far back.")] = 24.0,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show requests, latencies, errors and odd inputs of the last hours, model by model."""
    door = workspace(home)
    found = {**door.deployments.traffic(name, hours=hours), "rivals": door.deployments.rivals(name)}
    if as_json:
        output.as_json(found)
        return
    shown = ("requests", "rows", "errors", "warned", "p50", "p95", "p99")
    output.table(
        ((m["model"] + " (shadow)" * m["shadow"], *(m[k] for k in shown)) for m in found["models"]),
        "model", *shown[:4], "p50 ms", "p95 ms", "p99 ms", empty="nothing was asked",
    )  # fmt: skip
    odd = ((w["column"], w["code"], w["rows"]) for w in found["warnings"])
    output.table(odd, "column", "odd input", "rows", empty="no odd input")


@app.command()
def rollback(name: Name, home: Home = HOME) -> None:
    """Let the model before answer again."""
    output.say(f"{name}: {workspace(home).deployments.rollback(name).live} answers")
