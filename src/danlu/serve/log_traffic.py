"""Traffic: what a deployment did, minute by minute: requests, rows, latencies, warnings, refusals.

Counted as it is logged, so that a page asks for minutes and never for the requests themselves.
Latencies fall into buckets, each √2 wide from 64 µs up, so a quantile is within a fifth of the
truth; the largest bucket has no upper end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from danlu.serve.log_file import BUCKETS, Connection

MINUTE_US = 60_000_000
FIRST_US = 64
WIDTH = math.sqrt(2)
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
COUNTED = ("requests", "rows", "warned", "errors")
COLUMNS = (*COUNTED, *(f"b{n}" for n in range(BUCKETS)))
ADD = (
    f"INSERT INTO minute (deployment, minute, model, shadow, {', '.join(COLUMNS)}) "
    f"VALUES ({', '.join('?' * (4 + len(COLUMNS)))}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS)
)
REFUSE = (
    "INSERT INTO refusal (deployment, minute, code, requests) VALUES (?, ?, ?, 1) "
    "ON CONFLICT DO UPDATE SET requests = requests + 1"
)
READ = (
    f"SELECT minute, model, shadow, {', '.join(COLUMNS)} FROM minute "
    "WHERE deployment = ?1 AND minute >= ?2 ORDER BY minute"
)
REFUSALS = (
    "SELECT code, sum(requests) FROM refusal WHERE deployment = ?1 AND minute >= ?2 GROUP BY 1"
)
Row = tuple[Any, ...]
Key = tuple[int, int, str, int]


class Seen(NamedTuple):
    """One request as traffic counts it; ``refused`` is the code of the error it was answered."""

    project: str
    deployment: str
    model: str
    at_us: int
    latency_us: int
    rows: int = 0
    warned: int = 0
    refused: str = ""
    shadow: bool = False


def bucket_of(latency_us: int) -> int:
    """Return the bucket of a latency.

    >>> [bucket_of(us) for us in (10, 64, 91, 128, 10**9)]
    [0, 0, 1, 2, 31]
    """
    if latency_us <= FIRST_US:
        return 0
    return min(math.floor(math.log(latency_us / FIRST_US, WIDTH) + 1e-9), BUCKETS - 1)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Return the latency (ms) below which that share of the counted requests lie.

    >>> quantile([0, 0, 10], 0.5)
    0.152
    """
    total = sum(counts)
    if not total:
        return None
    left = share * total
    for bucket, count in enumerate(counts):
        if count and left <= count:
            return _ms(bucket + left / count)
        left -= count
    return _ms(BUCKETS)


def _ms(buckets: float) -> float:
    return round(FIRST_US * math.exp(buckets * math.log(WIDTH)) / 1000, 3)


def write_traffic(connection: Connection, seen: Iterable[tuple[int, Seen]]) -> None:
    """Add requests to their minutes: pairs of a deployment's number and what was seen."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
    for source, one in seen:
        minute = one.at_us // MINUTE_US
        added = sums[source, minute, one.model, int(one.shadow)]
        counted = (1, one.rows, one.warned, int(bool(one.refused)))
        for place, value in enumerate(counted):
            added[place] += value
        if one.refused:
            connection.execute(REFUSE, (source, minute, one.refused))
        else:
            added[len(COUNTED) + bucket_of(one.latency_us)] += 1
    for key, values in sums.items():
        connection.execute(ADD, (*key, *values))


def summed(rows: Sequence[Row]) -> dict[str, Any]:
    """Add minutes up: the counts, and the quantiles of the latency in milliseconds."""
    counted = [sum(row[3 + place] for row in rows) for place in range(len(COLUMNS))]
    latencies = counted[len(COUNTED) :]
    return {
        **dict(zip(COUNTED, counted, strict=False)),
        **{name: quantile(latencies, share) for name, share in QUANTILES.items()},
    }


def series(rows: Sequence[Row], *, first: int, last: int, points: int) -> list[dict[str, Any]]:
    """Cut the minutes ``first`` .. ``last`` into at most that many equal steps, empty ones too."""
    step = max(1, math.ceil((last - first + 1) / points))
    steps: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        steps[(row[0] - first) // step].append(row)
    return [
        {"at": (first + number * step) * 60, **summed(steps.get(number, []))}
        for number in range(math.ceil((last - first + 1) / step))
    ]
