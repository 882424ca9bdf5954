"""Models: registered winners, `name@version`, their bundles, and where they err."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from danlu.errors import InvalidError
from danlu.store.records import Json, Model
from danlu.workspace.bundles import find_model, materialise, write_file, write_zip
from danlu.workspace.mistakes import Part, examine, picked
from danlu.workspace.place import Place

MOST_TAGS, LONGEST_TAG = 20, 60


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

    def tag(self, ref: str, tags: Sequence[str]) -> Model:
        """Put these words on a model, in place of those it had; none takes them all away."""
        words = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags))
        if len(words) > MOST_TAGS or any(not 0 < len(word) <= LONGEST_TAG for word in words):
            raise InvalidError(
                "these are no tags", code="tags", where=f"model '{ref}'",
                do=f"Use at most {MOST_TAGS} of 1 to {LONGEST_TAG} characters.",
                most=MOST_TAGS, longest=LONGEST_TAG,
            )  # fmt: skip
        with self._place.store.begin(self._place.who) as tx:
            model = find_model(tx, ref).model_copy(update={"tags": words})
            detail = {"tags": list(words)}
            self._place.note(tx, "tag", f"model/{model.ref}", detail)
            self._place.tell(tx, f"model/{model.ref}", "tag", detail)
            return tx.replace(model)

    def card(self, ref: str) -> str:
        """Return the model card, Markdown."""
        model = self.show(ref)
        return self._place.blobs.path(model.files["card.md"]).read_text("utf-8")

    def mistakes(
        self,
        ref: str,
        *,
        part: Part = "test",
        version: int | None = None,
        truth: str | None = None,
        said: str | None = None,
        limit: int = 50,
    ) -> Json:
        """Ask the model the rows it was tested on, and say where it errs.

        Figures with 95 % intervals, confusion and calibration (classes) or residuals (values), and
        the worst rows beside the nearest training row. ``truth`` and ``said`` name a cell of the
        confusion: its rows only. ``version`` asks the rows of a newer dataset version instead.
        """
        model = self.show(ref)
        found = examine(self._place, model, part=part, version=version)
        return picked(found, truth=truth, said=said, limit=limit)

    def export(self, ref: str, path: Path | str) -> Path:
        """Write the bundle as one zip, or, to a path that ends in .onnx, its graph alone."""
        model, to = self.show(ref), Path(path)
        if to.suffix == ".onnx":
            return write_file(model, self._place.blobs, "model.onnx", to)
        return write_zip(model, self._place.blobs, to)

    def folder(self, ref: str) -> Path:
        """Return the bundle as a folder in the cache, laid out if it is not there yet."""
        return materialise(self.show(ref), self._place.blobs, self._place.home)
