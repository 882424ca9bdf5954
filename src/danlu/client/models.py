"""Models over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from danlu.client.http import Http
from danlu.store.records import Json, Model


class Models:
    """Registered winners, `name@version`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def list(self) -> list[Model]:
        """List the models."""
        return self._http.items("models", Model)

    def show(self, ref: str) -> Model:
        """Show a model."""
        return Model.model_validate(self._http.get(f"models/{ref}"))

    def tag(self, ref: str, tags: Sequence[str]) -> Model:
        """Put these words on a model, in place of those it had; none takes them all away."""
        return Model.model_validate(self._http.send("PUT", f"models/{ref}/tags", {"tags": [*tags]}))

    def card(self, ref: str) -> str:
        """Return the model card, Markdown."""
        return str(self._http.get(f"models/{ref}/card")["text"])

    def mistakes(
        self,
        ref: str,
        *,
        part: str = "test",
        version: int | None = None,
        truth: str | None = None,
        said: str | None = None,
        limit: int = 50,
    ) -> Json:
        """Say where a model errs: figures with intervals, confusion or residuals, worst rows."""
        return self._http.get(
            f"models/{ref}/mistakes", part=part, version=version, truth=truth, said=said,
            limit=limit,
        )  # fmt: skip

    def export(self, ref: str, path: Path | str) -> Path:
        """Download the bundle as a zip, or, to a path that ends in .onnx, its graph alone."""
        to = Path(path)
        return self._http.download(
            f"models/{ref}/{'onnx' if to.suffix == '.onnx' else 'bundle'}", to
        )
