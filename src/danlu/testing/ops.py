"""Ops: what every op must do, on inputs made from what its ports want."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, vmap

from danlu.network.ops.base import Layer, Live, Op, Trace, trace
from danlu.network.ports import AXES, Port
from danlu.tensor import Axis, Field, TensorType

ROWS, TRIALS = 6, 3
CATEGORIES = (4, 9)

TABLE = TensorType(
    axes=(Axis(name="features", size=5),),
    fields=(
        Field(column="size", start=0, width=2),
        Field(column="city", start=2, cardinality=CATEGORIES[0]),
        Field(column="price", start=3),
        Field(column="shop", start=4, cardinality=CATEGORIES[1]),
    ),
)
VECTOR = TensorType.of("features=5")
SEQUENCE = TensorType.of("length=6, features=4")
IMAGE = TensorType.of("channels=4, height=8, width=8")
TOKENS = TensorType.of("length=6", dtype="int64")
TYPES: dict[str, tuple[TensorType, ...]] = {
    "vector": (VECTOR,),
    "table": (TABLE,),
    "categories": (TABLE,),
    "indices": (TABLE, TOKENS),
    "sequence": (SEQUENCE,),
    "image": (IMAGE,),
    "tokens": (TOKENS,),
    "features": (VECTOR, SEQUENCE),
    "grid": (IMAGE, SEQUENCE),
    "any": (VECTOR, SEQUENCE, IMAGE),
}
"""What a port may be given, by what it wants; the first one in most tests."""
Types = Mapping[str, tuple[TensorType, ...]]


def variants(kind: type[Op]) -> list[Op]:
    """Return the op as it comes, once for every word and switch, and as its examples say."""
    properties = kind.model_json_schema().get("properties", {})
    options: list[dict[str, Any]] = [{}]
    for field, schema in properties.items():
        words = schema.get("enum", [True, False] if schema.get("type") == "boolean" else [])
        options += [{field: word} for word in words if word != schema.get("default")]
    return [kind.model_validate(o) for o in (*options, *kind.examples)]


def given(op: Op, choice: int = 0) -> dict[str, tuple[TensorType, ...]]:
    """Return types that the op accepts; ``choice`` counts through those its ports may take."""
    found = {port.name: op.sample.get(port.name) or _of_port(port, choice) for port in op.ports}
    return {**found, "tied": op.sample["tied"]} if op.borrows else found


def _of_port(port: Port, choice: int) -> tuple[TensorType, ...]:
    kinds = (None, *TYPES[port.wants]) if port.optional else TYPES[port.wants]
    one = kinds[min(choice, len(kinds) - 1)]
    if one is None:
        return ()
    return (one, one) if port.many else (one,)


def choices(op: Op) -> int:
    """Count the type choices of `given`."""
    free = [port for port in op.ports if port.name not in op.sample]
    return max((len(TYPES[port.wants]) + port.optional for port in free), default=1)


def draw(kind: TensorType, *, seed: int, rows: int = ROWS) -> Tensor:
    """Return numbers, and indices where the type holds categories or tokens  # (rows, ...)."""
    generator = torch.Generator().manual_seed(seed)
    sizes = (rows, *(s or 0 for s in kind.shape))
    if kind.dtype == "int64":
        return torch.randint(0, 9, sizes, generator=generator)
    x = torch.randn(sizes, generator=generator)
    for field in kind.fields:
        if field.cardinality is not None:
            index = torch.randint(0, field.cardinality, (rows,), generator=generator)
            x[:, field.start] = index.float()
    return x


def made_up(seed: Tensor) -> Any:
    """Return a function that draws noise from its shape alone, for tests."""

    def noise(node: str, shape: tuple[int, ...]) -> Tensor:
        del node
        count = torch.arange(float(torch.Size(shape).numel())).view(shape)
        return ((count + seed) * 0.618 + 0.01).frac()

    return noise


