"""A dropped file: whoever wrote it, what it is, and what is wrong with one that is none."""

import json
from pathlib import Path

import pytest

from danlu.errors import NetworkError, TooLargeError
from danlu.network.reading import read_file

OWN = {
    "format": "danlu.network", "version": 2, "inputs": {"t": {}}, "outputs": {"y": "a"},
    "nodes": {"a": {"op": "dense", "in": {"x": "t"}}},
}  # fmt: skip
DENSE = {"class_name": "Dense", "config": {"units": 4, "activation": "linear", "use_bias": True}}
KERAS = {
    "class_name": "Sequential",
    "config": {"name": "chain", "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "in"}},
        *({**DENSE, "config": {**DENSE["config"], "name": f"d_{i}"}} for i in range(6)),
        {"class_name": "Sparkle", "config": {"name": "glitter"}},
    ]},
}  # fmt: skip


def told(folder: Path, text: str | bytes, called: str):
    path = folder / "upload-1.model"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, called)


def test_a_document_of_ours_in_each_form(tmp_path) -> None:
    texts = {
        "n.json": json.dumps(OWN),
        "n.yaml": "inputs: {t: {}}\nnodes: {a: {op: dense, in: {x: t}}}\noutputs: {y: a}",
        "n.py": "from danlu.network.python import Input, network, ops\n"
        'a = ops.Dense(name="a")(Input("t"))\nnet = network("network", outputs={"y": a})\n',
    }
    found = [told(tmp_path, text, name) for name, text in texts.items()]
    assert {one["form"] for one in found} == {"danlu"}
    assert all(one["network"]["nodes"] == OWN["nodes"] for one in found)


def test_a_model_of_keras_says_what_has_no_op_and_offers_its_repeats_as_a_block(tmp_path) -> None:
    found = told(tmp_path, json.dumps(KERAS), "model.json")
    assert found["form"] == "keras"
    assert [(one["op"], one["node"]) for one in found["unmapped"]] == [("Sparkle", "glitter")]
    assert [one["times"] for one in found["repeats"]] == [6]
    assert len(found["blocks"]["nodes"]) < len(found["network"]["nodes"])


def test_a_document_from_the_future_comes_as_it_is(tmp_path) -> None:
    later = {**OWN, "version": 7, "wires": "braided"}
    found = told(tmp_path, json.dumps(later), "later.json")
    assert found["future"] == 7
    assert found["network"] == later


@pytest.mark.parametrize(
    ("called", "text", "code"),
    [
        ("a.exe", "x", "suffix_unknown"), ("none", "x", "suffix_unknown"),
        ("a.json", "[1, 2]", "unreadable"), ("a.json", "{", "unreadable"),
        ("a.yaml", "- just\n- words", "unreadable"), ("a.yaml", "", "unreadable"),
        ("a.json", b"\xff\xfe\x00", "encoding"), ("a.onnx", b"PK\x03\x04 no", "unreadable"),
        ("a.json", json.dumps({**OWN, "format": "other"}), "format_unknown"),
        ("a.json", json.dumps({**OWN, "version": "soon"}), "version_unknown"),
        ("a.json", json.dumps({**OWN, "extra": 1}), "key_unknown"),
        ("a.py", "import os\nos.remove('x')\n", ""),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused_by_name(tmp_path, called, text, code) -> None:
    with pytest.raises(NetworkError) as caught:
        told(tmp_path, text, called)
    assert code in caught.value.code
    assert called in caught.value.where


def test_a_text_of_many_megabytes_is_refused_before_it_is_read(tmp_path) -> None:
    with pytest.raises(TooLargeError):
        told(tmp_path, "a: " + "x" * (5 << 20), "a.yaml")
