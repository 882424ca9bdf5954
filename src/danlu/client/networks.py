"""Networks over HTTP."""

from __future__ import annotations

from pathlib import Path

from danlu.client.http import Http
from danlu.network.difference import Side
from danlu.network.sizes import Sizes
from danlu.store.records import (
    Json,
    Network,
    NetworkDraft,
    NetworkDraftLine,
    NetworkVersion,
    NetworkVersionLine,
)

_list = list


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
        """Write a document as ``{"text", "lines"}``, or as ``{"base64"}`` for ONNX."""
        body = {
            "network": document, "to": to, "data": data, "target": target,
            "sizes": sizes.model_dump() if sizes else None, "dark": dark,
        }  # fmt: skip
        return self._http.ask("networks/convert", body)

    def import_file(self, file: Path | str, *, called: str | None = None) -> Json:
        """Read a model of ONNX or Keras, or a document of ours; nothing is saved."""
        path = Path(file)
        return self._http.upload(
            "networks/import", path, {"file": called or path.name}, method="POST"
        )

    def save(
        self, name: str, document: Json, *, space: Json | None = None,
        layout: Json | None = None, revision: int | None = None, title: str = "",
    ) -> Network:  # fmt: skip
        """Save a document under a name, on the revision the change began with if one is said."""
        body = {"document": document, "space": space or {}, "layout": layout or {}, "title": title}
        found = self._http.send("PUT", f"networks/{name}", body, _on(revision))
        return Network.model_validate(found)

    def draft(self, name: str) -> NetworkDraft | None:
        """Return what is being drawn on a network since its last version, if anything is."""
        found = self._http.get(f"networks/{name}/draft")
        return NetworkDraft.model_validate(found) if found else None

    def drafts(self) -> _list[NetworkDraftLine]:
        """List what is being drawn, the last written first."""
        return self._http.items("drafts", NetworkDraftLine)

    def save_draft(
        self, name: str, document: Json, *, space: Json | None = None,
        layout: Json | None = None, on: int = 0, revision: int | None = None,
    ) -> NetworkDraft:  # fmt: skip
        """Keep a drawing as it stands, on the draft it goes on with if one is said."""
        body = {"document": document, "space": space or {}, "layout": layout or {}, "on": on}
        found = self._http.send("PUT", f"networks/{name}/draft", body, _on(revision))
        return NetworkDraft.model_validate(found)

    def drop_draft(self, name: str, *, revision: int | None = None) -> None:
        """Let go of a draft; with ``revision`` only if nobody drew since."""
        self._http.send("DELETE", f"networks/{name}/draft", headers=_on(revision))

    def list(self) -> list[Network]:
        """List the saved networks."""
        return self._http.items("networks", Network)

    def show(self, name: str, version: int | None = None) -> Network:
        """Show a saved network, or as it was at a version."""
        return Network.model_validate(self._http.get(f"networks/{name}", version=version))

    def versions(self, name: str) -> _list[NetworkVersionLine]:
        """List what was saved under a name, newest first."""
        return self._http.items(f"networks/{name}/versions", NetworkVersionLine)

    def title(self, name: str, version: int, title: str) -> NetworkVersion:
        """Give a version a title; versions with one are kept for good."""
        found = self._http.send("PUT", f"networks/{name}/versions/{version}", {"title": title})
        return NetworkVersion.model_validate(found)

    def restore(self, name: str, version: int) -> Network:
        """Save an earlier version once more; what came between stays in the list."""
        found = self._http.send("POST", f"networks/{name}/versions/{version}/restore")
        return Network.model_validate(found)

    def diff(
        self, before: Side, after: Side, *, data: str | None = None, target: str | None = None
    ) -> Json:
        """Tell two networks apart, spaces and costs included."""
        sides = {"before": before.model_dump(), "after": after.model_dump()}
        return self._http.ask("networks/diff", {**sides, "data": data, "target": target})


def _on(revision: int | None) -> dict[str, str]:
    """Return the header that says what a change began with."""
    return {} if revision is None else {"If-Match": f'"{revision}"'}
