"""Keras: the JSON of ``model.to_json()``, of Keras 2 and 3; it holds no weights.

Images of Keras have their channels last, ours first; without weights that changes no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from danlu.errors import NetworkError, TooLargeError
from danlu.network.graph import Json
from danlu.network.imports.base import Imported, Importer, imported
from danlu.network.sketching.keras_layers import (
    BARE,
    CURVES,
    OPS,
    RECURRENT,
    USUAL,
    bias,
    shape_of,
    window,
)
from danlu.network.sketching.sketch import Misfit, Sketch, Value

LARGEST = 16 * 1024 * 1024  # bytes of a text
MOST_LAYERS = 5_000
DEEPEST = 8  # models inside models


_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, ArithmeticError,
)  # fmt: skip
"""What reading a text that only looks like a model may raise."""


class Keras(Importer):
    """Reads the text that ``model.to_json()`` gives."""

    suffixes: ClassVar = (".json",)

    def read(self, data: bytes, *, where: str) -> Imported:
        """Read a Sequential or a functional model."""
        if len(data) > LARGEST:
            raise TooLargeError(
                f"more than {LARGEST // 2**20} MB of text", code="document_large", where=where
            )
        try:
            document = json.loads(data)
            return _Model(document["config"], Sketch()).imported()
        except _BROKEN as error:
            raise NetworkError(
                f"it is no model of Keras: {type(error).__name__} {str(error)[:100]}",
                code="unreadable", where=where, do="Give the text of model.to_json().",
            ) from error  # fmt: skip


class _Model:
    """One model: layers by name, and what each of their calls gave."""

    def __init__(self, config: Json, sketch: Sketch, prefix: str = "", depth: int = 0) -> None:
        if depth > DEEPEST:
            raise ValueError(f"models are nested more than {DEEPEST} deep")
        self.config, self.sketch, self.prefix, self.depth = config, sketch, prefix, depth
        self.calls: dict[tuple[str, int], Value] = {}
        self.drawn: dict[str, Value] = {}
        """Layer to its first node, whose weights later calls use."""

    def imported(self) -> Imported:
        """Draw the whole model."""
        return imported(self.sketch, self.config.get("name", "network"), self.run([]))

    def run(self, given: Sequence[Value]) -> dict[str, Value]:
        """Draw the model on these inputs; without any it has inputs of its own."""
        layers = self.config["layers"]
        inputs = iter(given)
        if "input_layers" not in self.config:
            return self._chain(layers, inputs)
        waiting = [(layer, at) for layer in layers for at in range(_count(layer))]
        if len(waiting) > MOST_LAYERS:
            raise ValueError(f"more than {MOST_LAYERS} layers")
        while waiting:
            left = [one for one in waiting if not self._drawn(*one, inputs)]
            if len(left) == len(waiting):
                raise ValueError("layers wait for each other")
            waiting = left
        outputs = {name: self.calls[name, at] for name, at in _ends(self.config)}
        return {"answer": next(iter(outputs.values()))} if len(outputs) == 1 else outputs

    def _chain(self, layers: list[Json], inputs: Iterator[Value]) -> dict[str, Value]:
        """Draw a Sequential model, whose first layer may say what comes in."""
        last = next(inputs, None)
        for layer in layers:
            config = layer["config"]
            shape = config.get("batch_input_shape") or config.get("batch_shape")
            if last is None and shape:
                last = self._input(config.get("name", "input"), config, tokens=_eats_tokens(layers))
            if layer["class_name"] == "InputLayer":
                continue
            if last is None:
                shape = self.config.get("build_input_shape")
                if not shape:
                    raise ValueError("no layer says what comes in; build the model first")
                own = {"batch_input_shape": shape, "dtype": "float32"}
                last = self._input("input", own, tokens=_eats_tokens(layers))
            last = self._made(layer, [last])
        if last is None:
            raise ValueError("no layers")
        return {"answer": last}

    def _input(self, name: str, config: Json, *, tokens: bool) -> Value:
        shape = list((config.get("batch_input_shape") or config["batch_shape"])[1:])
        whole = str(config.get("dtype", "float32")).startswith("int") or tokens
        shape = [shape[-1], *shape[:-1]] if len(shape) == 3 else shape
        return self.sketch.input(name, shape, "int64" if whole and len(shape) == 1 else "float32")

    def _drawn(self, layer: Json, at: int, inputs: Iterator[Value]) -> bool:
        """Draw a call of a layer, if all that it reads is there."""
        sources = _sources(layer, at)
        if not all(end in self.calls for end in sources):
            return False
        name = layer["config"]["name"]
        if layer["class_name"] == "InputLayer":
            given = next(inputs, None)
            tokens = any(
                other["class_name"] == "Embedding" and (name, 0) in _sources(other, 0)
                for other in self.config["layers"]
            )
            made = self._input(name, layer["config"], tokens=tokens) if given is None else given
        else:
            made = self._made(layer, [self.calls[end] for end in sources])
        self.calls[name, at] = made
        return True

    def _made(self, layer: Json, reads: list[Value]) -> Value:
        kind, config = layer["class_name"], layer["config"]
        name = f"{self.prefix}{config.get('name', kind)}"
        if kind in ("Sequential", "Functional", "Model"):
            inner = _Model(config, self.sketch, f"{name}_", self.depth + 1)
            return next(iter(inner.run(reads).values()))
        try:
            return _Layer(self, kind, config, reads, name).made()
        except Misfit as misfit:
            return self.sketch.unknown(kind, name, reads, (1,), str(misfit))


def _eats_tokens(layers: list[Json]) -> bool:
    kinds = [layer["class_name"] for layer in layers if layer["class_name"] != "InputLayer"]
    return kinds[:1] == ["Embedding"]


def _count(layer: Json) -> int:
    """Count the calls of a layer; an input is called once."""
    return max(1, len(layer.get("inbound_nodes") or []))


def _sources(layer: Json, at: int) -> list[tuple[str, int]]:
    """List the calls that a call reads: (layer, which of its calls)."""
    nodes = layer.get("inbound_nodes") or []
    if at >= len(nodes):
        return []
    if isinstance(nodes[at], dict):  # Keras 3
        return list(_histories(nodes[at]["args"])) + list(_histories(nodes[at].get("kwargs", {})))
    given = nodes[at] if isinstance(nodes[at][0], list) else [nodes[at]]
    return [(str(one[0]), int(one[1])) for one in given] + [
        (str(more[0]), int(more[1]))
        for one in given
        for more in (one[3].values() if len(one) > 3 else ())
        if isinstance(more, list) and len(more) == 3
    ]


def _histories(value: Any) -> Iterator[tuple[str, int]]:
    """Yield the tensors of Keras 3 in any nest of lists."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        name, at, _ = value["config"]["keras_history"]
        yield str(name), int(at)
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _histories(one)


