"""Tags of a model: words a person puts on it, kept with whoever did."""

from pathlib import Path

import pytest

from danlu.errors import InvalidError
from danlu.execute.inline import InlineExecutor
from danlu.store.records import Audit, Model
from danlu.workspace.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path):
    with Workspace(tmp_path / "w", executor=InlineExecutor()) as found:
        with found.store.begin(found.who) as tx:
            for version in (1, 2):
                tx.insert(
                    Model(
                        project="default", name="late", version=version, experiment="e", trials=(),
                        files={}, manifest={}, metrics={}, created_at=0.0,
                    )
                )  # fmt: skip
        yield found


def test_tags_replace_those_before_and_the_trail_says_who(ws: Workspace) -> None:
    assert ws.models.tag("late@1", ["for  audit", "昨天", "for audit"]).tags == (
        "for audit",
        "昨天",
    )
    assert ws.models.tag("late", ["🦆"]).ref == "late@2"
    assert ws.models.tag("late@1", []).tags == ()
    assert [m.tags for m in ws.models.list()] == [("🦆",), ()]
    with ws.store.begin(ws.who, write=False) as tx:
        trail = tx.all(Audit, subject="model/late@1")
    assert [one.detail["tags"] for one in trail] == [["for audit", "昨天"], []]


@pytest.mark.parametrize("tags", [[""], ["x" * 61], [str(n) for n in range(21)]])
def test_what_is_no_tag_is_refused(ws: Workspace, tags: list[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        ws.models.tag("late@1", tags)
    assert caught.value.code == "tags"
