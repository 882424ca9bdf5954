"""Desk (jobs): quick questions about networks that need torch: check, catalogue, program keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from danlu.catalog import Catalog
from danlu.compile.fitting import Part, seen_at
from danlu.compile.key import family_key, program_key
from danlu.compile.union import Union, largest
from danlu.errors import DanluError, NotFoundError, TrainingError, nearest
from danlu.experiment.ask import Cost
from danlu.experiment.buckets import buckets
from danlu.network.catalogue import block_catalogue
from danlu.network.catalogue import catalogue as every_op
from danlu.network.check import check
from danlu.network.feasible import feasible
from danlu.network.graph import Network, digest
from danlu.network.propose import propose
from danlu.params import Params
from danlu.space import from_json
from danlu.tasks.base import tasks
from danlu.tensor import Axis, Field, TensorType
from danlu.train.ends import reason, sentence
from danlu.train.recipe import program_of

Json = dict[str, Any]
BYTES_A_WEIGHT = 12  # the weight, its gradient, its best value; optimizers want more
TRIED_WHILE_DRAWING = 128  # combinations: an answer is awaited
FOLDERS = {
    name: f"danlu.train.{name}"
    for name in ("optimizers", "schedules", "preprocessors", "augmentations")
}


def analyze(args: Json, report: Any) -> Json:
    """Check ``{"network", "types", "head", "space"}``: an Analysis as JSON.

    With a space, and a network that can run, also which combinations of it cannot.
    """
    del report
    types = {name: TensorType.model_validate(t) for name, t in args.get("types", {}).items()}
    head = int(args.get("head", 1))
    analysis = check(args["network"], types, head)
    found: Json = analysis.model_dump(mode="json")
    if args.get("space") and analysis.ok:
        network, ranges = Network.model_validate(args["network"]), from_json(args["space"])
        tried = feasible(network, ranges, types, head, most=TRIED_WHILE_DRAWING)
        found["feasibility"] = {**tried.model_dump(mode="json"), "text": tried.sentence()}
    return found


def catalogue(args: Json, report: Any) -> Json:
    """List the kinds of a family with the JSON schema of their fields: ``{"family"}``."""
    del report
    kinds: dict[str, type[Params]] = {}
    family = str(args["family"])
    if family == "ops":
        return {"items": every_op()}
    if family == "blocks":
        return {"items": block_catalogue()}
    if family == "tasks":
        kinds.update(tasks().all())
    elif family in FOLDERS:
        kinds.update(Catalog(FOLDERS[family], Params).all())
    else:
        known = ("ops", "blocks", "tasks", *FOLDERS)
        raise NotFoundError(f"no family '{family}'", do=nearest(family, known), family=family)
    return {"items": [{"kind": n, "schema": c.model_json_schema()} for n, c in kinds.items()]}


def keys(args: Json, report: Any) -> Json:
    """Say of each trial's values with which others it should train: equal keys train as one.

    ``{"network", "types", "head", "trials": [values], "slots"?, "memory_bytes"?}`` ->
    ``{"trials": [{"key", "parameters", "macs"} | {"problem", "reason"}], "how": {key: word}}``;
    the word is "fused", "unmaskable" (by programs) or "unfusible" (one by one).
    """
    del report
    network = Network.model_validate(args["network"])
    types = {name: TensorType.model_validate(t) for name, t in args["types"].items()}
    desk = _Desk(
        network, types, args["head"], args.get("slots", 1), memory=args.get("memory_bytes")
    )
    return {"trials": desk.answer(args["trials"]), "how": desk.how}


def warm() -> None:
    """Pay the first check and the first grouping of a process ahead."""
    fields = (Field(column="a", start=0), Field(column="b", start=1, cardinality=3))
    types = {"table": TensorType(axes=(Axis(name="features", size=2),), fields=fields)}
    network = propose(types, rows=100, task="classification", head=1).network
    keys(
        {"network": network.document(), "types": {n: t.model_dump() for n, t in types.items()},
         "head": 1, "trials": [{}]},
        None,
    )  # fmt: skip


def warm_catalogue() -> None:
    """Load every op there is, with its form; a search needs few of them."""
    every_op()


class _Desk:
    """Answers about one network, each program looked at once."""

    def __init__(
        self, network: Network, types: dict[str, TensorType], head: int, slots: int, *,
        memory: int | None = None,
    ) -> None:  # fmt: skip
        self.network, self.types, self.head, self.slots = network, types, head, slots
        self.memory = memory
        self._known: dict[str, Json] = {}
        self.how: dict[str, str] = {}

    def answer(self, trials: Sequence[Json]) -> list[Json]:
        """Return key and cost of every trial, or what is wrong with it."""
        networks = [self.network.with_values(values) for values in trials]
        found = [self._cost(network) for network in networks]
        families: dict[str, list[int]] = {}
        for place, (values, network) in enumerate(zip(trials, networks, strict=True)):
            if "problem" not in found[place]:
                family = digest({"program": family_key(network), "recipe": program_of(values)})
                families.setdefault(family, []).append(place)
        for family, places in families.items():
            for how, together in self._buckets(places, networks, found):
                programs = sorted({program_key(networks[p]) for p in together})
                key = digest({"family": family, "programs": programs, "first": together[0]})
                self.how[key] = how
                for place in together:
                    found[place] = {**found[place], "key": key}
        return found

    def _buckets(
        self, places: Sequence[int], networks: Sequence[Network], found: Sequence[Json]
    ) -> list[tuple[str, tuple[int, ...]]]:
        """Share trials of one family out to cohorts, and say how; see `keys`."""

        def weight(cost: Json) -> float:
            return Cost(key="", macs=cost["macs"], parameters=cost["parameters"]).weight

        def padded(together: tuple[int, ...]) -> float:
            try:
                cost = self._cost(largest([networks[p] for p in together]))
            except TrainingError:
                return float("inf")
            return weight(cost) if "macs" in cost else float("inf")

        wanted = buckets([(p, weight(found[p])) for p in places], padded, slots=self.slots)
        return [one for together in wanted for one in self._fused(together, networks)]

    def _fused(
        self, places: tuple[int, ...], networks: Sequence[Network]
    ) -> list[tuple[str, tuple[int, ...]]]:
        """Make one cohort of trials; where a node refuses, one of those that are alike there."""
        try:
            union = Union([networks[p] for p in places], self.types, self.head)
        except TrainingError as error:
            return self._split(places, networks, str(error.values.get("node", "")))
        if union.fusible:
            return [("fused", places)]
        return [("unfusible", (p,)) for p in places]  # one by one, side by side

    def _split(
        self, places: tuple[int, ...], networks: Sequence[Network], node: str
    ) -> list[tuple[str, tuple[int, ...]]]:
        keys = [program_key(networks[p]) for p in places]
        parts = {k: Part(networks[p], self.types, self.head)
                 for k, p in zip(keys, places, strict=True)}  # fmt: skip
        alike: dict[str, list[int]] = {}
        for place, key in zip(places, keys, strict=True):
            alike.setdefault(seen_at(parts[key], node), []).append(place)
        if len(alike) > 1:
            return [one for some in alike.values() for one in self._fused(tuple(some), networks)]
        programs: dict[str, list[int]] = {}
        for place, key in zip(places, keys, strict=True):
            programs.setdefault(key, []).append(place)
        return [("unmaskable", tuple(together)) for together in programs.values()]

    def _cost(self, network: Network) -> Json:
        try:
            program = program_key(network)
        except DanluError as error:
            args = {**error.values, "message": str(error)}
            return {"problem": str(error), "reason": {"code": error.code, "args": args}}
        if program not in self._known:
            self._known[program] = self._look(network)
        return self._known[program]

    def _look(self, network: Network) -> Json:
        analysis = check(network, self.types, self.head)
        for problem in analysis.problems:
            if problem.level == "error":
                said = problem.sentence()
                args = {**problem.args, "node": problem.node, "message": said}
                return {"problem": said, "reason": {"code": problem.code, "args": args}}
        needs = BYTES_A_WEIGHT * analysis.totals.parameters
        if self.memory is not None and needs > self.memory:
            limits = {"needs_gb": round(needs / 1e9, 3), "limit_gb": round(self.memory / 1e9, 3)}
            why = reason("memory_estimate", **limits)
            return {"problem": sentence(why), "reason": why}
        return {"macs": analysis.totals.macs, "parameters": analysis.totals.parameters}
