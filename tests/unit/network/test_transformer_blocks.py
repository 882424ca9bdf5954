"""The transformer blocks are the layers of torch, written as documents."""

import pytest
import torch
from torch import nn

from danlu.compile.module import NetModule
from danlu.network.blocks.base import library, op
from danlu.network.graph import Network, Node, Selector
from danlu.network.ops.base import Live
from danlu.tensor import TensorType

ENCODER = {
    "norm_1": "norm1", "look": "self_attn", "norm_2": "norm2", "wide": "linear1", "back": "linear2",
}  # fmt: skip
DECODER = {
    "norm_1": "norm1", "look": "self_attn", "norm_2": "norm2", "ask": "multihead_attn",
    "norm_3": "norm3", "wide": "linear1", "back": "linear2",
}  # fmt: skip
TYPES = {
    "x": TensorType.of("length=6, features=32"),
    "memory": TensorType.of("length=5, features=32"),
}


def net_of(block: str, *ports: str) -> NetModule:
    network = Network(
        inputs={port: Selector() for port in ports},
        nodes={
            "layer": Node(block=block, in_={port: port for port in ports}),
            "mean": op("mean_over", "layer"),
        },
        blocks=library(block),
        outputs={"answer": "mean"},
    )
    net = NetModule(network, {port: TYPES[port] for port in ports}, 1)
    net.load_state_dict(net.initial(0))
    return net


def renamed(net: NetModule, names: dict[str, str]) -> dict[str, torch.Tensor]:
    state = {}
    for path, weight in net.state_dict().items():
        _, node, name = path.split(".", 2)
        state[f"{names[node]}.{name}"] = weight
    return state


@pytest.fixture
def given() -> dict[str, torch.Tensor]:
    noise = torch.Generator().manual_seed(1)
    return {
        "x": torch.randn(3, 6, 32, generator=noise),
        "memory": torch.randn(3, 5, 32, generator=noise),
    }


def test_the_encoder_layer_is_that_of_torch(given) -> None:
    net = net_of("transformer_encoder_layer", "x")
    twin = nn.TransformerEncoderLayer(
        32, 4, dim_feedforward=128, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    twin.load_state_dict(renamed(net, ENCODER))
    found = net({"x": given["x"]}, Live())["answer"]
    torch.testing.assert_close(found, twin(given["x"]).mean(1), rtol=1e-5, atol=1e-6)


def test_the_decoder_layer_is_that_of_torch(given) -> None:
    net = net_of("transformer_decoder_layer", "x", "memory")
    twin = nn.TransformerDecoderLayer(
        32, 4, dim_feedforward=128, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    twin.load_state_dict(renamed(net, DECODER))
    future = torch.ones(6, 6, dtype=torch.bool).triu(1)
    wanted = twin(given["x"], given["memory"], tgt_mask=future).mean(1)
    torch.testing.assert_close(net(given, Live())["answer"], wanted, rtol=1e-5, atol=1e-6)
