"""What odd files, targets, networks, bundles and rows get: what, where, what to do."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import danlu
from danlu.errors import DanluError
from danlu.serve.gate import run_gate


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory, breast_cancer: Path) -> Iterator[danlu.Workspace]:
    """A workspace in place with one dataset and one small model online."""
    with danlu.open(tmp_path_factory.mktemp("bad") / "furnace") as found:
        found.datasets.add("cancer", breast_cancer)
        found.experiments.run(
            "cancer", data="cancer", target="diagnosis", trials=2, epochs=3, deploy="cancer"
        )
        yield found


def refusal(error: pytest.ExceptionInfo[DanluError]) -> str:
    """Every refusal has a code, a sentence, a place and a way out."""
    assert error.value.code
    assert error.value.where
    assert error.value.do
    return str(error.value)


def test_a_picture_is_no_table(ws: danlu.Workspace, tmp_path: Path) -> None:
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + random.Random(0).randbytes(5000))
    with pytest.raises(DanluError) as error:
        ws.datasets.add("photo", path)
    assert "photo.csv" in refusal(error)


def test_an_empty_file_says_so(ws: danlu.Workspace, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    with pytest.raises(DanluError) as error:
        ws.datasets.add("empty", path)
    assert "empty" in refusal(error)


def test_chinese_text_in_gbk_is_read_as_chinese(ws: danlu.Workspace, tmp_path: Path) -> None:
    path = tmp_path / "城市.csv"
    rows = "".join(f"{city},{n}\n" for n in range(40) for city in ("北京", "上海", "广州"))
    path.write_bytes(("城市,数量\n" + rows).encode("gbk"))
    version = ws.datasets.add("cities", path)
    assert [c["name"] for c in version.schema_["columns"]] == ["城市", "数量"]
    assert {r["城市"] for r in ws.datasets.rows("cities", limit=9)} == {"北京", "上海", "广州"}


def test_ragged_rows_are_rejected_by_line(ws: danlu.Workspace, tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    lines = [f"{i},{i * 2}" for i in range(200)]
    lines[99] = "99,198,7,8"
    path.write_text("a,b\n" + "\n".join(lines) + "\n", "utf-8")
    version = ws.datasets.add("ragged", path)
    assert version.rows == 199
    (reject,) = ws.datasets.rejects("ragged")
    assert reject["line"] == 101


def test_mostly_bad_rows_stop_and_ask(ws: danlu.Workspace, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    lines = [f"{i},{i}" if i % 3 else f"{i},{i},{i}" for i in range(300)]
    path.write_text("a,b\n" + "\n".join(lines) + "\n", "utf-8")
    with pytest.raises(DanluError) as error:
        ws.datasets.add("broken", path)
    assert error.value.code == "too_many_rejects"
    assert "accept" in refusal(error)


def test_two_hundred_thousand_columns_are_refused_quickly(
    ws: danlu.Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(200_000)) + "\n" + "1," * 199_999 + "1\n")
    with pytest.raises(DanluError) as error:
        ws.datasets.add("wide", path)
    assert "columns" in refusal(error)


def test_an_unknown_target_names_the_nearest_column(ws: danlu.Workspace) -> None:
    with pytest.raises(DanluError) as error:
        ws.experiments.run("typo", data="cancer", target="diagnosys")
    assert "'diagnosis'" in refusal(error)


def test_an_unknown_dataset_names_the_nearest(ws: danlu.Workspace) -> None:
    with pytest.raises(DanluError) as error:
        ws.experiments.run("typo2", data="cancr", target="diagnosis")
    assert "'cancer'" in str(error.value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("constant", ["yes"] * 60),
        ("singles", [f"class {i} of many" for i in range(60)]),
        ("missing", [""] * 60),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(
    ws: danlu.Workspace, tmp_path: Path, name: str, values: list[str]
) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text("x,y\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)), "utf-8")
    ws.datasets.add(name, path)
    with pytest.raises(DanluError) as error:
        ws.experiments.run(f"learn_{name}", data=name, target="y", trials=2, epochs=1)
    assert "y" in refusal(error)


def test_shapes_that_do_not_fit_are_named_with_a_fix(ws: danlu.Workspace) -> None:
    document = {
        "format": "danlu.network", "version": 1, "name": "odd", "inputs": {"table": {}},
        "nodes": {
            "a": {"op": "dense", "params": {"units": 8}, "in": {"x": "table"}},
            "b": {"op": "dense", "params": {"units": 9}, "in": {"x": "table"}},
            "sum": {"op": "add", "in": {"xs": ["a", "b"]}},
            "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "sum"}},
        },
        "outputs": {"label": "head"},
    }  # fmt: skip
    found = ws.networks.check(document, data="cancer", target="diagnosis")
    (problem,) = found["problems"]
    assert problem["node"] == "sum"
    assert problem["fixes"]
    with pytest.raises(DanluError) as error:
        ws.experiments.run(
            "odd", data="cancer", target="diagnosis", network=document, trials=1, epochs=1
        )
    assert "sum" in refusal(error)


def test_a_space_with_an_unknown_field_names_the_nearest(ws: danlu.Workspace) -> None:
    with pytest.raises(DanluError) as error:
        ws.experiments.run(
            "lost", data="cancer", target="diagnosis", trials=2, epochs=1,
            space={"recipe.learning_rat": {"float": [1e-4, 1e-2], "log": True}},
        )  # fmt: skip
    assert "learning_rate" in refusal(error)


def test_a_flipped_byte_keeps_a_bundle_offline(ws: danlu.Workspace, tmp_path: Path) -> None:
    ws.models.export("cancer@1", tmp_path / "bundle.zip")
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        for name in archive.namelist():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.read(name))
    model = folder / "model.onnx"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    report = run_gate(folder)
    assert not report["passed"]
    failed = [c for c in report["checks"] if not c["passed"]]
    assert "model.onnx" in str(failed)


def row_of(ws: danlu.Workspace) -> dict[str, Any]:
    (row,) = ws.datasets.rows("cancer", limit=1)
    return {k: v for k, v in row.items() if k != "diagnosis"}


def test_a_row_with_gaps_is_answered(ws: danlu.Workspace) -> None:
    row = row_of(ws) | {"mean_radius": None}
    row.pop("mean_area")
    (answer,) = ws.deployments.predict("cancer", [row])["predictions"]
    assert answer["label"] in ("malignant", "benign")


def test_extra_columns_are_ignored_and_said(ws: danlu.Workspace) -> None:
    plain = ws.deployments.predict("cancer", [row_of(ws)])["predictions"][0]
    extra = ws.deployments.predict("cancer", [row_of(ws) | {"colour": "red"}])["predictions"][0]
    assert extra["probabilities"] == plain["probabilities"]
    assert any(w["code"] == "extra_columns" for w in extra["warnings"])


def test_a_wrong_type_names_row_and_column(ws: danlu.Workspace) -> None:
    with pytest.raises(DanluError) as error:
        ws.deployments.predict("cancer", [row_of(ws), row_of(ws) | {"mean_area": "large"}])
    assert error.value.status == 422
    assert "mean_area" in str(error.value)
    assert error.value.values["row"] == 1


def test_feedback_for_an_unknown_id_is_reported(ws: danlu.Workspace) -> None:
    known = ws.deployments.predict("cancer", [row_of(ws)])["predictions"][0]["id"]
    stranger = "01890000-0000-7000-8000-000000000000"
    rows = [{"id": known, "truth": "benign"}, {"id": stranger, "truth": "benign"}]
    answer = ws.deployments.feedback("cancer", rows)
    assert answer["accepted"] == 1
    assert answer["unknown"] == [stranger]


def test_the_same_file_twice_is_recognised(ws: danlu.Workspace, breast_cancer: Path) -> None:
    before = ws.datasets.show("cancer").version
    assert ws.datasets.add("cancer", breast_cancer).version == before


def test_a_part_that_lost_a_column_names_it(
    ws: danlu.Workspace, breast_cancer: Path, tmp_path: Path
) -> None:
    lines = [line.split(",", 1)[1] for line in breast_cancer.read_text("utf-8").splitlines()]
    path = tmp_path / "less.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(DanluError) as error:
        ws.datasets.add("cancer", path)
    assert "mean_radius" in refusal(error)
