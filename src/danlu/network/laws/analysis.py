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
    "axes_order": "numbers its axes 1 to {axes}, and is given {order}",
    "block_recursion": "a block contains itself: {ring}",
    "block_unknown": "no block '{block}'",
    "blocks_deep": "more than {most} blocks within blocks",
    "bounds_empty": "low {low} is not below high {high}",
    "categories_unread": "wants plain numbers, but {categories} columns of '{source}' are "
    "categories",
    "categories_wanted": "wants category columns, but '{source}' has none",
    "crop_large": "cutting {crop} off {size} leaves nothing",
    "choice_unknown": "no choice '{choice}'",
    "cycle": "reads its own output through {nodes}",
    "document_invalid": "{path}: {message}",
    "groups_uneven": "{groups} groups do not divide {channels} channels",
    "expression_name": "'{text}': no parameter '{name}'",
    "expression_range": "'{text}' is beyond what a number may be",
    "expression_syntax": "'{text}' is no expression of the block's parameters",
    "expression_zero": "'{text}' divides by zero",
    "head_mismatch": "gives {given} numbers per row, and the target needs {wants}",
    "heads_uneven": "{heads} heads do not divide {features} features",
    "input_missing": "nothing is connected to '{port}'",
    "input_unknown": "no data is chosen for it",
    "kernel_large": "a kernel of {kernel} does not fit into {size}",
    "mask_unread": "cannot tell padding from data, and '{source}' is padded",
    "memory_unordered": "'{param}' orders one sequence, and a memory is connected",
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
    "outputs_extra": "{count} outputs: '{first}' is learnt and answered, the others only computed",
    "pad_large": "{mode} padding of {pad} is too much for {size}",
    "pair_differs": "its two inputs do not match: {first} and {other}",
    "patches_uneven": "squares of {size} do not fill {height} x {width} pixels",
    "pair_wanted": "wants two category columns or more, but '{source}' has fewer",
    "param_bounds": "'{param}' is {value}, and must be {limit}",
    "param_type": "'{param}' is {value}: {message}",
    "param_unknown": "{op} has no parameter '{param}'",
    "port_single": "'{port}' takes one edge, and {count} are connected",
    "port_unknown": "{op} has no port '{port}'",
    "problems_many": "{count} more problems are not shown",
    "reshape_uneven": "{given} numbers cannot take the shape {to}",
    "sides_many": "'{param}' takes one number here, not {given}",
    "repeat_changes_type": "cannot repeat: it makes {after} of {before}",
    "repeat_invalid": "a repeat is a whole number from 1, not {value}",
    "sizes_differ": "needs equal sizes, but is given {first} and {other}",
    "slice_empty": "nothing of {size} lies between {start} and {end}",
    "source_unknown": "there is no '{source}' to read",
    "table_wanted": "wants columns of a table, but '{source}' gives {given}",
    "tied_differs": "cannot use the weights of '{of}': sizes or ops differ",
    "tied_unknown": "no node '{of}' whose weights it could use",
    "too_large": "{parameters} weights, and {most} is the most",
    "too_many_nodes": "{count} nodes, and {most} is the most",
    "unused": "leads to no output",
    "window_short": "{samples} samples are less than one window of {window}",
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
    """Its name in its scope."""
    block: str | None = None
    """The block it is written in; None = the document itself."""
    path: str | None = None
    """Where it runs, if that is in a block: "res.0.conv"."""
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
        within = f" in block '{self.block}'" if self.block else ""
        return f"'{self.node}'{within}: {said}" if self.node else said + within


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
