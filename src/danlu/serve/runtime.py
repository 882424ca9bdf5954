"""Runtime: the only door to ONNX Runtime; raw rows in, raw answers or predictions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime

from danlu.data.encoder import Encoder
from danlu.data.rows import table_of
from danlu.errors import BundleError
from danlu.serve.bundle import Bundle

ERRORS_ONLY = 3

Table = Mapping[str, np.ndarray]

# onnxruntime logs hardware guesses to stderr and reports usage unless told not to.
onnxruntime.set_default_logger_severity(ERRORS_ONLY)
onnxruntime.disable_telemetry_events()


class Runtime:
    """A bundle that can answer; one thread unless told otherwise."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self.bundle = bundle
        self.columns = bundle.encoder.columns()
        try:
            self._session = onnxruntime.InferenceSession(
                bundle.model, _options(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no other base
            raise _broken(f"the model cannot be loaded: {_first_line(error)}") from error
        self._check_inputs(bundle.encoder)

    def answers(self, table: Table) -> np.ndarray:
        """Answer a table of raw columns: float32 (rows, ...), as the graph gives it."""
        feeds = self.bundle.encoder.encode(dict(table))
        return self.run({name: feeds[name] for name in self._inputs})

    def run(self, feeds: Mapping[str, np.ndarray]) -> np.ndarray:
        """Answer encoded inputs, each (rows, features)."""
        try:
            (answer,) = self._session.run(None, feeds)
        except Exception as error:  # onnxruntime's errors share no other base
            raise _broken(f"the model failed on {_shapes(feeds)}: {_first_line(error)}") from error
        result: np.ndarray = answer
        return result

    def raw(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Answer JSON rows: float32 (rows, ...), as the graph gives it."""
        table, _ = table_of(rows, self.columns)
        return self.answers(table)

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Answer JSON rows with decoded predictions, in order."""
        return self.bundle.decoder.predictions(self.raw(rows))

    def _check_inputs(self, encoder: Encoder) -> None:
        self._inputs = tuple(i.name for i in self._session.get_inputs())
        known = set(encoder.types())
        missing = sorted(set(self._inputs) - known)
        outputs = len(self._session.get_outputs())
        if missing or outputs != 1:
            raise _broken(
                f"the model wants input '{missing[0]}', the encoder gives {sorted(known)}"
                if missing
                else f"the model has {outputs} outputs, not one"
            )


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Batches differ in size: an arena would keep the largest for ever, a pattern never fits.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _broken(what: str) -> BundleError:
    return BundleError(what, code="model_broken", where="model.onnx", do="Pack the model again.")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300]


def _shapes(feeds: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"'{name}' {array.shape}" for name, array in feeds.items())