class Stand:
    """An op alone: its layer, its inputs and its weights."""

    def __init__(self, op: Op, inputs: Types | None = None) -> None:
        self.op, self.inputs = op, dict(inputs or given(op))
        self.types = [t for port in op.ports for t in self.inputs[port.name]]
        self.tensors = [draw(t, seed=i) for i, t in enumerate(self.types)]
        self.layer: Layer = op.build(self.inputs, head=1)
        if op.borrows:
            self.tensors.append(self.borrowed())

    def borrowed(self) -> Tensor:
        """Return a weight of another node: what this one gives becomes what that one takes."""
        shape = (self.types[0].shape[-1] or 0, self.inputs["tied"][0].shape[-1] or 0)
        return torch.randn(shape, generator=torch.Generator().manual_seed(9))

    def weights(self, seed: int) -> dict[str, Tensor]:
        """Return first weights."""
        return {
            name: self.layer.starts[name](
                tuple(p.shape), torch.Generator().manual_seed(seed + number)
            )
            for number, (name, p) in enumerate(self.layer.named_parameters())
        }

    def buffers(self) -> dict[str, Tensor]:
        """Return copies of what is not learnt but written."""
        return {n: b.clone() for n, b in self.layer.named_buffers()}

    def run(self, weights: Mapping[str, Tensor], live: Live, tensors: Any = None) -> Tensor:
        """Run the op once."""
        state = {**{n: t.clone() for n, t in self.buffers().items()}, **weights}
        found: Tensor = functional_call(
            self.layer, state, tuple(tensors or self.tensors), {"node": "it", "live": live}
        )
        return found

    def loss(self, weights: dict[str, Tensor], seed: Tensor, *, fused: bool) -> Tensor:
        """Return a number that every weight bears on, while training."""
        extra: list[Tensor] = []
        live = Live(
            training=True, draw=made_up(seed), fused=fused,
            penalise=lambda _, value: extra.append(value),
        )  # fmt: skip
        out = self.run(weights, live)
        slope = torch.linspace(0.5, 1.5, out.shape[-1])
        return (out * slope + out.square()).mean() + sum(extra, torch.zeros(()))


