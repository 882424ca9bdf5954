"""Plan: what an experiment is asked to do, as one frozen value; no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from danlu.data.split import Split
from danlu.errors import InvalidError, SpaceError, nearest
from danlu.network.graph import Network
from danlu.params import Params
from danlu.space import Choice, Domain, from_json, parse, to_json
from danlu.train.recipe import PREFIX, fields

Json = dict[str, Any]
MOST_TRIALS = 100_000


class Warm(Params):
    """Yesterday's winner, to start from."""

    model: str
    """Its reference, for the lineage."""
    values: Json
    """What it had found: the first trial."""
    weights: str
    """Hash of its weights in the blob store."""


class Spec(Params):
    """Everything a search depends on: same spec and same data, same table.

    >>> Spec.of({"data": "bikes", "target": "count", "trails": 8})
    Traceback (most recent call last):
    danlu.errors.InvalidError: an experiment has no field 'trails'. Did you mean 'trials'?
    """

    data: str = Field(min_length=1)
    """Name of the dataset."""
    version: int | None = None
    """Its version; None = the newest when the search starts."""
    target: str = Field(min_length=1)
    """The column to be learnt."""
    task: str | None = None
    """A file in `tasks`; None = guessed from the target."""
    network: Json | None = None
    """A network document; None = proposed for this data."""
    space: Json | None = None
    """What may vary and how far; added to the proposed space when there is no network."""
    recipe: Json | None = None
    """Fields of the recipe that differ from the proposed one."""
    trials: int = Field(24, ge=1, le=MOST_TRIALS)
    epochs: int | None = Field(None, ge=1)
    """Most epochs of a trial; None = the recipe's."""
    seed: int = Field(0, ge=0, lt=2**31)
    split: Split | None = None
    """None = forward in time if the dataset names its time, else stratified or random."""
    folds: int = Field(1, ge=1, le=10)
    """Ways to divide the rows a trial is judged on; 1 = the split alone."""
    sampler: str = "tpe"
    """A file in `search/samplers`."""
    pruner: Json | None = None
    """`{"kind": "halving", ...}`; None = every trial runs until its own patience ends it."""
    members: int = Field(2, ge=1, le=16)
    """Most trials, and baselines, that answer together in the model."""
    latency_ms: float | None = Field(None, gt=0)
    """Most time one row may take; members are left out, or others chosen, until it is kept."""
    baselines: Literal["compete", "compare"] = "compete"
    """Whether a baseline that is better may be the model, or join it, or is a yardstick only."""
    model: str | None = None
    """Name to register the winner under; None = that of the deployment or the experiment."""
    deploy: str | None = None
    """Deployment that should answer with the winner at once."""
    watch: bool = False
    """Whether trials are looked into while they train: histograms, update ratios, dead units."""
    warm: Warm | None = None
    learn_from: tuple[str, ...] = ()
    """Finished experiments whose best values are tried first, if they fit the space."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Spec:
        """Read a spec, saying which field is wrong, why, and what was probably meant."""
        for name in document:
            if name not in cls.model_fields:
                raise InvalidError(
                    f"an experiment has no field '{name}'", code="field_unknown",
                    do=nearest(name, cls.model_fields), field=name,
                )  # fmt: skip
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise InvalidError(
                f"{field} = {first['input']!r} cannot be used", code="value_invalid",
                where="experiment", do=f"{first['msg']}.", field=field,
            ) from error  # fmt: skip


def seed_of(spec: Spec, number: int) -> int:
    """Return the seed of one trial: it depends on nothing but the spec's seed and its number."""
    return (spec.seed * 1_000_003 + number * 7919 + 1) % 2**31


def asked(
    *, network: Network | None, space: Json | None, values: Mapping[str, str],
    ranges: Mapping[str, str],
) -> Json:  # fmt: skip
    """Turn what was typed (``--set``, ``--range``) into ``{"network", "space", "recipe"}``.

    >>> asked(network=None, space=None, values={"recipe.epochs": "5"},
    ...       ranges={"drop_1.p": "0..0.5"})
    {'network': None, 'space': {'drop_1.p': {'float': [0.0, 0.5]}}, 'recipe': {'epochs': 5}}
    """
    known, recipe, may_vary = fields(), {}, from_json(space or {})
    for key, text in ranges.items():
        found = parse(text, _schema(key, known), field=key)
        may_vary[key] = found if isinstance(found, Domain) else Choice(found)
    for key, text in values.items():
        value = parse(text, _schema(key, known), field=key)
        if isinstance(value, Domain):
            raise SpaceError(
                f"'{text}' is a range", code="range_set", where=f"--set {key}",
                do=f"Write --range {key}={text}.", field=key,
            )  # fmt: skip
        if key.startswith(PREFIX):
            recipe[key.removeprefix(PREFIX)] = value
        elif network is not None:
            network = network.with_values({key: value})
        else:  # the network is proposed later: a range of one value
            may_vary[key] = Choice(value)
    return {
        "network": network.document() if network else None,
        "space": to_json(may_vary) if may_vary or space is not None else None,
        "recipe": recipe or None,
    }


def _schema(key: str, known: Mapping[str, Json]) -> Json | None:
    """Return the schema of a recipe's field; those of nodes are known when there is a network."""
    if not key.startswith(PREFIX):
        return None
    if key not in known:
        raise SpaceError(
            f"a recipe has no field '{key}'",
            code="field_unknown",
            do=nearest(key, known),
            field=key,
        )
    return known[key]
