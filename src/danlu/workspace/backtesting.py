"""Backtesting: which model answers which days again, and what it may have learnt from them."""

from __future__ import annotations

from danlu.errors import ConflictError, InvalidError
from danlu.loop.lineage import data_of
from danlu.store.records import Experiment, Json, Loop
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.measuring import Measuring
from danlu.workspace.place import Place

LONGEST_DAYS = 60


def backtest_args(place: Place, loop: Loop, ref: str, days: int) -> Json:
    """Return the arguments of the job: ``{"name", "model", "days", "call"}``."""
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(
            f"a backtest cannot look at {days} days", code="backtest_days",
            where=f"loop '{loop.name}'", do=f"Ask for 1 to {LONGEST_DAYS}.",
            days=days, most=LONGEST_DAYS,
        )  # fmt: skip
    measuring = Measuring(place, loop)
    champion = measuring.champion()
    if champion is None:
        raise ConflictError(
            "nothing is live, so there is nothing to compare with", code="no_champion",
            where=f"loop '{loop.name}'", do=f"Deploy a model as '{loop.name}' first.",
        )  # fmt: skip
    with place.store.begin(place.who, write=False) as tx:
        model = find_model(tx, ref)
        version = data_of(tx, tx.get(Experiment, model.experiment))
    target = model.manifest.get("target")
    if target != champion.experiment.spec["target"]:
        raise InvalidError(
            f"'{model.ref}' answers '{target}', the deployment "
            f"'{champion.experiment.spec['target']}'",
            code="target_differs", where=f"loop '{loop.name}'", do="Choose a model of that target.",
            target=target, wanted=champion.experiment.spec["target"],
        )  # fmt: skip
    has_learnt = any(part.name.startswith(f"loop:{loop.name}:") for part in version.parts)
    call = {
        "source": measuring.source(champion, LONGEST_DAYS), "days": days,
        "bundle": str(materialise(model, place.blobs, place.home)),
        "learnt_to": version.created_at if has_learnt else 0.0,
    }  # fmt: skip
    return {"name": loop.name, "model": model.ref, "days": days, "call": call}
