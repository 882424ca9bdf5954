"""Danlu's side of `search.py`: what an experiment does, from a cold start or with a warm engine.

The engine is started before anything else is imported: it loads torch on one core while this
process loads sampler and data on the other.
"""

from __future__ import annotations

import argparse
import importlib
import json
import threading
import time
from pathlib import Path

from danlu.execute.local import LocalExecutor


def main() -> None:
    """Search, and print the best accuracy; of a warm engine also the seconds."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--halving", action="store_true")
    asked.add_argument("--warm", action="store_true")
    given = asked.parse_args()
    executor = LocalExecutor(given.folder / "home", slots=2)
    starting = threading.Thread(target=executor.start)
    starting.start()
    search = importlib.import_module("search_danlu_trials")
    starting.join()
    while given.warm and not executor.engine.warm():
        time.sleep(0.1)
    began = time.perf_counter()
    found = search.run(executor, given.folder, halving=given.halving)
    seconds = time.perf_counter() - began
    executor.close()
    print(json.dumps({**found, **({"seconds": seconds} if given.warm else {})}))


if __name__ == "__main__":
    main()
