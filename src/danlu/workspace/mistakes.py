"""Mistakes: the rows a model is asked to see where it errs; kept in the cache once found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from danlu.errors import ConflictError, InvalidError
from danlu.store.records import Experiment, Json, Model, Trial, Version
from danlu.store.transaction import Transaction
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.keeping import ask_once
from danlu.workspace.place import Place
from danlu.workspace.relabelling import is_relabelled

Part = Literal["test", "valid", "new"]
EXAMINE = "danlu.registry.examine:run"


def examine_trial(place: Place, experiment: str, trial: int) -> Json:
    """Look at what a trial answered on validation; kept when its search has ended."""
    with place.store.begin(place.who, write=False) as tx:
        made = tx.get(Experiment, experiment).result.get("model")
        if not made:
            raise ConflictError(
                "the search has not made a model yet", code="not_examined",
                where=f"experiment '{experiment}'", do="Wait until it has ended.",
            )  # fmt: skip
        model = find_model(tx, str(made))
    found = examine(place, model, part="valid", version=None, trial=trial)
    return {**found, "experiment": experiment, "trial": trial}


def examine(
    place: Place, model: Model, *, part: Part, version: int | None, trial: int | None = None
) -> Json:
    """Ask the model its test rows (or those that came after it) once; later answers are read."""
    with place.store.begin(place.who, write=False) as tx:
        made_by = tx.get(Experiment, model.experiment)
        answers = _answers(tx, made_by, trial) if trial is not None else None
        learnt, data = int(made_by.plan.get("version") or 0), str(made_by.spec["data"])
        if not learnt:
            raise ConflictError(
                "its experiment has no plan", code="not_examined", where=f"model '{model.ref}'",
                do="Only models that a search has made can be examined.",
            )  # fmt: skip
        asked = tx.get(Version, place.who.project, data, version or learnt)
        before = tx.get(Version, place.who.project, data, learnt)
    is_corrected = False
    if asked.version != learnt:
        _demand_later(model, before, asked)
        is_corrected = asked.rows == before.rows
        part = part if is_corrected else "new"
    rows_of = before if is_corrected else asked
    args = {
        "parts": [str(place.blobs.path(p.sha256)) for p in rows_of.parts],
        "corrected": [str(place.blobs.path(p.sha256)) for p in asked.parts if is_corrected],
        "schema_": asked.schema_, "target": made_by.spec["target"],
        "task": made_by.plan["task_state"], "split": made_by.plan["split"], "part": part,
        "first_row": before.rows if part == "new" else 0,
        "bundle": str(materialise(model, place.blobs, place.home)),
        "answers": str(place.blobs.path(answers)) if answers else None,
    }  # fmt: skip
    found = ask_once(place, EXAMINE, args)
    return {"model": model.ref, "data": data, "version": asked.version, **found}


def _answers(tx: Transaction, experiment: Experiment, trial: int) -> str:
    """Return the blob of a trial's answers."""
    found = tx.get(Trial, experiment.project, experiment.name, trial).files.get("kept")
    if found is None or int(experiment.spec.get("folds") or 1) > 1:
        raise ConflictError(
            "its answers were not kept", code="not_examined",
            where=f"trial {trial} of experiment '{experiment.name}'",
            do="Kept are those of finished trials, of one split, up to 2 MB each.",
        )  # fmt: skip
    return found


def picked(found: Json, *, truth: str | None, said: str | None, limit: int) -> Json:
    """Leave only the cases of one cell (or row, or column) of the confusion."""
    _demand_class(found, truth)
    _demand_class(found, said)
    cases = [
        case for case in found["cases"]
        if truth in (None, case["truth"]) and said in (None, case["said"])
    ]  # fmt: skip
    if truth is None and said is None and found["form"] == "classes":
        cases = [case for case in cases if case["truth"] != case["said"]]
    return {**found, "cases": cases[:limit]}


def _demand_later(model: Model, before: Version, asked: Version) -> None:
    """Refuse a version whose rows the model may have learnt from.

    Rows that came later are asked whole; where labels were set by hand, the test rows again.
    """
    if asked.version < before.version or not is_relabelled(before, asked):
        raise InvalidError(
            f"version {asked.version} holds rows that {model.ref} may have learnt from",
            code="version_seen", where=f"dataset '{asked.name}'",
            do=f"Ask for a version after {before.version}, or for the test rows.",
            version=asked.version, learnt=before.version, model=model.ref,
        )  # fmt: skip


def _demand_class(found: Json, name: str | None) -> None:
    classes: Sequence[str] = found.get("classes", ())
    if name is not None and name not in classes:
        raise InvalidError(
            f"the model knows no class {name!r}", code="class_unknown",
            where=f"model '{found['model']}'", do=f"It knows: {', '.join(classes[:20])}.",
            name=name,
        )  # fmt: skip
