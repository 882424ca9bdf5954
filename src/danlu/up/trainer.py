"""Trainer: what a forked process does: put up its walls, run one call, say the result."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from danlu.errors import DanluError, StorageError
from danlu.execute.base import Call, Json, load, most_memory

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
KEPT = frozenset({
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "PYTHONWARNINGS",
})  # fmt: skip
NICE = 10
OPEN_FILES = 1024
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
OOM_SCORE = "500"  # if the kernel must kill somebody, then a trainer, which can be run again


def live(call: Call, connection: int, log: int, engine: int) -> NoReturn:
    """Run ``call`` and end; never returns into the engine whose memory this is."""
    code = 1
    try:
        _wall_off(call, connection, log, engine)
        code = _work(call, connection)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def stay(control: int, log: int, engine: int) -> NoReturn:
    """Answer one call after the other, each on the connection that comes with it.

    What is no `DanluError` ends the process, as it would end a trainer.
    """
    code = 1
    try:
        _wall_off(Call(run=""), control, log, engine)
        with socket.socket(fileno=control) as door:
            while _answer(door):
                pass
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer(door: socket.socket) -> bool:
    """Answer the next call; False when the engine hung up."""
    size, connections, _, _ = socket.recv_fds(door, 8, 1)
    if not connections:
        return False
    call = Call.model_validate_json(_exactly(door, int.from_bytes(size, "big")))
    failed = _work(call, connections[0])
    os.close(connections[0])
    door.sendall(str(failed).encode())
    return True


def _exactly(door: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        chunk = door.recv(min(count - len(found), 1 << 20))
        if not chunk:
            raise ConnectionError("the engine hung up")
        found += chunk
    return bytes(found)


def clean_environment(*, threads: int) -> None:
    """Keep no keys, no addresses, no passwords; fix the threads of libraries not loaded yet."""
    for name in set(os.environ) - KEPT:
        del os.environ[name]
    for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def _work(call: Call, connection: int) -> int:
    def report(event: Json) -> None:
        _say(connection, {"event": event})

    try:
        result = load(call.run)(call.args, report)
    except (DanluError, OSError) as error:
        known = error if isinstance(error, DanluError) else _of_disk(error)
        if known is None:
            raise
        traceback.print_exc()
        _say(connection, {"problem": known.problem()})
        return 1
    _say(connection, {"result": result})
    return 0


def _of_disk(error: OSError) -> StorageError | None:
    """Return what a full or failing disk is called here; NumPy gives its errors no number."""
    cut_short = error.errno is None and "requested and" in str(error)
    if error.errno not in DISK and not cut_short:
        return None
    return StorageError(
        f"the disk is full or failing: {error.strerror or error}",
        where=Path(str(error.filename or "")).name, errno=error.errno,
        do="Free some space, then resume; what was measured is kept.",
    )  # fmt: skip


def _say(connection: int, line: Json) -> None:
    rest = memoryview(json.dumps(line).encode() + b"\n")
    while rest:
        rest = rest[os.write(connection, rest) :]


def _wall_off(call: Call, connection: int, log: int, engine: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != engine:  # it died before it could take us along
        os._exit(1)
    _redirect(connection, log)
    os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
    _limit(call)
    clean_environment(threads=call.threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(call.threads)


def _redirect(connection: int, log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, connection)
    os.closerange(connection + 1, OPEN_FILES * 4)


def _limit(call: Call) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))
    words = Path("/proc/self/statm").read_text().split()
    page = os.sysconf("SC_PAGE_SIZE")
    has = int(words[5]) * page  # data + stack
    room = call.memory_bytes or most_memory()
    resource.setrlimit(resource.RLIMIT_DATA, (has + room, has + room))
