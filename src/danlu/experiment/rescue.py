"""Rescue: what becomes of a cohort whose trainer failed: again, in halves, half the batch, or over.

Halves find the one that fails: its mates train on without it. Pure, and everything that was tried
is in the trial's record.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from danlu.errors import DanluError, NotFoundError
from danlu.experiment.ask import halves
from danlu.experiment.crew import SIGKILL, may_work_again
from danlu.store.records import Trial, TrialState
from danlu.train.ends import BATCH, SENTENCES, Reason, advice, reason, sentence

Json = dict[str, Any]
STATES: dict[str, TrialState] = {
    "crashed": "crashed", "timed_out": "crashed", "lost": "lost", "hung": "lost",
    "out_of_memory": "out_of_memory", "memory_estimate": "out_of_memory",
}  # fmt: skip
"""How a trial ends whose trainer ended so; any other refusal is about the data or the values."""
BAD = frozenset({"diverged", "out_of_memory", "data_error", "crashed", "lost"})
NOBODYS_FAULT = frozenset({"killed", "lost"})
"""Fewer trials together would change nothing."""


@dataclass(frozen=True)
class Rescue:
    """What is done: the trials as they are from now on, and the cohorts to start, in order."""

    kind: Literal["resumed", "halved", "smaller_batch", "ended"]
    trials: tuple[Trial, ...]
    ready: tuple[str, ...] = ()


def rescue(
    trials: Sequence[Trial], error: DanluError, *, tries: int, usual: Mapping[str, Any]
) -> Rescue:
    """Decide about the trials of one cohort; ``usual`` are the recipe's fields by their names."""
    cohort, why = trials[0].cohort, reason_of(error, tries)
    if may_work_again(error, tries):
        note = reason("resumed", why=_short(why))
        return Rescue("resumed", tuple(_waits(t, note) for t in trials), (cohort,))
    if len(trials) > 1 and why["code"] not in NOBODYS_FAULT:
        return _halved(trials, _short(why))
    if error.code == "out_of_memory" and not _was_cut(trials[0]):
        rows = int(usual[BATCH] if BATCH not in trials[0].values else trials[0].values[BATCH])
        rows = min(rows, int(usual.get("rows", rows)))
        if rows > 1:
            note = reason("batch_halved", why=_short(why), rows=rows, half=rows // 2)
            return Rescue("smaller_batch", (_waits(trials[0], note),), (cohort,))
    return Rescue("ended", tuple(_over(t, why, usual) for t in trials))


def values_of(trial: Trial) -> Json:
    """Return what a trial trains with: what was asked, and a batch that memory allows."""
    cuts = [r["args"]["half"] for r in trial.retries if r["code"] == "batch_halved"]
    return trial.values | ({BATCH: cuts[-1]} if cuts else {})


def reason_of(error: DanluError, tries: int) -> Reason:
    """Say why a call failed, after so many goes, as a code with arguments."""
    args = {k: v for k, v in error.values.items() if k != "tail"}
    number = int(args.get("signal", 0))
    name = signal.Signals(number).name if number else ""
    died = "killed" if number == SIGKILL else "signal" if number else "exception"
    known = {
        "crashed": reason(died, tries=tries, name=name, detail=last_line(error)),
        "out_of_memory": reason("out_of_memory", detail=args.get("detail") or last_line(error)),
        "hung": reason("hung", tries=tries, seconds=args.get("seconds", 0)),
        "timed_out": reason("timed_out"),
        "lost": reason("lost", tries=tries),
    }
    other = {"code": error.code, "args": {**args, "message": str(error)}}
    return known.get(error.code, other)


def last_line(error: DanluError) -> str:
    """Return the last line of the log, or what the error says."""
    tail = str(error.values.get("tail", "")).strip()
    return tail.rpartition("\n")[2][:300] or error.what


def ended(trial: Trial, state: str, why: Reason, usual: Mapping[str, Any]) -> Json:
    """Return the fields of a trial's record that say how it ended."""
    used = {**usual, **values_of(trial)}
    # Weights do not shrink with the batch.
    change = {} if why.get("code") == "memory_estimate" else advice(state, used)
    return {"state": state, "reason": why, "cause": sentence(why), "advice": change}


def bad_ends(trials: Sequence[Trial]) -> list[str]:
    """Say of every bad end how often, why the first of them, and what would help.

    >>> given = dict(project="p", experiment="e", batch=0, cohort="0.1", values={})
    >>> bad_ends([Trial(number=4, state="diverged", cause="step 2: head is not finite",
    ...                 advice={"field": "recipe.learning_rate", "from": 9.0, "to": 0.9}, **given)])
    ['1 diverged, trial 4: step 2: head is not finite; try recipe.learning_rate = 0.9']
    """
    said, seen = [], Counter(t.state for t in trials)
    for state in (s for s in seen if s in BAD):
        first = next(t for t in trials if t.state == state)
        change = first.advice and f"; try {first.advice['field']} = {first.advice['to']}"
        said.append(f"{seen[state]} {state}, trial {first.number}: {first.cause}{change or ''}")
    return said


def numbered(trials: Sequence[Trial], number: int) -> Trial:
    """Return the trial of this number."""
    found = next((t for t in trials if t.number == number), None)
    if found is None:
        raise NotFoundError(
            f"no trial {number}", where=f"{len(trials)} trials, from 0", number=number,
            do="Look at the leaderboard: danlu experiment show NAME",
        )  # fmt: skip
    return found


def _halved(trials: Sequence[Trial], why: str) -> Rescue:
    cohort, parts = trials[0].cohort, halves([t.number for t in trials])
    smaller = []
    for place, part in enumerate(parts, start=1):
        note = reason("cohort_halved", why=why, count=len(trials), half=len(part))
        smaller += [
            _waits(t, note).model_copy(update={"cohort": f"{cohort}.{place}"})
            for t in trials
            if t.number in part
        ]
    ready = tuple(f"{cohort}.{place}" for place in range(1, len(parts) + 1))
    return Rescue("halved", tuple(smaller), ready)


def _waits(trial: Trial, note: Reason) -> Trial:
    return trial.model_copy(update={"state": "waiting", "retries": (*trial.retries, note)})


def _short(why: Reason) -> str:
    """Return the code of a reason of our own; what refuses has codes without number."""
    return str(why["code"]) if why["code"] in SENTENCES else "refused"


def _was_cut(trial: Trial) -> bool:
    return any(note["code"] == "batch_halved" for note in trial.retries)


def _over(trial: Trial, why: Reason, usual: Mapping[str, Any]) -> Trial:
    """End a trial with what was known of it last."""
    state = STATES.get(why["code"], STATES.get(_family(why["code"]), "data_error"))
    last = dict(trial.curve[-1]) if trial.curve else {}
    metrics = {k: v for k, v in last.items() if k not in ("epoch", "loss", "valid_loss")}
    news = ended(trial, state, why, usual) | {"metrics": metrics}
    return trial.model_copy(update=news)


def _family(code: str) -> str:
    return "crashed" if code in ("killed", "signal", "exception") else code
