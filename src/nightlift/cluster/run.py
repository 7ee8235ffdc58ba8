"""A folder of photos, of any number, by the machines of a Ray cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from nightlift import __version__
from nightlift.cluster.dispatch import Dispatch
from nightlift.cluster.listing import Listing
from nightlift.cluster.manifest import Known, Manifest, Record
from nightlift.cluster.storage import Folder
from nightlift.cluster.worker import Task, Worker
from nightlift.errors import ClusterError, MissingExtraError, UsageError
from nightlift.processor import cores

STORE = 80_000_000
"""Bytes of shared memory that a local cluster gets: only names and outcomes travel."""


class ClusterRun:
    """The outcomes of a folder's photos as they come; each is in the manifest, too, once.

    Args:
        task: What is done to every photo.
        cluster: `local` (this machine's cores), `auto` (the cluster that this machine belongs
            to) or `ray://HOST:PORT`.
        recursive: Whether sub-folders count.
        limit: The most photos.
        workers: How many at a time; None: as many as the cluster has cores.

    Raises:
        UsageError: The folders do not fit each other, or an earlier run's outcomes are there.
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
        """The outcomes; leaving the loop waits for the photos in hand and ends the work."""
        task, ray = self._task, _module()
        manifest = Manifest(task.output)
        self._known = manifest.begin(
            _settings(task),
            anew=task.existing == "overwrite",
            goes_on=task.existing == "skip",
        )
        with _connected(ray, self._cluster, self._workers) as there:
            threads = task.enhancer.threads or 1
            remote = ray.remote(num_cpus=threads, max_concurrency=1)(Worker)
            shared = ray.put(task)
            count = self._workers or max(1, there // threads)
            dispatch = Dispatch(
                ray,
                lambda: remote.remote(shared),
                count,
                self._names(self._listing),
                __version__,
                task.source.address,
            )
            try:
                yield from self._noted(dispatch.outcomes(), manifest)
            finally:
                self.replaced = dispatch.replaced
                try:
                    for _ in self._noted(dispatch.stop(), manifest):
                        pass
                finally:
                    dispatch.close()
                    manifest.flush()

    def _noted(self, records: Iterator[Record], manifest: Manifest) -> Iterator[Record]:
        for record in records:
            manifest.add(record)
            yield record

    def total(self) -> int:
        """How many photos are to be done, by listing the folder once more: nothing is held."""
        return sum(1 for _ in self._names(self._listed()))

    @property
    def left_out(self) -> list[str]:
        """A sentence for each kind of file that was met and left out, once the run is over."""
        return self._listing.left_out

    def _listed(self) -> Listing:
        return Listing(self._task.source, recursive=self._recursive, without=self._task.output)

    def _names(self, listing: Listing) -> Iterator[str]:
        """The photos that have no outcome yet."""
        source = self._task.source
        names = (name for name in listing if source.address(name) not in self._known)
        return islice(names, self._limit)


class Counted:
    """The number of photos of a run, found out in a thread while the run goes on.

    `total` is None until it is known.
    """

    def __init__(self, run: ClusterRun) -> None:
        self.total: int | None = None
        self._thread = threading.Thread(target=self._count, args=(run.total,), daemon=True)

    def begin(self) -> None:
        """Start to count, if it has not been."""
        if not self._thread.ident:
            self._thread.start()

    def _count(self, total: Callable[[], int]) -> None:
        self.total = total()


def _check_apart(source: Folder, output: Folder) -> None:
    """Raise UsageError where a result could replace a photo."""
    if output.holds(source):
        raise UsageError(
            f"the photos in {source.url} lie in the folder of results {output.url}, where they "
            "could be replaced: give the results another folder"
        )


def _settings(task: Task) -> Record:
    """What all results of a run have in common, told by the manifest."""
    arguments = {key: value for key, value in task.enhancer.arguments.items() if value is not None}
    return {
        "nightlift": __version__,
        "input": task.source.url,
        "enhancer": repr(task.enhancer),
        "arguments": {key: str(value) for key, value in arguments.items()},
        "strength": task.strength,
        "exact": task.exact,
        "format": task.format or "same",
        "quality": task.writing.quality,
        "upright": task.writing.upright,
        "strip": task.writing.strip,
        "save_edit": task.save_edit,
    }


def _module() -> Any:
    try:
        import ray
    except ImportError:
        raise MissingExtraError("a cluster", "cluster") from None
    return ray


@contextmanager
def _connected(ray: Any, cluster: str, workers: int | None) -> Iterator[int]:
    """A connection to the cluster, and how many processor cores that has."""
    quiet = {"log_to_driver": False, "logging_level": "error"}
    try:
        if cluster == "local":
            ray.init(
                address="local",
                num_cpus=max(cores(), workers or 1),
                object_store_memory=STORE,
                include_dashboard=False,
                **quiet,
            )
        else:
            ray.init(address=cluster, **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ClusterError(f"the cluster {cluster} cannot be reached: {reason}") from error
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        ray.shutdown()
