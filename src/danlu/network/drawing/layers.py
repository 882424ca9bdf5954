"""Layers: places boxes top-down, each below everything it reads; long edges run in lanes beside.

Sugiyama's way, small: ranks by the longest way, order by barycentres, places by least squares
(pooled neighbours), then straight lanes and orthogonal routes. Pure arithmetic, no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from danlu.errors import TooLargeError

LANE = 9.0  # half the room of a lane
MARGIN = 14.0  # beside a box
GAP = 26.0  # between two ranks
TRACK = 9.0  # between two horizontals in one gap
FOOT = 18.0  # between two edges that end at one box
SWEEPS = 8
MOST_LANES = 20_000

Edge = tuple[str, str]
Point = tuple[float, float]


class Box(NamedTuple):
    """The size of what is placed."""

    width: float
    height: float


class Placement(NamedTuple):
    """Where boxes lie (left, top), and the corners of every edge."""

    at: dict[str, Point]
    ways: dict[Edge, list[Point]]
    width: float
    height: float


@dataclass(eq=False)
class _Slot:
    """A box, or the lane of an edge past one rank."""

    box: Box | None
    rank: int
    turn: int = 0
    """Its position within the rank."""
    x: float = 0.0
    ups: list[_Slot] = field(default_factory=list)
    downs: list[_Slot] = field(default_factory=list)
    near_ups: list[_Slot] = field(default_factory=list)
    """Boxes it reads, however far."""
    near_downs: list[_Slot] = field(default_factory=list)

    @property
    def half(self) -> float:
        return self.box.width / 2 + MARGIN if self.box else LANE


def place(boxes: Mapping[str, Box], edges: Iterable[Edge]) -> Placement:
    """Place boxes; the order of the names breaks ties, so equal input gives equal output.

    >>> found = place({n: Box(100, 30) for n in "abc"}, [("a", "b"), ("b", "c"), ("a", "c")])
    >>> [found.at[n][1] for n in "abc"], len(found.ways["a", "c"])
    ([0.0, 56.0, 112.0], 6)
    """
    if not boxes:
        return Placement({}, {}, 0, 0)
    pairs = [(a, b) for a, b in dict.fromkeys(edges) if a in boxes and b in boxes and a != b]
    forward = _forward(boxes, pairs)
    work = _Work(boxes, forward, ranks(boxes, forward))
    work.arrange()
    return work.placement()


def ranks(names: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the longest way to each name; what only serves one reader comes right before it."""
    ups: dict[str, list[str]] = {name: [] for name in names}
    downs: dict[str, list[str]] = {name: [] for name in ups}
    for a, b in edges:
        ups[b].append(a)
        downs[a].append(b)
    found: dict[str, int] = {}
    order = _order(ups, downs)
    for name in order:
        found[name] = max((found[u] + 1 for u in ups[name]), default=0)
    free: set[str] = set()
    for name in order:
        if all(u in free and len(downs[u]) == 1 for u in ups[name]):
            free.add(name)
    for name in reversed(order):
        if name in free and downs[name]:
            found[name] = min(found[d] for d in downs[name]) - 1
    return found


