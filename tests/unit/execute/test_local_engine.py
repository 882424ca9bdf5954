"""The engine and its trainers: walls, crashes, ends; nothing is left behind."""

import signal
import socket
import stat
import subprocess
import sys
import time

import psutil
import pytest

from danlu.errors import StorageError, TrainingError
from danlu.execute.local import LocalExecutor
from danlu.testing.executors import ignore, job


@pytest.fixture(scope="module")
def executor(tmp_path_factory):
    found = LocalExecutor(tmp_path_factory.mktemp("home"))
    yield found
    found.close()


def engine_of(executor: LocalExecutor) -> psutil.Process:
    (found,) = [
        p for p in psutil.Process().children() if str(executor.engine.path) in " ".join(p.cmdline())
    ]
    return found


def is_gone(pid: int, *, within_s: float = 5.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie":
            return True
        time.sleep(0.02)
    return False


def started(executor: LocalExecutor, **args: object) -> tuple[dict, object]:
    """Submit a sleeper and return who it is, once it has said so."""
    heard: list[dict] = []
    handle = executor.submit(job("sleep", seconds=60, **args), heard.append)
    while not heard:
        with pytest.raises(TimeoutError):
            handle.wait(0.05)
    return heard[0], handle


def test_a_trainer_stands_behind_its_walls(executor):
    found = executor.submit(job("look"), ignore).wait()
    assert found["nice"] >= 10
    assert found["leads"]
    assert found["no_new_privs"] == "1"
    assert found["core"] == "0"
    assert found["threads"] == "1"
    assert found["files"] <= 6


def test_a_trainer_sees_no_secret_of_its_parents(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    own = LocalExecutor(tmp_path)
    found = own.submit(job("look"), ignore).wait()
    own.close()
    assert "AWS_SECRET_ACCESS_KEY" not in found["environment"]


def test_the_socket_is_for_this_user_only(executor):
    executor.start()
    assert stat.S_IMODE(executor.engine.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(executor.engine.path.parent.stat().st_mode) == 0o700


def test_a_dead_trainer_leaves_its_last_words(executor):
    with pytest.raises(TrainingError, match="the last thing I saw") as caught:
        executor.submit(job("die", signal=int(signal.SIGSEGV)), ignore).wait()
    assert caught.value.code == "crashed"
    assert caught.value.values["signal"] == signal.SIGSEGV


def test_a_bug_in_a_job_shows_its_line(executor):
    with pytest.raises(TrainingError, match="no such key") as caught:
        executor.submit(job("fail"), ignore).wait()
    assert "jobs.py" in caught.value.values["tail"]


def test_too_much_memory_is_named_as_such(executor):
    call = job("swell", bytes=1 << 30).model_copy(update={"memory_bytes": 256 << 20})
    with pytest.raises(TrainingError) as caught:
        executor.submit(call, ignore).wait()
    assert caught.value.code == "out_of_memory"


def test_a_call_ends_when_its_time_is_up(executor):
    call = job("sleep", seconds=60).model_copy(update={"timeout_s": 0.3})
    with pytest.raises(TrainingError) as caught:
        executor.submit(call, ignore).wait()
    assert caught.value.code == "timed_out"


@pytest.mark.parametrize("patience", [{"idle_s": 0.6}, {"silent_s": 0.6}])
def test_a_call_that_hangs_is_ended_and_its_children_too(executor, patience):
    heard: list[dict] = []
    call = job("sleep", seconds=60).model_copy(update=patience)
    with pytest.raises(TrainingError, match="stood still") as caught:
        executor.submit(call, heard.append).wait()
    assert caught.value.code == "hung"
    assert caught.value.values["seconds"] == 0.6
    assert is_gone(heard[0]["pid"])
    assert is_gone(heard[0]["child"])


def test_work_is_no_hang_and_silence_may_be_allowed(executor):
    call = job("work", seconds=1.2).model_copy(update={"idle_s": 0.6})
    assert executor.submit(call, ignore).wait() == {"result": "done"}


def test_a_full_disk_is_said_by_its_name(executor):
    with pytest.raises(StorageError) as caught:
        executor.submit(job("fill", path="/dev/full"), ignore).wait()
    assert caught.value.status == 507
    assert "space" in str(caught.value)


def test_cancelling_ends_grandchildren_too(executor):
    who, handle = started(executor)
    handle.cancel()
    with pytest.raises(TrainingError):
        handle.wait()
    assert is_gone(who["pid"])
    assert is_gone(who["child"])


def test_a_caller_that_vanishes_takes_its_trainer_along(executor):
    who, handle = started(executor)
    handle._connection.close()
    assert is_gone(who["pid"])


def test_a_killed_engine_takes_its_trainers_along_and_is_started_again(executor):
    who, handle = started(executor)
    engine_of(executor).kill()
    with pytest.raises(TrainingError) as caught:
        handle.wait()
    assert caught.value.code == "lost"
    assert is_gone(who["pid"])
    assert executor.submit(job("echo", result=1), ignore).wait() == {"result": 1}


def test_nobody_outlives_a_killed_parent(tmp_path):
    script = (
        "from pathlib import Path\n"
        "from danlu.execute.local import LocalExecutor\n"
        "from danlu.testing.executors import job\n"
        f"e = LocalExecutor(Path({str(tmp_path)!r}))\n"
        "e.submit(job('sleep', seconds=60), lambda event: print(event['pid'], flush=True)).wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    trainer = int(parent.stdout.readline())
    engine = psutil.Process(trainer).ppid()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert is_gone(engine)
    assert is_gone(trainer)


def test_a_home_may_lie_deep(tmp_path):
    own = LocalExecutor(tmp_path / ("deep" * 30))
    assert own.submit(job("echo", result=1), ignore).wait() == {"result": 1}
    own.close()


def test_noise_on_the_socket_hurts_nobody(executor):
    executor.start()
    for said in (b"\x00\xff\n", b'{"call": {"run": 3}}\n', b"[1]\n", b"no end of line"):
        with socket.socket(socket.AF_UNIX) as noise:
            noise.connect(str(executor.engine.path))
            noise.sendall(said)
    assert executor.submit(job("echo", result=1), ignore).wait() == {"result": 1}


def test_closing_leaves_no_process_and_no_socket(tmp_path):
    own = LocalExecutor(tmp_path)
    own.start()
    pid = engine_of(own).pid
    own.close()
    own.close()
    assert is_gone(pid)
    assert not own.engine.path.exists()


def test_an_engine_warms_up_and_stays_single_threaded(executor):
    until = time.monotonic() + 120
    while not executor.engine.warm() and time.monotonic() < until:
        time.sleep(0.1)
    assert engine_of(executor).num_threads() == 1
    assert "Traceback" not in executor.tail()


def test_a_fork_of_a_warm_engine_is_quick(executor):
    began = time.perf_counter()
    executor.submit(job("echo", result=1), ignore).wait()
    assert time.perf_counter() - began < 10  # 0.02 s on an idle machine


def test_the_tests_leave_no_zombies():
    assert [p for p in psutil.Process().children() if p.status() == "zombie"] == []
