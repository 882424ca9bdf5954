"""Saved networks: save, list, go back to a version, and tell two networks apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, late, workspace
from danlu.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from danlu.network.difference import Side
    from danlu.network.graph import Network

app = group("Saved networks and their versions.")
FILES = (".json", ".yaml", ".yml", ".py")
SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": ">"}
Which = Annotated[
    str, typer.Argument(help="NAME, NAME@VERSION, a file, experiment:NAME or experiment:NAME:TRIAL")
]


def load(path: Path) -> Network:
    """Read a network document; NotFoundError if there is no such file."""
    if not path.is_file():
        raise NotFoundError(
            f"no file '{path}'", code="file_missing", where=str(Path.cwd()),
            do="Give a .json, .yaml or .py file of a network.",
        )  # fmt: skip
    found: Network = late("danlu.network.file:load")(path)
    return found


@app.command("list")
def list_(as_json: AsJson = False, home: Home = HOME) -> None:
    """List the saved networks."""
    with workspace(home) as ws:
        found = ws.networks.list()
    if as_json:
        output.as_json(found)
        return
    rows = [(n.name, n.revision, len(n.document["nodes"]), len(n.space)) for n in found]
    output.table(rows, "network", "version", "nodes", "ranges", empty="no network is saved yet")


@app.command()
def save(
    name: str,
    file: Path,
    space: Annotated[Path | None, typer.Option(help="Its ranges, as JSON.")] = None,
    title: Annotated[str, typer.Option(help="What this version is called.")] = "",
    on: Annotated[
        int | None, typer.Option(help="The version it began with; refused if others saved since.")
    ] = None,
    home: Home = HOME,
) -> None:
    """Save a file as the next version of a network."""
    ranges = json.loads(space.read_text("utf-8")) if space else {}
    document = output.plain(load(file))
    with workspace(home) as ws:
        saved = ws.networks.save(name, document, space=ranges, revision=on, title=title)
    output.say(f"{name}@{saved.revision}: hash {saved.hash[:12]}")


@app.command()
def versions(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """List what was saved under a name, newest first."""
    with workspace(home) as ws:
        found = ws.networks.versions(name)
    if as_json:
        output.as_json(found)
        return
    rows = [(v.revision, v.title, v.by, v.nodes, v.ranges, v.hash[:12]) for v in found]
    output.table(rows, "version", "title", "by", "nodes", "ranges", "hash")


@app.command()
def title(name: str, version: int, title: str, home: Home = HOME) -> None:
    """Give a version a title, so that it is kept for good."""
    with workspace(home) as ws:
        ws.networks.title(name, version, title)
    output.say(f"{name}@{version}: {title}")


@app.command()
def restore(name: str, version: int, home: Home = HOME) -> None:
    """Save an earlier version once more."""
    with workspace(home) as ws:
        saved = ws.networks.restore(name, version)
    output.say(f"{name}@{saved.revision} is version {version} again")


@app.command()
def draft(
    name: str,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it as .json, whatever is wrong.")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Let go of it.")] = False,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show what is being drawn on a network since its last version."""
    with workspace(home) as ws:
        found = ws.networks.draft(name)
        if found is not None and out is not None:
            out.write_text(json.dumps(found.document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if found is not None and drop:
            ws.networks.drop_draft(name, revision=found.revision)
    if as_json:
        output.as_json(found)
    elif found is None:
        output.say(f"{name}: nothing is being drawn")
    else:
        nodes, when = len(found.document["nodes"]), output.when(found.at)
        output.say(f"{name}: {nodes} nodes drawn by {found.by} at {when}, on version {found.on}")


@app.command()
def diff(
    before: Which,
    after: Which,
    data: Annotated[str | None, typer.Option(help="Count costs against this dataset.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Tell two networks apart, node by node; a change of places alone is none."""
    with workspace(home) as ws:
        found = ws.networks.diff(side(before), side(after), data=data, target=target)
    if as_json:
        output.as_json(found)
        return
    if found["same"]:
        output.say("none")
    for change in found["nodes"]:
        named = " > ".join(x for x in (change["scope"], change.get("was"), change["name"]) if x)
        output.say(f"{SIGNS[change['kind']]} {named}{written(change['fields'])}")
    if found["ranges"]:
        output.say(f"~ space{written(found['ranges'])}")
    old, new = found["totals"]
    for key in ("parameters", "macs") if old and new else ():
        output.say(f"{key}: {old[key]:,} to {new[key]:,} ({new[key] - old[key]:+,})")


def written(fields: list[dict[str, Any]]) -> str:
    """Write fields with what they were and are."""
    lines = [
        f"\n    {f['field']}: {output.cell(f.get('from'))} to {output.cell(f.get('to'))}"
        for f in fields
    ]
    return "".join(lines)


def side(text: str) -> Side:
    """Read which network is meant."""
    kind: type[Side] = late("danlu.network.difference:Side")
    if Path(text).is_file() or Path(text).suffix in FILES:
        return kind(document=output.plain(load(Path(text))))
    if text.startswith("experiment:"):
        _, name, *trial = text.split(":", 2)
        return kind(experiment=name, trial=number(trial[0], text) if trial else None)
    name, at, version = text.partition("@")
    return kind(network=name, version=number(version, text) if at else None)


def number(text: str, whole: str) -> int:
    """Read a version or trial."""
    if not text.isdecimal():
        raise InvalidError(
            f"'{whole}' names no network", code="reference",
            do="Write NAME, NAME@3, a file, experiment:NAME or experiment:NAME:4.",
        )  # fmt: skip
    return int(text)
