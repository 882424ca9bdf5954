"""A model is asked the rows it was tested on: figures, confusion, calibration, the worst rows."""

from pathlib import Path

import numpy as np
import pytest

from danlu.data import relabel
from danlu.data.dataset import Column, Schema
from danlu.data.encoder import Encoder
from danlu.data.imported import import_file
from danlu.errors import DataError
from danlu.registry.bundle import pack
from danlu.registry.examine import run
from danlu.serve.bundle import Bundle
from danlu.serve.runtime import Runtime
from danlu.tasks.base import dump, tasks
from danlu.testing.bundles import COLUMNS, dense_onnx, tiny_bundle, tiny_table

ROWS = 600
WRONG = 30


def write_part(folder: Path, table: dict[str, np.ndarray], target: np.ndarray, kind: str) -> dict:
    lines = [f"{','.join(c.name for c in COLUMNS)},late"]
    lines += [
        f"{'' if d != d else d},{h},{c or ''},{bool(y)},{t}"
        for d, h, c, y, t in zip(*(table[c.name] for c in COLUMNS), target, strict=True)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    schema = Schema(columns=(*COLUMNS, Column(name="late", kind=kind)))
    part = import_file(folder / "a.csv", folder / "part", schema=schema)
    return {"parts": [str(part.parquet)], "schema_": schema.model_dump(mode="json")}


@pytest.fixture(scope="module")
def args(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """A model that is right on every row but the first thirty."""
    folder = tmp_path_factory.mktemp("examine")
    tiny_bundle(folder / "model", seed=1)
    table = tiny_table(ROWS)
    score = Runtime(Bundle.open(folder / "model")).answers(table)[:, 1]
    late = np.where(score > 0.5, "late", "on_time")
    late[:WRONG] = np.where(late[:WRONG] == "late", "on_time", "late")
    schema = Column(name="late", kind="category")
    task = tasks().get("classification").fit(late.astype(object), schema)
    task = task.model_copy(update={"classes": ("on_time", "late")})  # as the bundle has them
    return {
        **write_part(folder / "data", table, late, "category"), "target": "late",
        "task": dump(task), "part": "new", "first_row": 0, "bundle": str(folder / "model"),
        "split": {"method": "random", "test": 0.5},
    }  # fmt: skip


def test_the_confusion_counts_every_row_and_names_the_mistakes_first(args) -> None:
    found = run(args, print)
    wrong = [c for c in found["confusion"] if c["truth"] != c["said"]]
    assert (sum(c["rows"] for c in wrong), found["rows"]) == (WRONG, ROWS)
    assert found["confusion"][: len(wrong)] == wrong
    assert found["metrics"]["accuracy"]["value"] == pytest.approx(1 - WRONG / ROWS)
    assert found["metrics"]["accuracy"]["low"] < 0.95 < found["metrics"]["accuracy"]["high"]


def test_the_worst_rows_are_those_it_was_surest_of(args) -> None:
    cases = [c for c in run(args, print)["cases"] if c["truth"] != c["said"]]
    assert {c["row"] for c in cases} == set(range(WRONG))
    assert cases == sorted(cases, key=lambda c: -c["loss"])
    assert set(cases[0]["values"]) == {c.name for c in COLUMNS}


def test_test_rows_are_those_of_the_split_each_beside_a_training_row(args) -> None:
    found = run({**args, "part": "test"}, print)
    assert found["rows"] == ROWS // 2
    near = [c["nearest"]["row"] for c in found["cases"]]
    assert not set(near) & {c["row"] for c in found["cases"]}


def test_calibration_compares_what_was_said_with_what_came(args) -> None:
    bins = run(args, print)["reliability"]["bins"]
    assert sum(b["rows"] for b in bins) == ROWS
    sure = bins[-1]
    assert sure["low"] <= sure["said"] <= sure["high"]
    assert sure["true"] > 0.8


def test_rows_that_came_later_are_needed(args) -> None:
    with pytest.raises(DataError, match="after the model"):
        run({**args, "first_row": ROWS}, print)


def test_values_are_told_by_their_residuals(tmp_path: Path) -> None:
    table = tiny_table(ROWS)
    encoder = Encoder.fit(table, Schema(columns=COLUMNS), {"table": [c.name for c in COLUMNS]})
    width = encoder.encode(table)["table"].shape[1]
    rng = np.random.default_rng(0)
    weights = [(rng.normal(size=(width, 1)).astype(np.float32), np.zeros(1, np.float32))]
    pack(
        tmp_path / "model", onnx=dense_onnx(weights, "table"), encoder=encoder, manifest={},
        decoder={"form": "value", "target": "late"}, golden=[{"row": {}, "answer": 0.0}],
    )  # fmt: skip
    said = Runtime(Bundle.open(tmp_path / "model")).answers(table).ravel().astype(float)
    truth = said + 1.0
    truth[7] += 50.0
    task = tasks().get("regression").fit(truth, Column(name="late", kind="number"))
    found = run({
        **write_part(tmp_path / "data", table, truth, "number"), "target": "late",
        "task": dump(task), "part": "new", "split": {"method": "random"},
        "bundle": str(tmp_path / "model"),
    }, print)  # fmt: skip
    assert found["cases"][0]["row"] == 7
    assert found["residuals"]["p50"] == pytest.approx(-1.0, abs=1e-3)
    assert sum(b["rows"] for b in found["residuals"]["bands"]) == ROWS


def test_labels_set_by_hand_since_are_what_the_same_test_rows_are_judged_by(args, tmp_path) -> None:
    given = {**args, "part": "test"}
    before = run(given, print)
    wrong = [c for c in before["cases"] if c["truth"] != c["said"]]
    tmp_path.joinpath("set").mkdir()
    found = relabel.run(
        {
            "parts": args["parts"], "rows": [ROWS], "folder": tmp_path / "set",
            "schema": args["schema_"], "column": "late",
            "labels": [(c["row"], c["said"]) for c in wrong],
        },
        lambda _: None,
    )  # fmt: skip
    after = run({**given, "corrected": [found["parts"]["0"]]}, print)
    assert after["rows"] == before["rows"]
    assert after["metrics"]["accuracy"]["value"] == 1.0
