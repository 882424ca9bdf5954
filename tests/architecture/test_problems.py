"""Every problem that the checker can tell of is said in every language, and in a test."""

import json
from pathlib import Path

import pytest

from danlu.network.laws.analysis import SENTENCES

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "tests", ROOT / "src" / "danlu" / "testing")
TESTS = "".join(p.read_text("utf-8") for f in FOLDERS for p in f.rglob("*.py"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_every_problem(language: str) -> None:
    text = (ROOT / "web" / "src" / "locales" / f"{language}.json").read_text("utf-8")
    assert set(json.loads(text)["fault"]) == set(SENTENCES)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_test_brings_the_problem_about(code: str) -> None:
    assert f'"{code}"' in TESTS
