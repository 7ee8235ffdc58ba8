"""Adjustments over time: averaged within a shot, with look-ahead, so that they never lag."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.storage import average

Item = TypeVar("Item")


@dataclass(frozen=True)
class Estimate:
    """What is to be done to a frame: an adjustment, and the share of the strength (0 to 1)."""

    adjustment: Adjustment
    share: float = 1.0


@dataclass(frozen=True)
class Timed:
    """An estimate and the time in seconds of the frame that it was made from."""

    time: float
    estimate: Estimate


def mixed(estimates: list[Estimate], weights: list[float]) -> Estimate:
    """The weighted mean of estimates of one kind; one that is alone is left as it is."""
    used = [(e, w) for e, w in zip(estimates, weights, strict=True) if w > 0]
    share = sum(w * e.share for e, w in used) / sum(w for _, w in used)
    first = used[0][0].adjustment
    if all(e.adjustment is first for e, _ in used):
        return Estimate(first, share)
    return Estimate(average([e.adjustment for e, _ in used], [w for _, w in used]), share)


class Smoother(Generic[Item]):
    """Holds items until the estimates around them are known, and gives each its own.

    Two steps, both without lag. Each estimate of a shot becomes the mean of those within `reach`
    seconds before and after, weighted by a tent that falls from 1 to 0. An item between two
    estimates gets their mean, weighted by nearness. Nothing crosses a cut. At most `held` items
    wait: beyond, the oldest goes with what is known, and the tent is as narrow on both sides;
    `hurried` says that this happened.
    """

    def __init__(self, reach: float, held: int) -> None:
        self._reach = reach
        self._held = held
        self._waiting: deque[tuple[float, Item]] = deque()
        self._known: list[Timed] = []
        self._smooth: dict[float, Estimate] = {}
        self._now = 0.0
        self.hurried = False

    def add(
        self, time: float, item: Item, estimate: Estimate | None, cut: bool = False
    ) -> Iterator[tuple[Item, Estimate]]:
        """Take the next item; yields those that are ready, in order.

        Times increase. The first item of all and the first after a cut come with an estimate.
        """
        if cut:
            yield from self.finish()
        self._now = time
        self._waiting.append((time, item))
        if estimate is not None:
            self._known.append(Timed(time, estimate))
        while self._waiting and self._ready():
            yield self._next()
        if len(self._waiting) > self._held:
            self.hurried = True
            yield self._next()

    def finish(self) -> Iterator[tuple[Item, Estimate]]:
        """The rest of a shot; what comes after begins a new one."""
        self._now = math.inf
        while self._waiting:
            yield self._next()
        self._known.clear()
        self._smooth.clear()

    def _ready(self) -> bool:
        """Whether the oldest item's two estimates see all that they will ever see."""
        later = self._after(self._waiting[0][0])
        return later is not None and self._now >= later.time + self._reach

    def _after(self, time: float) -> Timed | None:
        return next((one for one in self._known if one.time > time), None)

    def _next(self) -> tuple[Item, Estimate]:
        time, item = self._waiting.popleft()
        before = next(one for one in reversed(self._known) if one.time <= time)
        after = self._after(time) or before
        self._forget(before.time)
        if after is before or before.time == time:
            return item, self._smoothed(before.time)
        nearness = (time - before.time) / (after.time - before.time)
        pair = [self._smoothed(before.time), self._smoothed(after.time)]
        return item, mixed(pair, [1 - nearness, nearness])

    def _smoothed(self, center: float) -> Estimate:
        """The mean around the estimate at `center`, worked out once."""
        if center not in self._smooth:
            reach = min(self._reach, self._now - center)
            weights = [
                max(0.0, 1 - abs(one.time - center) / reach)
                if reach > 0
                else float(one.time == center)
                for one in self._known
            ]
            self._smooth[center] = mixed([one.estimate for one in self._known], weights)
        return self._smooth[center]

    def _forget(self, time: float) -> None:
        """Drop what no item from `time` on can need."""
        self._known = [one for one in self._known if one.time >= time - self._reach]
        self._smooth = {at: made for at, made in self._smooth.items() if at >= time}
