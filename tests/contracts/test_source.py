"""The PyTorch text of every op holds our weights by name and answers the same."""

import subprocess
import sys
import types as modules

import pytest
import torch

from danlu.compile.module import NetModule
from danlu.compile.source import source
from danlu.network.gallery.base import gallery
from danlu.network.graph import Network
from danlu.network.ops.base import Live, ops
from danlu.tasks.base import tasks
from danlu.tensor import TensorType
from danlu.testing.gallery import real, types_of
from danlu.testing.ops import choices, draw, given, variants

CASES = [
    (f"{name}-{number}-{choice}", name, number, choice)
    for name, kind in ops().all().items()
    for number, op in enumerate(variants(kind))
    for choice in range(choices(op) if number == 0 else 1)
]


def executed(text: str):
    """Run a file as a module, and return an instance of the last class in it."""
    module = modules.ModuleType("written")
    sys.modules["written"] = module
    try:
        exec(compile(text, "written.py", "exec"), module.__dict__)
    finally:
        del sys.modules["written"]
    found = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == "written"]
    return found[-1]().eval()


def assert_same(network: Network, types: dict[str, TensorType], head: int = 1) -> None:
    ours, theirs = NetModule(network, types, head), executed(source(network, types, head))
    noise = torch.Generator().manual_seed(5)
    buffers = {
        n: torch.rand(b.shape, generator=noise) + 0.5 if b.is_floating_point() else b
        for n, b in ours.named_buffers()
    }
    weights = {
        n: w + 0.05 * torch.rand(w.shape, generator=noise) for n, w in ours.initial(3).items()
    }
    ours.load_state_dict({**weights, **buffers})
    theirs.load_state_dict({**weights, **buffers}, strict=True)
    tensors = {n: draw(t, seed=i) for i, (n, t) in enumerate(types.items())}
    with torch.no_grad():
        wanted, found = ours(tensors, Live()), theirs(*tensors.values())
    found = found if isinstance(found, dict) else {next(iter(wanted)): found}
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-6, atol=1e-6)


def alone(name: str, number: int, choice: int) -> tuple[Network, dict[str, TensorType]]:
    """Return a network of one op; one that borrows a weight has a node to borrow from."""
    op = variants(ops().get(name))[number]
    inputs = given(op, choice)
    types = {f"{port}_{i}": t for port, kinds in inputs.items() for i, t in enumerate(kinds)}
    ports = {port.name: port for port in op.ports}
    edges = {
        p: [f"{p}_{i}" for i in range(len(kinds))] if ports[p].many else f"{p}_0"
        for p, kinds in inputs.items()
        if p in ports and kinds
    }
    params = op.model_dump(mode="json", exclude_defaults=True)
    nodes = {"it": {"op": name, "params": params, "in": edges}}
    if op.borrows:
        types = {"a": TensorType.of("features=5")}
        nodes = {
            "lender": {"op": "dense", "params": {"units": 3}, "in": {"x": "a"}},
            "it": {"op": name, "params": params, "in": {"x": "lender"}, "tied": "lender"},
        }
    network = Network.model_validate(
        {"name": f"only_{name}", "inputs": {n: {} for n in types}, "nodes": nodes,
         "outputs": {"y": "it"}}
    )  # fmt: skip
    return network, types


@pytest.mark.parametrize(
    ("name", "number", "choice"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_every_op_answers_the_same_as_text(name: str, number: int, choice: int) -> None:
    assert_same(*alone(name, number, choice))


def proposed(name: str) -> tuple[Network, dict[str, TensorType], int]:
    """Return an entry of the gallery as it proposes itself on the data of its proof."""
    entry = gallery().get(name)()
    data = real(entry.proof.dataset)
    types = dict(types_of(data))
    column = data.schema.column(data.target)
    head = tasks().get(data.task).fit(data.table[data.target], column).head
    return entry.propose(types, rows=1000, task=data.task, head=head).network, types, head


@pytest.mark.parametrize("name", gallery().names())
def test_every_network_of_the_gallery_answers_the_same_as_text(name: str) -> None:
    assert_same(*proposed(name))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every op as a file of its own."""
    folder = tmp_path_factory.mktemp("written")
    for case, name, number, choice in CASES:
        text = source(*alone(name, number, choice), 1)
        (folder / f"{case.replace('-', '_')}.py").write_text(text, "utf-8")
    for name in gallery().names():
        (folder / f"gallery_{name}.py").write_text(source(*proposed(name)), "utf-8")
    return folder


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_the_text_is_written_as_formatters_would(folder, command) -> None:
    options = ["--isolated", "--line-length", "100", "--no-cache", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *options, str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
