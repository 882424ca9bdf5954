"""Drafts of networks: one each, in place and over HTTP alike; nobody's drawing is written over."""

import re
from collections.abc import Iterator

import pytest

import danlu
from danlu.errors import ConflictError, ForbiddenError, NetworkError
from danlu.store.records import Identity
from danlu.workspace.workspace import Workspace

WHOLE = {
    "inputs": {"table": {}},
    "nodes": {
        "cells": {"op": "columns", "in": {"x": "table"}},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "cells"}},
    },
    "outputs": {"answer": "head"},
}
HALF = {**WHOLE, "nodes": {"head": {"op": "no_such_op", "in": {"x": "nowhere"}}}}
MORE = {**HALF, "nodes": {**HALF["nodes"], "noise": {"op": "dropout"}}}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with danlu.open(tmp_path_factory.mktemp("drafts") / "furnace") as found:
        yield found


@pytest.fixture
def net(request: pytest.FixtureRequest) -> str:
    """Name a network of the test's own."""
    return re.sub(r"[^A-Za-z0-9]", "_", request.node.name)


def test_a_drawing_that_cannot_run_yet_is_kept_as_it_stands(ws: Workspace, net: str) -> None:
    kept = ws.networks.save_draft(net, HALF, space={"head.units": {}}, on=0, revision=0)
    assert (kept.revision, kept.by) == (1, "owner")
    assert ws.networks.draft(net) == kept
    assert kept.document == HALF


def test_a_network_has_no_draft_until_somebody_draws(ws: Workspace, net: str) -> None:
    assert ws.networks.draft(net) is None
    assert net not in [one.name for one in ws.networks.drafts()]


def test_a_draft_lies_on_the_disk_when_it_is_accepted(ws: Workspace, net: str) -> None:
    kept = ws.networks.save_draft(net, HALF)
    with danlu.open(ws.home) as again:
        assert again.networks.draft(net) == kept


def test_who_drew_since_is_told_and_not_written_over(ws: Workspace, net: str) -> None:
    bob = ws.acting(Identity(name="bob", role="editor"))
    ws.networks.save_draft(net, HALF, revision=0)
    theirs = bob.networks.save_draft(net, MORE, revision=1)
    with pytest.raises(ConflictError, match="bob") as refused:
        ws.networks.save_draft(net, WHOLE, revision=1)
    assert refused.value.code == "draft_conflict"
    assert refused.value.values["draft"] == theirs.model_dump(mode="json")
    assert ws.networks.draft(net) == theirs


def test_a_write_whose_answer_was_lost_may_be_repeated(ws: Workspace, net: str) -> None:
    first = ws.networks.save_draft(net, HALF, revision=0)
    assert ws.networks.save_draft(net, HALF, revision=0) == first


def test_saving_what_the_draft_holds_ends_it(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, WHOLE, revision=0)
    ws.networks.save(net, WHOLE, revision=0)
    assert ws.networks.draft(net) is None


def test_saving_something_else_leaves_the_draft_of_others(ws: Workspace, net: str) -> None:
    kept = ws.networks.save_draft(net, MORE, revision=0)
    ws.networks.save(net, WHOLE, revision=0)
    assert ws.networks.draft(net) == kept


def test_a_number_never_comes_twice(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF, revision=0)
    ws.networks.drop_draft(net, revision=1)
    assert ws.networks.draft(net) is None
    assert ws.networks.save_draft(net, MORE, revision=0).revision == 2
    with pytest.raises(ConflictError):
        ws.networks.save_draft(net, WHOLE, revision=1)


def test_a_write_on_a_draft_that_is_over_says_so(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF, revision=0)
    ws.networks.drop_draft(net)
    with pytest.raises(ConflictError) as refused:
        ws.networks.save_draft(net, MORE, revision=1)
    assert refused.value.values["draft"] is None


def test_what_others_drew_since_is_not_dropped(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF, revision=0)
    ws.networks.save_draft(net, MORE, revision=1)
    with pytest.raises(ConflictError, match="drawn on it since"):
        ws.networks.drop_draft(net, revision=1)


def test_dropping_no_draft_changes_nothing(ws: Workspace, net: str) -> None:
    ws.networks.drop_draft(net, revision=3)
    assert ws.networks.draft(net) is None


def test_drafts_are_listed_last_written_first(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF)
    ws.networks.save_draft("two", MORE, on=4)
    found = [(one.name, one.on, one.nodes) for one in ws.networks.drafts()]
    assert found[:2] == [("two", 4, 2), (net, 0, 1)]


def test_another_project_has_drafts_of_its_own(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF)
    ws.projects.create("other")
    other = ws.acting(Identity(name="eve", role="admin", project="other"))
    assert other.networks.draft(net) is None


def test_a_viewer_may_look_but_not_draw(ws: Workspace, net: str) -> None:
    ws.networks.save_draft(net, HALF)
    viewer = ws.acting(Identity(name="vic", role="viewer"))
    assert viewer.networks.draft(net) is not None
    with pytest.raises(ForbiddenError):
        viewer.networks.save_draft(net, MORE)


@pytest.mark.parametrize(
    "rubbish",
    [
        {}, {**WHOLE, "nodes": []}, {**WHOLE, "nodes": {"a": 1}}, {**WHOLE, "blocks": [1]},
        {**WHOLE, "nodes": {"a": {"in": {"x": 5}}}}, {**WHOLE, "blocks": {"b": {"nodes": 7}}},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_no_draft(ws: Workspace, net: str, rubbish: dict) -> None:
    with pytest.raises(NetworkError) as refused:
        ws.networks.save_draft(net, rubbish)
    assert refused.value.code == "part_missing"
