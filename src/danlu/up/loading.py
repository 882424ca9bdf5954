"""Loading: what an engine imports before it forks whoever needs it, and in which order."""

from __future__ import annotations

import gc
import importlib
import sys
import traceback
from collections import deque
from collections.abc import Sequence

FIRST = (
    "danlu.data.job", "danlu.train.job", "danlu.train.step:warm", "danlu.experiment.desk",
    "danlu.experiment.prepare",
)  # fmt: skip
"""What every search needs, none of which it should load twice; after a colon what to call once."""
LATER = (
    "danlu.experiment.desk:warm", "danlu.experiment.propose",
    "danlu.experiment.desk:warm_catalogue",
)  # fmt: skip
"""What else makes an engine warm."""
BESIDE = (
    "danlu.experiment.baselines", "danlu.experiment.importance", "danlu.experiment.finish",
    "danlu.experiment.convert", "danlu.experiment.look", "danlu.experiment.doubtful",
    "sympy", "torch._dynamo", "torch.export._trace", "onnxscript.function_libs.torch_lib.ops",
)  # fmt: skip
"""Loaded in an annex, from when a search begins; calls of these go there. The last are what torch
imports when it is first asked for a graph, in parts, so that nobody waits long."""
BEGINS = "danlu.experiment.prepare"
WITHOUT_TORCH = "danlu.data."
"""Calls that need not wait for torch."""


class Loading:
    """Names still to be loaded, when nobody has worked for ``quiet_s``; ``first`` before a call."""

    def __init__(self, first: Sequence[str], later: Sequence[str], *, quiet_s: float) -> None:
        self.waiting = deque((*first, *later))
        self._later, self.quiet_s = len(later), quiet_s

    @property
    def lacks_first(self) -> bool:
        """Whether something is missing that every call would load for itself."""
        return len(self.waiting) > self._later

    def load_for(self, module: str) -> None:
        """Load what a call would load for itself, as would the next one."""
        while self.lacks_first and module not in sys.modules:
            if module.startswith(WITHOUT_TORCH):
                return
            self.load_next()

    def load_next(self) -> None:
        """Load one name; what is loaded stays, so nobody looks for what could be let go."""
        module, _, function = self.waiting.popleft().partition(":")
        gc.disable()
        try:
            loaded = importlib.import_module(module)
            bars = sys.modules.get("tqdm")  # torch shows its progress; that starts a thread
            if bars is not None:
                bars.tqdm.monitor_interval = 0
            if function:
                getattr(loaded, function)()
        except ImportError:  # the call that needs it will say so, in its own log
            traceback.print_exc(limit=0)
        gc.freeze()  # forked pages stay shared
        gc.enable()
