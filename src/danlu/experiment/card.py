"""Card: what a model is, on one page, for whoever finds the bundle without us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def card(manifest: Mapping[str, Any], baselines: Sequence[Json]) -> str:
    """Write the model card as Markdown."""
    lineage, rows, metric = manifest["lineage"], manifest["rows"], manifest["metric"]
    valid, test = manifest["metrics"]["valid"], manifest["metrics"]["test"]
    better = "more" if manifest["maximise"] else "less"
    who = ", ".join([*(f"trial {n}" for n in lineage["trials"]), *lineage.get("baselines", ())])
    many = len(lineage["trials"]) + len(lineage.get("baselines", ())) > 1
    alone = "" if lineage["trials"] else " No network was better, so none is in it."
    table = [f"| {name} | {valid[name]:.5g} | {value:.5g} |" for name, value in test.items()]
    beside = [f"| {b['name']} | {b['metric']:.5g} |" for b in baselines]
    return "\n".join([
        f"# Model for `{manifest['target']}` ({manifest['task']['kind']})", "",
        f"From experiment `{lineage['experiment']}` on dataset `{lineage['data']}` version "
        f"{lineage['version']}: {who}, the best of the search on validation"
        f"{' (their answers are averaged)' if many else ''}.{alone}",
        f"Rows: {rows['train']} train, {rows['valid']} validation, {rows['test']} test, split by "
        f"{manifest['split']['method']}. The test rows were used once, after the choice.", "",
        f"Main metric: {metric} ({better} is better).", "",
        "| metric | validation | test |", "|---|---|---|", *table, "",
        f"## Baselines ({metric} on validation)", "",
        "| baseline | value |", "|---|---|", *(beside or ["| none finished | |"]), "",
        "## Limits", "",
        "It knows the rows it was trained on. Unseen categories count as other and the answer "
        "says so; missing values are allowed. It says nothing about causes.", "",
    ])  # fmt: skip
