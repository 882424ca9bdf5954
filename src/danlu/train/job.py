"""Job: train one cohort from JSON arguments; the dotted name is ``danlu.train.job:run``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pydantic
import torch
from torch import Tensor

from danlu.catalog import Catalog
from danlu.compile.fitting import mixed
from danlu.compile.key import dials_of
from danlu.compile.union import Union
from danlu.data.durable import write_atomically
from danlu.errors import DataError, TrainingError
from danlu.network.graph import Network
from danlu.params import Params
from danlu.search.pruners.base import Pruner
from danlu.tasks.base import load as load_task
from danlu.train import batches, checkpoint
from danlu.train.cohort import Cohort, Member, first_state, slots_of
from danlu.train.compiled import keep_in
from danlu.train.device import HOST, Device
from danlu.train.dials import beside, dials_alone, scaled
from danlu.train.events import Event, Log, TrialEnded
from danlu.train.fit import Fit, Terms
from danlu.train.initial import initialise
from danlu.train.own import Own
from danlu.train.plan import Plan, choose
from danlu.train.prepared import Ways
from danlu.train.recipe import PREFIX, WIDER, Recipe, is_dial, parse
from danlu.train.step import Step, Tensors
from danlu.train.watch import View, Watcher

Json = dict[str, Any]
TRACED_FROM = 20  # steps; a recording costs about as much as it saves over so many


class TrialArgs(Params):
    """One trial: its number, its seed, and the values it was given."""

    number: int
    seed: int
    values: Json = pydantic.Field({})
    """"<node>.<field>" and "recipe.<field>"."""
    warm: bool = True
    """Whether it starts from ``CohortArgs.warm``."""


class CohortArgs(Params):
    """Everything a trainer is told."""

    encoded: Path
    """Folder written by the prepare job."""
    network: Json
    task: Json
    recipe: Json = pydantic.Field({})
    trials: tuple[TrialArgs, ...] = pydantic.Field(min_length=1)
    checkpoint: Path
    """Folder of this cohort alone; kept until its result is stored."""
    warm: Path | None = None
    """Weights to start from where node name and shape match (safetensors)."""
    seed: int = 0
    """The experiment's: decides the order of batches."""
    threads: int = 1
    pruner: Json | None = None
    """A file in `search/pruners` and its fields: ``{"kind": "halving"}``."""
    before: dict[int, tuple[float | None, ...]] = pydantic.Field({})
    """Scores, epoch by epoch, of the trials that the pruner compares these with."""
    cache: Path | None = None
    """Folder of compiled programs, for all experiments; None = nothing is compiled."""
    together: int | None = None
    """Trials per program; None = measure."""
    watch: Path | None = None
    """Folder for what `train/watch.py` sees of each trial: "<number>.jsonl"; None = nothing."""
    watch_every: int = 0
    """Look every so many steps; 0 = at ends of epochs, as often as a share of the time allows."""
    checkpoint_every_s: float = 1.0
    """After the first epoch that ends so much later than the last checkpoint; 0 = each epoch."""

    def key(self, device: Device = HOST) -> str:
        """Hash of what decides the result: a checkpoint of anything else is not used."""
        free = {"encoded", "checkpoint", "warm", "threads", "together", "checkpoint_every_s",
                "watch", "watch_every", "cache"}  # fmt: skip
        text = self.model_dump_json(exclude=free) + self.encoded.name + repr(device)
        return hashlib.sha256(text.encode()).hexdigest()


def run(args: Json, report: Callable[[Json], None]) -> Json:
    """Train a cohort to its end, or go on where an earlier run was killed."""
    cohort = CohortArgs.model_validate(args)
    torch.set_num_threads(cohort.threads)
    if cohort.cache is not None:
        keep_in(cohort.cache)
    cohort.checkpoint.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def tell(event: Event) -> None:
        report(event.model_dump(mode="json"))

    try:
        ended, plan = _train(cohort, tell)
    except DataError as error:
        ended, plan = [_unusable(t.number, error) for t in cohort.trials], Plan(together=0)
        for one in ended:
            tell(one)
    except (RuntimeError, MemoryError) as error:
        if not _is_memory(error):
            raise
        raise _no_memory(error) from error
    timings = plan.model_dump(include={"fused_s", "alone_s"})
    return {
        "trials": [t.model_dump(mode="json", exclude={"event"}) for t in ended],
        "together": plan.together,
        "timings": timings,
        "device": plan.device,
        "precision": plan.precision,
        "seconds": round(time.monotonic() - started, 3),
    }


