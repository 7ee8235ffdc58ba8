"""A folder of photos or clips, of any number, by the machines of a Ray cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from nightlift import __version__
from nightlift.cluster.dispatch import Dispatch
from nightlift.cluster.listing import Listing
from nightlift.cluster.manifest import Known, Manifest, Record
from nightlift.cluster.storage import Folder
from nightlift.cluster.task import Task
from nightlift.cluster.worker import Worker
from nightlift.cluster.workplace import swept
from nightlift.errors import ClusterError, MissingExtraError, NightliftError, UsageError
from nightlift.processor import cores

STORE = 80_000_000
"""Bytes of shared memory that a local cluster gets: only names and outcomes travel."""

LOCAL = {
    "worker_niceness": 0,
    "enable_metrics_collection": False,
    "task_events_report_interval_ms": 0,
}
"""How Ray runs on this machine alone: its workers stand behind no other program (it would make them
nice by 15), and nobody asks it how it does."""


class ClusterRun:
    """The outcomes of a folder's files as they come; each is in the manifest, too, once.

    Args:
        task: What is done to every file.
        cluster: `local` (this machine's cores), `auto` (the cluster that this machine belongs
            to) or `ray://HOST:PORT`.
        recursive: Whether sub-folders count.
        limit: The most files.
        workers: How many at a time; None: as many as the cluster has cores.

    Raises:
        UsageError: The folders do not fit each other, or an earlier run's outcomes are there, or
            no machine of the cluster has the cores for a worker.
    """

    def __init__(
        self,
        task: Task,
        cluster: str = "local",
        *,
        recursive: bool = False,
        limit: int | None = None,
        workers: int | None = None,
    ) -> None:
        _check_apart(task.source, task.output)
        self._task, self._cluster = task, cluster
        self._recursive, self._limit, self._workers = recursive, limit, workers
        self._listing = self._listed()
        self._known = Known()
        self.replaced = 0
        """Workers that were lost and replaced."""

    def __iter__(self) -> Iterator[Record]:
        """The outcomes; leaving the loop waits for photos in hand, drops clips, and ends it."""
        task, ray = self._task, _module()
        manifest = Manifest(task.output)
        self._known = manifest.open(task.settings(), task.existing)
        if manifest.overwrites:
            task = replace(task, existing="overwrite")
        most = task.cores * (self._workers or 1)
        with swept(), _connected(ray, self._cluster, most) as machines:
            room = _room(machines, task.cores)
            remote = ray.remote(num_cpus=task.cores, max_concurrency=1)(Worker)
            shared = ray.put(task)
            dispatch = Dispatch(
                ray,
                lambda: remote.remote(shared),
                self._workers or room,
                task.depth,
                self._begun(manifest),
                __version__,
                task.source.address,
            )
            with ExitStack() as last:
                last.callback(dispatch.close)
                last.callback(manifest.flush)
                last.callback(self._finish, dispatch, manifest)
                yield from self._noted(dispatch.outcomes(), manifest)

    def _begun(self, manifest: Manifest) -> Iterator[str]:
        """The names; with the first one the run has begun."""
        names = self._names(self._listing)
        for first in islice(names, 1):
            manifest.begin()
            yield first
        yield from names

    def _finish(self, dispatch: Dispatch, manifest: Manifest) -> None:
        """Wait for the files in hand, where they take seconds."""
        self.replaced = dispatch.replaced
        for _ in self._noted(dispatch.stop(), manifest) if self._task.waits else ():
            pass

    def _noted(self, records: Iterator[Record], manifest: Manifest) -> Iterator[Record]:
        for record in records:
            manifest.add(record)
            yield record

    def total(self) -> int:
        """How many files are to be done, by listing the folder once more: nothing is held.

        Returns:
            The number.
        """
        return sum(1 for _ in self._names(self._listed()))

    @property
    def left_out(self) -> list[str]:
        """A sentence for each kind of file that was met and left out, once the run is over."""
        return self._listing.left_out

    def _listed(self) -> Listing:
        task = self._task
        return Listing(task.source, task.kind, recursive=self._recursive, without=task.output)

    def _names(self, listing: Listing) -> Iterator[str]:
        """The files that have no outcome yet."""
        source = self._task.source
        names = (name for name in listing if source.address(name) not in self._known)
        return islice(names, self._limit)


class Counted:
    """The number of files of a run, found out in a thread while the run goes on.

    `total` is None until it is known, and stays so where the folder cannot be listed once more.

    Args:
        run: Whose files are counted.
    """

    def __init__(self, run: ClusterRun) -> None:
        self.total: int | None = None
        self._thread = threading.Thread(target=self._count, args=(run.total,), daemon=True)

    def begin(self) -> None:
        """Start to count, if it has not been."""
        if not self._thread.ident:
            self._thread.start()

    def _count(self, total: Callable[[], int]) -> None:
        with suppress(NightliftError):
            self.total = total()


def _check_apart(source: Folder, output: Folder) -> None:
    """Raise UsageError where a result could replace an original."""
    if output.holds(source):
        raise UsageError(
            f"the originals in {source.url} lie in the folder of results {output.url}, where they "
            "could be replaced: give the results another folder"
        )


def _room(machines: Sequence[int], threads: int) -> int:
    """How many workers the cores of machines have room for; UsageError if for none."""
    room = sum(cores // threads for cores in machines)
    if not room:
        most = max(machines, default=0)
        raise UsageError(
            f"a worker with {threads} threads needs a machine with as many cores, and no machine "
            f"of the cluster has more than {most}"
        )
    return room


def _module() -> Any:
    try:
        import ray
    except ImportError:
        raise MissingExtraError("a cluster", "cluster") from None
    return ray


@contextmanager
def _connected(ray: Any, cluster: str, threads: int) -> Iterator[list[int]]:
    """A connection to the cluster, and the processor cores of each of its machines.

    This machine, where it is the cluster, takes so many `threads` even if its cores are fewer, as
    it does without a cluster.
    """
    quiet = {"log_to_driver": False, "logging_level": "error"}
    try:
        if cluster == "local":
            ray.init(
                address="local",
                num_cpus=max(cores(), threads),
                object_store_memory=STORE,
                include_dashboard=False,
                _system_config=LOCAL,
                **quiet,
            )
        else:
            ray.init(address=cluster, **quiet)
    except Exception as error:  # of many types, one of them this very one
        reason = " ".join(str(error).split())[:200]
        raise ClusterError(f"the cluster {cluster} cannot be reached: {reason}") from error
    try:
        yield [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    finally:
        ray.shutdown()
