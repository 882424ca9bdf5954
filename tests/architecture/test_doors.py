"""One noun, one file name, six doors."""

from pathlib import Path

import pytest

import danlu

ROOT = Path(__file__).parents[2]
NOUNS = {
    "datasets", "networks", "experiments", "models", "deployments", "loops", "projects", "keys",
    "jobs",
}  # fmt: skip
DOORS = {
    "workspace": ("src/danlu/workspace", ".py"),
    "api": ("src/danlu/api/routes", ".py"),
    "cli": ("src/danlu/cli", ".py"),
    "client": ("src/danlu/client", ".py"),
    "page": ("web/src/pages", ".tsx"),
    "docs": ("docs", ".md"),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_noun_has_a_file_at_every_door(door: str) -> None:
    folder, suffix = DOORS[door]
    found = {p.name.removesuffix(suffix) for p in (ROOT / folder).iterdir()}
    assert found >= NOUNS


def test_routes_and_records_have_no_noun_of_their_own() -> None:
    routes = {p.stem for p in (ROOT / "src/danlu/api/routes").glob("[a-z]*.py")}
    # What belongs to no noun: the catalogue, the live stream, who you are, how it is.
    assert routes - NOUNS <= {"catalogue", "events", "login", "health", "audit"}


def test_workspace_and_client_have_the_same_methods() -> None:
    for noun in sorted(NOUNS):
        here, there = (
            methods(__import__(f"danlu.{side}.{noun}", fromlist=["x"]))
            for side in ("workspace", "client")
        )
        # What needs the database or the folder itself: leasing, uploads, triggers, the bundle.
        internal = {"work", "receive", "tick", "folder"}
        assert here - internal == there - internal, noun


def methods(module: object) -> set[str]:
    nouns = [
        c for c in vars(module).values()
        if isinstance(c, type) and c.__module__ == module.__name__  # type: ignore[attr-defined]
        and c.__name__.lower() == module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    ]  # fmt: skip
    assert len(nouns) == 1
    return {name for name in vars(nouns[0]) if not name.startswith("_")}


def test_the_package_shows_at_most_twenty_sorted_names() -> None:
    assert len(danlu.__all__) <= 20
    assert list(danlu.__all__) == sorted(danlu.__all__)
    assert all(hasattr(danlu, name) for name in danlu.__all__)
