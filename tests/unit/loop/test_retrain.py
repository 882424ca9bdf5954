"""The circle, closed on real data: search, deploy, predict, feedback, retrain, twice."""

import csv
from collections.abc import Iterator

import numpy as np
import pytest

import danlu
from danlu.errors import InvalidError, NotFoundError, TrainingError
from danlu.loop import retrain
from danlu.store.records import Loop
from danlu.workspace.workspace import Workspace

COLUMNS = ["at", "hour", "carrier", "late"]


def flights(count: int, *, day: int) -> list[dict[str, object]]:
    """Flights of one day; the later the hour, the later the flight."""
    rng = np.random.default_rng(day)
    start = np.datetime64("2013-01-01") + np.timedelta64(day, "D")
    return [
        {
            "at": str(start + np.timedelta64(second, "s")), "hour": (hour := int(rng.integers(24))),
            "carrier": str(rng.choice(["AA", "UA"])),
            "late": bool(rng.random() < 1 / (1 + np.exp(-(hour - 12) / 3))),
        }
        for second in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a live model, and a loop to improve it."""
    folder = tmp_path_factory.mktemp("loop")
    with (folder / "a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(flights(400, day=0))
    with danlu.open(folder / "w") as found:
        found.datasets.add("flights", folder / "a.csv", time="at")
        found.experiments.run(
            "late", data="flights", target="late", trials=2, epochs=2, deploy="delays"
        )
        found.loops.set("delays", data="flights", experiment="late", every="day")
        yield found


def live_a_day(ws: Workspace, day: int) -> None:
    """Ask about every flight of a day, and say what happened."""
    rows = flights(300, day=day)
    asked = [{k: v for k, v in row.items() if k != "late"} for row in rows]
    answers = ws.deployments.predict("delays", asked)["predictions"]
    truths = [
        {"id": a["id"], "truth": row["late"]} for a, row in zip(answers, rows, strict=True)
    ]  # fmt: skip
    assert ws.deployments.feedback("delays", truths)["accepted"] == len(rows)


def the_loop(ws: Workspace) -> Loop:
    return ws.loops.list()[0]


@pytest.mark.timeout(300)
def test_feedback_becomes_the_next_model_once(ws: Workspace) -> None:
    """One story in order: learning, nothing new, dying between two steps, going on."""
    live_a_day(ws, 1)
    days_are_measured(ws)
    learnt_from_a_day(ws)
    a_backtest_sets_a_model_beside_what_was_served(ws)
    the_data_leads_forward_to_the_answers(ws)
    nothing_new_is_no_cycle(ws)
    live_a_day(ws, 2)
    a_run_that_died_goes_on_without_doubling_rows(ws)


def learnt_from_a_day(ws: Workspace) -> None:
    (cycle,) = ws.loops.run("delays").cycles
    version = ws.datasets.show("flights")
    assert (cycle["data"], cycle["rows"], version.rows) == (2, 300, 700)
    assert [p.chosen_by for p in version.parts] == [None, "delays/delays@1"]
    assert cycle["cause"] == {"code": "manual", "args": {"by": "owner"}}
    assert (cycle["champion"], cycle["challenger"]) == ("delays@1", "delays@2")
    assert cycle["verdict"]["rows"] >= 30
    wanted = cycle["challenger" if cycle["verdict"]["promoted"] else "champion"]
    assert ws.deployments.show("delays").live == wanted
    assert ws.experiments.show("late-1").spec["warm"]["model"] == "delays@1"


def days_are_measured(ws: Workspace) -> None:
    found = ws.loops.decay("delays")
    (day,) = found["days"]
    assert (day["day"], day["rows"], day["joined"], day["ripe"]) == ("2013-01-02", 300, 300, True)
    assert (found["champion"], found["first"]) == ("delays@1", "delays@1")
    assert day["live"] == day["frozen"]  # the first model answered it
    assert found["week"]["to"] == "2013-01-02"
    assert found["week"]["champion"] == day["live"]
    tested = ws.models.show("delays@1").metrics["auc"]
    assert found["promise"]["value"] == pytest.approx(tested, abs=1e-4)
    moved = ws.loops.drift("delays")
    assert [c["of"] for c in moved["columns"]].count("answers") == 1
    assert {c["column"] for c in moved["columns"]} == {"hour", "carrier", "late"}
    assert not any(c["moved"] for c in moved["columns"])
    with pytest.raises(NotFoundError):
        ws.loops.decay("none")


def a_backtest_sets_a_model_beside_what_was_served(ws: Workspace) -> None:
    found = ws.loops.backtest("delays", "delays@1").result
    assert (found["rows"], found["seen"], found["flattered"]) == (300, 0, False)
    assert found["verdict"]["difference"] == pytest.approx(0.0, abs=1e-6)
    learnt = ws.loops.backtest("delays", "delays@2").result
    assert (learnt["rows"], learnt["seen"], learnt["flattered"]) == (300, 300, True)
    with pytest.raises(InvalidError):
        ws.loops.backtest("delays", "delays@1", days=0)


def the_data_leads_forward_to_the_answers(ws: Workspace) -> None:
    first = ws.loops.touched("delays", part="a.csv")
    assert [(one["model"], one["version"]) for one in first] == [("delays@1", 1), ("delays@2", 2)]
    assert first[0]["predictions"] == {"delays": 300}
    assert [one["model"] for one in ws.loops.touched("delays", version=2)] == ["delays@2"]
    answered = ws.loops.answers("delays", "delays@1", limit=3)
    assert [one["model"] for one in answered] == ["delays@1"] * 3
    assert ws.loops.answers("delays", "delays@9") == []
    with pytest.raises(NotFoundError):
        ws.loops.touched("delays", version=99)
    assert {"set_loop", "promote", "keep"} & {one.action for one in ws.loops.audit("delays")}


def nothing_new_is_no_cycle(ws: Workspace) -> None:
    before = len(ws.experiments.list())
    promoted = ws.deployments.show("delays").live == "delays@2"
    cycles = len(ws.loops.run("delays").cycles)
    assert (cycles == 1) == promoted  # an unpromoted day is still new to the champion
    assert (len(ws.experiments.list()) == before) == promoted


def a_run_that_died_goes_on_without_doubling_rows(ws: Workspace) -> None:
    cycles, parts = len(the_loop(ws).cycles), len(ws.datasets.show("flights").parts)
    search = retrain.Run.search

    def die(_run: retrain.Run) -> None:
        raise TrainingError("power cut", code="lost")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retrain.Run, "search", die)
        with pytest.raises(TrainingError):
            ws.loops.run("delays")
    assert retrain.Run.search is search
    loop = ws.loops.run("delays")
    assert len(loop.cycles) == cycles + 1
    assert len(ws.datasets.show("flights").parts) == parts + 1
    assert ws.datasets.show("flights").rows == 1000
