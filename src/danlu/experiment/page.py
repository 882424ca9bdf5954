"""Page: an experiment's report as one HTML file: opens offline, runs no script, loads nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from danlu.experiment import plots, words
from danlu.experiment.report import leaderboard
from danlu.store.records import Experiment, Trial

Json = dict[str, Any]
MOST_LINES, MOST_ROWS = 60, 200
STYLE = """
:root { color-scheme: light dark; --back: #fbfbfa; --card: #fff; --text: #1d2125; --soft: #667079;
  --rule: #e3e5e8; --accent: #0b6bcb; --warn: #9a5b00; --good: #14733e;
  --q0: #0b6bcb; --q1: #3f93dd; --q2: #8db9e2; --q3: #bccddd; --q4: #d9dee3; }
@media (prefers-color-scheme: dark) { :root { --back: #14171a; --card: #1b1f23; --text: #e6e8ea;
  --soft: #98a2ab; --rule: #2d333a; --accent: #6cb4ff; --warn: #f0b35a; --good: #63cf94;
  --q0: #6cb4ff; --q1: #3f83c4; --q2: #35608a; --q3: #33485c; --q4: #2c3640; } }
body { margin: 0 auto; max-width: 900px; padding: 32px 20px 64px; background: var(--back);
  color: var(--text); font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 17px; margin: 36px 0 10px }
p { margin: 6px 0 } .soft { color: var(--soft) } .warn { color: var(--warn) }
.verdict { font-size: 18px; margin: 18px 0; padding: 14px 16px; background: var(--card);
  border: 1px solid var(--rule); border-left: 4px solid var(--accent); border-radius: 6px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--rule) }
td, th { padding: 4px 10px 4px 0; vertical-align: top } td.n { text-align: right }
tr.member td { font-weight: 600 } tr.baseline td:first-child { color: var(--good) }
code, pre { font: 13px/1.5 ui-monospace, monospace } .wide { overflow-x: auto }
pre { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 12px;
  overflow-x: auto }
svg { width: 100%; height: auto; background: var(--card); border: 1px solid var(--rule);
  border-radius: 6px } svg text { fill: var(--soft); font-size: 11px }
.name { text-anchor: end } .head { text-anchor: middle } .value { text-anchor: start }
.grid { stroke: var(--rule) } .axis { stroke: var(--soft) } .bar { fill: var(--accent) }
.line { fill: none; stroke-width: 1.2; opacity: .8 } .q0 { stroke: var(--q0); stroke-width: 2 }
.q1 { stroke: var(--q1) } .q2 { stroke: var(--q2) } .q3 { stroke: var(--q3) }
.q4 { stroke: var(--q4) } .dot { fill: var(--q1); opacity: .85 } .dot.front { fill: var(--accent);
  stroke: var(--text); stroke-width: 1.5 }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(experiment: Experiment, trials: Sequence[Trial]) -> str:
    """Return the report; every text of a person or of data in it is escaped."""
    plan, result = experiment.plan, experiment.result
    board = leaderboard(trials, plan)
    title = f"{experiment.name}: report of an experiment"
    parts = [
        _head(experiment), _warnings(result), _section("Leaderboard", _board(board, result, plan)),
        _section("Validation by epoch", _curves(board, trials, plan)),
        _section("What mattered", _importance(result)),
        _section("Settings of every trial", _parallel(board, plan)),
        _section("Accuracy against latency", _scatter(board, plan)),
        _section("Cost of the search", _cost(result, trials, plan)),
        _section("The same again", _again(experiment)),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}" if content else ""


def _head(experiment: Experiment) -> str:
    spec, plan, result = experiment.spec, experiment.plan, experiment.result
    rows = plan.get("rows", {})
    facts = [
        f"dataset {spec.get('data')} version {plan.get('version', '?')}",
        f"target {spec.get('target')} ({plan.get('task', '?')})",
        ", ".join(f"{count:,} {split}" for split, count in rows.items()),
        f"split: {plan.get('split', {}).get('method', '?')}", _when(experiment.created_at),
    ]  # fmt: skip
    found = f"<h1>{escape(experiment.name)}</h1>"
    found += f'<p class="soft">{escape(" · ".join(f for f in facts if f))}</p>'
    found += f"<p>{escape(experiment.state)} {escape(experiment.cause)}</p>"
    if result.get("verdict"):
        said = words.verdict(result["verdict"], str(plan.get("metric")))
        test = _pairs(result.get("test", {}))
        found += f'<div class="verdict">{escape(said)}<br><span class="soft">'
        found += f"{escape(str(result.get('model', '')))} on test rows: {escape(test)}</span></div>"
    return found


def _warnings(result: Mapping[str, Any]) -> str:
    said = [f"<p class=warn>⚠ {escape(words.warning(w))}</p>" for w in result.get("warnings", [])]
    figures = result.get("random_split")
    if figures and not any(w["code"] == "leak_random_split" for w in result["warnings"]):
        text = (
            f"Split by {figures['method']} boosted trees reach "
            f"{figures['metric']} {figures['real']:.4g}; "
            f"a random split would have said {figures['random']:.4g}."
        )
        said.append(f'<p class="soft">{escape(text)}</p>')
    return "".join(said)


def _board(board: Sequence[Json], result: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    members = set(result.get("verdict", {}).get("names", []))
    metric = str(plan.get("metric", "metric"))
    lines = [
        (
            f"{row['kind']} {'member' if row['name'] in members else ''}",
            (row["name"], row["state"], row["metric"], row.get("metrics", {}).get(f"{metric}_sd"),
             row.get("seconds"), _pairs(row.get("values", {}))),
        )
        for row in board[:MOST_ROWS]
    ]  # fmt: skip
    more = len(board) - MOST_ROWS
    note = f'<p class="soft">and {more:,} more</p>' if more > 0 else ""
    heads = ("who", "state", f"{metric} (validation)", "± folds", "seconds", "values")
    return _table(heads, lines) + '<p class="soft">Bold answers in the model.</p>' + note


def _table(heads: Sequence[str], lines: Iterable[tuple[str, Sequence[Any]]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join(
        f'<tr class="{escape(kind)}">'
        + "".join(f"<td>{escape(_shown(v))}</td>" for v in cells)
        + "</tr>"
        for kind, cells in lines
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _curves(board: Sequence[Json], trials: Sequence[Trial], plan: Mapping[str, Any]) -> str:
    metric = str(plan.get("metric"))
    by_number = {t.number: t for t in trials}
    known = [row for row in board if row["kind"] == "trial" and row["metric"] is not None]
    lines = [
        plots.Line(
            f"{row['name']}: {_shown(row['metric'])}",
            [(p["epoch"], p[metric]) for p in by_number[row["number"]].curve
             if p.get(metric) is not None],
            plots.shade(rank, len(known)),
        )
        for rank, row in enumerate(known[:MOST_LINES])
    ]  # fmt: skip
    return plots.curves(lines, metric=metric)


def _importance(result: Mapping[str, Any]) -> str:
    drawn = plots.bars(result.get("importance", {}))
    note = "Share of the differences between trials that a field explains (fANOVA)."
    return f'{drawn}<p class="soft">{note}</p>' if drawn else ""


def _parallel(board: Sequence[Json], plan: Mapping[str, Any]) -> str:
    known = [r for r in board if r["kind"] == "trial" and r["metric"] is not None][:MOST_LINES]
    space = plan.get("space", {})
    axes = {
        key: [v if isinstance(v, int | float) and not isinstance(v, bool) else str(v)
              for v in (row["values"][key] for row in known)]
        for key in space
    }  # fmt: skip
    axes[str(plan.get("metric"))] = [row["metric"] for row in known]
    logs = [key for key, domain in space.items() if domain.get("log")]
    shades = [plots.shade(rank, len(known)) for rank in range(len(known))]
    return plots.parallel(axes, shades, logs=logs) if len(known) > 1 and space else ""


def _scatter(board: Sequence[Json], plan: Mapping[str, Any]) -> str:
    """Draw trials by multiply-adds; those no other beats in both are marked."""
    costs = plan.get("costs", {})
    known = [
        (row, float(costs[str(row["number"])]))
        for row in board
        if row["kind"] == "trial" and row["metric"] is not None and str(row["number"]) in costs
    ]
    least, dots = float("inf"), []
    for row, cost in sorted(known, key=lambda pair: pair[1]):
        place = board.index(row)  # less is better
        kind, least = ("front", place) if place < least else ("trial", least)
        label = f"{row['name']}: {_shown(row['metric'])}, {cost:,.0f} multiply-adds"
        dots.append(plots.Dot(label, cost, row["metric"], kind))
    return plots.scatter(dots, x_name="multiply-adds of a row", y_name=str(plan.get("metric")))


def _cost(result: Mapping[str, Any], trials: Sequence[Trial], plan: Mapping[str, Any]) -> str:
    cost = result.get("cost", {})
    if not cost:
        return ""
    states = ", ".join(f"{count} {state}" for state, count in cost["states"].items())
    cohorts: dict[str, list[Trial]] = {}
    for trial in trials:
        cohorts.setdefault(trial.cohort, []).append(trial)
    sizes = sorted((len(members) for members in cohorts.values()), reverse=True)
    together = [f"{name}: {_planned(c)}" for name, c in plan.get("cohorts", {}).items()]
    times = ", ".join(f"{phase} {s:.2f} s" for phase, s in result.get("timings", {}).items())
    texts = [
        f"{cost['trials']} trials ({states}), {cost['epochs']:,} epochs, "
        f"{cost['seconds']:.1f} s of training.",
        f"Planner: {len(cohorts)} cohorts of {', '.join(map(str, sizes[:20]))} trials on "
        f"{plan.get('slots', '?')} slots with {plan.get('threads', '?')} thread(s) each"
        f"{_where(plan.get('device'))}.",
        f"Phases: {times}.",
        f"Planner by cohort: {'; '.join(together[:MOST_LINES])}." if together else "",
    ]
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def _where(device: Mapping[str, Any] | None) -> str:
    return f", on {device['title']} in {device['precision']}" if device else ""


def _planned(choice: Mapping[str, Any]) -> str:
    """Say how many trials of a cohort trained together, and what was measured for it."""
    measured = ", ".join(
        f"{name.removesuffix('_s')} {seconds * 1e3:.1f} ms a step"
        for name, seconds in (choice.get("timings") or {}).items()
        if isinstance(seconds, float)
    )
    return f"{choice.get('together')} together" + (f" ({measured})" if measured else "")


def _again(experiment: Experiment) -> str:
    spec = {k: v for k, v in experiment.spec.items() if v not in (None, [], {})}
    shown = json.dumps(spec, ensure_ascii=False, indent=2)
    note = f"danlu experiment show {experiment.name}"
    return f"<p><code>{escape(note)}</code></p><pre>{escape(shown)}</pre>"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in values.items())


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _when(stamp: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(stamp))
