"""Networks: propose, check, convert and save network documents."""

from __future__ import annotations

from pathlib import Path

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, InvalidError, NetworkError
from danlu.network.difference import Side, compare
from danlu.network.faces.lines import lines_of
from danlu.network.file import dump, read
from danlu.network.graph import RECIPE
from danlu.network.sizes import Sizes
from danlu.store import drafts, history
from danlu.store.records import (
    Dataset,
    Experiment,
    Json,
    Network,
    NetworkDraft,
    NetworkDraftLine,
    NetworkVersion,
    NetworkVersionLine,
    Trial,
    Version,
)
from danlu.store.transaction import Transaction
from danlu.workspace.place import Place, check_name

PROPOSE, ANALYZE = "danlu.experiment.propose:run", "danlu.experiment.desk:analyze"
GALLERY = "danlu.experiment.propose:gallery"
PEEK = "danlu.experiment.peek:run"
CONVERT, TYPES = "danlu.experiment.convert:run", "danlu.experiment.inputs:run"
READ = "danlu.network.reading:run"
READ_S = 60.0
FORMS = ("json", "yaml", "py", "torch", "onnx", "svg")


_list = list


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
        """Write a document as ``{"text", "lines"}``, or as ``{"base64"}`` for ONNX.

        ``lines`` says which lines write which node: scope to node to first and last lines.
        ``to`` is "json", "yaml" or "py" (the same network), "torch" (PyTorch source), "onnx"
        (with untrained weights) or "svg"; torch and onnx need sizes, as in `check`.
        """
        if to not in FORMS:
            raise InvalidError(
                f"no network can be written as '{to}'", code="form_unknown",
                do=f"Give one of {', '.join(FORMS)}.", to=to,
            )  # fmt: skip
        network = read(document)
        if to in ("json", "yaml", "py"):
            text = dump(network, f".{to}")
            return {"text": text, "lines": lines_of(text, to, network)}
        types = self._types(document, data, target, sizes)
        if to != "svg" and not types["types"]:
            raise InvalidError(
                "the sizes of the inputs are not known", code="types_missing",
                do="Give a dataset and a target, or the sizes of every input.",
            )  # fmt: skip
        return self._place.ask(CONVERT, {"network": document, "to": to, "dark": dark, **types})

    def import_file(self, file: Path | str, *, called: str | None = None) -> Json:
        """Read a model of ONNX or Keras, or a document of ours; nothing is saved.

        ``{"network", "blocks", "unmapped", "repeats", "future", ...}``, as
        `danlu.network.reading.read_file` says; ``called`` is the file's own name.
        """
        args = {"path": str(Path(file).absolute()), "file": called or Path(file).name}
        return self._place.ask(READ, args, timeout_s=READ_S)

    def save(
        self, name: str, document: Json, *, space: Json | None = None,
        layout: Json | None = None, revision: int | None = None, title: str = "",
    ) -> Network:  # fmt: skip
        """Keep a document under a name as its next version, which may have a title.

        ``revision`` is the one the change began with, 0 for a new network: if others saved since,
        ConflictError ``revision_conflict``. Without it the newest is saved over; it stays as a
        version. A draft that holds just this ends with it.
        """
        network = read(document)
        record = Network(
            project=self._place.who.project, name=check_name(name, "a network"), revision=0,
            hash=network.hash, document=network.document(), space=space or {},
            layout=layout or {}, created_at=0.0,
        )  # fmt: skip
        with self._place.store.begin(self._place.who) as tx:
            saved = self._keep(tx, record, revision, title)
            drafts.end(tx, saved, document)
        return saved

    def draft(self, name: str) -> NetworkDraft | None:
        """Return what is being drawn on a network since its last version, if anything is."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return drafts.find(tx, name)

    def drafts(self) -> _list[NetworkDraftLine]:
        """List what is being drawn, the last written first; a network may have no version yet."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return drafts.lines(tx)

    def save_draft(
        self, name: str, document: Json, *, space: Json | None = None,
        layout: Json | None = None, on: int = 0, revision: int | None = None,
    ) -> NetworkDraft:  # fmt: skip
        """Keep a drawing as it stands, with whatever is wrong with it; there is one a network.

        ``on`` is the version it began with, ``revision`` the draft it goes on with, 0 for none:
        if others drew since, ConflictError ``draft_conflict`` with their ``draft``. Without it
        theirs is written over.
        """
        drawn = NetworkDraft(
            project=self._place.who.project, name=check_name(name, "a network"), revision=0, on=on,
            document=_drawing(document), space=space or {}, layout=layout or {},
            by=self._place.who.name, at=self._place.now(),
        )  # fmt: skip
        with self._place.store.begin(self._place.who) as tx:
            before = drafts.find(tx, name)
            kept = drafts.write(tx, drawn, began=revision)
            if before is None or before.by != kept.by:
                self._place.tell(tx, f"network/{name}", "drawing", {"by": kept.by})
        return kept

    def drop_draft(self, name: str, *, revision: int | None = None) -> None:
        """Let go of a draft; with ``revision`` only if nobody drew since."""
        with self._place.store.begin(self._place.who) as tx:
            if drafts.drop(tx, name, began=revision):
                self._place.tell(tx, f"network/{name}", "dropped", {})

    def list(self) -> list[Network]:
        """List the saved networks, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Network, newest=True)

    def show(self, name: str, version: int | None = None) -> Network:
        """Return a saved network, or as it was at a version."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return _at(tx, name, version)

    def versions(self, name: str) -> _list[NetworkVersionLine]:
        """List what was saved under a name, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return history.versions(tx, name)

    def title(self, name: str, version: int, title: str) -> NetworkVersion:
        """Give a version a title; versions with one are kept for good."""
        with self._place.store.begin(self._place.who) as tx:
            found = history.entitle(tx, name, version, title)
            self._place.tell(tx, f"network/{name}", "titled", {"revision": version})
        return found

    def restore(self, name: str, version: int) -> Network:
        """Save an earlier version once more; what came between stays in the list."""
        with self._place.store.begin(self._place.who) as tx:
            return self._keep(tx, _at(tx, name, version), None, "")

    def diff(
        self, before: Side, after: Side, *, data: str | None = None, target: str | None = None
    ) -> Json:
        """Tell two networks apart: ``{"nodes", "ranges", "same", "totals", "sides"}``, with spaces.

        A side is a document, a saved network or one of its versions, or the network of an
        experiment or trial. With a dataset (by default that of an experiment among them),
        ``totals`` are parameters, multiply-adds and memory of both.
        """
        with self._place.store.begin(self._place.who, write=False) as tx:
            sides = [_meant(tx, side) for side in (before, after)]
        (old, old_space, _), (new, new_space, _) = sides
        spec = next((spec for _, _, spec in sides if spec), {})
        data, target = data or spec.get("data"), target or spec.get("target")
        totals = [
            self.check(one, data=data, target=target)["totals"] if data and target else None
            for one in (old, new)
        ]
        shown = [{"document": old, "space": old_space}, {"document": new, "space": new_space}]
        return {**compare(old, new, (old_space, new_space)), "totals": totals, "sides": shown}

    def _keep(
        self, tx: Transaction, record: Network, began: int | None, title: str
    ) -> Network:  # fmt: skip
        saved = history.keep(tx, record, began=began, title=title, now=self._place.now())
        self._place.tell(tx, f"network/{record.name}", "saved", {"revision": saved.revision})
        return saved

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


def _drawing(document: Json) -> Json:
    """Demand no more of a drawing than that it can be drawn."""
    blocks = document.get("blocks") or {}
    graphs = [*blocks.values()] if isinstance(blocks, dict) else [None]
    lacking = [part for part in ("inputs", "outputs") if not isinstance(document.get(part), dict)]
    lacking += [] if _has_nodes(document) else ["nodes"]
    lacking += [] if all(_has_nodes(graph) for graph in graphs) else ["blocks"]
    if lacking:
        raise NetworkError(
            f"the drawing's {lacking[0]} cannot be drawn", code="part_missing", where="the draft",
            do="Give a network document; it need not run yet.", part=lacking[0],
        )  # fmt: skip
    return document


def _has_nodes(graph: object) -> bool:
    """Tell whether there are nodes, each with parameters and edges by name, if any."""
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    return isinstance(nodes, dict) and all(
        isinstance(node, dict)
        and isinstance(node.get("params", {}), dict)
        and isinstance(ports := node.get("in", {}), dict)
        and all(isinstance(one, (str, list)) for one in ports.values())
        for node in nodes.values()
    )


def _at(tx: Transaction, name: str, version: int | None) -> Network:
    if version is None:
        return tx.get(Network, name)
    return tx.get(NetworkVersion, tx.who.project, name, version).network()


def _meant(tx: Transaction, side: Side) -> tuple[Json, Json, Json]:
    """Return document, space, and what an experiment was asked to learn."""
    if side.network is not None:
        saved = _at(tx, side.network, side.version)
        return saved.document, saved.space, {}
    if side.experiment is not None:
        return _searched(tx, side.experiment, side.trial)
    if side.document is None:
        raise InvalidError(
            "a side names no network", code="side_empty",
            do="Give a document, a saved network, or an experiment.",
        )  # fmt: skip
    return read(side.document).document(), side.space, {}


def _searched(tx: Transaction, name: str, number: int | None) -> tuple[Json, Json, Json]:
    experiment = tx.get(Experiment, name)
    if "network" not in experiment.plan:
        raise ConflictError(
            f"experiment '{name}' is not planned yet", code="unplanned", do="Wait for its plan."
        )
    network = read(experiment.plan["network"])
    if number is not None:
        values = tx.get(Trial, experiment.project, name, number).values
        sizes = {k: v for k, v in values.items() if not k.startswith(f"{RECIPE}.")}
        network = network.with_values(sizes)
    return network.document(), experiment.plan.get("space", {}), experiment.spec
