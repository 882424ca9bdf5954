"""Ops: what every op must do, on inputs made from what its ports want."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, vmap

from danlu.compile.module import NetModule
from danlu.network.file import dump, parse
from danlu.network.graph import Network, Node, Selector
from danlu.network.ops.base import Live, Op, Port, Refusal, Trace, trace
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
VECTOR = TensorType(axes=(Axis(name="features", size=5),))


def variants(kind: type[Op]) -> list[Op]:
    """Return the op as it comes, and once for every word and switch it can be set to."""
    properties = kind.model_json_schema().get("properties", {})
    options: list[dict[str, Any]] = [{}]
    for field, schema in properties.items():
        words = schema.get("enum", [True, False] if schema.get("type") == "boolean" else [])
        options += [{field: word} for word in words if word != schema.get("default")]
    return [kind.model_validate(o) for o in options]


def given(port: Port) -> tuple[TensorType, ...]:
    """Return types that the port accepts."""
    one = VECTOR if port.wants == "vector" else TABLE
    return (one, one) if port.many else (one,)


def draw(kind: TensorType, *, seed: int, rows: int = ROWS) -> Tensor:
    """Return numbers, and indices where the table holds categories  # (rows, features)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((rows, kind.shape[0] or 0), generator=generator)
    for field in kind.fields:
        if field.cardinality is not None:
            index = torch.randint(0, field.cardinality, (rows,), generator=generator)
            x[:, field.start] = index.float()
    return x


class Stand:
    """An op as the only node of a network, with its inputs."""

    def __init__(self, name: str, op: Op) -> None:
        self.op = op
        self.inputs = {port.name: given(port) for port in op.ports}
        self.types = {
            f"{port}_{i}": kind
            for port, kinds in self.inputs.items()
            for i, kind in enumerate(kinds)
        }
        self.network = Network(
            inputs={n: Selector() for n in self.types},
            nodes={"it": Node(op=name, params=op.model_dump(), in_=self._edges())},
            outputs={"out": "it"},
        )
        self.module = NetModule(self.network, self.types, 1)
        self.tensors = {n: draw(t, seed=i) for i, (n, t) in enumerate(self.types.items())}

    def _edges(self) -> dict[str, str | tuple[str, ...]]:
        return {
            port.name: tuple(f"{port.name}_{i}" for i in range(len(self.inputs[port.name])))
            if port.many
            else f"{port.name}_0"
            for port in self.op.ports
        }

    def state(self, seed: int) -> dict[str, Tensor]:
        """Return weights and buffers to start with."""
        buffers = {n: b.clone() for n, b in self.module.named_buffers()}
        return {**self.module.initial(seed), **buffers}

    def run(self, state: Mapping[str, Tensor], live: Live) -> Tensor:
        """Run the op once."""
        out: dict[str, Tensor] = functional_call(
            self.module, {n: t.clone() for n, t in state.items()}, (self.tensors, live)
        )
        return out["out"]

    def loss(self, weights: dict[str, Tensor], buffers: dict[str, Tensor], seed: Tensor) -> Tensor:
        """Return a number that every weight bears on, while training."""

        def noise(node: str, shape: tuple[int, ...]) -> Tensor:
            del node
            count = torch.arange(shape[0] * shape[1], dtype=torch.float32).view(shape)
            return ((count + seed) * 0.618).frac()

        out = self.run({**weights, **buffers}, Live(training=True, draw=noise))
        slope = torch.linspace(0.5, 1.5, out.shape[-1])
        return (out * slope + out.square()).mean()


