"""Networks: propose, check and save network documents."""

from __future__ import annotations

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, InvalidError
from danlu.network import graph
from danlu.store.records import Dataset, Json, Network, Version
from danlu.workspace.place import Place, check_name

PROPOSE, ANALYZE = "danlu.experiment.propose:run", "danlu.experiment.desk:analyze"


class Networks:
    """The network documents of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def propose(self, data: str, target: str, *, task: str | None = None) -> Json:
        """Propose ``{"network", "space", "recipe", "task"}`` for a dataset and a target column."""
        found = self._fitted(data, target, task)
        return {name: found[name] for name in ("network", "space", "recipe", "task")}

    def check(self, document: Json, *, data: str | None = None, target: str | None = None) -> Json:
        """Check a document: shapes, costs, and problems with their fixes; never raises for one."""
        if (data is None) != (target is None):
            raise InvalidError(
                "a network is checked against a dataset and a target, or neither",
                code="target_missing", do="Give both data and target.",
            )  # fmt: skip
        fitted = self._fitted(data, target, None) if data and target else {}
        payload = {
            "network": document, "types": fitted.get("types", {}), "head": fitted.get("head", 1),
        }  # fmt: skip
        return self._place.ask(ANALYZE, payload, timeout_s=10)

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

    def _fitted(self, data: str, target: str, task: str | None) -> Json:
        """Propose for the newest version, with the tensor types its encoder gives."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            dataset = tx.get(Dataset, data)
            version = tx.get(Version, data, dataset.version)
        schema = Schema.model_validate(version.schema_)
        schema.column(target)
        if not version.rows:
            raise ConflictError("the dataset has no rows", where=f"dataset '{data}'")
        parts = [str(self._place.blobs.path(part.sha256)) for part in version.parts]
        args = {"parts": parts, "schema_": version.schema_, "target": target, "task": task}
        return self._place.ask(PROPOSE, args)
