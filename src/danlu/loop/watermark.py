"""Watermark: how late feedback comes, and so which predictions can be judged already.

A prediction whose feedback may still come is not scored: the early answers are not like the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

USUAL = "p99"


def ripe_before(delays: Mapping[str, float], now: float) -> float:
    """Return the moment before which predictions have had time for 99 % of their feedback.

    ``delays`` are quantiles in seconds (`LogReader.delays`); with none known nothing is ripe.

    >>> ripe_before({"p50": 60.0, "p90": 300.0, "p99": 900.0}, now=10_000.0)
    9100.0
    """
    return now - delays[USUAL] if USUAL in delays else 0.0


def share_in_time(delays: Mapping[str, float], age_s: float) -> float:
    """Return about which share of the feedback of predictions this old has come.

    >>> share_in_time({"p50": 60.0, "p90": 300.0, "p99": 900.0}, age_s=400.0)
    0.9
    """
    known = {0.0: 0.0, **{int(name[1:]) / 100: s for name, s in delays.items()}}
    return max((share for share, late in known.items() if late <= age_s), default=0.0)
