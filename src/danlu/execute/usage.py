"""Usage: what a tree of processes takes of the machine: processors, memory, disk, GPUs (Linux).

One process looks every few seconds and appends a line to a file of the workspace; whoever wants to
know reads that file. Where /proc is missing the figures are those of nobody: 0.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from danlu.data.durable import write_atomically

EVERY_S, GPU_EVERY_S = 5.0, 15.0
STALE_S = 3 * EVERY_S
KEPT = 4320
"""Looks that are kept: six hours."""
LONGEST_BYTES = 4 << 20
"""Of the file; then all but the newest looks are dropped."""
FIRST_BYTES = 1 << 15
"""Of the file's end; more is read where that is not enough."""
NVIDIA = (
    "nvidia-smi", "--query-gpu=name,utilization.gpu,memory.used,memory.total",
    "--format=csv,noheader,nounits",
)  # fmt: skip
NVIDIA_WITHIN_S = 5.0
PROC = Path("/proc")
ROLES = {
    "danlu.up.front": "front", "danlu.up.conductor": "conductor", "danlu.up.engine": "engine",
    "danlu.serve.predictor": "predictor", "danlu.serve.judge": "gate",
}  # fmt: skip


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Gpu(_Figures):
    """One graphics processor, whoever uses it."""

    name: str
    busy: float
    """Share of the last moments in which it computed."""
    memory_bytes: int
    memory_total: int


class Used(_Figures):
    """What the processes of one role take."""

    role: str
    """launcher, front, conductor, engine, work (all below the engine), predictor, gate, other."""
    processes: int
    cpu: float
    """Cores."""
    memory_bytes: int


class Usage(_Figures):
    """One look: what the tree takes, and what the machine has."""

    at: float
    cores: int
    cpu: float
    """Cores that the tree kept busy since the look before."""
    machine_cpu: float
    """Cores that were busy, by whomever."""
    memory_bytes: int
    """Of the tree; what processes share is counted once."""
    memory_total: int
    memory_free: int
    disk_total: int
    """Of the disk the workspace lies on."""
    disk_free: int
    gpus: tuple[Gpu, ...] = ()
    roles: tuple[Used, ...] = ()


class _Seen(NamedTuple):
    pid: int
    parent: int
    ticks: int


class Meter:
    """Looks at the tree below one process again and again."""

    def __init__(self, root: int, home: Path) -> None:
        self.root, self.home = root, home
        self._ticks: dict[int, int] = {}
        self._busy, self._at = 0, 0.0
        self._gpus: tuple[Gpu, ...] = ()
        self._gpus_at = -GPU_EVERY_S

    def look(self) -> Usage:
        """Look now; processors are told of since the look before, at the first of none."""
        now, busy = time.monotonic(), _machine_ticks()
        seconds = max(now - self._at, 1e-3)
        tree = {one.pid: one for one in _tree(self.root)}
        cores = {
            pid: _cores(one.ticks - self._ticks.get(pid, one.ticks), seconds)
            for pid, one in tree.items()
        }
        machine = _cores(busy - self._busy, seconds) if self._at else 0.0
        self._ticks = {pid: one.ticks for pid, one in tree.items()}
        self._busy, self._at = busy, now
        roles = _by_role(self.root, tree, cores)
        total, free = _memory()
        disk = shutil.disk_usage(self.home)
        return Usage(
            at=time.time(), cores=_core_count(), cpu=round(sum(cores.values()), 3),
            machine_cpu=round(machine, 3), memory_bytes=sum(r.memory_bytes for r in roles),
            memory_total=total, memory_free=free, disk_total=disk.total, disk_free=disk.free,
            gpus=self._look_at_gpus(now), roles=roles,
        )  # fmt: skip

    def _look_at_gpus(self, now: float) -> tuple[Gpu, ...]:
        if now - self._gpus_at >= GPU_EVERY_S and (PROC / "driver/nvidia").exists():
            self._gpus, self._gpus_at = _gpus(), now
        return self._gpus


class Watch:
    """Looks at this process's tree every few seconds, and keeps what was seen."""

    def __init__(self, home: Path) -> None:
        self._meter, self._diary = Meter(os.getpid(), home), Diary(home)
        self._meter.look()
        self._next = time.monotonic() + EVERY_S

    def tick(self, now: float) -> None:
        """Look if it is time to."""
        if now >= self._next:
            self._next = now + EVERY_S
            with contextlib.suppress(OSError):  # the workspace's folder is gone
                self._diary.write(self._meter.look())


class Diary:
    """The looks of one workspace, in a file that may be deleted at any time."""

    def __init__(self, home: Path) -> None:
        self.path = home / "run" / "usage.jsonl"

    def write(self, usage: Usage) -> None:
        """Append a look; a full disk loses looks, nothing else."""
        with contextlib.suppress(OSError):
            with self.path.open("a", encoding="utf-8") as file:
                file.write(usage.model_dump_json() + "\n")
                is_long = file.tell() > LONGEST_BYTES
            if is_long:
                newest = self.path.read_text("utf-8").splitlines()[-KEPT:]
                write_atomically(self.path, ("\n".join(newest) + "\n").encode())

    def read(self, *, since: float = 0.0, until: float = 1e12) -> list[Usage]:
        """Return the looks of a stretch of time, oldest first; what is older is not even read."""
        looks: list[Usage] = []
        for lines in self._ends():
            looks = [one for one in map(_parsed, lines) if one is not None]
            if looks and looks[0].at < since:
                break
        return [one for one in looks if since <= one.at <= until]

    def _ends(self) -> Iterator[list[str]]:
        """Yield longer and longer ends of the file, as whole lines."""
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            size, length = file.seek(0, os.SEEK_END), FIRST_BYTES
            while True:
                start = max(size - length, 0)
                file.seek(start)
                lines = file.read().decode("utf-8", "replace").splitlines()
                yield lines[1:] if start else lines
                if start == 0:
                    return
                length *= 8


