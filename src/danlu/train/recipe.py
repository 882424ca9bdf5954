"""Recipe: how a trial is trained; every field may be searched as ``recipe.<field>``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError, field_validator

from danlu.catalog import Catalog
from danlu.errors import SpaceError, nearest
from danlu.params import Params, dial, role_of, size

Json = dict[str, Any]
PREFIX = "recipe."
NONE = "none"
Precision = Literal["float32", "bf16"]
WIDER = "piecewise"
"""The preprocessing that makes a number several, so that its trials are another program."""


class Recipe(Params):
    """Optimizer, schedule, sizes of a step, and when to stop.

    >>> Recipe(learning_rate=3e-3).with_values({"recipe.epochs": 5, "drop_1.p": 0.2}).epochs
    5
    """

    optimizer: str = size("adamw")
    """A file in `train/optimizers`."""
    learning_rate: float = dial(2e-3, gt=0)
    """Its peak; the schedule shapes it."""
    weight_decay: float = dial(1e-4, ge=0)
    """Decoupled; applies to matrices, not to biases and scales."""
    momentum: float = dial(0.9, ge=0, lt=1)
    """Of sgd; the first moment of adamw."""
    schedule: str = dial("cosine")
    """A file in `train/schedules`."""
    warmup: float = dial(0.05, ge=0, lt=1)
    """Share of all steps over which the learning rate rises."""
    batch_size: int = size(256, ge=1)
    """Rows of a step, about: rows are shared out evenly, see `batches.steps_of`."""
    epochs: int = dial(30, ge=1)
    """Most passes over the train rows."""
    gradient_clip: float = dial(1.0, ge=0)
    """Largest norm of the whole gradient; 0 = no limit."""
    label_smoothing: float = dial(0.0, ge=0, lt=1)
    """Share of the target spread over all classes; classification only."""
    class_weights: Literal["none", "balanced"] = dial("none")
    """Whether train rows of rare classes weigh more, so that all classes together weigh the same;
    classification only."""
    ema: float = dial(0.0, ge=0, lt=1)
    """Decay per step of an average of the weights, which is judged and served in their place; 0 =
    the weights themselves."""
    initialisation: Literal["default", "kaiming", "xavier", "orthogonal", "zero_last"] = dial(
        "default"
    )
    """First weights of dense and convolution layers; see `initial.py`."""
    dropout_scale: float = dial(1.0, ge=0, le=10)
    """What the probability of every dropout is multiplied by."""
    preprocessing: str = dial("standard")
    """A file in `train/preprocessors`: what the network makes of the numbers of a table first."""
    augmentation: str = dial(NONE)
    """A file in `train/augmentations`, or "none"."""
    augmentation_strength: float = dial(0.1, ge=0, le=1)
    """How much of it; what that is, each says itself."""
    patience: int = dial(8, ge=0)
    """Epochs without a better validation metric before it stops early; 0 = never."""
    device: Literal["auto", "cpu", "cuda", "mps"] = size("auto")
    """Where it trains; "auto" = cuda if there is one, else mps, else cpu."""
    precision: Literal["auto", "float32", "bf16"] = size("auto")
    """How products round while training; weights stay float32. "auto" = bf16 on cuda."""

    @field_validator("optimizer")
    @classmethod
    def _known_optimizer(cls, name: str) -> str:
        return _known("optimizers", name)

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, name: str) -> str:
        return _known("schedules", name)

    @field_validator("preprocessing")
    @classmethod
    def _known_preprocessing(cls, name: str) -> str:
        return _known("preprocessors", name)

    @field_validator("augmentation")
    @classmethod
    def _known_augmentation(cls, name: str) -> str:
        return name if name == NONE else _known("augmentations", name)

    def with_values(self, values: Mapping[str, Any]) -> Recipe:
        """Set the ``recipe.*`` entries of a trial's values; others are ignored."""
        mine = {k.removeprefix(PREFIX): v for k, v in values.items() if k.startswith(PREFIX)}
        return parse({**self.model_dump(), **mine}) if mine else self


def parse(document: Mapping[str, Any]) -> Recipe:
    """Read a recipe, saying which field is wrong, why, and what was probably meant."""
    for name in document:
        if name not in Recipe.model_fields:
            raise SpaceError(
                f"a recipe has no field '{name}'", code="field_unknown", where="recipe",
                do=nearest(name, Recipe.model_fields), field=PREFIX + name,
            )  # fmt: skip
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = PREFIX + ".".join(str(part) for part in first["loc"])
        raise SpaceError(
            f"{field} = {first['input']!r} cannot be used", code="value_invalid", where="recipe",
            do=str(first["msg"]).removeprefix("Value error, "), field=field,
        ) from error  # fmt: skip


def fields() -> dict[str, Json]:
    """Return the JSON schema of each searchable field, keyed ``recipe.<field>``."""
    properties = Recipe.model_json_schema()["properties"]
    found = {PREFIX + name: dict(schema) for name, schema in properties.items()}
    found["recipe.optimizer"]["enum"] = list(_family("optimizers").names())
    found["recipe.schedule"]["enum"] = list(_family("schedules").names())
    found["recipe.preprocessing"]["enum"] = list(_family("preprocessors").names())
    found["recipe.augmentation"]["enum"] = [NONE, *_family("augmentations").names()]
    return found


def is_dial(key: str) -> bool:
    """Whether trials of one cohort may differ in this ``recipe.<field>``."""
    return role_of(Recipe, key.removeprefix(PREFIX)) == "dial"


def program_of(values: Mapping[str, Any]) -> Json:
    """Return what of a trial's values, the network's aside, decides with whom it may train.

    >>> program_of({"recipe.optimizer": "sgd", "recipe.preprocessing": "quantile"})
    {'recipe.optimizer': 'sgd'}
    >>> program_of({"recipe.ema": 0.9, "recipe.preprocessing": "piecewise"})
    {'recipe.preprocessing': 'piecewise'}
    """
    found = {k: v for k, v in values.items() if k.startswith(PREFIX) and not is_dial(k)}
    wider = values.get(f"{PREFIX}preprocessing") == WIDER
    return found | ({f"{PREFIX}preprocessing": WIDER} if wider else {})


def _family(name: str) -> Catalog[object]:
    return Catalog(f"danlu.train.{name}", object)


def _known(family: str, name: str) -> str:
    known = _family(family).names()
    if name not in known:
        raise ValueError(f"no '{name}' in {family}. {nearest(name, known)}")
    return name
