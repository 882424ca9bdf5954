"""Champion and challenger answer the same rows, which neither has trained on."""

from pathlib import Path

import numpy as np
import pytest

from danlu.data.dataset import Column, Schema
from danlu.data.imported import import_file
from danlu.loop.compare import aligned, finite, run
from danlu.loop.slices import slices
from danlu.serve.bundle import Bundle
from danlu.serve.runtime import Runtime
from danlu.tasks.base import dump, tasks
from danlu.testing.bundles import COLUMNS, tiny_bundle, tiny_table

ROWS = 1000


@pytest.fixture(scope="module")
def args(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("compare")
    for seed in (1, 2):
        tiny_bundle(folder / str(seed), seed=seed)
    table = tiny_table(ROWS)
    champion = Runtime(Bundle.open(folder / "1")).answers(table)[:, 1]
    late = np.where(champion > np.median(champion), "late", "on_time")  # the champion knows
    lines = [f"{','.join(c.name for c in COLUMNS)},late"]
    lines += [
        f"{'' if d != d else d},{h},{c or ''},{bool(y)},{t}"
        for d, h, c, y, t in zip(*(table[c.name] for c in COLUMNS), late, strict=True)
    ]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    schema = Schema(columns=(*COLUMNS, Column(name="late", kind="category")))
    part = import_file(folder / "a.csv", folder / "part", schema=schema)
    task = tasks().get("classification").fit(late.astype(object), schema.column("late"))
    return {
        "parts": [str(part.parquet)], "schema_": schema.model_dump(mode="json"), "target": "late",
        "task": dump(task), "first_row": 0, "champion": str(folder / "1"),
        "challenger": str(folder / "2"), "split": {"method": "random", "test": 0.5},
    }  # fmt: skip


def test_a_worse_challenger_is_not_promoted(args: dict[str, object]) -> None:
    verdict = run(args, print)
    assert (verdict["promoted"], verdict["rows"]) == (False, ROWS // 2)
    assert verdict["champion"] > verdict["challenger"]


def test_a_better_challenger_is(args: dict[str, object]) -> None:
    turned = {**args, "champion": args["challenger"], "challenger": args["champion"]}
    verdict = run(turned, print)
    assert verdict["promoted"]
    assert verdict["low"] > 0


def test_rows_the_champion_had_are_left_out(args: dict[str, object]) -> None:
    assert 0 < run({**args, "first_row": ROWS // 2}, print)["rows"] < ROWS // 2


def test_without_new_rows_nothing_is_promoted_and_the_verdict_is_plain_json(
    args: dict[str, object],
) -> None:
    verdict = run({**args, "first_row": ROWS}, print)
    assert (verdict["promoted"], verdict["rows"], verdict["champion"]) == (False, 0, None)


def test_classes_in_another_order_are_lined_up(args: dict[str, object]) -> None:
    model = Runtime(Bundle.open(Path(str(args["champion"]))))
    schema = Schema(columns=(Column(name="late", kind="category"),))
    values = np.array(["late"] * 5 + ["on_time"] * 3, dtype=object)
    task = tasks().get("classification").fit(values, schema.column("late"))
    assert list(task.decoder()["classes"]) != list(model.bundle.decoder.classes)
    table = tiny_table(10)
    scores, raw = aligned(model, table, task), model.answers(table)
    place = list(task.decoder()["classes"]).index("late")
    assert scores[:, place] == pytest.approx(raw[:, 1], abs=1e-6)


def test_what_is_not_finite_becomes_none() -> None:
    assert finite({"a": float("nan"), "b": 1.0, "c": "x"}) == {"a": None, "b": 1.0, "c": "x"}
    assert finite({"slices": [{"low": float("inf")}]}) == {"slices": [{"low": None}]}


def test_every_large_group_of_rows_is_compared_by_itself(args: dict[str, object]) -> None:
    found = run(args, print)["slices"]
    assert {one["name"].split(" = ")[0] for one in found} <= {c.name for c in COLUMNS}
    assert found
    assert all(100 <= one["rows"] < ROWS // 2 for one in found)
    assert any(one["worse"] for one in found)  # the challenger knows nothing


def test_groups_that_are_small_or_only_names_are_left_out() -> None:
    table = {
        "few": np.array(["x"] * 950 + ["y"] * 49 + [None], dtype=object),
        "names": np.array([str(i) for i in range(1000)], dtype=object),
        "flag": np.array([1.0, 0.0] * 500),
        "amount": np.arange(1000.0),
    }
    kinds = {"few": "category", "names": "category", "flag": "boolean", "amount": "number"}
    found = slices(table, [Column(name=n, kind=k) for n, k in kinds.items()])
    assert {name: int(mask.sum()) for name, mask in found.items()} == {
        "few = x": 950, "flag = true": 500, "flag = false": 500,
    }  # fmt: skip