def _order(ups: Mapping[str, list[str]], downs: Mapping[str, list[str]]) -> list[str]:
    waiting = {name: len(of) for name, of in ups.items()}
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for reader in downs[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                order.append(reader)
    return order


def _forward(names: Iterable[str], edges: Sequence[Edge]) -> list[Edge]:
    """Leave out edges that close a ring."""
    downs: dict[str, list[str]] = {name: [] for name in names}
    for a, b in edges:
        downs[a].append(b)
    state: dict[str, int] = {}  # 1 = being looked at, 2 = done
    closing: set[Edge] = set()
    for start in downs:
        stack = [] if start in state else [(start, iter(downs[start]))]
        state.setdefault(start, 1)
        while stack:
            name, rest = stack[-1]
            reader = next(rest, None)
            if reader is None:
                state[name] = 2
                stack.pop()
            elif reader not in state:
                state[reader] = 1
                stack.append((reader, iter(downs[reader])))
            elif state[reader] == 1:
                closing.add((name, reader))
    return [e for e in edges if e not in closing]


class _Work:
    """One placement in the making."""

    def __init__(
        self, boxes: Mapping[str, Box], edges: Sequence[Edge], rank: Mapping[str, int]
    ) -> None:
        low = min(rank.values())
        self.slots = {name: _Slot(box, rank[name] - low) for name, box in boxes.items()}
        self.layers: list[list[_Slot]] = [[] for _ in range(max(rank.values()) - low + 1)]
        for slot in self.slots.values():
            self.layers[slot.rank].append(slot)
        self.chains: dict[Edge, list[_Slot]] = {}
        self.lanes: dict[str, list[_Slot]] = {}
        for a, b in edges:
            self._connect(a, b)
            if sum(len(lane) for lane in self.lanes.values()) > MOST_LANES:
                raise TooLargeError(
                    f"more than {MOST_LANES} long edges cannot be drawn", code="drawing_large",
                    do="Make blocks of the nodes that belong together.",
                )  # fmt: skip
        self._number()

    def _connect(self, a: str, b: str) -> None:
        """Link two boxes; all long edges out of one box share its lane."""
        first, last = self.slots[a], self.slots[b]
        first.near_downs.append(last)
        last.near_ups.append(first)
        lane = self.lanes.setdefault(a, [])
        while len(lane) < last.rank - first.rank - 1:
            slot = _Slot(None, first.rank + len(lane) + 1)
            self.layers[slot.rank].append(slot)
            _link(lane[-1] if lane else first, slot)
            lane.append(slot)
        chain = [first, *lane[: last.rank - first.rank - 1], last]
        _link(chain[-2], last)
        self.chains[a, b] = chain

    def arrange(self) -> None:
        """Order the slots of every rank with few crossings, then give each its place."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            self._sweep(down=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best
        self._number()
        for layer in self.layers:
            _spread(layer)
        for sweep in range(SWEEPS):
            for layer in self.layers if sweep % 2 == 0 else reversed(self.layers):
                for slot in layer:
                    near = slot.near_ups if sweep % 2 == 0 else slot.near_downs
                    ways = slot.ups if sweep % 2 == 0 else slot.downs
                    around = near if slot.box else ways
                    slot.x = fmean(s.x for s in around) if around else slot.x
                _spread(layer)
        self._straighten()

    def _sweep(self, *, down: bool) -> None:
        for layer in self.layers if down else reversed(self.layers):
            wish = {}
            for slot in layer:
                around = slot.ups if down else slot.downs
                wish[slot] = fmean(s.turn for s in around) if around else slot.turn
            layer.sort(key=lambda slot: wish[slot])
            for turn, slot in enumerate(layer):
                slot.turn = turn

    def _number(self) -> None:
        for layer in self.layers:
            for turn, slot in enumerate(layer):
                slot.turn = turn

    def _crossings(self) -> int:
        total = 0
        for layer in self.layers:
            ends = [d.turn for slot in layer for d in sorted(slot.downs, key=lambda s: s.turn)]
            total += _inversions(ends)
        return total

    def _straighten(self) -> None:
        """Move every lane to one x, where its neighbours let it."""
        lanes = [lane for lane in self.lanes.values() if len(lane) > 1]
        for lane in sorted(lanes, key=lambda lane: -max(s.x for s in lane)):
            right = fmean(s.x for s in lane) >= lane[0].ups[0].x
            x = max(s.x for s in lane) if right else min(s.x for s in lane)
            if all(self._has_room(slot, x) for slot in lane):
                for slot in lane:
                    slot.x = x

    def _has_room(self, slot: _Slot, x: float) -> bool:
        layer = self.layers[slot.rank]
        before = layer[slot.turn - 1] if slot.turn else None
        after = layer[slot.turn + 1] if slot.turn + 1 < len(layer) else None
        fits = before is None or before.x + before.half + slot.half <= x + 0.01
        return fits and (after is None or x + slot.half + after.half <= after.x + 0.01)

    def placement(self) -> Placement:
        """Return places with the left and the top at 0."""
        everything = [slot for layer in self.layers for slot in layer]
        left = min(s.x - (s.box.width / 2 if s.box else 0) for s in everything)
        right = max(s.x + (s.box.width / 2 if s.box else 0) for s in everything)
        for slot in everything:
            slot.x = round(slot.x - left, 2)  # what is straight is straight to the last bit
        feet = _feet(self.chains.values())
        tracks = [_tracks(layer, feet) for layer in self.layers]
        tops, y = [], 0.0
        for number, layer in enumerate(self.layers):
            tops.append(y)
            y += max((s.box.height for s in layer if s.box), default=0.0)
            if number + 1 < len(self.layers):
                count = max(tracks[number].values(), default=0)
                y += GAP + TRACK * count
        at = {
            name: (s.x - (s.box.width if s.box else 0) / 2, tops[s.rank])
            for name, s in self.slots.items()
        }
        ways = {e: _way(chain, feet, tracks, tops) for e, chain in self.chains.items()}
        return Placement(at, ways, right - left, y)


def _link(a: _Slot, b: _Slot) -> None:
    a.downs.append(b)
    b.ups.append(a)


def _inversions(values: Sequence[int]) -> int:
    """Count pairs in the wrong order (merge sort)."""
    total, width, kept = 0, 1, list(values)
    while width < len(kept):
        merged: list[int] = []
        for start in range(0, len(kept), 2 * width):
            middle, end = start + width, start + 2 * width
            total += _merge(kept[start:middle], kept[middle:end], merged)
        kept, width = merged, 2 * width
    return total


def _merge(first: list[int], second: list[int], into: list[int]) -> int:
    """Merge two sorted lists; return how many pairs stood in the wrong order."""
    total = at = 0
    for value in second:
        while at < len(first) and first[at] <= value:
            into.append(first[at])
            at += 1
        total += len(first) - at
        into.append(value)
    into += first[at:]
    return total


def _spread(layer: list[_Slot]) -> None:
    """Keep the order and the distances, and be as near as possible to where each wants to be.

    Least squares under order: pool neighbours that violate it (boxes weigh more than lanes).
    """
    offsets, offset = [], 0.0
    for before, slot in zip([None, *layer], layer, strict=False):
        offset += before.half + slot.half if before else 0.0
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for slot, shift in zip(layer, offsets, strict=True):
        mean, weight, count = slot.x - shift, 1.0 if slot.box else 1e-7, 1
        while pools and pools[-1][0] > mean:
            m, w, n = pools.pop()
            mean, weight, count = (m * w + mean * weight) / (w + weight), w + weight, n + count
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    for slot, shift, mean in zip(layer, offsets, means, strict=True):
        slot.x = mean + shift


Feet = dict[tuple[int, int], float]


def _feet(chains: Iterable[list[_Slot]]) -> Feet:
    """Return where each edge meets the top of its box: a straight one in the middle."""
    arrivals: dict[int, tuple[_Slot, list[_Slot]]] = {}
    for chain in chains:
        arrivals.setdefault(id(chain[-1]), (chain[-1], []))[1].append(chain[-2])
    found: Feet = {}
    for box, given in arrivals.values():
        sources = sorted(dict.fromkeys(given), key=lambda s: s.x)
        straight = [i for i, s in enumerate(sources) if abs(s.x - box.x) < 1]
        middle = straight[0] if straight else (len(sources) - 1) / 2
        for i, source in enumerate(sources):
            most = max((box.box.width if box.box else 0) / 2 - FOOT, 0)
            shift = min(max((i - middle) * FOOT, -most), most)
            found[id(source), id(box)] = box.x + shift
    return found


def _tracks(layer: list[_Slot], feet: Feet) -> dict[tuple[int, int], int]:
    """Return the track of every horizontal below a rank; what starts together may overlap."""
    spans = []
    for slot in layer:
        for down in slot.downs:
            end = feet.get((id(slot), id(down)), down.x)
            if abs(end - slot.x) >= 1:
                spans.append((slot.x, end, id(slot), id(down)))
    spans.sort(key=lambda s: (-s[0] if s[1] > s[0] else s[0], abs(s[1] - s[0])))
    tracks: list[list[tuple[float, float, int]]] = []
    found: dict[tuple[int, int], int] = {}
    for start, end, source, target in spans:
        low, high = min(start, end) - 4, max(start, end) + 4
        free = (
            number for number, taken in enumerate(tracks)
            if all(s == source or high < a or b < low for a, b, s in taken)
        )  # fmt: skip
        number = next(free, len(tracks))
        if number == len(tracks):
            tracks.append([])
        tracks[number].append((low, high, source))
        found[source, target] = number
    return found


def _way(
    chain: list[_Slot], feet: Feet, tracks: list[dict[tuple[int, int], int]], tops: list[float]
) -> list[Point]:
    """Return the corners of an edge, from the foot of its source to the top of its reader."""
    first = chain[0]
    points = [(first.x, tops[first.rank] + (first.box.height if first.box else 0))]
    for slot, down in pairwise(chain):
        end = feet.get((id(slot), id(down)), down.x)
        track = tracks[slot.rank].get((id(slot), id(down)))
        if track is not None:
            count = max(tracks[slot.rank].values(), default=0)
            y = tops[slot.rank + 1] - GAP / 2 - TRACK * (count - track)
            points += [(points[-1][0], y), (end, y)]
        else:
            end = points[-1][0]
        points.append((end, tops[down.rank]))
    return _corners(points)


def _corners(points: list[Point]) -> list[Point]:
    """Leave out points on a straight line."""
    kept = points[:1]
    for point, after in zip(points[1:], [*points[2:], None], strict=True):
        if after is None or not (kept[-1][0] == point[0] == after[0]):
            kept.append(point)
    return kept