def _train(args: CohortArgs, tell: Callable[[Event], None]) -> tuple[list[TrialEnded], Plan]:
    recipes = _recipes(args)
    device = Device.of(recipes[0])
    device.prepare()
    raw = batches.load(args.encoded)
    ways = Ways(raw, recipes, args.encoded)
    data, task = ways.rows().on(device), load_task(args.task)
    base = Network.model_validate(args.network)
    networks = [base.with_values(_of_network(t.values)) for t in args.trials]
    union = Union(networks, data.types, task.head)
    more = beside(recipes, task, raw, ways)
    step = Step(union.net, task, device)
    owns = _owns(union, networks, recipes, more, step)
    members = _members(args, union, networks, recipes, more, owns)
    weights, reused = _weights(args, union, members)
    for number, (found, of) in reused.items():
        tell(Log(text=f"trial {number}: reused {found} of {of} tensors"))
    net = union.net.requires_grad_(requires_grad=False)
    state = first_state(
        weights, buffers={n for n, _ in net.named_buffers()}, held=net.frozen,
        slots=slots_of(m.recipe for m in members), device=device,
    )  # fmt: skip
    steps = batches.steps_of(len(data.train), members[0].recipe.batch_size)
    ahead = steps * max(m.recipe.epochs for m in members)
    cohort = Cohort(step, members, state, together=len(members), traced=ahead >= TRACED_FROM)
    plan = _plan(args, cohort, data, ahead, fusible=union.fusible)
    tell(Log(text=f"plan: {plan.model_dump_json()}"))
    cohort.together = plan.together
    places = {t.number: place for place, t in enumerate(args.trials)}
    watcher = _watcher(args, members, owns)
    terms = _terms(args, data, step, tell, reused)
    terms = replace(terms, watcher=watcher, plan=plan)
    fit = Fit(terms, cohort, lambda number, found: union.crop(union.parts[places[number]], found))
    if fit.resume():
        tell(Log(text="resumed from the checkpoint"))
    return fit.run(), plan


def _terms(
    args: CohortArgs, data: batches.Encoded, step: Step, tell: Callable[[Event], None],
    reused: dict[int, tuple[int, int]],
) -> Terms:  # fmt: skip
    return Terms(
        data=data, task=step.task, seed=args.seed, pruner=_pruner(args.pruner),
        folder=args.checkpoint, key=args.key(step.device), report=tell, now=time.monotonic,
        checkpoint_every_s=args.checkpoint_every_s, reused=reused, before=args.before,
    )  # fmt: skip


def _watcher(args: CohortArgs, members: Sequence[Member], owns: Sequence[Own]) -> Watcher | None:
    if args.watch is None:
        return None
    views = {
        m.number: View(m.seed, own.step, own.dials) for m, own in zip(members, owns, strict=True)
    }
    return Watcher(views, args.watch, every=args.watch_every)


def _owns(
    union: Union, networks: Sequence[Network], recipes: Sequence[Recipe], more: Sequence[Tensors],
    step: Step,
) -> list[Own]:  # fmt: skip
    """Return how each trial runs by itself; those of one size share a program."""
    steps = {part: Step(part.net, step.task, step.device) for part in union.parts}
    owns = []
    for part, network, recipe, beside_it in zip(union.parts, networks, recipes, more, strict=True):
        dials = scaled(dials_of(network), network, recipe.dropout_scale)
        alone = dials_alone(dials, recipe, beside_it, step.device)
        owns.append(Own(union, part, steps[part], alone))
    return owns


