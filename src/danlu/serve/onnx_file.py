"""What an ONNX file may hold: plain operators of the standard, every weight inside, nothing else.

The check reads the protobuf wire format itself, so that a file is judged before any ONNX library
opens it, and the serving install needs none but the runtime.
"""

from __future__ import annotations

from collections.abc import Iterator

from danlu.errors import BundleError

LARGEST_BYTES = 1 << 30
DEEPEST_GRAPH = 8
TREES_DOMAIN = b"ai.onnx.ml"
"""The standard's own domain of classical models: of it, tree ensembles only."""
PLAIN_DOMAINS = frozenset({b"", b"ai.onnx", TREES_DOMAIN})
TREE_OPERATORS = frozenset({b"TreeEnsemble"})

# Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
MODEL_GRAPH, MODEL_OPSET, MODEL_TRAINING, MODEL_FUNCTIONS = 7, 8, 20, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_NAME, NODE_OP, NODE_ATTRIBUTE, NODE_DOMAIN = 3, 4, 5, 7
ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = 5, 6, 10, 11
ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES = 22, 23
TENSOR_NAME, TENSOR_EXTERNAL, TENSOR_LOCATION = 8, 13, 14
SPARSE_VALUES, SPARSE_INDICES, OPSET_DOMAIN = 1, 2, 1

Field = tuple[int, int, memoryview]


def check_onnx(content: bytes) -> None:
    """Refuse a model that reaches outside itself or needs more than the plain operators."""
    if len(content) > LARGEST_BYTES:
        raise _refusal(f"is {len(content) / 1e6:.0f} MB, the limit is {LARGEST_BYTES / 1e6:.0f}")
    graphs = 0
    for number, _, part in _fields(memoryview(content)):
        if number == MODEL_GRAPH:
            graphs += 1
            _check_graph(part, depth=0)
        elif number == MODEL_OPSET:
            _check_domain(_text(part, OPSET_DOMAIN), "imports operators")
        elif number == MODEL_FUNCTIONS:
            raise _refusal("defines functions of its own")
        elif number == MODEL_TRAINING:
            raise _refusal("carries a training graph")
    if graphs != 1:
        raise _refusal(f"holds {graphs} graphs, not one")


def _check_graph(graph: memoryview, *, depth: int) -> None:
    if depth > DEEPEST_GRAPH:
        raise _refusal(f"nests graphs deeper than {DEEPEST_GRAPH}")
    for number, _, part in _fields(graph):
        if number == GRAPH_NODE:
            _check_node(part, depth=depth)
        elif number == GRAPH_INITIALIZER:
            _check_tensor(part)
        elif number == GRAPH_SPARSE:
            _check_sparse(part)


def _check_node(node: memoryview, *, depth: int) -> None:
    name = _text(node, NODE_NAME).decode(errors="replace")
    operator = _text(node, NODE_OP).decode(errors="replace")
    domain = _text(node, NODE_DOMAIN)
    _check_domain(domain, f"node '{name}' ({operator}) is")
    if domain == TREES_DOMAIN and operator.encode() not in TREE_OPERATORS:
        raise _refusal(f"node '{name}' ({operator}) is of domain '{domain.decode()}'")
    for number, _, part in _fields(node):
        if number == NODE_ATTRIBUTE:
            _check_attribute(part, depth=depth)


def _check_attribute(attribute: memoryview, *, depth: int) -> None:
    for number, _, part in _fields(attribute):
        if number in (ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS):
            _check_graph(part, depth=depth + 1)
        elif number in (ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS):
            _check_tensor(part)
        elif number in (ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES):
            _check_sparse(part)


def _check_sparse(sparse: memoryview) -> None:
    for number, _, part in _fields(sparse):
        if number in (SPARSE_VALUES, SPARSE_INDICES):
            _check_tensor(part)


def _check_tensor(tensor: memoryview) -> None:
    for number, value, _ in _fields(tensor):
        if number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and value != 0):
            name = _text(tensor, TENSOR_NAME).decode(errors="replace")
            raise _refusal(f"keeps tensor '{name}' in another file")


def _check_domain(domain: bytes, who: str) -> None:
    if domain not in PLAIN_DOMAINS:
        raise _refusal(f"{who} of domain '{domain.decode(errors='replace')}'")


def _text(message: memoryview, wanted: int) -> bytes:
    """Return the last string of one field, as protobuf does; empty when there is none."""
    found = b""
    for number, _, part in _fields(message):
        if number == wanted:
            found = bytes(part)
    return found


def _fields(message: memoryview) -> Iterator[Field]:
    """Yield (field number, integer value, bytes) of one message; lengths are skipped, not read."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        value, start = 0, at
        if wire == 0:
            value, at = _varint(message, at)
            start = at
        elif wire == 2:
            length, start = _varint(message, at)
            at = start + length
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise _refusal(f"is no protobuf (wire type {wire})")
        if at > end:
            raise _refusal("is cut short")
        yield number, value, message[start:at]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise _refusal("is cut short")


def _refusal(why: str) -> BundleError:
    return BundleError(
        f"the model {why}",
        code="onnx_refused",
        where="model.onnx",
        do="Export it again with 'danlu export'; hand-made models must be self-contained.",
    )
