"""Fit: epochs of one cohort, until every trial has ended in a named way."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from danlu.data.durable import write_atomically
from danlu.search.pruners.base import Curves, Pruner, score
from danlu.tasks.base import Task
from danlu.train import checkpoint
from danlu.train.batches import Encoded, Rows, order, steps_of
from danlu.train.cohort import Cohort, State, numbered
from danlu.train.course import Course, Progress
from danlu.train.ends import Reason, reason
from danlu.train.events import Alive, EpochDone, Point, Report, TrialEnd, TrialEnded
from danlu.train.plan import Plan
from danlu.train.watch import Look, Watcher

SPACED = 20.0  # a checkpoint of a second is followed by so many seconds without one
BEAT_S = 5.0  # in a long epoch, so that silence means that it hangs
COMPACTED_BELOW = 0.75  # share of live rows; a new stack costs a new recording


Crop = Callable[[int, dict[str, torch.Tensor]], dict[str, torch.Tensor]]
"""Cuts the tensors of a trial, by number, out of those of its cohort's network."""


@dataclass(frozen=True)
class Terms:
    """What stays the same through a fit."""

    data: Encoded
    task: Task
    seed: int
    """Of the order of batches; the experiment's, so that mates do not matter."""
    pruner: Pruner | None
    folder: Path
    """Where the checkpoint and the files of ended trials go."""
    key: str
    """What a checkpoint must belong to."""
    checkpoint_every_s: float
    report: Report
    now: Callable[[], float]
    reused: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Tensors taken over from a warm start, per trial."""
    watcher: Watcher | None = None
    plan: Plan = field(default_factory=partial(Plan, together=1))
    before: Curves = field(default_factory=dict)
    """Of the trials that had ended before any of these began."""


class Fit:
    """One cohort on its way: advance it epoch by epoch with ``run``."""

    def __init__(self, terms: Terms, cohort: Cohort, crop: Crop) -> None:
        self._terms, self._cohort, self._crop = terms, cohort, crop
        numbers = [m.number for m in cohort.members]
        self._progress = Progress(
            rows=tuple(numbers), courses={n: Course(number=n) for n in numbers},
            compiled=terms.plan.compiled,
        )  # fmt: skip
        if terms.plan.compiled:
            cohort.compile()
        self._best = cohort.state.without_slots()
        self._steps = steps_of(len(terms.data.train), cohort.members[0].recipe.batch_size)
        self._saved_at = terms.now()
        self._save_s = 0.0

    def resume(self) -> bool:
        """Take over the checkpoint of the same work, if there is one."""
        found = checkpoint.load(self._terms.folder, self._terms.key)
        progress = Progress.read(found[0]) if found else None
        if found is None or progress is None:
            return False
        tensors = found[1]
        members = {m.number: i for i, m in enumerate(self._cohort.members)}
        self._cohort = self._cohort.keep([members[n] for n in progress.rows])
        _fill(self._cohort.state, tensors, "now")
        self._best = self._cohort.state.without_slots()
        _fill(self._best, tensors, "best")
        self._progress = progress
        if progress.compiled:
            self._cohort.compile()
        return True

    def run(self) -> list[TrialEnded]:
        """Train until every trial has ended; return how, by number."""
        while any(self._live()):
            self._epoch()
        return [self._ended(self._progress.courses[n]) for n in sorted(self._progress.courses)]

    def _epoch(self) -> None:
        self._compact()  # here, not after saving: a resumed fit must do the same
        started = self._terms.now()
        epoch = self._progress.epoch + 1
        losses, broken = self._train(epoch, started)
        points = self._judge(epoch, losses, broken)
        seconds = (self._terms.now() - started) / max(1, len(points))
        self._progress = self._progress.model_copy(update={"epoch": epoch})
        self._note(points, seconds)
        self._end({**self._endings(points), **broken})
        if not any(self._live()) or self._due():
            self._save()

    def _train(
        self, epoch: int, told_at: float
    ) -> tuple[list[float], dict[int, tuple[TrialEnd, Reason]]]:
        """Run the steps of one epoch; return mean losses and the rows that diverged, by row."""
        train = self._terms.data.train
        shuffled = order(len(train), self._terms.seed, epoch).to(train.target.device)
        size = len(train) // self._steps
        live = self._live()
        self._cohort.look_back([self._scores(n) for n in self._progress.rows])
        total = [0.0] * len(live)
        broken: dict[int, tuple[TrialEnd, Reason]] = {}
        for i in range(self._steps):
            batch = train.take(shuffled[i * size : (i + 1) * size])
            step_no = (epoch - 1) * self._steps + i
            look = self._look(live, batch, step_no)
            losses = self._cohort.advance(batch, step_no, steps=self._steps, live=live)
            if look is not None:
                self._watched(look, epoch)
            for row, loss in enumerate(losses):
                if live[row] and not math.isfinite(loss):
                    broken[row] = ("diverged", self._not_finite(row, batch, step_no))
                    self._look_last(row, batch, step_no, epoch)
                    live[row] = False
                total[row] += loss
            if not any(live):
                break
            told_at = self._beat(epoch, step_no, told_at)
        return [t / self._steps for t in total], broken

    def _not_finite(self, row: int, batch: Rows, step_no: int) -> Reason:
        """Say where the first number that is none came up, and when."""
        code, node = self._cohort.blame(row, batch, step_no)
        rate = self._cohort.learning_rate(row, step_no, self._steps)
        epoch = step_no // self._steps + 1
        return reason(code, node=node, step=step_no, epoch=epoch, learning_rate=rate)

    def _beat(self, epoch: int, step_no: int, told_at: float) -> float:
        """Say that steps are being made, if nothing was said for a while; return when."""
        now = self._terms.now()
        if now - told_at < BEAT_S:
            return told_at
        self._terms.report(Alive(epoch=epoch, step=step_no))
        return now

    def _look(self, live: Sequence[bool], batch: Rows, step_no: int) -> Look | None:
        """See what a step is about to do, when somebody watches and it is time."""
        watcher = self._terms.watcher
        if watcher is None:
            return None
        rows = [row for row, is_live in enumerate(live) if is_live]
        row = watcher.pick(rows, step_no, closes=(step_no + 1) % self._steps == 0)
        if row is None:
            return None
        number = self._progress.rows[row]
        return watcher.look(number, self._weights_of(number), batch, step_no)

    def _look_last(self, row: int, batch: Rows, step_no: int, epoch: int) -> None:
        """See the step that broke a trial, whatever it costs: there is no other one after it."""
        if self._terms.watcher is not None:
            number = self._progress.rows[row]
            look = self._terms.watcher.look(number, self._weights_of(number), batch, step_no)
            self._watched(look, epoch)

    def _watched(self, look: Look, epoch: int) -> None:
        watcher = self._terms.watcher
        assert watcher is not None
        watcher.close(look, self._weights_of(look.number), epoch, self._terms.report)

    def _weights_of(self, number: int) -> dict[str, torch.Tensor]:
        """Return what a trial weighs now, under its own names."""
        row = self._progress.rows.index(number)
        return self._crop(number, self._cohort.state.take(row).weights())

    def _judge(
        self, epoch: int, losses: Sequence[float], broken: dict[int, tuple[TrialEnd, Reason]]
    ) -> dict[int, Point]:
        """Measure every live row that did not diverge on the validation split."""
        rows = [r for r in self._live_rows() if r not in broken]
        if not rows:
            return {}
        valid = self._terms.data.valid
        answers, valid_losses = self._cohort.judge(valid)
        target = valid.target.cpu().numpy()
        return {
            row: Point(
                epoch=epoch,
                loss=_known(losses[row]),
                valid_loss=_known(valid_losses[row]),
                metrics=self._metrics(answers[row], target),
            )
            for row in rows
        }

    def _metrics(
        self, answers: npt.NDArray[np.float32], target: npt.NDArray[np.generic]
    ) -> dict[str, float | None]:
        if not np.isfinite(answers).all():
            return {self._terms.task.main_metric: None}
        found = self._terms.task.metrics(answers, target)
        return {name: _known(value) for name, value in found.items()}

    def _note(self, points: dict[int, Point], seconds: float) -> None:
        """Add the epoch to the curves, remember the best states, and tell."""
        courses, better = dict(self._progress.courses), []
        for row, point in points.items():
            course = courses[self._progress.rows[row]]
            score = self._score(point)
            change: dict[str, object] = {
                "curve": (*course.curve, point), "seconds": course.seconds + seconds
            }  # fmt: skip
            mark = (score, -point.valid_loss if point.valid_loss is not None else -math.inf)
            if score is not None and (course.best is None or mark > course.best):
                rises = course.best is None or score > course.best[0]
                change |= {"best": mark, "best_epoch": point.epoch}
                change |= {"risen": point.epoch} if rises else {}
                better.append(row)
            courses[course.number] = course.model_copy(update=change)
        self._progress = self._progress.model_copy(update={"courses": courses})
        _copy_rows(self._best, self._cohort.state.served(), better)
        for row, point in points.items():
            self._tell(row, point, seconds)

    def _tell(self, row: int, point: Point, seconds: float) -> None:
        last = point.epoch * self._steps - 1
        self._terms.report(
            EpochDone(
                trial=self._progress.rows[row], epoch=point.epoch, loss=point.loss,
                valid_loss=point.valid_loss, metrics=point.metrics, seconds=round(seconds, 4),
                learning_rate=self._cohort.learning_rate(row, last, self._steps),
            )
        )  # fmt: skip

    def _score(self, point: Point) -> float | None:
        task = self._terms.task
        metric = point.metrics.get(task.main_metric)
        return score(metric, point.valid_loss, maximise=task.maximise)

    def _scores(self, number: int) -> list[float | None]:
        return [self._score(p) for p in self._progress.courses[number].curve]

    def _endings(self, points: dict[int, Point]) -> dict[int, tuple[TrialEnd, Reason]]:
        """Decide which rows end after this epoch, by row."""
        found: dict[int, tuple[TrialEnd, Reason]] = {}
        for number, place in self._pruned(points).items():
            found[self._progress.rows.index(number)] = ("pruned", reason("pruned", place=place))
        for row, point in points.items():
            course = self._progress.courses[self._progress.rows[row]]
            recipe = self._cohort.members[row].recipe
            stale = point.epoch - course.risen
            over = point.epoch >= recipe.epochs
            if over and course.best is None:
                found[row] = ("diverged", reason("answers_not_finite", epoch=point.epoch))
            elif over:
                found[row] = ("finished", {})
            elif recipe.patience and stale >= recipe.patience:
                metric = self._terms.task.main_metric
                found[row] = ("stopped_early", reason("no_better", metric=metric, epochs=stale))
        return found

    def _pruned(self, points: dict[int, Point]) -> dict[int, str]:
        if self._terms.pruner is None:
            return {}
        own = {number: self._scores(number) for number in self._progress.courses}
        curves = {**self._terms.before, **own}
        live = {self._progress.rows[row] for row in points}
        epochs = max(m.recipe.epochs for m in self._cohort.members)
        return self._terms.pruner.stop(curves, live=live, epochs=epochs)

    def _end(self, endings: dict[int, tuple[TrialEnd, Reason]]) -> None:
        """Write the files of trials that end, then say so."""
        if not endings:
            return
        rows = sorted(endings)
        kept = [r for r in rows if self._progress.courses[self._progress.rows[r]].best is not None]
        self._write_files(kept)
        courses = dict(self._progress.courses)
        for row in rows:
            number = self._progress.rows[row]
            state, why = endings[row]
            courses[number] = courses[number].model_copy(update={"state": state, "reason": why})
        self._progress = self._progress.model_copy(update={"courses": courses})
        for row in rows:
            self._terms.report(self._ended(courses[self._progress.rows[row]]))

    def _write_files(self, rows: list[int]) -> None:
        """Write weights and validation answers of the best epochs of some rows."""
        if not rows:
            return
        best = self._cohort.with_state(self._best).keep(rows)
        answers, _ = best.judge(self._terms.data.valid)
        for i, member in enumerate(best.members):
            path = self._terms.folder / f"{member.number}.safetensors"
            weights = self._crop(member.number, best.state.take(i).weights())
            checkpoint.save_tensors(path, weights)
            content = io.BytesIO()
            np.save(content, answers[i], allow_pickle=False)
            write_atomically(path.with_suffix(".npy"), content.getvalue())

    def _ended(self, course: Course) -> TrialEnded:
        assert course.state is not None
        at = None if course.best_epoch is None else course.curve[course.best_epoch - 1]
        path = self._terms.folder / str(course.number)
        metric = self._terms.task.main_metric
        return TrialEnded(
            number=course.number, state=course.state, reason=course.reason,
            metric=at.metrics.get(metric) if at else None, metrics=at.metrics if at else {},
            best_epoch=course.best_epoch, epochs=len(course.curve),
            seconds=round(course.seconds, 3), reused=self._terms.reused.get(course.number),
            weights=f"{path}.safetensors" if at else None, answers=f"{path}.npy" if at else None,
            curve=tuple(p.flat() for p in course.curve),
        )  # fmt: skip

    def _due(self) -> bool:
        every_s = self._terms.checkpoint_every_s * max(1.0, SPACED * self._save_s)
        return self._terms.now() - self._saved_at >= every_s

    def _save(self) -> None:
        began = self._terms.now()
        tensors: dict[str, torch.Tensor] = {}
        if any(self._live()):
            tensors = _flat(self._cohort.state, "now") | _flat(self._best, "best")
        checkpoint.save(
            self._terms.folder, self._terms.key, self._progress.model_dump_json(), tensors
        )
        self._saved_at = self._terms.now()
        self._save_s = self._saved_at - began

    def _compact(self) -> None:
        """Drop ended rows once enough of them have piled up."""
        rows = self._live_rows()
        if rows and len(rows) < COMPACTED_BELOW * len(self._progress.rows):
            self._cohort = self._cohort.keep(rows)
            self._best = self._best.keep(rows)
            numbers = tuple(self._progress.rows[r] for r in rows)
            share, ahead = len(rows) / len(self._progress.courses), self._steps_ahead()
            compiled = self._terms.plan.pays_still(share, ahead)
            if compiled:
                self._cohort.compile()
            change = {"rows": numbers, "compiled": compiled}
            self._progress = self._progress.model_copy(update=change)

    def _steps_ahead(self) -> int:
        epochs = max(m.recipe.epochs for m in self._cohort.members)
        return self._steps * (epochs - self._progress.epoch)

    def _live(self) -> list[bool]:
        return [self._progress.courses[n].state is None for n in self._progress.rows]

    def _live_rows(self) -> list[int]:
        return [row for row, live in enumerate(self._live()) if live]


def _flat(state: State, place: str) -> dict[str, torch.Tensor]:
    moving = state.groups()[:3]
    kinds = zip(("params", "buffers", "slots"), moving, strict=True)
    return {f"{place}/{kind}/{n}": t for kind, group in kinds for n, t in group.items()}


def _fill(state: State, tensors: dict[str, torch.Tensor], place: str) -> None:
    """Write saved tensors over a state; one whose trials have all ended was saved without."""
    if tensors:
        for name, tensor in _flat(state, place).items():
            tensor.copy_(tensors[name])


def _copy_rows(to: State, source: State, rows: list[int]) -> None:
    if rows:
        for new, old in zip(to.groups()[:2], source.groups()[:2], strict=True):
            for name, tensor in new.items():
                index = numbered(rows, tensor.device)
                tensor[index] = old[name][index]


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
