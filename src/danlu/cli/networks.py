"""`danlu network`: propose, check, show and convert network documents."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from danlu.cli import output, saved
from danlu.cli.pictures import picture
from danlu.cli.saved import load
from danlu.cli.session import HOME, AsJson, Home, group, late, workspace
from danlu.errors import DanluError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from danlu.network.graph import Network
    from danlu.network.imports.base import Imported
    from danlu.workspace.workspace import Workspace

app = group("Propose, check, show, convert and save networks.")
app.add_typer(saved.app)
Out = Annotated[Path, typer.Option("-o", "--output", help="A .json, .yaml or .py file to write.")]
Data = Annotated[str | None, typer.Option(help="Take sizes from this dataset.")]
Target = Annotated[str | None, typer.Option(help="The column to predict.")]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--input", help="The size of an input: table=12, image=3x32x32, words=tokens 16."),
]
Head = Annotated[int, typer.Option(help="Numbers wanted per row, where no dataset is given.")]
FORMS = {
    ".torch.py": "torch", ".py": "py", ".json": "json", ".yaml": "yaml", ".yml": "yaml",
    ".onnx": "onnx", ".svg": "svg",
}  # fmt: skip


class Given(NamedTuple):
    """Where shapes come from: a dataset and its target, or sizes that are said."""

    data: str | None
    target: str | None
    sizes: list[str] | None
    head: int = 1

    def options(self) -> dict[str, Any]:
        """Return the arguments of the workspace."""
        pairs = [text.partition("=") for text in self.sizes or ()]
        for name, equals, size in pairs:
            if not (name and equals and size):
                raise InvalidError(
                    f"'{name}{equals}{size}' says no size", code="size_invalid", where="--input",
                    do="Write --input table=12 or --input image=3x32x32.",
                )  # fmt: skip
        inputs = {name.strip(): size for name, _, size in pairs}
        said = late("danlu.network.sizes:Sizes")(inputs=inputs, head=self.head)
        return {"data": self.data, "target": self.target, "sizes": said}


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
    entry: Annotated[str | None, typer.Option(help="Of the gallery; default: what suits.")] = None,
    home: Home = HOME,
) -> None:
    """Propose a network fitted to the data; writes its space beside it, and says why this one."""
    with workspace(home) as ws:
        found = ws.networks.propose(data, target, task=task, entry=entry)
    write(found["network"], out)
    beside = out.with_suffix(".space.json")
    beside.write_text(json.dumps(found["space"], ensure_ascii=False, indent=2) + "\n", "utf-8")
    output.say(f"{out} and {beside}; recipe {output.cell(found['recipe'])}")
    output.say(f"{found['entry']}: {found['why']}")


@app.command()
def gallery(
    data: Data = None, target: Target = None, as_json: AsJson = False, home: Home = HOME
) -> None:
    """List the ready-made networks; beside a dataset, which of them fit it."""
    with workspace(home) as ws:
        found = ws.networks.gallery(data=data, target=target)
    if as_json:
        output.as_json(found)
        return
    last = ("does not fit because",) if data else ()
    rows = [
        (
            one["entry"],
            one["title"]["en"],
            one["paper"],
            *([one.get("why_not") or ""] if data else []),
        )
        for one in found["items"]
    ]
    output.table(rows, "network", "title", "paper", *last)
    if data:
        output.say(f"proposed: {found['entry']}, because {found['why']}")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    data: Data = None,
    target: Target = None,
    sizes: Sizes = None,
    head: Head = 1,
    space: Annotated[Path | None, typer.Option(help="A space, whose combinations count.")] = None,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Say what is wrong with networks, and what would mend it; exit 1 if one cannot run."""
    options = Given(data, target, sizes, head).options()
    options |= {"space": json.loads(space.read_text("utf-8"))} if space else {}
    with workspace(home) as ws:
        found = {str(file): checked(ws, file, options) for file in files}
    if as_json:
        output.as_json(found if len(files) > 1 else next(iter(found.values())))
    else:
        for name, one in found.items():
            verdict(name, one)
    if any(errors(one) for one in found.values()):
        raise typer.Exit(1)


