"""Analysis: what the checker found, as codes, figures and patches; sentences are made from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, JsonValue, computed_field

from danlu.params import Params
from danlu.tensor import TensorType

Json = dict[str, Any]
Patch = list[Json]
"""JSON Patch (RFC 6902) on the network document."""

SENTENCES: dict[str, str] = {
    "axes_mismatch": "wants a {wants}, but is given {given}",
    "axes_order": "the axes are numbered 1 to {axes}, and the order is {order}",
    "block_unsupported": "blocks and repeats cannot run yet",
    "categories_unread": "wants plain numbers, but {categories} columns of '{source}' are "
    "categories",
    "categories_wanted": "wants category columns, but '{source}' has none",
    "crop_large": "cutting {crop} off {size} leaves nothing",
    "cycle": "reads its own output through {nodes}",
    "document_invalid": "{path}: {message}",
    "groups_uneven": "{groups} groups do not divide {channels} channels",
    "head_mismatch": "gives {given} numbers per row, and the target needs {wants}",
    "input_missing": "nothing is connected to '{port}'",
    "input_unknown": "no data is chosen for it",
    "kernel_large": "a kernel of {kernel} does not fit into {size}",
    "name_invalid": "a name is a small letter, then small letters, digits and _",
    "name_taken": "an input has the same name",
    "nothing_learnt": "no node has weights, so nothing can be learnt",
    "numbers_wanted": "wants number columns, but '{source}' has none",
    "off_changes_type": "cannot be off: its output differs from its input",
    "op_failed": "{message}",
    "op_unknown": "no op '{op}'",
    "output_large": "{bytes} bytes per row come out, and {most} is the most",
    "output_missing": "no output is named",
    "output_unknown": "there is no '{source}' to be the output",
    "outputs_many": "{count} outputs, and one can be learnt for now",
    "pad_large": "{mode} padding of {pad} is too much for {size}",
    "param_bounds": "'{param}' is {value}, and must be {limit}",
    "param_type": "'{param}' is {value}: {message}",
    "param_unknown": "{op} has no parameter '{param}'",
    "port_single": "'{port}' takes one edge, and {count} are connected",
    "port_unknown": "{op} has no port '{port}'",
    "problems_many": "{count} more problems are not shown",
    "reshape_uneven": "{given} numbers cannot take the shape {to}",
    "sides_many": "'{param}' takes one number here, not {given}",
    "sizes_differ": "needs equal sizes, but is given {first} and {other}",
    "slice_empty": "nothing of {size} lies between {start} and {end}",
    "source_unknown": "there is no '{source}' to read",
    "table_wanted": "wants columns of a table, but '{source}' gives {given}",
    "too_large": "{parameters} weights, and {most} is the most",
    "too_many_nodes": "{count} nodes, and {most} is the most",
    "unused": "leads to no output",
}
"""English by code; the page has its own, in every language it speaks."""


class Fix(Params):
    """One click that mends a problem, or a step towards it."""

    code: str
    args: dict[str, JsonValue] = Field({})
    title: str
    """In English; the page translates ``code`` and ``args``."""
    patch: Patch


class Problem(Params):
    """A broken law: which, where, and what would mend it."""

    code: str
    level: Literal["error", "warning"] = "error"
    node: str | None = None
    port: str | None = None
    args: dict[str, JsonValue] = Field({})
    fixes: tuple[Fix, ...] = ()

    @computed_field(repr=False)  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The sentence, for those who speak English only."""
        return self.sentence()

    def sentence(self) -> str:
        """Say it in English.

        >>> Problem(code="op_unknown", node="d", args={"op": "dens"}).sentence()
        "'d': no op 'dens'"
        """
        said = SENTENCES[self.code].format_map({"port": self.port, **self.args})
        return f"'{self.node}': {said}" if self.node else said


class NodeReport(Params):
    """What one node gives and costs; per row, as the batch is the reader's choice."""

    state: Literal["ok", "off", "broken", "unknown"]
    because_of: str | None = None
    """For "unknown": the node or input where the trouble starts."""
    type: TensorType | None = None
    parameters: int = 0
    macs: int = 0
    activation_bytes: int = 0

    @computed_field(repr=False)  # type: ignore[prop-decorator]
    @property
    def shape(self) -> str:
        """The sizes without the rows: "128", "8x8x64"; empty when unknown."""
        return "x".join(str(s or "?") for s in self.type.shape) if self.type else ""


class Totals(Params):
    """Sums over all nodes that run."""

    parameters: int = 0
    macs: int = 0
    activation_bytes: int = 0


class Analysis(Params):
    """Every node, the totals, and the problems in document order."""

    nodes: dict[str, NodeReport] = Field({})
    totals: Totals = Totals()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the network can be trained."""
        return not any(p.level == "error" for p in self.problems)
