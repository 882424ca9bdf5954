"""Generate the pages that follow from the catalogues: ops, gallery, problems, and the drawings.

`python docs/generate.py` writes them; a test fails while one is stale.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from danlu.network.blocks.base import blocks
from danlu.network.check import check
from danlu.network.drawing.outline import uses
from danlu.network.drawing.svg import svg
from danlu.network.gallery.base import Entry, gallery
from danlu.network.graph import Network
from danlu.network.laws.analysis import SENTENCES, Problem
from danlu.network.ops.base import Op, ops
from danlu.network.ports import Port
from danlu.params import role_of
from danlu.tasks.base import tasks
from danlu.testing.gallery import real, types_of

HERE = Path(__file__).parent
MADE = "<!-- made by docs/generate.py -->\n"
GROUPS = {
    "columns": "Columns of a table",
    "layers": "Layers and activations",
    "norms": "Normalisation",
    "image": "Images",
    "sequence": "Sequences",
    "attention": "Attention",
    "graph": "Graphs",
    "shape": "Shape",
    "joins": "Joins",
}


def pages() -> dict[str, str]:
    """Return every generated file by its path below this folder."""
    drawn: dict[str, str] = {}
    found = {"ops.md": _ops(), "problems.md": _problems(), "gallery.md": _gallery(drawn)}
    return {**found, **drawn}


def _ops() -> str:
    kinds = ops().all()
    parts = [
        MADE, "# Ops\n",
        "Every op of a [network](networks.md), from its own class: what it takes, what it "
        "computes, its parameters. A **dial** may differ between trials that train as one "
        "program, and so may a **masked** size; any other **size** splits them "
        "([why](decisions/masking.md#what-splits-and-why)), the rest is neither. Sizes leave out "
        "the rows.\n",
    ]  # fmt: skip
    for group, title in GROUPS.items():
        names = [f"[`{n}`](#{n})" for n, op in kinds.items() if op.group == group]
        parts.append(f"- **{title}**: {', '.join(names)}")
    parts.append("- **[Library blocks](#library-blocks)**: " + ", ".join(
        f"`{name}`" for name in blocks().names()
    ) + "\n")  # fmt: skip
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_op(name, op) for name, op in kinds.items() if op.group == group]
    return "\n".join([*parts, _library()])


def _op(name: str, op: type[Op]) -> str:
    about, examples = _documented(op)
    lines = [f"### {name}\n", f"**{op.title['en']}** · {op.title['zh']}. {about}\n"]
    lines += ["```text", op.formula, "```", ""]
    lines.append("| port | takes |\n|---|---|")
    lines += [f"| `{p.name}` | {_wants(p)} |" for p in op.ports]
    lines.append("")
    properties = op.model_json_schema().get("properties", {})
    if properties:
        lines.append("| parameter | default | may be | | meaning |\n|---|---|---|---|---|")
        lines += [_parameter(op, field, schema) for field, schema in properties.items()]
        lines.append("")
    lines += [_examples(name, examples)]
    notes = [] if not op.paper else [f"After {op.paper}."]
    notes += [] if op.fusible else ["Trains in cohorts of one."]
    padding = {"each": "Padding passes through, position by position.",
               "reads": "Padding is left out of what it computes.", "refuses": ""}  # fmt: skip
    notes += [padding[op.on_padding]] if padding[op.on_padding] else []
    return "\n".join([*lines, *([" ".join(notes) + "\n"] if notes else [])])


def _documented(kind: type[Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return what a class says of itself, and its examples as (source, answer)."""
    text = inspect.cleandoc(kind.__doc__ or "")
    found = doctest.DocTestParser().get_examples(text)
    about = " ".join(text.split(">>>")[0].split()).replace("``", "`")
    return about, [(e.source.rstrip(), e.want.rstrip()) for e in found]


