"""What a tree of processes takes, and the file that remembers it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from danlu.execute import usage
from danlu.execute.usage import Diary, Meter, Usage, parse_gpus, thinned

BUSY = "import sys; sys.stdout.write('on\\n'); sys.stdout.flush()\nwhile True: sum(range(9999))"


def look(at: float, cpu: float = 0.0) -> Usage:
    return Usage(
        at=at, cores=2, cpu=cpu, machine_cpu=cpu, memory_bytes=1, memory_total=4, memory_free=2,
        disk_total=9, disk_free=3,
    )  # fmt: skip


def test_a_busy_child_is_counted_by_its_role(tmp_path: Path) -> None:
    meter = Meter(os.getpid(), tmp_path)
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            meter.look()
            until = time.monotonic() + 60
            while not (found := meter.look()).cpu and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            child.kill()
    roles = {one.role: one for one in found.roles}
    assert found.cpu > 0
    assert roles["other"].processes >= 1
    assert 0 < roles["other"].memory_bytes < found.memory_bytes <= found.memory_total
    assert 0 < found.disk_free <= found.disk_total


def test_a_first_look_claims_no_processor_time(tmp_path: Path) -> None:
    found = Meter(os.getpid(), tmp_path).look()
    assert (found.cpu, found.machine_cpu) == (0, 0)


def test_half_a_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    diary = Diary(tmp_path)
    diary.write(look(1.0))
    diary.write(look(2.0))
    with diary.path.open("a") as file:
        file.write('{"at": 3')
    assert [one.at for one in diary.read()] == [1.0, 2.0]
    assert [one.at for one in diary.read(since=1.5)] == [2.0]


def test_the_file_keeps_only_the_newest_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "KEPT", 3)
    monkeypatch.setattr(usage, "LONGEST_BYTES", 600)
    (tmp_path / "run").mkdir()
    diary = Diary(tmp_path)
    for at in range(10):
        diary.write(look(float(at)))
    kept = [one.at for one in diary.read()]
    assert kept[-1] == 9.0
    assert len(kept) < 6


def test_a_long_file_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "FIRST_BYTES", 300)
    (tmp_path / "run").mkdir()
    diary = Diary(tmp_path)
    for at in range(50):
        diary.write(look(float(at)))
    assert [one.at for one in diary.read(since=48.0)] == [48.0, 49.0]
    assert [one.at for one in diary.read(since=7.0, until=9.0)] == [7.0, 8.0, 9.0]
    assert len(diary.read()) == 50


def test_without_a_folder_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "gone")
    diary.write(look(1.0))
    assert diary.read() == []


def test_thinning_keeps_the_busiest_and_the_newest() -> None:
    looks = [look(float(at), cpu=5.0 if at == 3 else 0.1) for at in range(10)]
    kept = thinned(looks, 4)
    assert len(kept) == 4
    assert kept[-1].at == 9.0
    assert max(one.cpu for one in kept) == 5.0


def test_a_gpu_that_hides_its_load_still_counts() -> None:
    found = parse_gpus("NVIDIA A, B, 50, 1, 2\nTegra, [N/A], [N/A], 8\nbroken\n")
    assert [(one.name, one.busy, one.memory_total >> 20) for one in found] == [
        ("NVIDIA A, B", 0.5, 2), ("Tegra", 0.0, 8)
    ]  # fmt: skip
