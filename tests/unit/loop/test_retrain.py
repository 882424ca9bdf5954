"""The circle, closed on real data: search, deploy, predict, feedback, retrain, twice."""

import csv
from collections.abc import Iterator

import numpy as np
import pytest

import danlu
from danlu.errors import TrainingError
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
    learnt_from_a_day(ws)
    nothing_new_is_no_cycle(ws)
    live_a_day(ws, 2)
    a_run_that_died_goes_on_without_doubling_rows(ws)


def learnt_from_a_day(ws: Workspace) -> None:
    (cycle,) = ws.loops.run("delays").cycles
    version = ws.datasets.show("flights")
    assert (cycle["data"], cycle["rows"], version.rows) == (2, 300, 700)
    assert [p.chosen_by for p in version.parts] == [None, "delays/delays@1"]
    assert (cycle["champion"], cycle["challenger"]) == ("delays@1", "delays@2")
    assert cycle["verdict"]["rows"] >= 30
    wanted = cycle["challenger" if cycle["verdict"]["promoted"] else "champion"]
    assert ws.deployments.show("delays").live == wanted
    assert ws.experiments.show("late-1").spec["warm"]["model"] == "delays@1"


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
