"""Every noun, command, kind and public name is in the docs, and the links lead somewhere."""

import re
from pathlib import Path

import pytest

import danlu
from danlu.cli.main import DOORS

ROOT = Path(__file__).parents[2]
PAGES = {p.name: p.read_text("utf-8") for p in sorted((ROOT / "docs").glob("*.md"))}
FAMILIES = {
    "network/ops": "ops.md", "network/blocks": "ops.md", "network/gallery": "gallery.md",
    "data/kinds": "datasets.md", "tasks": "experiments.md",
    "search/samplers": "recipes.md", "search/pruners": "recipes.md",
    "train/optimizers": "recipes.md", "train/schedules": "recipes.md", "loop/triggers": "loops.md",
    "train/preprocessors": "recipes.md", "train/augmentations": "recipes.md",
}  # fmt: skip


LINK = r"\]\((?!https?:|#|urn:)([^)#\s]+)"


@pytest.mark.parametrize("command", sorted(DOORS))
def test_every_command_is_in_the_command_line_page(command: str) -> None:
    assert f"danlu {command}" in PAGES["cli.md"]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_kind_is_in_the_page_of_its_family(family: str) -> None:
    folder = ROOT / "src" / "danlu" / family
    kinds = {p.stem for p in folder.glob("*.py")} - {"__init__", "base", "metrics"}
    missing = {k for k in kinds if not re.search(rf"`{k}`", PAGES[FAMILIES[family]])}
    assert not missing


@pytest.mark.parametrize("name", danlu.__all__)
def test_every_public_name_is_in_the_python_page(name: str) -> None:
    assert f"danlu.{name}" in PAGES["python.md"]


def test_links_between_pages_lead_somewhere() -> None:
    files = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{f.name}: {link}"
        for f in files
        for link in re.findall(LINK, re.sub(r"`[^`\n]*`", "", f.read_text("utf-8")))
        if not (f.parent / link).exists()
    ]
    assert not broken