def checked(ws: Workspace, file: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Check one file; what cannot be read is answered like any other trouble."""
    try:
        return ws.networks.check(output.plain(load(file)), **options)
    except DanluError as error:
        return error.problem()


def errors(found: dict[str, Any]) -> int:
    """Count what keeps a network from running; a file that cannot be read counts as one."""
    if "problems" not in found:
        return 1
    return sum(p.get("level", "error") == "error" for p in found["problems"])


def verdict(name: str, found: dict[str, Any]) -> None:
    """Print what was found in one file."""
    if "problems" not in found:
        place = f" ({found['where']})" if found["where"] else ""
        output.say(f"{name}: {found['title']}{place}")
        output.say(f"  do: {found['fix'] or 'write a network document'}")
        return
    totals, bad = found["totals"], errors(found)
    sized = f": {totals['parameters']:,} parameters, {totals['macs']:,} multiply-adds a row"
    known = sized if totals["activation_bytes"] else " as far as it goes without sizes"
    output.say(f"{name}: {bad} problem{'s' if bad != 1 else ''}" if bad else f"{name}: ok{known}")
    problems(found["problems"])
    if found.get("feasibility"):
        output.say(f"  space: {found['feasibility']['text']}")


def problems(found: Iterable[dict[str, Any]]) -> None:
    """Print what is wrong, and what would mend it."""
    for problem in found:
        level = "warning" if problem.get("level") == "warning" else "problem"
        place = f"block '{problem['block']}', " if problem.get("block") else ""
        output.say(f"  {level} [{problem['code']}] {place}{problem.get('text') or ''}")
        for fix in problem.get("fixes", []):
            output.say(f"    fix: {fix['title']}")


@app.command()
def show(
    name_or_file: str,
    data: Data = None,
    target: Target = None,
    sizes: Sizes = None,
    head: Head = 1,
    svg: Annotated[Path | None, typer.Option(help="Write a drawing to this file.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Draw it on a dark ground.")] = False,
    as_json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Show a saved network or a file: every node with its cost, and a drawing."""
    network = find(name_or_file, home)
    given = Given(data, target, sizes, head)
    options = given.options()
    document = output.plain(network)
    sized = bool(data or target or sizes)
    found = None
    if sized or svg:
        with workspace(home) as ws:
            found = ws.networks.check(document, **options) if sized else None
            draw(ws, document, svg, {**options, "dark": dark})
    if as_json:
        output.as_json({"network": document, "hash": network.hash, "analysis": found})
        return
    picture(network, found)
    problems(found["problems"] if found else ())
    if not sized:
        output.note(
            "for shapes and costs: --data NAME --target COLUMN, or --input "
            + " --input ".join(f"{name}=SIZE" for name in network.inputs)
        )


def draw(ws: Workspace, document: Any, path: Path | None, options: dict[str, Any]) -> None:
    """Write a drawing where one is wanted."""
    if path is not None:
        path.write_text(ws.networks.convert(document, "svg", **options)["text"], "utf-8")
        output.note(f"drawn in {path}")


def find(name_or_file: str, home: Path) -> Network:
    """Read a file if there is one, else take the network saved under that name."""
    path = Path(name_or_file)
    if path.is_file() or path.suffix in FORMS:
        return load(path)
    with workspace(home) as ws:
        record = ws.networks.show(name_or_file)
    found: Network = late("danlu.network.graph:Network").model_validate(record.document)
    return found


@app.command("import")
def import_(
    file: Path,
    out: Out,
    blocks: Annotated[bool, typer.Option("--blocks", help="Make blocks of what repeats.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a network from ONNX or the JSON of a Keras model; exit 1 if a step is missing."""
    if not file.is_file():
        raise NotFoundError(f"no file '{file}'", code="file_missing", do="Give a .onnx or .json.")
    found = late("danlu.network.imports.base:load")(file)
    network, weights = found.network, dict(found.weights)
    for number, repeat in enumerate(found.repeats if blocks else (), start=1):
        network, weights = late("danlu.network.sketching.repeats:fold")(
            network, weights, repeat, f"block_{number}"
        )
    write(output.plain(network), out)
    beside = out.with_suffix(".safetensors")
    if weights:
        late("safetensors.numpy:save_file")(weights, beside)
    if as_json:
        output.as_json(found.report())
    else:
        output.say(f"{out}{f' and {beside}' if weights else ''}: hash {network.hash[:12]}")
        imported(found, blocks=blocks)
    if found.unmapped:
        raise typer.Exit(1)


def imported(found: Imported, *, blocks: bool) -> None:
    """Print what a person should know of an import."""
    for note in found.notes:
        output.say(f"note: {note.text}")
    for one in found.unmapped:
        output.say(f"no op for {one.op} at '{one.node}': {one.why}")
    for repeat in () if blocks else found.repeats:
        count = len(repeat.nodes)
        output.say(f"{count} nodes, {repeat.times} times: --blocks makes one of them")


@app.command()
def convert(
    file: Path,
    out: Annotated[
        Path, typer.Option("--to", "-o", "--output", help=f"A file in {', '.join(FORMS)}.")
    ],
    data: Data = None,
    target: Target = None,
    sizes: Sizes = None,
    head: Head = 1,
    dark: Annotated[bool, typer.Option("--dark", help="A drawing on a dark ground.")] = False,
    home: Home = HOME,
) -> None:
    """Write a network in another form: the suffix of the file to write says which."""
    form = next((form for suffix, form in FORMS.items() if out.name.endswith(suffix)), None)
    if form is None:
        raise InvalidError(
            f"no network can be written as '{out.suffix}'", code="suffix_unknown", where=str(out),
            do=f"End the name in {', '.join(FORMS)}.",
        )  # fmt: skip
    network = load(file)
    if form in ("json", "yaml", "py"):
        text = late("danlu.network.file:dump")(network, out.suffix)
        out.write_text(text, "utf-8")
        output.say(f"{out}: hash {network.hash[:12]}")
        return
    options = Given(data, target, sizes, head).options()
    with workspace(home) as ws:
        found = ws.networks.convert(output.plain(network), form, dark=dark, **options)
    whole = base64.b64decode(found["base64"]) if form == "onnx" else found["text"].encode()
    out.write_bytes(whole)
    output.say(f"{out}: {len(whole):,} bytes of network {network.hash[:12]}")
