"""Models over HTTP."""

from __future__ import annotations

from pathlib import Path

from danlu.client.http import Http
from danlu.store.records import Model


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

    def export(self, ref: str, path: Path | str) -> Path:
        """Download the bundle as a zip."""
        return self._http.download(f"models/{ref}/bundle", Path(path))
