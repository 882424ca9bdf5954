"""The annex does what comes at the end of a search; a dead one is done without, then replaced."""

import time

import psutil
import pytest

from danlu.errors import TrainingError
from danlu.execute.base import Call
from danlu.execute.local import LocalExecutor
from danlu.testing.executors import ignore

ASKED = {"space": {"a": {"float": [0.0, 1.0]}}, "tried": [], "maximise": True}


@pytest.fixture(scope="module")
def executor(tmp_path_factory):
    found = LocalExecutor(tmp_path_factory.mktemp("home"))
    found.start()
    yield found
    found.close()


def until(is_so, *, within_s=120.0):
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def below(executor):
    """Return what the engine has forked that still lives."""
    path = str(executor.engine.path)
    (engine,) = [p for p in psutil.Process().children() if path in " ".join(p.cmdline())]
    return [c for c in engine.children() if c.status() != psutil.STATUS_ZOMBIE]


def importance(executor):
    call = Call(run="danlu.experiment.importance:run", args=ASKED)
    return executor.submit(call, ignore).wait(120)


def test_a_warm_engine_has_one_and_calls_are_answered_through_it(executor):
    until(executor.engine.warm)
    (annex,) = below(executor)
    assert importance(executor) == {"importance": {}}
    assert below(executor) == [annex]


def test_a_killed_one_is_replaced_and_calls_go_on(executor):
    until(executor.engine.warm)
    (annex,) = below(executor)
    annex.kill()
    annex.wait(30)
    assert importance(executor) == {"importance": {}}
    until(executor.engine.warm)
    assert below(executor) not in ([], [annex])


def test_who_is_killed_with_it_is_told_so_and_may_ask_again(executor):
    until(executor.engine.warm)
    (annex,) = below(executor)
    tried = [({"a": n / 3000}, n % 7 / 7) for n in range(3000)]
    call = Call(run="danlu.experiment.importance:run", args={**ASKED, "tried": tried})
    handle = executor.submit(call, ignore)
    until(annex.children)
    annex.kill()
    with pytest.raises(TrainingError) as caught:
        handle.wait(120)
    assert caught.value.code == "lost"
    assert importance(executor) == {"importance": {}}


def test_it_ends_with_its_engine(tmp_path):
    own = LocalExecutor(tmp_path)
    own.start()
    until(lambda: below(own))
    (annex,) = below(own)
    own.close()
    until(lambda: not annex.is_running() or annex.status() == psutil.STATUS_ZOMBIE, within_s=20)
