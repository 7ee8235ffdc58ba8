"""A folder of photos, of any number, by the machines of a Ray cluster."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from nightlift import __version__
from nightlift.cluster.dispatch import Dispatch
from nightlift.cluster.listing import Listing
from nightlift.cluster.manifest import Known, Manifest, Record
from nightlift.cluster.storage import Folder
from nightlift.cluster.worker import Task, Worker
from nightlift.edit import Edit
from nightlift.errors import ClusterError, MissingExtraError, NightliftError, UsageError
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
        """The outcomes; leaving the loop waits for the photos in hand and ends the work."""
        task, ray = self._task, _module()
        manifest = Manifest(task.output)
        self._known = manifest.open(_settings(task), task.existing)
        if manifest.overwrites:
            task = task._replace(existing="overwrite")
        threads = task.enhancer.threads or 1
        with _connected(ray, self._cluster, threads * (self._workers or 1)) as machines:
            room = _room(machines, threads)
            remote = ray.remote(num_cpus=threads, max_concurrency=1)(Worker)
            shared = ray.put(task)
            dispatch = Dispatch(
                ray,
                lambda: remote.remote(shared),
                self._workers or room,
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
        """Wait for the photos in hand."""
        self.replaced = dispatch.replaced
        for _ in self._noted(dispatch.stop(), manifest):
            pass

    def _noted(self, records: Iterator[Record], manifest: Manifest) -> Iterator[Record]:
        for record in records:
            manifest.add(record)
            yield record

    def total(self) -> int:
        """How many photos are to be done, by listing the folder once more: nothing is held.

        Returns:
            The number.
        """
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

    `total` is None until it is known, and stays so where the folder cannot be listed once more.

    Args:
        run: Whose photos are counted.
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
    """Raise UsageError where a result could replace a photo."""
    if output.holds(source):
        raise UsageError(
            f"the photos in {source.url} lie in the folder of results {output.url}, where they "
            "could be replaced: give the results another folder"
        )


def _settings(task: Task) -> Record:
    """What all results of a run have in common, told by the manifest."""
    enhancer = task.enhancer
    arguments = {key: value for key, value in enhancer.arguments.items() if value is not None}
    denoising, model = enhancer.denoising, arguments.get("model")
    return {
        "nightlift": __version__,
        "input": task.source.url,
        "enhancer": repr(enhancer),
        "arguments": {key: str(value) for key, value in arguments.items()},
        "denoising": None if denoising is None else asdict(denoising),
        "model": None if model is None else _digest(Path(model)),
        "edit": None if enhancer.edit is None else _digest_of_edit(enhancer.edit),
        "strength": task.strength,
        "exact": task.exact,
        "format": task.format or "same",
        "quality": task.writing.quality,
        "upright": task.writing.upright,
        "strip": task.writing.strip,
        "save_edit": task.save_edit,
    }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest_of_edit(edit: Edit) -> str:
    with tempfile.TemporaryDirectory(prefix="nightlift-") as here:
        return _digest(edit.save(Path(here) / "edit.npz"))


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
                **quiet,
            )
        else:
            ray.init(address=cluster, **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ClusterError(f"the cluster {cluster} cannot be reached: {reason}") from error
    try:
        yield [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    finally:
        ray.shutdown()
