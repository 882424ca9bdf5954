"""Run: ask -> cohorts -> execute -> tell, then finish; restartable at any point from its rows."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from danlu.errors import InvalidError, NotFoundError, StorageError, TrainingError
from danlu.execute.base import Call
from danlu.experiment.ask import Cost, ask, group
from danlu.experiment.choice import choices
from danlu.experiment.crew import Crew, Said, may_work_again
from danlu.experiment.diary import Diary
from danlu.experiment.looks import mark_of, seen_of
from danlu.experiment.notebook import Notebook
from danlu.experiment.plan import Spec, seed_of
from danlu.experiment.ports import Ports
from danlu.experiment.publish import Winner, publish
from danlu.experiment.rescue import STATES, ended, rescue, values_of
from danlu.store.records import Dataset, Experiment, Trial, Version
from danlu.train.recipe import PREFIX

Json = dict[str, Any]
BASELINES, IMPORTANCE = "baselines", "importance"
BASELINES_S = 120.0
"""They are a courtesy: a search does not wait longer for them."""
IMPORTANCE_S = 20.0
IDLE_S, SILENT_S = 25.0, 900.0
"""A cohort that computes nothing, or says nothing, for so long hangs; steps are told of."""
PLANNED = ("together", "timings", "device", "precision")
"""What a cohort says of how it trained."""
CANDIDATES = 8
"""The best trials among which the members of the model are chosen."""


def conduct(
    ports: Ports, name: str, *, cancelled: Callable[[], bool] = lambda: False
) -> Experiment:
    """Bring an experiment to its end: finished, failed, or (when ``cancelled``) stopped.

    May be called again after any crash, and after a stop: it goes on from the rows.
    """
    with ports.store.begin(ports.who, write=False) as tx:
        experiment = tx.get(Experiment, name)
    if experiment.state in ("finished", "failed"):
        return experiment
    book = Notebook(ports.store, ports.who, experiment, ports.now)
    book.change(state="running", cause="", result={})
    search = Search(ports, book, cancelled)
    try:
        search.run()
    except (InvalidError, NotFoundError, TrainingError) as error:
        book.rest()
        if error.code == "cancelled":
            book.change(state="stopped", finished_at=ports.now())
        else:
            book.change(
                state="failed", cause=str(error), result={"problem": error.problem()},
                finished_at=ports.now(),
            )  # fmt: skip
    except StorageError as error:
        with suppress(StorageError):  # the same disk may hold the rows
            book.rest()
            book.change(
                state="stopped", cause=str(error), result={"problem": error.problem()},
                finished_at=ports.now(),
            )  # fmt: skip
        raise
    finally:
        search.crew.close()
    with ports.store.begin(ports.who, write=False) as tx:
        return tx.get(Experiment, name)


class Search:
    """One experiment under way; all it remembers beside the rows is how often a cohort crashed."""

    def __init__(self, ports: Ports, book: Notebook, cancelled: Callable[[], bool]) -> None:
        self.ports, self.book, self._cancelled = ports, book, cancelled
        self.spec = Spec.of(book.experiment.spec)
        self.crew = Crew(ports.executor)
        self.plan: Json = book.experiment.plan
        self.ready: list[str] = []
        self.tries: Counter[str] = Counter()
        self.diary = Diary()
        self.seconds: dict[str, float] = {}
        self.importance: dict[str, float] = {}
        self.folder = Path("cache/trials") / mark_of(book.experiment)

    def run(self) -> None:
        """Go through all phases; each is skipped as far as it is done."""
        with self._timed("prepare"):
            self._prepare()
        with self._timed("search"):
            self._revive()
            self._search()
        with self._timed("finish"):
            self._weigh()
            winner = self._finish()
            while IMPORTANCE in self.crew.busy:
                for said in self.crew.heard():
                    self._hear(said)
        winner = replace(winner, importance=self.importance)
        publish(self.ports, self.book, winner, self.seconds)
        shutil.rmtree(self.ports.home / self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        """Encode the data and settle network, space and recipe, unless that is done."""
        encoded = self.ports.home / "cache" / "encoded"
        if self.plan and (encoded / self.plan["key"] / "meta.json").exists():
            return
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            wanted = self.plan.get("version") or self.spec.version
            wanted = wanted or tx.get(Dataset, self.spec.data).version
            version = tx.get(Version, self.spec.data, wanted)
        args = {
            "parts": [str(self.ports.blobs.path(p.sha256)) for p in version.parts],
            "schema_": version.schema_, "data_hash": version.hash, "cache": str(encoded),
            "spec": self.spec.model_dump(mode="json"),
        }  # fmt: skip
        found = self._do("danlu.experiment.prepare:run", args)
        found["earlier"] = self._earlier()
        executor = self.ports.executor
        self._plan(
            {"version": version.version, "slots": executor.slots, "threads": executor.threads}
            | found | self.plan
        )  # fmt: skip

    def _earlier(self) -> list[Json]:
        """Return the best values that the named earlier searches found."""
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            ended = [tx.find(Experiment, name) for name in self.spec.learn_from]
        return [e.result["warm"]["values"] for e in ended if e and e.result.get("warm")]

    def _plan(self, plan: Json) -> None:
        self.plan = plan
        self.book.change("planned", plan=plan)

    def _revive(self) -> None:
        """Train again what is over but left no files: the cache may be deleted at any time."""
        for cohort in sorted(self.book.lost_files(self.ports.home)):
            again = [t.model_copy(update={"state": "waiting", "files": {}})
                     for t in self.book.of_cohort(cohort)]  # fmt: skip
            self.book.write("revived", {"cohort": cohort}, *again)
        if self.plan.get(BASELINES) and not (self.ports.home / self.folder / BASELINES).exists():
            self._plan({k: v for k, v in self.plan.items() if k != BASELINES})
        self.ready = self.book.open_cohorts()

    def _search(self) -> None:
        """Keep all slots busy until every trial has ended; the baselines fill what is idle."""
        while True:
            self._check()
            training = self.crew.busy - {BASELINES}
            if not self.ready and not training and len(self.book.trials) < self.spec.trials:
                self._ask()
            while self.ready and self.crew.free:
                self._submit(self.ready.pop(0))
            if self.crew.free and BASELINES not in {*self.crew.busy, *self.plan}:
                self._start_baselines()
            if not self.crew.busy and not self.ready:
                break
            for said in self.crew.heard():
                self._hear(said)
        self.book.flush()
        self._demand_one()

    def _ask(self) -> None:
        """Ask for the next batch and record its cohorts before any of it runs."""
        known = list(self.book.trials.values())
        batch = 1 + max((t.batch for t in known), default=-1)
        numbered = dict(enumerate(ask(self.spec, self.plan, known), start=len(known)))
        asked: Json = {"trials": list(numbered.values())}
        asked |= {name: self.plan[name] for name in ("network", "types", "head", "slots")}
        own = self.plan.get("device", {}).get("memory_bytes")
        asked["memory_bytes"] = own or self.ports.executor.memory_bytes
        answer = self._do("danlu.experiment.desk:keys", asked)
        found = answer["trials"]
        costs = {n: Cost(**c) for n, c in zip(numbered, found, strict=True) if "key" in c}
        known_costs = self.plan.get("costs", {}) | {str(n): c.macs for n, c in costs.items()}
        cohorts = group(costs, self.plan["slots"])
        chosen = self.plan.get("cohorts", {}) | {
            f"{batch}.{place}": choice.model_dump()
            for place, choice in enumerate(choices(costs, cohorts, answer["how"]), start=1)
        }
        self._plan({**self.plan, "costs": known_costs, "cohorts": chosen})
        fresh = {
            number: Trial(
                project=self.book.experiment.project, experiment=self.book.experiment.name,
                number=number, batch=batch, cohort=f"{batch}.0", values=v, state="data_error",
            )
            for number, v in numbered.items()
        }  # fmt: skip
        for (number, trial), c in zip(fresh.items(), found, strict=True):
            if "problem" in c:  # refused before anything of it runs
                state = STATES.get(c["reason"]["code"], "data_error")
                why = ended(trial, state, c["reason"], self._usual())
                fresh[number] = trial.model_copy(update=why)
        for place, cohort in enumerate(cohorts, start=1):
            for number in cohort:
                fresh[number] = fresh[number].model_copy(
                    update={"state": "waiting", "cohort": f"{batch}.{place}"}
                )
        self.book.add(list(fresh.values()))
        self.ready = self.book.open_cohorts()

    def _submit(self, cohort: str) -> None:
        trials = self.book.of_cohort(cohort)
        self.book.write(
            "started", {"cohort": cohort, "trials": [t.number for t in trials]},
            *(t.model_copy(update={"state": "running"}) for t in trials),
        )  # fmt: skip
        home, spec, plan = self.ports.home, self.spec, self.plan
        args = {
            "encoded": str(home / "cache" / "encoded" / plan["key"]),
            "network": plan["network"], "task": plan["task_state"], "recipe": plan["recipe"],
            "trials": [
                {"number": t.number, "seed": seed_of(spec, t.number), "values": values_of(t),
                 "warm": t.number % 2 == 0}
                for t in trials
            ],
            "checkpoint": str(home / self.folder / cohort), "seed": spec.seed,
            "warm": str(self.ports.blobs.path(spec.warm.weights)) if spec.warm else None,
            "threads": plan["threads"], "pruner": spec.pruner,
            "cache": str(home / "cache" / "compiled"),
            "watch": str(seen_of(self.book.experiment, home)) if spec.watch else None,
        }  # fmt: skip
        if spec.pruner:
            args["before"] = self.book.scores_before(
                trials[0].batch, plan["metric"], maximise=plan["maximise"]
            )
        work = "danlu.train.job:run"
        if spec.folds > 1:
            work = "danlu.experiment.folded:run"
            args |= {"folds": spec.folds, "metric": plan["metric"]}
        self.crew.start(
            cohort,
            Call(run=work, args=args, threads=plan["threads"], idle_s=IDLE_S, silent_s=SILENT_S),
        )

    def _start_baselines(self) -> None:
        args = {
            "encoded": str(self.ports.home / "cache" / "encoded" / self.plan["key"]),
            "folder": str(self.ports.home / self.folder / BASELINES), "seed": self.spec.seed,
            "folds": self.spec.folds,
        }  # fmt: skip
        call = Call(run="danlu.experiment.baselines:run", args=args, timeout_s=BASELINES_S)
        self.crew.start(BASELINES, call)

    def _hear(self, said: Said) -> None:
        if said.event is not None:
            self.book.hear(said.event)
            self.diary.hear(said.event, (t.number for t in self.book.of_cohort(said.key)))
            return
        try:
            result = said.result()
        except (InvalidError, TrainingError) as error:
            self._failed(said.key, error)
            return
        if said.key == BASELINES:
            self._plan({**self.plan, BASELINES: result["rows"], "leaks": result["leaks"]})
        elif said.key == IMPORTANCE:
            self.importance = result["importance"]
        else:
            self._tell(result)

    def _tell(self, result: Json) -> None:
        """Record how every trial of a cohort ended, at once."""
        over = []
        for found in result["trials"]:
            files = {
                name: str(Path(found.pop(name)).relative_to(self.ports.home))
                for name in ("weights", "answers")
                if found.get(name)
            }
            kept = {k: v for k, v in found.items() if k in Trial.model_fields and k != "number"}
            trial = self.book.trials[found["number"]]
            kept |= ended(trial, found["state"], found["reason"], self._usual())
            went_well = found["state"] in ("finished", "stopped_early", "pruned")
            tail = self.diary.close(trial.number, went_well=went_well)
            kept |= {"curve": tuple(found["curve"]), "files": files, "tail": tail}
            over.append(trial.model_copy(update=kept))
        chosen = {k: result[k] for k in PLANNED if k in result}
        if over and chosen:
            planned, cohort = self.plan.get("cohorts", {}), over[0].cohort
            chosen = planned.get(cohort, {}) | chosen
            self._plan({**self.plan, "cohorts": {**planned, cohort: chosen}})
        self.book.flush()
        self.book.write("ended", {"trials": [t.number for t in over]}, *over)

    def _usual(self) -> Json:
        """Return what a trial that says nothing else trains with."""
        usual = {PREFIX + name: value for name, value in self.plan["recipe"].items()}
        return usual | {"rows": self.plan["rows"]["train"]}

    def _failed(self, cohort: str, error: InvalidError | TrainingError) -> None:
        """Try again from the checkpoint, or with less at a time, or write down why not."""
        self.tries[cohort] += 1
        if cohort == IMPORTANCE or error.code == "cancelled":
            return
        if cohort == BASELINES:
            if not may_work_again(error, self.tries[cohort]):
                self._plan({**self.plan, BASELINES: [], "baselines_problem": str(error)})
            return
        self.book.flush()
        trials = self.book.of_cohort(cohort)
        found = rescue(trials, error, tries=self.tries[cohort], usual=self._usual())
        for trial in trials:
            self.diary.add(trial.number, str(error.values.get("tail") or error))
        rows = found.trials
        if found.kind == "ended":
            tails = [self.diary.close(t.number, went_well=False) for t in rows]
            pairs = zip(rows, tails, strict=True)
            rows = tuple(t.model_copy(update={"tail": tail}) for t, tail in pairs)
        self.ready = [*found.ready, *self.ready]
        body = {"cohort": cohort, "trials": [t.number for t in rows]}
        self.book.write(found.kind, body, *rows)

    def _demand_one(self) -> None:
        """Fail when no trial has left anything to choose from."""
        trials = self.book.trials.values()
        if any(t.metric is not None and t.files for t in trials):
            return
        states = Counter(t.state for t in trials)
        state, count = states.most_common(1)[0]
        first = next(t for t in trials if t.state == state)
        change = first.advice
        do = f"Try {change['field']} = {change['to']}. " if change else ""
        do += f"Look closer: danlu experiment trial {self.book.experiment.name} {first.number}"
        raise TrainingError(
            f"none of {len(trials)} trials can be used; {count} ended {state}, the first because "
            f"{first.cause or 'its metric is no number'}", code="all_failed",
            where=f"experiment '{self.book.experiment.name}'", do=do, trials=len(trials),
            states=dict(states), state=state, trial=first.number, reason=first.reason,
            advice=change,
        )  # fmt: skip

    def _weigh(self) -> None:
        """Ask which fields mattered, in a slot that the finish leaves idle."""
        tried = [(t.values, t.metric) for _, t in sorted(self.book.trials.items())]
        args = {
            "space": self.plan["space"], "tried": tried, "maximise": self.plan["maximise"],
            "seed": self.spec.seed,
        }  # fmt: skip
        call = Call(run="danlu.experiment.importance:run", args=args, timeout_s=IMPORTANCE_S)
        self.crew.start(IMPORTANCE, call)

    def _finish(self) -> Winner:
        """Choose the members, touch the test rows once, export and pack."""
        sign = -1 if self.plan["maximise"] else 1
        usable = [t for t in self.book.trials.values() if t.metric is not None and t.files]
        best = sorted(usable, key=lambda t: (sign * (t.metric or 0.0), t.number))[:CANDIDATES]
        home, plan = self.ports.home, self.plan
        bundle = home / self.folder / "bundle"
        args = {
            "encoded": str(home / "cache" / "encoded" / plan["key"]), "network": plan["network"],
            "trials": [
                {"number": t.number, "values": t.values, "metric": t.metric,
                 "weights": str(home / t.files["weights"]),
                 "answers": str(home / t.files["answers"])}
                for t in best
            ],
            "recipe": plan["recipe"],
            "members": self.spec.members, "latency_ms": self.spec.latency_ms,
            "folder": str(bundle), "seed": self.spec.seed,
            "lineage": {
                "experiment": self.book.experiment.name, "data": self.spec.data,
                "version": plan["version"], "parent": self.spec.warm and self.spec.warm.model,
            },
            "baselines": plan.get(BASELINES, []),
            "compete": str(home / self.folder / BASELINES)
            if self.spec.baselines == "compete" else None,
        }  # fmt: skip
        found = self._do("danlu.experiment.finish:run", args)
        first = self.book.trials[next(iter(found["members"]), best[0].number)]
        return Winner(bundle=bundle, found=found, best=first, weights=home / first.files["weights"])

    def _do(self, run: str, args: Json) -> Json:
        call = Call(run=run, args=args, threads=self.ports.executor.threads, idle_s=4 * IDLE_S)
        return self.crew.do(call, hear=self._hear, check=self._check)

    def _check(self) -> None:
        if self._cancelled():
            raise TrainingError("stopped", code="cancelled", do="Resume it to go on.")

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[phase] = round(time.perf_counter() - began, 3)
