"""Bad luck in a real search: it goes on, or stops with the reason; what was measured is kept."""

import os
import signal
import subprocess
import threading
import time

import psutil
import pytest

from danlu.errors import StorageError
from danlu.execute.inline import InlineExecutor
from danlu.experiment.run import conduct
from danlu.store.records import Experiment, Trial
from danlu.train.cohort import Cohort
from danlu.up.trainer import NICE

SMALL = {"trials": 6, "epochs": 6, "recipe": {"batch_size": 64}}


def trials(project, name):
    return sorted(project.all(Trial, experiment=name), key=lambda t: t.number)


def test_too_little_memory_halves_the_cohort_then_the_batch_and_says_so(project, monkeypatch):
    advance = Cohort.advance

    def advance_if_small(self, batch, step_no, **how):
        if len(self.members) > 1 or len(batch) > 40:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 B")
        return advance(self, batch, step_no, **how)

    monkeypatch.setattr(Cohort, "advance", advance_if_small)
    project.executor = InlineExecutor()
    recipe = {"batch_size": 64}
    name = project.ask("tight", space={}, recipe=recipe, trials=2, epochs=1, baselines="compare")
    experiment = conduct(project.ports, name)
    assert experiment.state == "finished", experiment.cause
    for trial in trials(project, name):
        assert [r["code"] for r in trial.retries] == ["cohort_halved", "batch_halved"]
        assert trial.retries[1]["args"] == {"why": "out_of_memory", "rows": 64, "half": 32}
        assert trial.state == "finished"
        assert "not enough memory" in trial.tail


def test_a_search_that_diverges_everywhere_says_why_and_what_would_help(project):
    network = {
        "format": "danlu.network", "version": 1, "name": "plain", "inputs": {"table": {}},
        "nodes": {
            "columns": {"op": "columns", "in": {"x": "table"}},
            "inner": {"op": "dense", "params": {"units": 8}, "in": {"x": "columns"}},
            "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "inner"}},
        },
        "outputs": {"label": "head"},
    }  # fmt: skip
    recipe = {"learning_rate": 1e6, "batch_size": 64}
    name = project.ask("wild", network=network, space={}, recipe=recipe, trials=2, epochs=3)
    experiment = conduct(project.ports, name)
    args = experiment.result["problem"]["args"]
    assert (experiment.state, experiment.result["problem"]["code"]) == ("failed", "all_failed")
    assert args["states"] == {"diverged": 2}
    assert args["reason"]["code"] == "nan_gradient"
    assert args["reason"]["args"]["node"] == "head"
    assert args["advice"] == {"field": "recipe.learning_rate", "from": 1e6, "to": 1e5}
    (first, _) = trials(project, name)
    assert (first.state, first.advice) == ("diverged", args["advice"])
    assert first.tail.splitlines()[-1].startswith("diverged: step ")


def is_engine(process):
    return "danlu.up.engine" in process.cmdline()


def test_a_trainer_that_stands_still_is_begun_again_and_changes_no_bit(
    project, finished, table_of, monkeypatch
):
    monkeypatch.setattr("danlu.experiment.run.IDLE_S", 1.2)
    name = project.ask("first", deploy="late_api", **SMALL)
    stopped = []

    def stop_one():
        while not stopped:
            time.sleep(0.02)
            try:
                engines = [p for p in psutil.Process().children() if is_engine(p)]
                running = [c for e in engines for c in e.children() if c.nice() >= NICE]
                if running and any(t.curve for t in trials(project, name)):
                    running[-1].send_signal(signal.SIGSTOP)
                    stopped.append(running[-1])
            except psutil.NoSuchProcess:  # one that ended a moment ago
                continue

    thread = threading.Thread(target=stop_one, daemon=True)
    thread.start()
    experiment = conduct(project.ports, name)
    thread.join()
    assert experiment.state == "finished", experiment.cause
    assert not stopped[0].is_running()
    notes = [r for t in trials(project, name) for r in t.retries]
    assert {"code": "resumed", "args": {"why": "hung"}} in notes
    assert table_of(project, "first") == table_of(finished[0], "first")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk that can be filled")
def test_a_disk_that_fills_stops_the_search_and_room_resumes_it(project, finished, table_of):
    place = project.home / "cache" / "trials"
    place.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], check=False)
    if mounted.returncode:
        pytest.skip("no right to mount")
    try:
        name = project.ask("first", deploy="late_api", **SMALL)
        with pytest.raises(StorageError, match="space"):
            conduct(project.ports, name)
        (stopped,) = project.all(Experiment, name=name)
        assert (stopped.state, stopped.result["problem"]["code"]) == ("stopped", "storage")
        assert "running" not in {t.state for t in trials(project, name)}
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        assert conduct(project.ports, name).state == "finished"
        assert table_of(project, "first") == table_of(finished[0], "first")
    finally:
        subprocess.run(["umount", "-l", place], check=True)
