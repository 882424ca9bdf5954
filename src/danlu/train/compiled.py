"""Compiled: a recording as machine code, by torch's own compiler; pays when much lies ahead."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, fx

from danlu.train.record import Flat

COMPILERS = ("g++", "clang++")


class NoCompilerError(RuntimeError):
    """This machine cannot compile; everything works as recorded."""


def keep_in(folder: Path) -> None:
    """Keep what is compiled in a folder: tomorrow the same programs are there at once."""
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)


def compiled(program: Flat, example: Sequence[Tensor]) -> Flat:
    """Compile a recording, and run it once on inputs like those to come.

    The operations are the same, in fewer passes over memory; a sum may be added up in another
    order, so results agree to rounding. Raises ``NoCompilerError`` with the reason.
    """
    recording = getattr(program, "__self__", None)
    if not isinstance(recording, fx.GraphModule):
        raise NoCompilerError("not recorded")
    if not any(map(shutil.which, COMPILERS)):
        raise NoCompilerError(f"none of {', '.join(COMPILERS)} is installed")
    from torch._inductor import config  # noqa: PLC0415  # two seconds, for those who compile

    config.compile_threads = 1  # no further processes below a trainer
    found: Flat = torch.compile(recording, dynamic=False, fullgraph=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch's, about itself
            found(*example)
    except (RuntimeError, OSError) as error:
        raise NoCompilerError(str(error).strip().split("\n", 1)[0][:300]) from error
    return found
