"""First API: breast_cancer from a CSV file to a live prediction over HTTP, 24 trials, cold start."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

import report
from sklearn import datasets

from danlu.cli.replay import Server

RUNS = 3


def write_csv(path: Path) -> None:
    """Write the table as a person would have it."""
    found = datasets.load_breast_cancer()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*found.feature_names, "diagnosis"])
        for x, y in zip(found.data, found.target, strict=True):
            writer.writerow([*x, found.target_names[y]])


def once() -> tuple[float, float, float, float]:
    """Seconds from process start: server up, data in, model live, first answer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "breast_cancer.csv"
        write_csv(path)
        began = time.perf_counter()
        with Server(Path(folder) / "furnace", 0) as door:
            marks = [time.perf_counter() - began]
            door.datasets.add("cancer", path)
            marks.append(time.perf_counter() - began)
            found = door.experiments.run(
                "cancer", data="cancer", target="diagnosis", trials=24, deploy="cancer"
            )
            marks.append(time.perf_counter() - began)
            row = door.datasets.rows("cancer", limit=1)[0]
            row.pop("diagnosis")
            door.deployments.predict("cancer", [row])
            marks.append(time.perf_counter() - began)
            print(found.result["test"], found.plan.get("timings"), found.result.get("timings"))
    return marks[0], marks[1], marks[2], marks[3]


def main() -> None:
    """Measure and write the table."""
    runs = [once() for _ in range(RUNS)]
    names = ("server up", "data imported", "24 trials searched, best one live", "first answer")
    columns = [list(c) for c in zip(*runs, strict=True)]
    report.write(
        "breast_cancer: CSV to live API",
        [
            ("seconds since `danlu up` was started", "measured", "wanted"),
            *(
                (n, report.spread(c, digits=1), "-")
                for n, c in zip(names[:3], columns, strict=False)
            ),
            (names[3], report.spread(columns[3], digits=1), "<= 30 s"),
        ],
        report.versions("torch", "scikit-learn", "onnxruntime"),
    )


if __name__ == "__main__":
    main()