def _members(
    args: CohortArgs, union: Union, networks: Sequence[Network], recipes: Sequence[Recipe],
    more: Sequence[Tensors], owns: Sequence[Own],
) -> list[Member]:  # fmt: skip
    members = []
    for place, (t, recipe, network) in enumerate(zip(args.trials, recipes, networks, strict=True)):
        dials = union.named(scaled(dials_of(network), network, recipe.dropout_scale))
        marks = {name: mark[place] for name, mark in union.marks.items()}
        own = owns[place] if union.is_mixed else None
        members.append(Member(t.number, t.seed, recipe, {**dials, **marks, **more[place]}, own))
    return members


def _recipes(args: CohortArgs) -> list[Recipe]:
    """Return each trial's recipe; refuse those that are not one program."""
    base = parse(args.recipe)
    recipes = [base.with_values(t.values) for t in args.trials]
    first = recipes[0].model_dump()
    for name in (n for n in first if not is_dial(PREFIX + n)):
        if any(getattr(r, name) != first[name] for r in recipes):
            raise mixed(f"recipe.{name}")
    if len({r.preprocessing == WIDER for r in recipes}) > 1:
        raise mixed("recipe.preprocessing")
    return recipes


def _weights(
    args: CohortArgs, union: Union, members: Sequence[Member]
) -> tuple[list[Tensors], dict[int, tuple[int, int]]]:
    """Return each trial's first weights and, for warm ones, how many tensors were taken over."""
    known: dict[str, Tensor] = checkpoint.load_tensors(args.warm) if args.warm else {}
    found, reused = [], {}
    for t, part, member in zip(args.trials, union.parts, members, strict=True):
        fresh = initialise(part.net, member.recipe.initialisation, t.seed)
        fit = {n: known[n] for n, w in fresh.items() if n in known and known[n].shape == w.shape}
        if args.warm and t.warm:
            reused[t.number] = (len(fit), len(fresh))
            fresh |= fit
        found.append(union.fill(part, {**fresh, **dict(part.net.named_buffers())}))
    return found, reused


def _plan(
    args: CohortArgs, cohort: Cohort, data: batches.Encoded, ahead: int, *, fusible: bool
) -> Plan:
    """Return what was told or chosen before; else measure, and write it down at once."""
    here = Plan(together=1, device=cohort.device.name, precision=cohort.device.precision)
    if not fusible:
        return here
    if args.together is not None:
        together = max(1, min(args.together, len(cohort.members)))
        return here.model_copy(update={"together": together})
    path = args.checkpoint / "plan.json"
    known = Plan.model_validate_json(path.read_bytes()) if path.exists() else None
    if known is not None and known.device == here.device:
        return known
    size = len(data.train) // batches.steps_of(len(data.train), cohort.members[0].recipe.batch_size)
    measure = partial(cohort.measure, data.train.part(0, size))
    plan = choose(
        measure,
        len(cohort.members),
        steps=ahead,
        now=time.monotonic,
        compiles=bool(args.cache),
        programs=cohort.programs,
    ).model_copy(update={"device": here.device, "precision": here.precision})
    write_atomically(path, plan.model_dump_json().encode())
    return plan


def _pruner(document: Mapping[str, Any] | None) -> Pruner | None:
    if document is None:
        return None
    family: Catalog[Pruner] = Catalog("danlu.search.pruners", Pruner)  # type: ignore[type-abstract]
    state = dict(document)
    return family.get(str(state.pop("kind", ""))).model_validate(state)


def _of_network(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if not k.startswith(PREFIX)}


def _unusable(number: int, error: DataError) -> TrialEnded:
    why = {"code": error.code, "args": {**error.values, "message": str(error)}}
    return TrialEnded(number=number, state="data_error", reason=why)


def _is_memory(error: Exception) -> bool:
    text = str(error).lower()
    return (
        isinstance(error, MemoryError) or "can't allocate memory" in text or "out of memory" in text
    )


def _no_memory(error: Exception) -> TrainingError:
    """Tell whoever planned the cohort: it will be cut, or the batch."""
    detail = (str(error) or type(error).__name__).split("\n", 1)[0][:300]
    return TrainingError(
        f"not enough memory: {detail}", code="out_of_memory", detail=detail,
        do="Train fewer trials together, or a smaller network or batch.",
    )  # fmt: skip