def thinned(looks: Sequence[Usage], points: int) -> list[Usage]:
    """Return at most ``points`` looks; of each stretch the busiest. Only the last tells of roles.

    >>> thinned([], 10)
    []
    """
    if not looks:
        return []
    step = -(-len(looks) // points)
    groups = [looks[at : at + step] for at in range(0, len(looks), step)]
    busiest = [max(group, key=lambda one: one.cpu) for group in groups[:-1]]
    return [one.model_copy(update={"roles": ()}) for one in busiest] + [looks[-1]]


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """Read what nvidia-smi says, a line for each; a figure it does not know counts as 0.

    >>> parse_gpus("NVIDIA H200, 37, 1024, 143771")[0].busy
    0.37
    """
    found = []
    for line in text.splitlines():
        name, *figures = (part.strip() for part in line.rsplit(",", 3))
        if len(figures) == 3:
            busy, used, total = (float(f) if f.replace(".", "").isdigit() else 0 for f in figures)
            gpu = Gpu(
                name=name, busy=busy / 100, memory_bytes=int(used) << 20,
                memory_total=int(total) << 20,
            )  # fmt: skip
            found.append(gpu)
    return tuple(found)


def _gpus() -> tuple[Gpu, ...]:
    try:
        said = subprocess.run(
            NVIDIA, capture_output=True, text=True, timeout=NVIDIA_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse_gpus(said.stdout) if said.returncode == 0 else ()


def _tree(root: int) -> Iterator[_Seen]:
    """Yield the living processes from ``root`` down."""
    below: dict[int, list[_Seen]] = {}
    for one in filter(None, map(_seen, _numbers())):
        below.setdefault(one.parent, []).append(one)
        if one.pid == root:
            yield one
    fresh = [root]
    while fresh:
        children = [child for pid in fresh for child in below.get(pid, [])]
        yield from children
        fresh = [child.pid for child in children]


def _numbers() -> list[str]:
    try:
        return [name for name in os.listdir(PROC) if name.isdigit()]  # noqa: PTH208  # names
    except OSError:
        return []


def _seen(pid: str) -> _Seen | None:
    fields = _text(PROC / pid / "stat").rpartition(") ")[2].split()
    if not fields or fields[0] in "ZX":
        return None
    return _Seen(int(pid), int(fields[1]), int(fields[11]) + int(fields[12]))


def _by_role(root: int, tree: dict[int, _Seen], cores: dict[int, float]) -> tuple[Used, ...]:
    modules = {pid: _module(pid) for pid in tree}
    groups: dict[str, list[int]] = {}
    for pid in tree:
        role = "launcher" if pid == root else ROLES.get(modules[pid], "other")
        if role in ("engine", "other") and _is_below_engine(tree[pid].parent, tree, modules):
            role = "work"
        groups.setdefault(role, []).append(pid)
    return tuple(
        Used(
            role=role, processes=len(pids), cpu=round(sum(cores[p] for p in pids), 3),
            memory_bytes=sum(map(_own_memory, pids)),
        )
        for role, pids in groups.items()
    )  # fmt: skip


def _is_below_engine(pid: int, tree: dict[int, _Seen], modules: dict[int, str]) -> bool:
    """Tell whether a process, or one above it in the tree, is the engine."""
    while pid in tree:
        if ROLES.get(modules[pid]) == "engine":
            return True
        pid = tree[pid].parent
    return False


def _module(pid: int) -> str:
    """Return what follows ``-m`` in a command line."""
    words = _text(PROC / str(pid) / "cmdline").split("\0")
    return next((after for word, after in itertools.pairwise(words) if word == "-m"), "")


def _own_memory(pid: int) -> int:
    """Return a process's share of memory: what it alone holds, and its part of what is shared."""
    for line in _text(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    return 0


def _memory() -> tuple[int, int]:
    """Return total and free memory; a container's limit where that is lower."""
    lines = (line.split() for line in _text(PROC / "meminfo").splitlines())
    known = {words[0]: int(words[1]) << 10 for words in lines if len(words) > 1}
    total, free = known.get("MemTotal:", 0), known.get("MemAvailable:", 0)
    group = Path("/sys/fs/cgroup")
    limit, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if limit.isdigit() and used.isdigit() and int(limit) < total:
        return int(limit), min(free, max(int(limit) - int(used), 0))
    return total, free


def _machine_ticks() -> int:
    """Return the ticks in which processors did not rest."""
    words = _text(PROC / "stat").partition("\n")[0].split()[1:9]
    ticks = [int(word) for word in words]
    return sum(ticks) - sum(ticks[3:5]) if len(ticks) == 8 else 0


def _core_count() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _cores(ticks: int, seconds: float) -> float:
    return max(ticks, 0) / os.sysconf("SC_CLK_TCK") / seconds


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # it ended while we looked, or this is no Linux
        return ""


def _parsed(line: str) -> Usage | None:
    try:
        return Usage.model_validate_json(line)
    except ValueError:  # half a line: its writer was killed
        return None
