"""Jobs that behave well, badly and never: what every executor must cope with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from danlu.errors import DataError
from danlu.execute.base import Json, Report


def echo(args: Json, report: Report) -> Json:
    """Report each of ``events`` and return ``result``."""
    for event in args.get("events", []):
        report(event)
    return {"result": args.get("result")}


def refuse(args: Json, report: Report) -> Json:
    """Raise one of our own errors."""
    del report
    raise DataError("no rows", code="no_rows", where="a.csv", do="Add some.", line=args["line"])


def fail(args: Json, report: Report) -> Json:
    """Hit a bug."""
    del report
    return {"never": args["no such key"]}


def die(args: Json, report: Report) -> Json:
    """Be killed, after a word on standard error and half a line on the wire."""
    report({"dying": True})
    sys.stderr.write("the last thing I saw\n")
    sys.stderr.flush()
    os.kill(os.getpid(), args.get("signal", signal.SIGKILL))
    return {}


def swell(args: Json, report: Report) -> Json:
    """Take more memory than there may be."""
    del report
    return {"length": len(bytearray(args["bytes"]))}


def sleep(args: Json, report: Report) -> Json:
    """Say who one is, start a child, and sleep."""
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({args['seconds']})"])
    report({"pid": os.getpid(), "child": child.pid})
    time.sleep(args["seconds"])
    return {}


def work(args: Json, report: Report) -> Json:
    """Compute for a while without a word."""
    del report
    until = time.monotonic() + args["seconds"]
    while time.monotonic() < until:
        pass
    return {"result": "done"}


def fill(args: Json, report: Report) -> Json:
    """Write to a disk that is full."""
    del report
    Path(args["path"]).write_bytes(b"x" * 10)
    return {}


def look(args: Json, report: Report) -> Json:
    """Tell what this process is like from inside."""
    del args, report
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    shown = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    environment = dict(line.split("=", 1) for line in shown.splitlines())
    return {
        "environment": sorted(environment),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - names, not paths
        "nice": os.nice(0),
        "leads": os.getpgid(0) == os.getpid(),
        "no_new_privs": status["NoNewPrivs"],
        "core": Path("/proc/self/limits").read_text().split("core file size")[1].split()[0],
        "threads": environment["OMP_NUM_THREADS"],
    }
