"""Networks: propose, check, convert and save network documents."""

from __future__ import annotations

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, InvalidError
from danlu.network import graph
from danlu.network.file import dump
from danlu.network.sizes import Sizes
from danlu.store.records import Dataset, Json, Network, Version
from danlu.workspace.place import Place, check_name

PROPOSE, ANALYZE = "danlu.experiment.propose:run", "danlu.experiment.desk:analyze"
GALLERY = "danlu.experiment.propose:gallery"
PEEK = "danlu.experiment.peek:run"
CONVERT, TYPES = "danlu.experiment.convert:run", "danlu.experiment.inputs:run"
FORMS = ("json", "yaml", "py", "torch", "onnx", "svg")


class Networks:
    """The network documents of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def propose(
        self, data: str, target: str, *, task: str | None = None, entry: str | None = None
    ) -> Json:
        """Propose ``{"network", "space", "recipe", "task", "entry", "why"}`` for a target column.

        ``entry`` names a network of the gallery; default: the one that suits the data.
        """
        args = {**self._read(data, target), "task": task, "entry": entry}
        found = self._place.ask(PROPOSE, args)
        return {n: found[n] for n in ("network", "space", "recipe", "task", "entry", "why")}

    def gallery(
        self, *, data: str | None = None, target: str | None = None, task: str | None = None
    ) -> Json:
        """List the ready-made networks; beside a dataset, which fit, and why the others do not."""
        both = data is not None and target is not None
        args = self._read(data, target) if both and data and target else {}
        return self._place.ask(GALLERY, {**args, "task": task})

    def check(
        self, document: Json, *, data: str | None = None, target: str | None = None,
        sizes: Sizes | None = None, space: Json | None = None,
    ) -> Json:  # fmt: skip
        """Check a document: shapes, costs, and problems with their fixes; never raises for one.

        Shapes come from a dataset and its target, or from sizes that are said. With a space it is
        also told how many of its combinations cannot run.
        """
        payload = {"network": document, **self._types(document, data, target, sizes)}
        payload |= {"space": space} if space else {}
        return self._place.ask(ANALYZE, payload, timeout_s=30)

    def peek(self, document: Json, node: str, *, data: str, target: str, row: int = 0) -> Json:
        """Show what a row of the newest version is where a node gives it, before any training.

        ``{"type", "values", "low", "high", "mean", "nans", "histogram", "maps", ...}``; ``node``
        may be an input too, and inside blocks is a path: "res.0.conv".
        """
        named = document.get("inputs")
        wanted = named if isinstance(named, dict) else {"table": {}}
        args = {"network": document, **self._read(data, target), "inputs": wanted}
        return self._place.ask(PEEK, {**args, "node": node, "row": row}, timeout_s=30)

    def convert(
        self, document: Json, to: str, *, data: str | None = None, target: str | None = None,
        sizes: Sizes | None = None, dark: bool = False,
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
        types = self._types(document, data, target, sizes)
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
        self, document: Json, data: str | None, target: str | None, sizes: Sizes | None
    ) -> Json:
        """Return ``{"types", "head"}`` for a document: of a dataset, as said, or none."""
        if (data is None) != (target is None):
            raise InvalidError(
                "a network is checked against a dataset and a target, or neither",
                code="target_missing", do="Give both data and target.",
            )  # fmt: skip
        given = sizes or Sizes()
        said = {name: kind.model_dump(mode="json") for name, kind in given.types().items()}
        if data is None or target is None:
            return {"types": said, "head": given.head}
        named = document.get("inputs")
        wanted = named if isinstance(named, dict) else {"table": {}}
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
