"""Pages that are made from the catalogues are as they would be made now."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from danlu.network.laws.analysis import SENTENCES, Problem

DOCS = Path(__file__).parents[2] / "docs"
TOLD = yaml.safe_load((DOCS / "problems.yaml").read_text("utf-8"))


def test_every_problem_code_is_explained() -> None:
    assert sorted(TOLD) == sorted(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_problem_has_a_meaning_an_example_and_a_fix(code: str) -> None:
    told = TOLD[code]
    assert told["means"].endswith(".")
    assert told["fix"].endswith(".")
    assert Problem(code=code, port=told.get("port"), args=told.get("args", {})).sentence()


def test_no_generated_page_is_stale() -> None:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert list(generate.stale()) == [], "run: python docs/generate.py"
