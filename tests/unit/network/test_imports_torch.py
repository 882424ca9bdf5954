"""A module of PyTorch becomes a network that gives the same answers, with its own names."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from danlu.compile.imports import from_torch, module_of
from danlu.errors import NetworkError
from danlu.network.imports.base import Imported
from danlu.network.ops.base import Live
from danlu.network.sketching.repeats import fold

MAKE = Path(__file__).parent / "models" / "make.py"
SPEC = importlib.util.spec_from_file_location("model_files", MAKE)
assert SPEC is not None
assert SPEC.loader is not None
make = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make)

IMAGE = torch.linspace(-1, 1, 3 * 3 * 32 * 32).view(3, 3, 32, 32).sin()
SMALL = torch.linspace(-3, 3, 2 * 64).view(2, 1, 8, 8).cos()
TEXT = torch.linspace(-1, 1, 3 * 7 * 6).view(3, 7, 6).sin()
TOKENS = torch.arange(1, 22).view(3, 7)
MODELS = {
    "ResNet": IMAGE, "TextLstm": TOKENS, "TextConvolution": TEXT, "Encoder": SMALL,
}  # fmt: skip


def answer(found: Imported, *inputs: Tensor) -> Tensor:
    with torch.no_grad():
        outputs = module_of(found)(dict(zip(found.types, inputs, strict=True)), Live())
    first = next(iter(outputs.values()))
    assert isinstance(first, Tensor)
    return first


def agrees(module: nn.Module, *inputs: Tensor) -> Imported:
    make.settled(module)
    found = from_torch(module, inputs)
    assert found.unmapped == ()
    with torch.no_grad():
        want = module(*inputs)
    torch.testing.assert_close(answer(found, *inputs), want, rtol=1e-5, atol=1e-6)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_a_module_answers_as_before(name: str) -> None:
    agrees(getattr(make, name)(), MODELS[name])


@pytest.mark.parametrize("name", ["ResNet", "Encoder"])
def test_its_repeated_layers_fold_into_a_block(name: str) -> None:
    found = agrees(getattr(make, name)(), MODELS[name])
    (repeat,) = found.repeats
    assert repeat.times == 3
    network, weights = fold(found.network, found.weights, repeat, "deep")
    folded = replace(found, network=network, weights=weights)
    assert torch.equal(answer(folded, MODELS[name]), answer(found, MODELS[name]))


def test_nodes_are_called_as_in_the_module() -> None:
    found = agrees(make.ResNet(), IMAGE)
    assert found.network.nodes["layer2_0_downsample_0"].op == "conv2d"
    assert "layer1_0_bn1.running_var" in found.weights


def test_a_module_that_is_called_twice_shares_its_weights() -> None:
    class Twin(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.dense(torch.relu(self.dense(x)))

    found = agrees(Twin(), TEXT[:, 0, :4])
    assert found.network.nodes["dense_2"].tied == "dense"
    assert [*found.weights] == ["dense.weight", "dense.bias"]


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function: object, *parts: nn.Module) -> None:
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs, *self.parts)  # type: ignore[operator,no-any-return]


X = TEXT[:, 0]
PICTURE = IMAGE[:, :, :9, :8]
PATTERNS: dict[str, tuple[nn.Module, tuple[Tensor, ...], list[str]]] = {
    "curves": (
        nn.Sequential(nn.GELU(), nn.SiLU(), nn.ELU(), nn.Softplus(), nn.Hardswish(), nn.ReLU6(),
                      nn.LeakyReLU(), nn.Softmax(-1)), (X,), ["activation"] * 8,
    ),
    "joins": (
        Call(lambda x, y: torch.cat([x + y, x * y], 1)), (X, X.cos()), ["add", "multiply", "concat"]
    ),
    "two layers of GRU": (
        Call(lambda x, gru: gru(x)[0], nn.GRU(6, 4, 2, batch_first=True, bidirectional=True)),
        (TEXT,), ["gru", "gru"],
    ),
    "last state of an LSTM": (
        Call(lambda x, lstm: lstm(x)[1][0][-1], nn.LSTM(6, 4, batch_first=True)), (TEXT,), ["lstm"],
    ),
    "RNN, all and last": (
        Call(lambda x, rnn: rnn(x)[0][:, -1], nn.RNN(6, 4, batch_first=True)), (TEXT,),
        ["rnn", "select_last"],
    ),
    "upside down": (nn.ConvTranspose2d(3, 4, 4, 2, 1), (PICTURE,), ["transposed_conv2d"]),
    "depthwise": (nn.Conv2d(3, 6, 3, padding=1, groups=3), (PICTURE,), ["depthwise_conv2d"]),
    "gaps": (nn.Conv2d(3, 4, 3, padding=2, dilation=2), (PICTURE,), ["conv2d"]),
    "pools": (
        nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d((2, 3))),
        (PICTURE,), ["pool", "pool", "adaptive_pool"],
    ),
    "norms": (nn.Sequential(nn.GroupNorm(3, 3), nn.BatchNorm2d(3)), (PICTURE,),
              ["group_norm", "batch_norm"]),
    "norm of channels last": (
        Call(lambda x, norm: norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)[:, :2],
             nn.Linear(3, 3)), (PICTURE,), [],
    ),
    "root mean square": (nn.RMSNorm(6, eps=1e-6), (X,), ["rms_norm"]),
    "attention over a memory": (
        Call(lambda x, y, look: look(x, y, y)[0], nn.MultiheadAttention(6, 2, batch_first=True)),
        (TEXT, TEXT[:, :5]), ["attention"],
    ),
    "edges": (Call(lambda x: functional.pad(x, (1, 2, 3, 0))), (PICTURE,), ["pad"]),
    "mirror": (nn.ReflectionPad2d(2), (PICTURE,), ["pad"]),
    "every other": (Call(lambda x: x[:, ::2]), (TEXT,), ["slice"]),
    "products": (Call(lambda x, y: x @ y.transpose(1, 2)), (TEXT, TEXT.cos()),
                 ["permute", "matmul"]),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PATTERNS if PATTERNS[name][2]])
def test_a_part_is_drawn_as_one_reads_it(name: str) -> None:
    module, inputs, ops = PATTERNS[name]
    found = agrees(module, *inputs)
    assert [node.op for node in found.network.nodes.values()] == ops


class Gpt(nn.Module):
    """Two causal blocks in the manner of nanoGPT: one layer makes questions, keys and values."""

    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(8), nn.LayerNorm(8)
            self.c_attn, self.c_proj = nn.Linear(8, 24), nn.Linear(8, 8)
            self.wide, self.back = nn.Linear(8, 32), nn.Linear(32, 8)

        def forward(self, x: Tensor) -> Tensor:
            rows, length, features = x.size()
            parts = self.c_attn(self.ln_1(x)).split(features, dim=2)
            q, k, v = (p.view(rows, length, 2, features // 2).transpose(1, 2) for p in parts)
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.c_proj(y.transpose(1, 2).contiguous().view(rows, length, features))
            return x + self.back(functional.gelu(self.wide(self.ln_2(x))))

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(40, 8)
        self.wpe = nn.Parameter(torch.zeros(7, 8))
        self.h = nn.Sequential(self.Part(), self.Part())
        self.head = nn.Linear(8, 40, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.h(self.wte(tokens) + self.wpe))


def test_attention_that_is_written_out_is_one_node() -> None:
    found = agrees(Gpt(), TOKENS)
    (repeat,) = found.repeats
    assert repeat.times == 2
    ops = [found.network.nodes[name].op for name in repeat.nodes]
    assert ops == ["layer_norm", "attention", "add", "layer_norm", "dense", "activation", "dense",
                   "add"]  # fmt: skip
    assert found.network.nodes[repeat.nodes[1]].params == {"heads": 2, "causal": True}


class Vit(nn.Module):
    """The attention of timm's vision transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(6, 18, bias=False), nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        rows, length, features = x.shape
        parts = self.qkv(x).reshape(rows, length, 3, 2, features // 2).permute(2, 0, 3, 1, 4)
        q, k, v = parts.unbind(0)
        y = functional.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(rows, length, features))


