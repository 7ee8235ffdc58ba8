"""Files to workers and outcomes back: bounded, and going on when workers are lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nightlift.batch import Job, Outcome
from nightlift.cluster.manifest import Record
from nightlift.errors import ClusterError

ATTEMPTS = 3
"""Workers that a file may take with it before it is given up."""

FAILED_STARTS = 3
"""Workers in a row that may be lost while they start."""


class Order(NamedTuple):
    """A file by its name; `lost` workers had it in hand; `again` says that one may have."""

    name: str
    lost: int = 0
    again: bool = False


@dataclass
class _Crew:
    """A worker, and what it was given, oldest first."""

    actor: Any
    orders: dict[Any, Order] = field(default_factory=dict)


class Dispatch:
    """Gives each file to one of `count` workers.

    Args:
        ray: The module, connected to a cluster.
        make: Makes a worker, an actor of Ray.
        count: How many there are at a time.
        depth: Files that a worker has, in hand and next.
        names: The files, taken only as they are needed.
        version: What nightlift's version has to be everywhere.
        address: The whole address of a file.
    """

    def __init__(
        self,
        ray: Any,
        make: Callable[[], Any],
        count: int,
        depth: int,
        names: Iterator[str],
        version: str,
        address: Callable[[str], str],
    ) -> None:
        self._ray, self._make, self._names = ray, make, names
        self._version, self._address, self._depth = version, address, depth
        self._starting: dict[Any, _Crew] = {}
        self._working: list[_Crew] = []
        self._again: deque[Order] = deque()
        self._failed_starts = 0
        self._stopped = False
        self.replaced = 0
        for _ in range(count):
            self._hire()

    def outcomes(self) -> Iterator[Record]:
        """The outcome of each file, in the order in which they come; ClusterError if none can.

        No name is taken before there is a worker for it.
        """
        while not self._working:
            (ready, *_), _ = self._ray.wait([*self._starting], num_returns=1)
            self._started(ready)
        self._fill()
        while self._given() or self._more():
            waiting = [*self._starting, *(ref for crew in self._working for ref in crew.orders)]
            (ready, *_), _ = self._ray.wait(waiting, num_returns=1)
            if ready in self._starting:
                self._started(ready)
            else:
                yield from self._settled(ready)
            self._fill()

    def stop(self) -> Iterator[Record]:
        """The outcomes of the files that workers have; they are given no more."""
        self._stopped = True
        self._again.clear()
        while self._given():
            waiting = [ref for crew in self._working for ref in crew.orders]
            (ready, *_), _ = self._ray.wait(waiting, num_returns=1)
            yield from self._settled(ready)

    def close(self) -> None:
        """End all workers."""
        for crew in (*self._starting.values(), *self._working):
            self._ray.kill(crew.actor)

    def _hire(self) -> None:
        actor = self._make()
        self._starting[actor.version.remote()] = _Crew(actor)

    def _given(self) -> bool:
        return any(crew.orders for crew in self._working)

    def _more(self) -> bool:
        """Whether there is a file that no worker has yet."""
        if self._stopped:
            return False
        if not self._again:
            name = next(self._names, None)
            if name is not None:
                self._again.append(Order(name))
        return bool(self._again)

    def _fill(self) -> None:
        """Give files to those who have the fewest."""
        for depth in range(self._depth):
            for crew in self._working:
                if len(crew.orders) == depth and self._more():
                    order = self._again.popleft()
                    crew.orders[crew.actor.enhance.remote(order.name, order.again)] = order

    def _started(self, ref: Any) -> None:
        crew = self._starting.pop(ref)
        try:
            version = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                told = f"no worker can be started on the cluster: {_reason(error)}"
                raise ClusterError(told) from error
            self._hire()
            return
        if version != self._version:
            raise ClusterError(
                f"the cluster has nightlift {version}, and this is {self._version}: install the "
                "same version everywhere"
            )
        self._failed_starts = 0
        self._working.append(crew)

    def _settled(self, ref: Any) -> Iterator[Record]:
        """The outcome that is ready, or what is left of a lost worker's."""
        crew = next(crew for crew in self._working if ref in crew.orders)
        try:
            record = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            yield from self._lost(crew, error)
        else:
            del crew.orders[ref]
            yield record

    def _lost(self, crew: _Crew, error: Exception) -> Iterator[Record]:
        """What a lost worker had done; what it had in hand, and the next, go to others."""
        self._working.remove(crew)
        self._ray.kill(crew.actor)
        suspect = True
        for ref, order in crew.orders.items():
            try:
                yield self._ray.get(ref)
            except self._ray.exceptions.RayError:
                lost = order.lost + suspect
                suspect = False
                if lost >= ATTEMPTS:
                    yield _given_up(self._address(order.name), error)
                else:
                    self._again.append(Order(order.name, lost, again=True))
        self.replaced += 1
        if not self._stopped:
            self._hire()


def _given_up(address: str, error: Exception) -> Record:
    told = f"{ATTEMPTS} workers were lost with this file in hand: {_reason(error)}"
    record = Outcome(Job(Path(address), None), "failed", told).record()
    return record | {"input": address, "worker": None}


def _reason(error: Exception) -> str:
    """The last line of what Ray says, which is what happened."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].strip()[:200]
