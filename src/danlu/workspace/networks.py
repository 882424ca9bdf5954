"""Networks: propose, check, convert and save network documents."""

from __future__ import annotations

from collections.abc import Mapping

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, InvalidError
from danlu.network import graph
from danlu.network.file import dump
from danlu.store.records import Dataset, Json, Network, Version
from danlu.tensor import Axis, Field, TensorType
from danlu.workspace.place import Place, check_name

PROPOSE, ANALYZE = "danlu.experiment.propose:run", "danlu.experiment.desk:analyze"
CONVERT, TYPES = "danlu.experiment.convert:run", "danlu.experiment.inputs:run"
FORMS = ("json", "yaml", "py", "torch", "onnx", "svg")
AXES = (("features",), ("length", "features"), ("channels", "height", "width"))


class Networks:
    """The network documents of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def propose(self, data: str, target: str, *, task: str | None = None) -> Json:
        """Propose ``{"network", "space", "recipe", "task"}`` for a dataset and a target column."""
        found = self._fitted(data, target, task)
        return {name: found[name] for name in ("network", "space", "recipe", "task")}

    def check(
        self, document: Json, *, data: str | None = None, target: str | None = None,
        inputs: Mapping[str, str] | None = None, head: int = 1,
    ) -> Json:  # fmt: skip
        """Check a document: shapes, costs, and problems with their fixes; never raises for one.

        Shapes come from a dataset and its target, or from sizes that are said ("3x32x32") together
        with ``head``, the numbers wanted per row.
        """
        types = self._types(document, (data, target), inputs or {}, head)
        return self._place.ask(ANALYZE, {"network": document, **types}, timeout_s=10)

    def convert(
        self, document: Json, to: str, *, data: str | None = None, target: str | None = None,
        inputs: Mapping[str, str] | None = None, dark: bool = False,
    ) -> Json:  # fmt: skip
        """Write a document as ``{"text"}``, or as ``{"base64"}`` for ONNX.

        ``to`` is "json", "yaml" or "py" (the same network), "torch" (PyTorch source), "onnx" (with
        untrained weights) or "svg"; torch and onnx need sizes, as in `check`.
        """
        if to not in FORMS:
            raise InvalidError(
                f"no network can be written as '{to}'", code="form_unknown",
                do=f"Give one of {', '.join(FORMS)}.", to=to,
            )  # fmt: skip
        if to in ("json", "yaml", "py"):
            return {"text": dump(graph.Network.model_validate(document), f".{to}")}
        types = self._types(document, (data, target), inputs or {}, 1)
        if to != "svg" and not types["types"]:
            raise InvalidError(
                "the sizes of the inputs are not known", code="types_missing",
                do="Give a dataset and a target, or the sizes of every input.",
            )  # fmt: skip
        return self._place.ask(CONVERT, {"network": document, "to": to, "dark": dark, **types})

    def save(
        self, name: str, document: Json, *, space: Json | None = None, layout: Json | None = None
    ) -> Network:
        """Keep a document under a name; ``revision`` counts the saves."""
        network = graph.Network.model_validate(document)
        with self._place.store.begin(self._place.who) as tx:
            before = tx.find(Network, name)
            record = Network(
                project=self._place.who.project, name=check_name(name, "a network"),
                revision=before.revision + 1 if before else 1, hash=network.hash,
                document=network.document(), space=space or {},
                layout=layout or {}, created_at=before.created_at if before else self._place.now(),
            )  # fmt: skip
            saved = tx.replace(record) if before else tx.insert(record)
            self._place.tell(tx, f"network/{name}", "saved", {"revision": saved.revision})
        return saved

    def list(self) -> list[Network]:
        """List the saved networks, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Network, newest=True)

    def show(self, name: str) -> Network:
        """Return a saved network."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Network, name)

    def _types(
        self, document: Json, source: tuple[str | None, str | None],
        inputs: Mapping[str, str], head: int,
    ) -> Json:  # fmt: skip
        """Return ``{"types", "head"}`` for a document: of a dataset, as said, or none."""
        data, target = source
        if (data is None) != (target is None):
            raise InvalidError(
                "a network is checked against a dataset and a target, or neither",
                code="target_missing", do="Give both data and target.",
            )  # fmt: skip
        said = {n: type_of(n, size).model_dump(mode="json") for n, size in inputs.items()}
        if data is None or target is None:
            return {"types": said, "head": head}
        given = document.get("inputs")
        wanted = given if isinstance(given, dict) else {"table": {}}
        args = {**self._read(data, target), "inputs": wanted}
        found = self._place.ask(TYPES, args)
        return {"types": {**found["types"], **said}, "head": found["head"]}

    def _fitted(self, data: str, target: str, task: str | None) -> Json:
        """Propose for the newest version, with the tensor types its encoder gives."""
        return self._place.ask(PROPOSE, {**self._read(data, target), "task": task})

    def _read(self, data: str, target: str) -> Json:
        """Return where the rows of the newest version lie."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            dataset = tx.get(Dataset, data)
            version = tx.get(Version, data, dataset.version)
        schema = Schema.model_validate(version.schema_)
        schema.column(target)
        if not version.rows:
            raise ConflictError("the dataset has no rows", where=f"dataset '{data}'")
        parts = [str(self._place.blobs.path(part.sha256)) for part in version.parts]
        return {"parts": parts, "schema_": version.schema_, "target": target}


def type_of(name: str, size: str) -> TensorType:
    """Read the size of an input as people write it.

    >>> str(type_of("image", "3x32x32")), str(type_of("words", "tokens 12"))
    ('float32 (rows, channels=3, height=32, width=32)', 'int64 (rows, length=12)')
    """
    text = size.strip().lower()
    tokens = text.startswith("tokens")
    parts = text.removeprefix("tokens").strip().split("x")
    if not all(p.isdecimal() and 0 < int(p) < 2**24 for p in parts) or len(parts) > len(AXES):
        raise InvalidError(
            f"'{size[:40]}' is no size", code="size_invalid", where=f"input '{name}'",
            do="Write 12, 8x4 (length, features), 3x32x32 (channels, height, width) or tokens 12.",
            size=size[:40],
        )  # fmt: skip
    if tokens:
        return TensorType(axes=(Axis(name="length", size=int(parts[0])),), dtype="int64")
    sizes = [int(p) for p in parts]
    names = AXES[len(sizes) - 1]
    axes = tuple(Axis(name=n, size=s) for n, s in zip(names, sizes, strict=True))
    fields = [Field(column=f"column_{i}", start=i) for i in range(sizes[0])]
    return TensorType(axes=axes, fields=tuple(fields) if len(sizes) == 1 else ())
