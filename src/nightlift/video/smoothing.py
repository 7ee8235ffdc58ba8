"""Edits over time: averaged within a shot, with look-ahead, so that they never lag."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from nightlift.edit import Edit

Item = TypeVar("Item")

SETTLED = 3.0
"""Time constants after which a change counts as settled: a twentieth of it is left."""

NEARLY = 0.999
"""Of the way to an estimate, after which it is taken as it is."""


@dataclass(frozen=True)
class Timed:
    """An edit and the time in seconds of the frame that it was made from."""

    time: float
    edit: Edit


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
        self._smooth: dict[float, Edit] = {}
        self._now = 0.0
        self.hurried = False

    def add(
        self, time: float, item: Item, edit: Edit | None, cut: bool = False
    ) -> Iterator[tuple[Item, Edit]]:
        """Take the next item; yields those that are ready, in order.

        Times increase. The first item of all and the first after a cut come with an estimate.
        """
        if cut:
            yield from self.finish()
        self._now = time
        self._waiting.append((time, item))
        if edit is not None:
            self._known.append(Timed(time, edit))
        while self._waiting and self._ready():
            yield self._next()
        if len(self._waiting) > self._held:
            self.hurried = True
            yield self._next()

    def finish(self) -> Iterator[tuple[Item, Edit]]:
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

    def _next(self) -> tuple[Item, Edit]:
        time, item = self._waiting.popleft()
        before = next(one for one in reversed(self._known) if one.time <= time)
        after = self._after(time) or before
        self._forget(before.time)
        if after is before or before.time == time:
            return item, self._smoothed(before.time)
        nearness = (time - before.time) / (after.time - before.time)
        pair = [self._smoothed(before.time), self._smoothed(after.time)]
        return item, Edit.mean(pair, [1 - nearness, nearness])

    def _smoothed(self, center: float) -> Edit:
        """The mean around the estimate at `center`, worked out once."""
        if center not in self._smooth:
            reach = min(self._reach, self._now - center)
            weights = [
                max(0.0, 1 - abs(one.time - center) / reach)
                if reach > 0
                else float(one.time == center)
                for one in self._known
            ]
            self._smooth[center] = Edit.mean([one.edit for one in self._known], weights)
        return self._smooth[center]

    def _forget(self, time: float) -> None:
        """Drop what no item from `time` on can need."""
        self._known = [one for one in self._known if one.time >= time - self._reach]
        self._smooth = {at: made for at, made in self._smooth.items() if at >= time}


class Trailing(Generic[Item]):
    """Gives each item its edit at once, without looking ahead: for streams.

    The edit moves towards the last estimate exponentially, and has come 95 % of the way after
    `settle` seconds. A cut begins anew.
    """

    hurried = False

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self._edit: Edit | None = None
        self._target: Edit | None = None
        self._last = 0.0

    def add(
        self, time: float, item: Item, edit: Edit | None, cut: bool = False
    ) -> Iterator[tuple[Item, Edit]]:
        """Take the next item and give it back with its edit; times increase.

        The first item of all and the first after a cut come with an estimate.
        """
        passed, self._last = time - self._last, time
        if edit is not None:
            self._target = edit
        assert self._target is not None
        if cut or self._edit is None or self._settle == 0:
            self._edit = self._target
        elif self._edit is not self._target:
            step = 1 - math.exp(-SETTLED * passed / self._settle)
            self._edit = self._target if step > NEARLY else self._nearer(step)
        yield item, self._edit

    def _nearer(self, step: float) -> Edit:
        assert self._edit is not None
        assert self._target is not None
        mean = Edit.mean([self._edit, self._target], [1 - step, step])
        return replace(mean, noise=self._target.noise)

    def finish(self) -> Iterator[tuple[Item, Edit]]:
        """Nothing waits."""
        return iter(())
