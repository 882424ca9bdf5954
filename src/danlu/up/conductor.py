"""Conductor: leases jobs, runs experiments, fires triggers; owns the engine; never sees torch.

``python -m danlu.up.conductor --home FOLDER`` is started by the launcher. It may die at any moment:
its leases run out and the next one goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from danlu.errors import DanluError
from danlu.execute.local import LocalExecutor
from danlu.up.kin import die_with
from danlu.workspace.settings import load
from danlu.workspace.workspace import Workspace

TICK_S, SWEEP_S = 1.0, 600.0
DESKS: tuple[tuple[str, ...], ...] = (("import", "backtest"), ("experiment", "retrain"))
"""One thread each: a long search never holds up an import."""
log = logging.getLogger("danlu.up")


class Conductor:
    """Works in threads until told to stop, or until one of them meets a defect."""

    def __init__(self, home: Path) -> None:
        self.executor = LocalExecutor(home, slots=load(home).slots)
        self.workspace = Workspace(home, executor=self.executor, served=True)
        self._over = threading.Event()
        self._broken = False

    def run(self) -> int:
        """Work; returns 0 when told to stop, 1 when a thread ended by itself."""
        self._mend()
        threads = [
            threading.Thread(target=self._guarded, args=(desk,), daemon=True, name=name)
            for name, desk in self._desks().items()
        ]
        for thread in threads:
            thread.start()
        while not self._over.wait(TICK_S):
            self._mend()
        return 1 if self._broken else 0

    def stop(self) -> None:
        """End soon; what is under way is given back."""
        self._over.set()

    def close(self) -> None:
        """End the engine with every trainer."""
        self.executor.close()

    def _desks(self) -> dict[str, Callable[[], None]]:
        desks = {" ".join(kinds): _desk(self, kinds) for kinds in DESKS}
        return {**desks, "triggers": self._fire, "sweep": self._sweep}

    def _guarded(self, desk: Callable[[], None]) -> None:
        """Do a desk's work; when it fails the process ends, and the launcher starts another."""
        try:
            desk()
        except DanluError as error:
            log.error("%s: %s", threading.current_thread().name, error)  # our words
            self._broken = True
        except BaseException:
            self._broken = True
            raise
        finally:
            self._over.set()

    def work(self, kinds: Sequence[str]) -> None:
        """Lease and do jobs of these kinds."""
        self.workspace.jobs.work(stop=self._over.is_set, kinds=kinds)

    def _fire(self) -> None:
        """Submit the retrains that are due, once each."""
        while not self._over.wait(TICK_S):
            self.workspace.loops.tick(time.time())

    def _sweep(self) -> None:
        """Clear away what nobody needs."""
        while not self._over.wait(TICK_S):
            self.workspace.sweep(time.time())
            self._over.wait(SWEEP_S)

    def _mend(self) -> None:
        """Start the engine unless it lives; in the main thread, for it ends with the thread."""
        try:
            self.executor.start()
        except DanluError as error:
            log.warning("the engine does not start: %s", error)


def _desk(conductor: Conductor, kinds: Sequence[str]) -> Callable[[], None]:
    return lambda: conductor.work(kinds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until told to stop."""
    parser = argparse.ArgumentParser(prog="danlu.up.conductor")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--parent", type=int, default=0, help="ends with this process")
    asked = parser.parse_args(arguments)
    os.umask(0o077)
    if asked.parent:
        die_with(asked.parent)
    logging.basicConfig(format="danlu conductor: %(message)s", level=logging.WARNING)
    try:
        conductor = Conductor(asked.home.absolute())
        return _run(conductor)
    except DanluError as error:
        sys.stderr.write(f"danlu: {error}\n")
        return 1


def _run(conductor: Conductor) -> int:
    def stop(_: int, __: FrameType | None) -> None:
        conductor.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        return conductor.run()
    finally:
        conductor.close()


if __name__ == "__main__":
    sys.exit(main())
