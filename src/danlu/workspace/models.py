"""Models: registered winners, `name@version`, and their bundles."""

from __future__ import annotations

from pathlib import Path

from danlu.store.records import Model
from danlu.workspace.bundles import find_model, materialise, write_zip
from danlu.workspace.place import Place


class Models:
    """The models of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def list(self) -> list[Model]:
        """List every version of every model, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Model, newest=True)

    def show(self, ref: str) -> Model:
        """Return ``name@version``, or the newest version of ``name``."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return find_model(tx, ref)

    def export(self, ref: str, path: Path | str) -> Path:
        """Write the bundle as one zip: all that ``danlu serve`` needs, anywhere."""
        return write_zip(self.show(ref), self._place.blobs, Path(path))

    def folder(self, ref: str) -> Path:
        """Return the bundle as a folder in the cache, laid out if it is not there yet."""
        return materialise(self.show(ref), self._place.blobs, self._place.home)
