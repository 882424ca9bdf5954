"""Kin: who is below, and who ends with whom."""

import os
import signal
import subprocess
import sys
import time

from danlu.up.kin import descendants

SLEEP = "import time; time.sleep(60)"
CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
MORTAL = (
    "import os, sys, time; from danlu.up.kin import die_with; die_with(int(sys.argv[1]));"
    "print(os.getpid(), flush=True); time.sleep(60)"
)
PARENT = (
    "import os, subprocess, sys, time;"
    f"subprocess.Popen([sys.executable, '-c', {MORTAL!r}, str(os.getpid())]); time.sleep(60)"
)


def state_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(") ")[2][0]
    except OSError:
        return "gone"


def wait_for(claim: object, within_s: float = 5.0) -> bool:
    until = time.monotonic() + within_s
    while not claim() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.02)
    return bool(claim())  # type: ignore[operator]


def test_grandchildren_are_descendants() -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD])
    try:
        assert wait_for(lambda: len(descendants(child.pid)) == 1)
        assert child.pid in descendants(os.getpid())
    finally:
        for pid in [*descendants(child.pid), child.pid]:
            os.kill(pid, signal.SIGKILL)
        child.wait()


def test_a_zombie_is_no_descendant() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert wait_for(lambda: state_of(child.pid) == "Z")
    assert child.pid not in descendants(os.getpid())
    child.wait()


def test_who_dies_with_its_parent_survives_no_sigkill() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    mortal = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for(lambda: state_of(mortal) in ("gone", "Z"))


def test_who_comes_too_late_ends_at_once() -> None:
    late = subprocess.run(
        [sys.executable, "-c", MORTAL, "1" if os.getpid() != 1 else "2"],
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert (late.returncode, late.stdout) == (1, b"")