def _examples(name: str, given: list[tuple[str, str]]) -> str:
    """Write ``Dense(units=3).on("features=5")`` as what goes in and what comes out."""
    calls = [re.fullmatch(r"\w+\((.*)\)\.on\((.*)\)", s, re.DOTALL) for s, _ in given]
    said = []
    for call, (_, came) in zip(calls, given, strict=True):
        if call is None:
            whole = [line for s, c in given for line in (_prompted(s), c) if line]
            return "\n".join(["```python", *whole, "```", ""])
        params = f" with `{call[1]}`" if call[1] else ""
        sizes = call[2].replace('"', "").replace(", head=", "; head=")
        quote = "'"
        said.append(f"Example: `{name}`{params} makes `{came.strip(quote)}` of `{sizes}`.\n")
    return "\n".join(said)


def _prompted(source: str) -> str:
    first, *rest = source.split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])


def _wants(port: Port) -> str:
    words = {
        "vector": "a vector: features", "table": "columns of a table",
        "categories": "category columns of a table", "sequence": "a sequence: length, features",
        "image": "an image: channels, height, width", "tokens": "tokens: whole numbers by length",
        "indices": "category columns, or tokens", "features": "a vector or a sequence",
        "grid": "an image or a sequence", "any": "any plain numbers",
        "adjacency": "how strongly each node listens to each: length, length",
    }  # fmt: skip
    more = ", several in order" if port.many else ""
    return words.get(port.wants, port.wants) + more + (", or nothing" if port.optional else "")


def _parameter(op: type[Op], field: str, schema: dict[str, Any]) -> str:
    default = schema.get("default")
    shown = "" if default is None else f"`{_value(default)}`"
    about = " ".join(schema["description"].split()).replace("|", "\\|")
    role = "size, masked" if field in op.maskable else role_of(op, field) or ""
    return f"| `{field}` | {shown} | {_may_be(schema)} | {role} | {about} |"


