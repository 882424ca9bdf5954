"""Refuse to build a wheel without the page."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """The page is built by Node beforehand (`make web`) and only copied here."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Stop unless the page is there; an editable install may do without."""
        page = Path(self.root, "src/danlu/web/index.html")
        if version != "editable" and not page.exists():
            raise RuntimeError("the page is not built: run `make web` first")
