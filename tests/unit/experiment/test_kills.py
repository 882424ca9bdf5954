"""Real SIGKILLs while a search runs: whoever dies, the table is the same to the last bit."""

import subprocess
import sys
import threading
import time

import psutil
import pytest

from danlu.experiment.run import conduct
from danlu.store.records import Event, Trial
from danlu.up.trainer import NICE

SMALL = {"trials": 6, "epochs": 6, "recipe": {"batch_size": 64}}
CONDUCT = """
import sys, time
from pathlib import Path
from danlu.execute.local import LocalExecutor
from danlu.experiment.ports import Ports
from danlu.experiment.run import conduct
from danlu.store.backends.sqlite import SqliteStore
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Identity

home = Path(sys.argv[1])
who = Identity(name="tester", role="admin")
ports = Ports(SqliteStore(home / "danlu.db"), who, FolderBlobs(home / "blobs"),
              LocalExecutor(home), home, time.time)
conduct(ports, sys.argv[2])
"""


class Killer(threading.Thread):
    """Kills ``victims()`` some times, a moment apart."""

    def __init__(self, victims, *, kills):
        super().__init__(daemon=True)
        self.victims, self.left, self.killed = victims, kills, 0
        self.over = threading.Event()

    def run(self):
        while self.left and not self.over.wait(0.01):
            for victim in self.victims()[:1]:
                if fell(victim):
                    self.killed, self.left = self.killed + 1, self.left - 1
                    self.over.wait(0.3)


def fell(victim):
    """Whether the kill met a living process: one that ended a moment ago does not count."""
    try:
        victim.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def engines(executor):
    path = str(executor.engine.path)
    return [p for p in psutil.Process().children() if path in " ".join(p.cmdline())]


def trainers(executor):
    return [c for e in engines(executor) for c in e.children(recursive=True) if c.nice() >= NICE]


@pytest.mark.parametrize(("who", "kills"), [(trainers, 4), (engines, 2)])
def test_killed_processes_change_no_bit(who, kills, finished, project, table_of):
    name = project.ask("first", deploy="late_api", **SMALL)

    def victims():
        try:
            return who(project.executor)
        except psutil.Error:
            return []

    killer = Killer(victims, kills=kills)
    killer.start()
    experiment = conduct(project.ports, name)
    killer.over.set()
    killer.join()
    assert killer.killed == kills
    assert experiment.state == "finished", experiment.cause
    assert table_of(project, "first") == table_of(finished[0], "first")
    assert experiment.result["test"] == finished[1].result["test"]


def test_a_killed_conductor_goes_on_from_the_rows(finished, project, table_of):
    name = project.ask("first", deploy="late_api", **SMALL)
    for wanted in ("epochs", "ended"):
        before = len(project.all(Event))
        process = subprocess.Popen([sys.executable, "-c", CONDUCT, str(project.home), name])
        while wanted not in {e.kind for e in project.all(Event)[before:]}:
            assert process.poll() is None
            time.sleep(0.01)
        offspring = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(offspring, timeout=20)
        assert alive == []
    experiment = conduct(project.ports, name)
    assert experiment.state == "finished", experiment.cause
    assert len(project.all(Trial)) == 6
    assert table_of(project, "first") == table_of(finished[0], "first")
    assert experiment.result["test"] == finished[1].result["test"]