def _may_be(schema: dict[str, Any]) -> str:
    """Say in words what a JSON schema lets through."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_may_be(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{_value(word)}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{_value(schema['const'])}`"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    words = {"integer": "whole", "number": "number", "boolean": "yes or no", "string": "text",
             "null": "empty"}  # fmt: skip
    if schema.get("type") == "array":
        inner = schema.get("items") or next(iter(schema.get("prefixItems", [{}])))
        least, most = schema.get("minItems"), schema.get("maxItems")
        count = (
            f"{least} " if least == most and least else f"{least or 0} to {most} " if most else ""
        )
        return f"[{count}of: {_may_be(inner)}]"
    said = words.get(schema.get("type", ""), "any")
    if low is None and high is None:
        return said
    above = "above " if "exclusiveMinimum" in schema else ""
    below = "below " if "exclusiveMaximum" in schema else ""
    start = "" if low is None else f"{above}{low:g}"
    end = "" if high is None else f"{below}{high:g}"
    return f"{said} {' to '.join(x for x in (start, end) if x)}".strip()


def _value(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else (
        str(value)
    )  # fmt: skip


def _library() -> str:
    lines = [
        "## Library blocks\n",
        "Ready-made blocks. One that is used is copied into the document, so that a document is "
        "whole by itself; the copy may be changed.\n",
        "| block | inputs | parameters | what it is |\n|---|---|---|---|",
    ]
    for name, kind in blocks().all().items():
        about, _ = _documented(kind)
        paper = f" After {kind.paper}." if kind.paper else ""
        inputs = ", ".join(f"`{port}`" for port in kind.block.inputs)
        params = ", ".join(f"`{p}` {v}" for p, v in kind.block.params.items())
        lines.append(f"| `{name}` | {inputs} | {params} | {about}{paper} |")
    return "\n".join([*lines, ""])


def _gallery(drawn: dict[str, str]) -> str:
    parts = [
        MADE, "# Gallery\n",
        "Ready-made networks, drawn by Danlu itself on the data they are proven on. Each trains in "
        "a test and must beat its floor on rows that it has not seen. `danlu network propose` "
        "chooses among them by data and task. The same networks as PyTorch: `danlu network convert "
        "FILE --to net.torch.py`.\n",
    ]  # fmt: skip
    entries = {name: kind() for name, kind in gallery().all().items()}
    parts.append("| network | paper | proven on | floor |\n|---|---|---|---|")
    for name, entry in entries.items():
        proof = entry.proof
        parts.append(
            f"| [{entry.title['en']}](#{name}) `{name}` | {entry.paper} | {proof.dataset} |"
            f" {proof.metric} {proof.floor:g} |"
        )
    parts.append("")
    return "\n".join([*parts, *(_entry(name, entry, drawn) for name, entry in entries.items())])


def _entry(name: str, entry: Entry, drawn: dict[str, str]) -> str:
    network, head = _proposed(entry)
    data = real(entry.proof.dataset)
    reports = check(network, types_of(data), head).nodes
    kinds = ops()
    groups = {op: kinds.get(op).group for op in uses(network)}
    for theme in ("light", "dark"):
        path = f"images/gallery/{name}.{theme}.svg"
        drawn[path] = svg(network, theme=theme, reports=reports, groups=groups)
    about, _ = _documented(type(entry))
    proof = entry.proof
    sign = "below" if proof.metric in ("rmse", "mae") else "above"
    return "\n".join([
        f'<a id="{name}"></a>\n', f"## {entry.title['en']} · {entry.title['zh']}\n", f"{about}\n",
        f"{entry.paper}. Proven on *{proof.dataset}*: {proof.metric} {sign} {proof.floor:g}"
        f" ({proof.source}) after {proof.epochs} epochs. Space: {_space(entry)}.\n",
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="images/gallery/{name}.dark.svg">',
        f'  <img alt="{entry.title["en"]} as a drawing" src="images/gallery/{name}.light.svg">',
        "</picture>\n",
    ])  # fmt: skip


def _proposed(entry: Entry) -> tuple[Network, int]:
    data = real(entry.proof.dataset)
    column = data.schema.column(data.target)
    head = tasks().get(data.task).fit(data.table[data.target], column).head
    found = entry.propose(types_of(data), rows=1000, task=data.task, head=head)
    return found.network, head


def _space(entry: Entry) -> str:
    data = real(entry.proof.dataset)
    found = entry.propose(types_of(data), rows=1000, task=data.task, head=1)
    keys = [key for key in found.space if not key.startswith("recipe.")]
    return ", ".join(f"`{key}`" for key in keys) or "only the recipe"


def _problems() -> str:
    told: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "problems.yaml").read_text("utf-8"))
    lines = [
        MADE, "# Problems of a network\n",
        "What the checker may say, by code. `danlu network check` prints the sentence with its "
        "fixes, the page says it in your language, and `POST /api/v1/networks/analyze` answers "
        "code, arguments, and each fix as a JSON Patch on the document. A node that only waits for "
        "a broken one is `unknown`, and is no problem of its own.\n",
        "| code | means | for example | what mends it |\n|---|---|---|---|",
    ]  # fmt: skip
    for code in sorted(SENTENCES):
        known = told[code]
        problem = Problem(code=code, node=known.get("node"), port=known.get("port"),
                          args=known.get("args", {}))  # fmt: skip
        said = problem.sentence().replace("|", "\\|")
        lines.append(f"| `{code}` | {known['means']} | {said} | {known['fix']} |")
    return "\n".join([*lines, ""])


def stale() -> Iterator[str]:
    """Yield the files that are not as they would be made now, and drawings nobody needs."""
    made = pages()
    for path, text in made.items():
        file = HERE / path
        if not file.is_file() or file.read_text("utf-8") != text:
            yield path
    for file in sorted((HERE / "images" / "gallery").glob("*.svg")):
        if f"images/gallery/{file.name}" not in made:
            yield f"images/gallery/{file.name} (of no entry)"


def write() -> None:
    """Write every page, and remove drawings of entries that are gone."""
    made = pages()
    for path, text in made.items():
        file = HERE / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for file in (HERE / "images" / "gallery").glob("*.svg"):
        if f"images/gallery/{file.name}" not in made:
            file.unlink()


if __name__ == "__main__":
    write()
