"""`danlu data`: import files, and look at what came of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import HOME, AsJson, Home, group, workspace
from danlu.data.stability import MOVED, STABLE
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
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, TSV, JSONL or Parquet, plain or .gz; a folder or zip of pictures."
        ),
    ],
    time: Annotated[str | None, typer.Option(help="The time column.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="COL=KIND, to correct a kind; COL=image:32x32.")
    ] = None,
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
def versions(name: str, as_json: AsJson = False, home: Home = HOME) -> None:
    """List the versions of a dataset and what changed with each."""
    found = workspace(home).datasets.versions(name)
    if as_json:
        output.as_json(found)
        return
    output.table(
        ((v["version"], v["rows"], v["rejected"], news(v["changed"]), output.when(v["created_at"]))
         for v in found),
        "version", "rows", "rejected", "changed", "created",
    )  # fmt: skip


def news(changed: dict[str, Any]) -> str:
    """Say in a few words what changed with a version."""
    found = [f"+ {part}" for part in changed["parts"]] + [f"- {part}" for part in changed["gone"]]
    found += [f"{column}: {was} -> {now}" for column, (was, now) in changed["kinds"].items()]
    if changed["labels"]:
        found.append("{column}: {rows:,} rows set by {by}".format(**changed["labels"]))
    if changed["time"]:
        found.append("time: {} -> {}".format(*(t or "none" for t in changed["time"])))
    return ", ".join(found[:6]) + (" ..." if len(found) > 6 else "")


@app.command()
def drift(
    name: str,
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
    against: Annotated[int | None, typer.Option(help="Default: the one before.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Say how far the rows of a version lie from those of another, column by column."""
    found = workspace(home).datasets.profile(name, version, against)
    if as_json:
        output.as_json(found["drift"])
        return
    moved = found["drift"]
    if moved is None:
        output.say(f"{name} version {found['version']} has no version before it")
        return
    rows = "the rows that came" if moved["compared"] == "new" else "all rows"
    output.say(f"{rows} with version {found['version']} against version {moved['against']}")
    output.table(
        ((c["column"], c["psi"], verdict(c["psi"]), c["missing_before"], c["missing"],
          ", ".join(c.get("new", {}).get("labels", []))) for c in moved["columns"]),
        "column", "psi", "", "missing before", "missing now", "new labels",
        empty="no column can be compared",
    )  # fmt: skip


def verdict(psi: float) -> str:
    """Say what a stability index means."""
    return "moved" if psi > MOVED else "shifted" if psi > STABLE else "stable"


@app.command()
def kinds(
    name: str,
    pairs: Annotated[
        list[str] | None, typer.Argument(help="COL=KIND, as many as you like.")
    ] = None,
    time: Annotated[str | None, typer.Option(help='The time column; "" for none.')] = None,
    accept_rejects: Annotated[
        bool, typer.Option("--accept-rejects", help="Leave out rows that cannot be read so.")
    ] = False,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Correct the kinds of columns: the dataset's next version."""
    found = workspace(home).datasets.correct(
        name, kinds_of(pairs or []), time=time, accept_rejects=accept_rejects
    )
    if as_json:
        output.as_json(found)
        return
    output.say(f"{name} version {found.version}: {found.rows:,} rows")


@app.command()
def check(
    name: str,
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
    target: Annotated[str | None, typer.Option(help="Also its split, balance and leaks.")] = None,
    split: Annotated[
        str | None, typer.Option(help='One to try: {"method": "group", "key": "user"}.')
    ] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Look for repeated rows, doubtful values and, with a target, leaks."""
    found = workspace(home).datasets.check(name, version, target, split_of(split))
    if as_json:
        output.as_json(found)
        return
    output.say(f"{found['duplicates']['rows']:,} rows repeat an earlier one in every column")
    output.table(
        ((d["column"], d["code"].replace("_", " "), said(d["args"])) for d in found["doubts"]),
        "column", "doubt", "particulars", empty="no value is doubtful",
    )  # fmt: skip
    look = found["target"]
    if look is not None:
        parts = ", ".join(f"{n:,} {part}" for part, n in look["rows"].items())
        output.say(f"{look['task']}, split {look['split']['method']}: {parts}")
        for leak in look["leaks"]["warnings"]:
            output.say(f"leak: {leak['code'].replace('_', ' ')} ({said(leak['args'])})")


def split_of(text: str | None) -> dict[str, Any] | None:
    """Read the ``--split`` option."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        found = text
    if found is None or isinstance(found, dict):
        return found
    raise DataError(
        f"'{text}' is no split", code="split",
        do="""Write --split '{"method": "group", "key": "user"}'""",
    )  # fmt: skip


@app.command()
def doubtful(
    name: str,
    target: Annotated[str, typer.Option(help="The column of labels.")],
    version: Annotated[int | None, typer.Option(help="Default: the newest.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=400)] = 20,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Name the rows whose label others like them contradict."""
    found = workspace(home).datasets.doubtful(name, target, version, limit=limit)
    if as_json:
        output.as_json(found)
        return
    output.say(f"{found['found']:,} of {found['rows']:,} labels of '{target}' are doubtful")
    output.table(
        ((c["row"], c["truth"], c["said"], f"{c['confidence']:.1%}", c["values"])
         for c in found["cases"]),
        "row", "label", "others say", "how sure", "values", empty="no label is doubtful",
    )  # fmt: skip


@app.command()
def relabel(
    name: str,
    column: str,
    pairs: Annotated[list[str], typer.Argument(help='ROW=VALUE, rows from 0; "ROW=" for none.')],
    note: Annotated[str, typer.Option(help="Why; kept with the version.")] = "",
    version: Annotated[int | None, typer.Option(help="In which the rows were counted.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Set the values of some rows by hand: the dataset's next version, which says who did."""
    broken = [p for p in pairs if not p.partition("=")[0].isdecimal() or "=" not in p]
    if broken:
        raise DataError(f"'{broken[0]}' is not ROW=VALUE", code="label_option", do="Write 120=late")
    labels = {int(row): value or None for row, _, value in (p.partition("=") for p in pairs)}
    found = workspace(home).datasets.relabel(name, column, labels, version=version, note=note)
    if as_json:
        output.as_json(found)
        return
    output.say(f"{name} version {found.version}: {found.made['rows']:,} rows set by hand")


def said(args: dict[str, Any]) -> str:
    """Show the particulars of a finding on one line."""
    return ", ".join(f"{key} {output.cell(value)}" for key, value in args.items())


@app.command()
def sample(
    sample: Annotated[str | None, typer.Argument(help="Leave out to list them.")] = None,
    name: Annotated[str | None, typer.Option(help="Default: that of the sample.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Make a dataset of real data that comes with Danlu; or list it."""
    door = workspace(home).datasets
    found = door.samples() if sample is None else door.add_sample(sample, name)
    if as_json:
        output.as_json(found)
    elif isinstance(found, list):
        output.table(
            ((s.name, f"{s.rows:,}", s.columns, s.target, s.time) for s in found),
            "sample", "rows", "columns", "target", "time column",
        )  # fmt: skip
    else:
        output.say(f"{found.name} version {found.version}: {found.rows:,} rows")


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