def _ends(config: Json) -> list[tuple[str, int]]:
    ends = config["output_layers"]
    if isinstance(ends, dict):
        ends = list(ends.values())
    return [(str(e[0]), int(e[1])) for e in (ends if isinstance(ends[0], list) else [ends])]


class _Layer:
    """One call of one layer."""

    def __init__(
        self, model: _Model, kind: str, config: Json, reads: list[Value], name: str
    ) -> None:
        self.model, self.kind, self.config = model, kind, config
        self.reads, self.name, self.sketch = reads, name, model.sketch

    def made(self) -> Value:
        """Draw it, and the curve that comes with it."""
        before = set(self.sketch.nodes)
        if self.kind in ("Lambda", "TimeDistributed", "Bidirectional", "SeparableConv2D"):
            value = self._wrapped()
        else:
            op, params = self.op()
            value = self.step(op, self.name, self.reads, params)
        self._share([name for name in self.sketch.nodes if name not in before])
        return self._curved(value)

    def op(self) -> tuple[str, Json]:
        """Return our op and its parameters."""
        draw = OPS.get(self.kind)
        if draw is None:
            raise Misfit("there is no such op")
        return draw(self.config)

    def step(self, op: str, name: str, reads: Sequence[Value], params: Json) -> Value:
        """Draw a node."""
        many = op in ("add", "multiply", "concat")
        second = {"attention": "memory", "cosine_similarity": "y"}.get(op)
        if not many and len(reads) > (3 if second else 1):
            raise Misfit(f"{len(reads)} inputs")
        ports: dict[str, Any] = {"xs": list(reads)} if many else {"x": reads[0]}
        if second and len(reads) > 1 and reads[1] != reads[0]:
            ports[second] = reads[1]
        if op == "attention" and len(set(reads[1:])) > 1:
            raise Misfit("keys that are not the values")
        known = [self.sketch.shapes.get(one.node) for one in reads]
        given = [shape for shape in known if shape]
        params = {k: v for k, v in params.items() if USUAL.get((op, k)) != v}
        shape = shape_of(op, params, given) if len(given) == len(reads) else None
        made = self.sketch.step(op, name, ports, shape or (), params)
        if not shape:
            self.sketch.shapes.pop(made.node)
        return made

    def _wrapped(self) -> Value:
        if self.kind == "Lambda":
            raise Misfit("it holds code")
        if self.kind == "SeparableConv2D":
            given = {**window(self.config), "multiplier": self.config.get("depth_multiplier", 1)}
            first = {k: v for k, v in given.items() if (k, v) != ("multiplier", 1)}
            made = self.step(
                "depthwise_conv2d", f"{self.name}_depth", self.reads, {**first, "bias": False}
            )
            params = {"channels": self.config["filters"], "kernel": 1, **bias(self.config)}
            return self.step("conv2d", self.name, [made], params)
        inner = self.config["layer"]
        own = _Layer(self.model, inner["class_name"], inner["config"], self.reads, self.name)
        op, params = own.op()
        if self.kind == "Bidirectional":
            if op not in RECURRENT.values() or self.config.get("merge_mode", "concat") != "concat":
                raise Misfit("directions that are not side by side")
            return self.step(op, self.name, self.reads, {**params, "direction": "both"})
        if op not in ("dense", "dropout", "activation"):
            raise Misfit(f"{inner['class_name']} at every position")
        value = self.step(op, self.name, self.reads, params)
        return own._curved(value)

    def _share(self, drawn: list[str]) -> None:
        """Use the weights of the first call."""
        for at, node in enumerate(drawn):
            first = self.model.drawn.setdefault(f"{self.name}/{at}", Value(node, (), ()))
            if first.node != node and self.sketch.nodes[node]["op"] not in BARE:
                self.sketch.nodes[node]["tied"] = first.node

    def _curved(self, value: Value) -> Value:
        word = self.config.get("activation", "linear")
        if isinstance(word, dict):
            word = word.get("config", word.get("class_name", "?"))
        if word in (None, "linear") or self.kind in (*RECURRENT, "Activation", "Bidirectional"):
            return value
        if word not in CURVES:
            return self.sketch.unknown(
                str(word), f"{self.name}_{word}", [value], (1,), "no such curve"
            )
        params = {"kind": CURVES[word]}
        return self.step("activation", f"{self.name}_{CURVES[word]}", [value], params)