class OpContract:
    """Subclass in a test module with fixtures ``kind`` (the class) and ``stand`` (a `Stand`)."""

    def test_it_has_a_name_in_both_languages(self, kind: type[Op]) -> None:
        """People find it in English and in Chinese."""
        assert set(kind.title) == set(kind.words) == {"en", "zh"}
        assert all([*kind.title.values(), *kind.words.values()])

    def test_every_parameter_says_what_it_is(self, kind: type[Op]) -> None:
        """Forms and docs are made from the fields."""
        properties = kind.model_json_schema().get("properties", {})
        assert all(schema.get("description") for schema in properties.values())

    def test_the_meta_run_gives_the_shape_of_a_real_run(self, stand: Stand) -> None:
        """There is no second shape rule."""
        found = trace(stand.op, stand.inputs, head=1)
        assert isinstance(found, Trace)
        out = stand.run(stand.state(0), Live())
        assert (ROWS, *found.type.shape) == tuple(out.shape)

    def test_first_weights_are_a_function_of_the_seed(self, stand: Stand) -> None:
        """The same seed, the same bits; every weight has a start."""
        first, again = stand.module.initial(7), stand.module.initial(7)
        assert set(first) == {name for name, _ in stand.module.named_parameters()}
        assert all(torch.equal(first[name], again[name]) for name in first)

    def test_gradients_are_finite(self, stand: Stand) -> None:
        """Also where inputs are negative, zero or large."""
        weights, buffers = self._split(stand, 0)
        grads, loss = grad_and_value(stand.loss)(weights, buffers, torch.tensor(0.0))
        assert torch.isfinite(loss)
        assert all(torch.isfinite(g).all() for g in grads.values())

    def test_fused_trials_are_as_each_alone(self, stand: Stand) -> None:
        """A row of the stack has the gradients of the trial by itself."""
        states = [self._split(stand, seed) for seed in range(TRIALS)]
        weights = {n: torch.stack([s[0][n] for s in states]) for n in states[0][0]}
        buffers = {n: torch.stack([s[1][n] for s in states]) for n in states[0][1]}
        step = grad_and_value(stand.loss)
        seeds = torch.arange(float(TRIALS))
        if not weights:  # nothing to stack but the noise
            losses = vmap(lambda seed: stand.loss({}, {}, seed))(seeds)
            alone = stand.loss({}, {}, seeds[1])
            torch.testing.assert_close(losses[1], alone, rtol=1e-5, atol=1e-6)
            return
        grads, losses = vmap(step)(weights, buffers, seeds)
        single, loss = step(states[1][0], states[1][1], seeds[1])
        torch.testing.assert_close(losses[1], loss, rtol=1e-5, atol=1e-6)
        for name, grad in single.items():
            torch.testing.assert_close(grads[name][1], grad, rtol=1e-4, atol=1e-6)

    def test_evaluation_depends_on_nothing_but_the_row(self, stand: Stand) -> None:
        """A row is answered the same alone and in company."""
        state = stand.state(0)
        whole = stand.run(state, Live())
        stand.tensors = {n: t[2:3] for n, t in stand.tensors.items()}
        torch.testing.assert_close(stand.run(state, Live()), whole[2:3], rtol=1e-5, atol=1e-6)

    def test_documents_and_forms_round_trip(self, stand: Stand) -> None:
        """JSON and YAML give the same network, parameters give the same op."""
        for suffix in (".json", ".yaml"):
            assert parse(dump(stand.network, suffix)).hash == stand.network.hash
        assert type(stand.op).model_validate_json(stand.op.model_dump_json()) == stand.op

    def test_other_inputs_are_refused_in_our_words(self, stand: Stand) -> None:
        """An image, say, where a vector is wanted."""
        axes = (Axis(name="height", size=4), Axis(name="width", size=4))
        image = TensorType(axes=axes)
        wrong = {port: tuple(image for _ in kinds) for port, kinds in stand.inputs.items()}
        found = trace(stand.op, wrong, head=1)
        assert isinstance(found, Refusal)
        assert found.code == "axes_mismatch"

    def _split(self, stand: Stand, seed: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        weights = stand.module.initial(seed)
        return weights, {n: t for n, t in stand.state(seed).items() if n not in weights}
