"""Discarding: trials taken out of tables and pictures, and brought back; nothing is lost."""

from __future__ import annotations

from danlu.errors import ConflictError
from danlu.store.records import Experiment, Model, Trial
from danlu.workspace.place import Place


def discard(place: Place, experiment: str, number: int) -> Trial:
    """Take a trial out; refused while its search runs, and for one that made the model."""
    with place.store.begin(place.who) as tx:
        found = tx.get(Experiment, experiment)
        trial = tx.get(Trial, found.project, experiment, number)
        if found.state in ("queued", "running"):
            raise ConflictError(
                "its search is not over", code="search_runs", where=f"experiment '{experiment}'",
                do="Stop it, or wait until it has ended.", name=experiment,
            )  # fmt: skip
        made = [m for m in tx.all(Model) if m.experiment == experiment and number in m.trials]
        if made:
            raise ConflictError(
                f"trial {number} is in {made[0].ref}", code="trial_in_model",
                where=f"experiment '{experiment}'", do="Discard another.",
                number=number, model=made[0].ref,
            )  # fmt: skip
        body = {"trial": number}
        place.note(tx, "discard", f"experiment/{experiment}", body)
        place.tell(tx, f"experiment/{experiment}", "discard", body)
        return tx.replace(trial.model_copy(update={"discarded_at": place.now()}))


def restore(place: Place, experiment: str, number: int) -> Trial:
    """Bring a trial back that was taken out."""
    with place.store.begin(place.who) as tx:
        found = tx.get(Experiment, experiment)
        trial = tx.get(Trial, found.project, experiment, number)
        body = {"trial": number}
        place.note(tx, "restore", f"experiment/{experiment}", body)
        place.tell(tx, f"experiment/{experiment}", "restore", body)
        return tx.replace(trial.model_copy(update={"discarded_at": None}))