class OpContract:
    """Subclass in a test module with fixtures ``kind`` (the class) and ``stand`` (a `Stand`)."""

    def test_it_has_a_name_in_both_languages(self, kind: type[Op]) -> None:
        """People find it in English and in Chinese."""
        assert set(kind.title) == set(kind.words) == {"en", "zh"}
        assert all([*kind.title.values(), *kind.words.values()])

    def test_it_says_what_it_computes(self, kind: type[Op]) -> None:
        """The docs page is made from the formula and the example, which is run as a doctest."""
        assert kind.formula
        assert ">>> " in (kind.__doc__ or "")

    def test_every_parameter_says_what_it_is(self, kind: type[Op]) -> None:
        """Forms and docs are made from the fields."""
        properties = kind.model_json_schema().get("properties", {})
        assert all(schema.get("description") for schema in properties.values())

    def test_what_fits_no_port_is_refused_in_our_words(self, kind: type[Op]) -> None:
        """Tokens where numbers are wanted, an image where a vector is."""
        op = variants(kind)[0]
        fitting = given(op)
        pool = (VECTOR, TABLE, SEQUENCE, IMAGE, TOKENS)
        for port in op.ports:
            wrong = next(t for t in pool if port.refuse(t) is not None)
            found = op.refuse({**fitting, port.name: (wrong,)})
            assert found is not None
            assert found.port == port.name

    def test_the_meta_run_gives_the_shape_of_a_real_run(self, stand: Stand) -> None:
        """There is no second shape rule."""
        borrowed = tuple(stand.tensors[-1].shape) if stand.op.borrows else ()
        found = trace(stand.op, stand.inputs, head=1, borrowed=borrowed)
        assert isinstance(found, Trace), found
        out = stand.run(stand.weights(0), Live())
        assert (ROWS, *found.type.shape) == tuple(out.shape)

    def test_first_weights_are_a_function_of_the_seed(self, stand: Stand) -> None:
        """The same seed, the same bits; every weight has a start."""
        first, again = stand.weights(7), stand.weights(7)
        assert set(first) == set(stand.layer.starts)
        assert all(torch.equal(first[name], again[name]) for name in first)

    def test_gradients_are_finite(self, stand: Stand) -> None:
        """Also where inputs are negative, zero or large."""
        weights = stand.weights(0)
        stand.tensors[0][0] = 0
        grads, loss = grad_and_value(lambda w: stand.loss(w, torch.tensor(0.0), fused=False))(
            weights
        )
        assert torch.isfinite(loss)
        assert all(torch.isfinite(g).all() for g in grads.values())

    def test_fused_trials_are_as_each_alone(self, stand: Stand) -> None:
        """A row of the stack has the loss and the gradients of the trial by itself."""
        if not stand.op.fusible:  # a cohort of one is the only one there is
            return
        states = [stand.weights(seed) for seed in range(TRIALS)]
        weights = {n: torch.stack([s[n] for s in states]) for n in states[0]}
        seeds = torch.arange(float(TRIALS))
        fused = grad_and_value(lambda w, seed: stand.loss(w, seed, fused=True))
        grads, losses = vmap(fused, in_dims=(0 if weights else None, 0))(weights, seeds)
        alone = grad_and_value(lambda w, seed: stand.loss(w, seed, fused=False))
        single, loss = alone(states[1], seeds[1])
        torch.testing.assert_close(losses[1], loss, rtol=1e-5, atol=1e-6)
        for name, grad in single.items():
            torch.testing.assert_close(grads[name][1], grad, rtol=1e-4, atol=1e-5)

    def test_evaluation_depends_on_nothing_but_the_row(self, stand: Stand) -> None:
        """A row is answered the same alone and in company."""
        weights = stand.weights(0)
        whole = stand.run(weights, Live())
        last = [stand.tensors[-1]] if stand.op.borrows else []
        one = [t[2:3] for t in stand.tensors[: len(stand.types)]]
        found = stand.run(weights, Live(), [*one, *last])
        torch.testing.assert_close(found, whole[2:3], rtol=1e-5, atol=1e-6)

    def test_padding_changes_nothing(self, stand: Stand) -> None:
        """Whatever stands in the padding, real positions get the same answer."""
        op = stand.op
        types = given(op, 1) if not op.sample else stand.inputs
        lengths = torch.tensor([6, 4, 1, 5, 3, 2])
        if op.on_padding == "refuses" or not _has_length(types):
            return
        padded = {p: tuple(_masked(t) for t in kinds) for p, kinds in types.items()}
        one = Stand(op, padded)
        masks = tuple(
            torch.arange(t.shape[0] or 0) < lengths[:, None] if t.masked else None
            for t in one.types
        )
        borrowed = one.tensors[len(one.types) :]
        noisy = [_garbage(t, m) for t, m in zip(one.tensors, masks, strict=False)] + borrowed
        weights = one.weights(0)
        for training in (False, True):
            live = Live(training=training, draw=made_up(torch.tensor(1.0)), masks=masks)
            wanted, found = one.run(weights, live), one.run(weights, live, noisy)
            real = one.layer.mask(tuple(one.tensors), masks)
            if "length" in op.axes(padded) and real is not None:
                wanted, found = wanted[real], found[real]
            torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)

    def test_forms_round_trip(self, stand: Stand) -> None:
        """Parameters as JSON give the same op."""
        assert type(stand.op).model_validate_json(stand.op.model_dump_json()) == stand.op


def _has_length(types: Types) -> bool:
    return any(t.axes[0].name == "length" for kinds in types.values() for t in kinds)


def _masked(given: TensorType) -> TensorType:
    sequence = tuple(a.name for a in given.axes) in (AXES["sequence"], AXES["tokens"])
    return given.model_copy(update={"masked": True}) if sequence else given


def _garbage(x: Tensor, mask: Tensor | None) -> Tensor:
    """Replace what is padding by large numbers."""
    if mask is None or x.dtype == torch.int64:
        return x
    return torch.where(mask[..., None], x, torch.full_like(x, 50.0))
