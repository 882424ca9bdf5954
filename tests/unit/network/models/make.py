"""Writes the model files beside it: `.venv/bin/python tests/unit/network/models/make.py`.

Small, but with the architecture of the real thing: scikit-learn's MLP in the form that skl2onnx
gives it, a ResNet and a text classifier with an LSTM as torch.onnx writes them.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from torch import Tensor, nn

HERE = Path(__file__).parent


class BasicBlock(nn.Module):
    """The block of ResNet-18 (He 2015), as in torchvision."""

    def __init__(self, before: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or before != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """ResNet-18's layout with fewer channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(*[BasicBlock(8, 8) for _ in range(3)])
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.avgpool(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(x, 1))


class TextLstm(nn.Module):
    """Tokens, an LSTM, its last state, a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 6)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.norm = nn.LayerNorm(5)
        self.head = nn.Linear(5, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(tokens))
        return self.head(nn.functional.gelu(self.norm(states[:, -1])))


class TextConvolution(nn.Module):
    """Convolutions along the length, as in Kim 2014."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(6, 8, 3, padding=1)
        self.bn = nn.BatchNorm1d(8)
        self.pool = nn.MaxPool1d(2)
        self.deep = nn.Conv1d(8, 8, 5, padding=2)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.bn(self.conv(x.transpose(1, 2)))))
        return self.head(torch.relu(self.deep(x)).mean(2))


class Encoder(nn.Module):
    """A small vision transformer: patches, three encoder layers, the mean of the positions."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 4, 4)
        self.positions = nn.Parameter(torch.randn(1, 4, 8) * 0.1)
        layers = [
            nn.TransformerEncoderLayer(8, 2, 16, 0.1, "gelu", batch_first=True, norm_first=True)
            for _ in range(3)
        ]
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.layers(x)).mean(1))


def settled(module: nn.Module) -> nn.Module:
    """Fill the module with seeded weights, running figures included."""
    generator = torch.Generator().manual_seed(7)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator)
            tensor.copy_(noise + 0.5 if name.endswith("var") else noise - 0.4)
    return module.eval()


def onnx_of(module: nn.Module, example: Tensor, name: str) -> onnx.ModelProto:
    """Export as people do."""
    program = torch.onnx.export(
        settled(module), (example,), dynamo=True, opset_version=20, verbose=False,
        input_names=[name], output_names=["answer"], dynamic_shapes=({0: "rows"},),
    )  # fmt: skip
    assert program is not None
    return program.model_proto


def sklearn_mlp() -> onnx.ModelProto:
    """Write a trained MLPClassifier as skl2onnx does: casts, MatMul, Add, and a label beside."""
    x, y = load_iris(return_X_y=True)
    model = MLPClassifier((8, 8), random_state=0, max_iter=300).fit(x, y)
    nodes = [helper.make_node("Cast", ["X"], ["cast_input"], to=TensorProto.FLOAT)]
    weights = []
    last = "cast_input"
    for i, (weight, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        end = i == len(model.coefs_) - 1
        weights += [
            numpy_helper.from_array(weight.astype(np.float32), f"coefficient{i or ''}"),
            numpy_helper.from_array(bias.astype(np.float32)[None], f"intercepts{i or ''}"),
        ]
        nodes += [
            helper.make_node("MatMul", [last, f"coefficient{i or ''}"], [f"mul_result{i or ''}"]),
            helper.make_node("Add", [f"mul_result{i or ''}", f"intercepts{i or ''}"], [f"add_{i}"]),
            helper.make_node("Softmax", [f"add_{i}"], ["probabilities"], axis=-1)
            if end
            else helper.make_node("Relu", [f"add_{i}"], [f"activation{i}"]),
        ]
        last = f"activation{i}"
    nodes.append(helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0))
    graph = helper.make_graph(
        nodes, "mlp",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 3]),
         helper.make_tensor_value_info("label", TensorProto.INT64, [None])],
        weights,
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


if __name__ == "__main__":
    models = {
        "sklearn_mlp": sklearn_mlp(),
        "torch_resnet": onnx_of(ResNet(), torch.randn(2, 3, 32, 32), "image"),
        "torch_text_lstm": onnx_of(TextLstm(), torch.randint(1, 40, (2, 7)), "tokens"),
        "torch_text_convolution": onnx_of(TextConvolution(), torch.randn(2, 7, 6), "text"),
    }
    for name, model in models.items():
        for node in model.graph.node:
            node.metadata_props.clear()
            node.doc_string = ""
        (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
