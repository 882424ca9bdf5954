"""Networks over HTTP."""

from __future__ import annotations

from danlu.client.http import Http
from danlu.network.sizes import Sizes
from danlu.store.records import Json, Network


class Networks:
    """Named network documents."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def propose(
        self, data: str, target: str, *, task: str | None = None, entry: str | None = None
    ) -> Json:
        """Propose ``{"network", "space", "recipe", "task", "entry", "why"}`` for a target."""
        body = {"data": data, "target": target, "task": task, "entry": entry}
        return self._http.ask("networks/propose", body)

    def gallery(
        self, *, data: str | None = None, target: str | None = None, task: str | None = None
    ) -> Json:
        """List the ready-made networks; beside a dataset, which fit, and why the others do not."""
        body = {"data": data, "target": target, "task": task}
        return self._http.ask("networks/gallery", body)

    def check(
        self, document: Json, *, data: str | None = None, target: str | None = None,
        sizes: Sizes | None = None, space: Json | None = None,
    ) -> Json:  # fmt: skip
        """Check a document: shapes, costs, problems and their fixes."""
        body = {
            "network": document, "data": data, "target": target,
            "sizes": sizes.model_dump() if sizes else None, "space": space or {},
        }  # fmt: skip
        return self._http.ask("networks/analyze", body)

    def peek(self, document: Json, node: str, *, data: str, target: str, row: int = 0) -> Json:
        """Show what a row of a dataset is where a node gives it, before any training."""
        body = {"network": document, "node": node, "data": data, "target": target, "row": row}
        return self._http.ask("networks/peek", body)

    def convert(
        self, document: Json, to: str, *, data: str | None = None, target: str | None = None,
        sizes: Sizes | None = None, dark: bool = False,
    ) -> Json:  # fmt: skip
        """Write a document as ``{"text"}``, or as ``{"base64"}`` for ONNX."""
        body = {
            "network": document, "to": to, "data": data, "target": target,
            "sizes": sizes.model_dump() if sizes else None, "dark": dark,
        }  # fmt: skip
        return self._http.ask("networks/convert", body)

    def save(
        self, name: str, document: Json, space: Json | None = None, layout: Json | None = None
    ) -> Network:
        """Save a document under a name."""
        body = {"document": document, "space": space or {}, "layout": layout or {}}
        return Network.model_validate(self._http.send("PUT", f"networks/{name}", body))

    def list(self) -> list[Network]:
        """List the saved networks."""
        return self._http.items("networks", Network)

    def show(self, name: str) -> Network:
        """Show a saved network."""
        return Network.model_validate(self._http.get(f"networks/{name}"))