def test_attention_in_the_manner_of_timm() -> None:
    found = agrees(Vit(), TEXT)
    assert [node.op for node in found.network.nodes.values()] == ["attention"]


def test_heads_that_are_mixed_with_positions_are_listed() -> None:
    class Odd(Vit):
        def forward(self, x: Tensor) -> Tensor:
            q = x.view(3, 7, 2, 3).transpose(1, 2)
            y = functional.scaled_dot_product_attention(q, q, q)
            return self.proj(y.reshape(3, 7, 6))

    found = from_torch(Odd(), (TEXT,))
    assert [one.op for one in found.unmapped][:1] == ["scaled_dot_product_attention"]


def test_what_no_op_does_is_listed_with_its_reason() -> None:
    module, inputs, _ = PATTERNS["norm of channels last"]
    found = from_torch(module, inputs)
    assert [(one.op, one.node) for one in found.unmapped] == [("linear", "parts_0")]
    assert "(8, 3)" in found.unmapped[0].why or "(9, 8, 3)" in found.unmapped[0].why


def test_a_masked_attention_is_listed() -> None:
    past = torch.ones(7, 7, dtype=torch.bool).triu(1)
    look = nn.MultiheadAttention(6, 2, batch_first=True)
    module = Call(lambda x, y: y(x, x, x, attn_mask=past, need_weights=False)[0], look)
    found = from_torch(module, (TEXT,))
    assert [one.op for one in found.unmapped] == ["MultiheadAttention"]


def test_a_module_that_cannot_be_exported_says_so() -> None:
    module = Call(lambda x: x * 2 if x.sum() > 0 else x)
    with pytest.raises(NetworkError, match=r"torch\.export refuses it"):
        from_torch(module, (X,))
