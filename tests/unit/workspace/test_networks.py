"""Networks in place: checked against data or said sizes, and written in every form."""

import base64
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest

import danlu
from danlu.errors import InvalidError, NetworkError
from danlu.network.file import parse
from danlu.network.graph import Network
from danlu.network.sizes import Sizes
from danlu.workspace.workspace import Workspace

DOCUMENT = {
    "format": "danlu.network", "version": 2, "name": "two_inputs",
    "inputs": {"size": {"columns": ["distance"]}, "rest": {"kinds": ["category"]}},
    "nodes": {
        "cities": {"op": "embedding", "params": {"units": 4}, "in": {"x": "rest"}},
        "both": {"op": "concat", "in": {"xs": ["size", "cities"]}},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "both"}},
    },
    "outputs": {"late": "head"},
}  # fmt: skip
PLAIN = {
    **DOCUMENT, "inputs": {"image": {}},
    "nodes": {
        "stem": {"op": "conv2d", "params": {"channels": 4}, "in": {"x": "image"}},
        "pool": {"op": "global_pool", "in": {"x": "stem"}},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "pool"}},
    },
}  # fmt: skip
SIZES = Sizes(inputs={"image": "3x8x8"}, head=5)


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Iterator[Workspace]:
    root: Path = tmp_path_factory.mktemp("networks")
    rows = [f"{i % 90},{'ABC'[i % 3]},{i % 2}" for i in range(300)]
    (root / "trips.csv").write_text("\n".join(["distance,carrier,late", *rows]), "utf-8")
    with danlu.open(root / "w") as found:
        found.datasets.add("trips", root / "trips.csv")
        yield found


def test_every_input_gets_its_own_columns(ws: Workspace) -> None:
    found = ws.networks.check(DOCUMENT, data="trips", target="late")
    shapes = {name: node["shape"] for name, node in found["nodes"].items()}
    assert not found["problems"]
    assert shapes == {"cities": "4", "both": "5", "head": "1"}


def test_an_input_that_no_column_fits_is_told_by_the_checker(ws: Workspace) -> None:
    document = {**DOCUMENT, "inputs": {"size": {"columns": ["distances"]}, "rest": {}}}
    found = ws.networks.check(document, data="trips", target="late")
    assert {"input_unknown"} <= {p["code"] for p in found["problems"]}


@pytest.mark.parametrize("selector", [5, {"columns": 5}, {"sorts": []}, None])
def test_an_input_that_selects_nonsense_is_told_by_the_checker(ws: Workspace, selector) -> None:
    found = ws.networks.check({**DOCUMENT, "inputs": {"a": selector}}, data="trips", target="late")
    assert found["problems"]


def test_a_document_written_with_its_defaults_is_checked_alike(ws: Workspace) -> None:
    whole = Network.model_validate(DOCUMENT).model_dump(mode="json", by_alias=True)
    found = ws.networks.check(whole, data="trips", target="late")
    assert not found["problems"]


def test_sizes_that_are_said_stand_for_data(ws: Workspace) -> None:
    found = ws.networks.check(PLAIN, sizes=SIZES)
    assert found["nodes"]["head"]["shape"] == "5"
    assert not found["problems"]


@pytest.mark.parametrize("form", ["json", "yaml", "py"])
def test_the_same_network_in_another_form(ws: Workspace, form: str) -> None:
    text = ws.networks.convert(PLAIN, form)["text"]
    assert parse(text).hash == Network.model_validate(PLAIN).hash


def test_pytorch_and_onnx_and_a_drawing(ws: Workspace) -> None:
    torch_text = ws.networks.convert(PLAIN, "torch", sizes=SIZES)["text"]
    model = onnx.load_from_string(
        base64.b64decode(ws.networks.convert(PLAIN, "onnx", sizes=SIZES)["base64"])
    )
    light = ws.networks.convert(PLAIN, "svg", sizes=SIZES)["text"]
    dark = ws.networks.convert(PLAIN, "svg", dark=True)["text"]
    assert "nn.Conv2d(3, 4, 3, padding=1)" in torch_text
    assert [i.name for i in model.graph.input] == ["image"]
    assert "5</text>" in light
    assert light.startswith("<svg")
    assert dark.startswith("<svg")
    assert dark != light


def test_text_for_a_network_that_cannot_run_is_refused(ws: Workspace) -> None:
    bad = {**PLAIN, "nodes": {"head": {"op": "dense", "in": {"x": "image"}}}}
    with pytest.raises(NetworkError):
        ws.networks.convert(bad, "torch", sizes=SIZES)


@pytest.mark.parametrize(
    ("form", "code"), [("torch", "types_missing"), ("word", "form_unknown")]
)  # fmt: skip
def test_what_cannot_be_written_says_why(ws: Workspace, form: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        ws.networks.convert(PLAIN, form)
    assert caught.value.code == code
    assert caught.value.do


@pytest.mark.parametrize("size", ["", "3y4", "0", "1x2x3x4", "-3", "99999999", "tokens", "3x"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(InvalidError) as caught:
        Sizes(inputs={"image": size}).types()
    assert caught.value.code == "size_invalid"
