"""Words: English sentences for what a search found out; the page has its own, by the same codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WARNINGS = {
    "leak_column": "column '{column}' alone reaches {metric} {value:.3f}: does it know the target?",
    "leak_duplicates": "{rows} of {of} {split} rows ({share:.1%}) are also train rows, so the "
    "figures are too good",
    "one_class": "every {split} row is '{label}', so no figure says how well classes are told "
    "apart: split in another way, or add rows",
    "leak_random_split": "a random split would have reported {metric} {random:.4g}; split by "
    "{method} it is {real:.4g}, and that is what to expect",
}


def warning(found: Mapping[str, Any]) -> str:
    """Say a warning in words.

    >>> warning({"code": "leak_column", "args": {"column": "id", "metric": "auc", "value": 1.0}})
    "column 'id' alone reaches auc 1.000: does it know the target?"
    """
    return WARNINGS[found["code"]].format(**found["args"])


def verdict(found: Mapping[str, Any], metric: str) -> str:
    """Say in one line who answers in the model, and plainly when a baseline won.

    >>> verdict({"winner": "baselines", "names": ["boosted trees"], "metric": 0.874,
    ...          "network": {"name": "trial 3", "metric": 0.861}}, "auc")
    'a baseline wins: boosted trees, auc 0.874; the best network, trial 3, has 0.861'
    """
    network = found["network"]
    who = f"{' + '.join(found['names'])}, {metric} {found['metric']:.4g}"
    if found["winner"] == "networks":
        return f"the model is {who}"
    if found["winner"] == "both":
        return f"networks and baselines answer together: {who}"
    beside = f"; the best network, {network['name']}, has {network['metric']:.4g}"
    return f"a baseline wins: {who}{beside if network else ''}"
