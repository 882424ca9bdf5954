"""`danlu network`: propose, check and convert network documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, late, workspace

app = group("Propose, check and convert networks.")
Out = Annotated[Path, typer.Option("-o", "--output", help="A .json or .yaml file to write.")]


def write(document: dict[str, Any], path: Path) -> None:
    """Write a network document in the form its suffix names."""
    network = late("danlu.network.graph:Network").model_validate(document)
    path.write_text(late("danlu.network.file:dump")(network, path.suffix), "utf-8")


@app.command()
def propose(
    data: Annotated[str, typer.Option(help="The dataset.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    out: Out,
    task: Annotated[str | None, typer.Option(help="Default: what fits the target.")] = None,
    home: Home = HOME,
) -> None:
    """Propose a network fitted to the data; writes its space and recipe beside it."""
    found = workspace(home).networks.propose(data, target, task=task)
    write(found["network"], out)
    beside = out.with_suffix(".space.json")
    beside.write_text(json.dumps(found["space"], ensure_ascii=False, indent=2) + "\n", "utf-8")
    output.say(f"{out} and {beside}; recipe {output.cell(found['recipe'])}")


@app.command()
def check(
    file: Path,
    data: Annotated[str | None, typer.Option(help="Check against this dataset.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show shapes, parameters, multiply-adds and problems; exit 1 if it cannot run."""
    network = late("danlu.network.file:load")(file)
    found = workspace(home).networks.check(output.plain(network), data=data, target=target)
    if as_json:
        output.as_json(found)
    else:
        picture(output.plain(found))
    if any(p.get("level", "error") == "error" for p in found["problems"]):
        raise typer.Exit(1)


def gives(node: dict[str, Any]) -> str:
    """Say what a node gives, or why that is not known."""
    if node.get("type"):
        axes = [f"{a['name']} {a['size']}" for a in node["type"]["axes"]]
        return f"{' x '.join(['rows', *axes])} {node['type']['dtype']}"
    because = node.get("because_of")
    return f"unknown because of '{because}'" if because else str(node.get("state", ""))


def picture(found: dict[str, Any]) -> None:
    """Print the nodes in order, the totals, and what is wrong."""
    output.table(
        ((name, gives(n), n.get("parameters"), n.get("macs"))
         for name, n in found["nodes"].items()),
        "node", "gives", "parameters", "multiply-adds",
    )  # fmt: skip
    totals = found.get("totals", {})
    output.say(f"{totals.get('parameters', 0):,} parameters, {totals.get('macs', 0):,} macs a row")
    for problem in found["problems"]:
        output.say(f"problem at '{problem.get('node')}': {problem.get('text') or problem['code']}")
        for fix in problem.get("fixes", []):
            output.say(f"  fix: {fix['title']}")


@app.command()
def convert(file: Path, out: Out) -> None:
    """Convert between .json and .yaml, losslessly."""
    network = late("danlu.network.file:load")(file)
    out.write_text(late("danlu.network.file:dump")(network, out.suffix), "utf-8")
    output.say(f"{out}: hash {network.hash[:12]}")
