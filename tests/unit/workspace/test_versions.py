"""Versions of a network: every save stays, two who save at once both keep what they drew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import danlu
from danlu.errors import ConflictError, InvalidError, NetworkError, NotFoundError
from danlu.network.difference import Side
from danlu.store import history
from danlu.store.records import Experiment, Trial
from danlu.workspace.workspace import Workspace


def drawn(units: int) -> dict:
    """Return a network of one node."""
    node = {"op": "dense", "params": {"units": units}, "in": {"x": "table"}}
    return {"inputs": {"table": {}}, "nodes": {"head": node}, "outputs": {"y": "head"}}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with danlu.open(tmp_path / "w") as found:
        yield found


def test_every_save_is_a_version_that_can_be_looked_at_named_and_brought_back(ws) -> None:
    for units in (4, 8, 16):
        ws.networks.save("net", drawn(units), revision=units.bit_length() - 3)
    ws.networks.title("net", 1, "small")
    found = ws.networks.versions("net")
    assert [(v.revision, v.title) for v in found] == [(3, ""), (2, ""), (1, "small")]
    assert ws.networks.show("net", 2).document["nodes"]["head"]["params"] == {"units": 8}
    assert ws.networks.restore("net", 1).revision == 4
    assert ws.networks.show("net").hash == found[2].hash


def test_who_saves_on_an_older_version_is_told_and_nothing_is_lost(ws) -> None:
    ws.networks.save("net", drawn(4), revision=0)
    ws.networks.save("net", drawn(8), revision=1)
    with pytest.raises(ConflictError) as caught:
        ws.networks.save("net", drawn(16), revision=1)
    assert caught.value.code == "revision_conflict"
    assert caught.value.values == {"revision": 2, "began": 1}
    assert ws.networks.show("net").revision == 2
    with pytest.raises(ConflictError):
        ws.networks.save("net", drawn(16), revision=0)


def test_a_save_whose_answer_was_lost_may_be_sent_again(ws) -> None:
    ws.networks.save("net", drawn(4), revision=0)
    again = ws.networks.save("net", drawn(4), revision=0, title="first")
    assert again.revision == 1
    assert [v.title for v in ws.networks.versions("net")] == ["first"]


def test_old_versions_without_a_title_are_forgotten_some_day(ws, monkeypatch) -> None:
    monkeypatch.setattr(history, "UNTITLED", 2)
    ws.networks.save("net", drawn(1), title="kept")
    for units in range(2, 7):
        ws.networks.save("net", drawn(units))
    assert [v.revision for v in ws.networks.versions("net")] == [6, 5, 1]


def test_two_versions_and_two_trials_are_told_apart_with_their_spaces(ws) -> None:
    ws.networks.save("net", drawn(4))
    ws.networks.save("net", drawn(4), space={"head.units": {"int": [1, 8]}})
    ws.networks.save("net", drawn(4), space={"head.units": {"int": [1, 8]}}, layout={"main": {}})
    sides = [Side(network="net", version=n) for n in (1, 2, 3)]
    found = ws.networks.diff(sides[0], sides[1])
    assert [one["field"] for one in found["ranges"]] == ["head.units"]
    assert ws.networks.diff(sides[1], sides[2])["same"]
    plan = {"network": drawn(4), "space": {"head.units": {"int": [1, 8]}}}
    with ws.store.begin(ws.who) as tx:
        where = {"project": "default", "created_at": 0.0}
        tx.insert(Experiment(name="e", state="finished", spec={}, plan=plan, **where))
        for n, units in enumerate((2, 6)):
            values = {"head.units": units, "recipe.learning_rate": 0.1}
            own = {"experiment": "e", "number": n, "values": values, "state": "finished"}
            tx.insert(Trial(project="default", batch=0, cohort="", **own))
    found = ws.networks.diff(Side(experiment="e", trial=0), Side(experiment="e", trial=1))
    assert found["nodes"][0]["fields"] == [{"field": "units", "from": 2, "to": 6}]


@pytest.mark.parametrize("side", [Side(network="nothing"), Side(), Side(experiment="gone")])
def test_a_side_that_is_not_there_is_named(ws, side) -> None:
    with pytest.raises((NotFoundError, InvalidError)):
        ws.networks.diff(side, Side(document=drawn(1)))


@pytest.mark.parametrize("bad", [{}, {**drawn(1), "wires": 1}, {**drawn(1), "nodes": [1]}])
def test_what_is_no_network_is_neither_saved_nor_written_nor_compared(ws, bad) -> None:
    for do in (
        lambda: ws.networks.save("net", bad),
        lambda: ws.networks.convert(bad, "yaml"),
        lambda: ws.networks.convert(bad, "svg"),
        lambda: ws.networks.diff(Side(document=bad), Side(document=drawn(1))),
    ):
        with pytest.raises(NetworkError) as caught:
            do()
        assert caught.value.code in ("document_invalid", "key_unknown")
    assert ws.networks.list() == []
